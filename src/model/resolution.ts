/**
 * A network at another input resolution: the same layers, weights and windows, with every shape inferred anew.
 *
 * Convolutions, pools, norms and all that is element-wise do not know how large their input is. What does is
 * a layer that lists positions one by one: behind a flatten, or a reshape to a fixed shape, each position
 * has weights of its own, so their number is fixed. A global pool takes the positions away before that, and
 * so most classifiers are free.
 *
 * Padding stays as it is. TensorFlow's "same" padding depends on the extents where a stride is above one, so
 * a LayersModel that is read with another input may pad by one less or more than this network does.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Refusal, type Result } from "../algebra/refusal.js";
import { channelsOf, sameShape, showShape, type Shape } from "../tensor/shape.js";
import { inferShape } from "./inference.js";
import { network, type Layer, type LayerSpec, type ModelClass, type Network } from "./network.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** Where shapes stop fitting: the layer, what it says, and the new shapes of the layers before it. */
interface Stop<A> {
  readonly layer: Layer<A>;
  readonly refusal: Refusal;
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** The first layer that refuses the shapes that follow from another input; null where none does. */
const firstStop = <A>(n: AnyNetwork<A>, specs: readonly LayerSpec<A>[]): Stop<A> | null => {
  const shapes = new Map<string, Shape>();
  for (const [i, { name, op, inputs }] of specs.entries()) {
    const inferred = inferShape(
      op,
      inputs.map((input) => shapes.get(input)!),
    );
    if (E.isLeft(inferred)) return { layer: n.layers[i]!, refusal: inferred.left, shapes };
    shapes.set(name, inferred.right);
  }
  return null;
};

/**
 * The layer that lists the positions which the stopped layer counts: itself or, walking back over what it
 * reads, the nearest flatten or reshape. Null where there is none, as between branches that no longer meet.
 */
const listing = <A>(n: AnyNetwork<A>, { layer }: Stop<A>): Layer<A> | null => {
  const layers = new Map(n.layers.map((l) => [l.name, l]));
  for (
    let at: Layer<A> | undefined = layer;
    at !== undefined;
    at = layers.get(at.inputs[0] ?? "")
  ) {
    if (at.op.kind === "flatten" || at.op.kind === "reshape") return at;
    if (at.inputs.length > 1) return null;
  }
  return null;
};

const refusalOf = <A>(n: AnyNetwork<A>, input: Shape, stop: Stop<A>): Refusal => {
  const lister = listing(n, stop);
  if (lister === null) return within(`layer ${stop.layer.name}`)(stop.refusal);
  const [source] = lister.inputs;
  const before = n.layers.find(({ name }) => name === source)!.shape;
  return {
    where: `layer ${stop.layer.name}`,
    found:
      `${showShape(stop.shapes.get(source!)!)} to ${lister.op.kind}` +
      `${lister === stop.layer ? "" : ` in layer ${lister.name}`}, at input ${showShape(input)}`,
    expected: `${showShape(before)}, as at input ${showShape(n.input)}`,
    advice: `a ${lister.op.kind} fixes how large the input is: cut the network before it`,
  };
};

/**
 * The network with another input of the same rank and channels.
 *
 * Refuses, with the layer's name and the reason, where a flatten or a reshape fixes how large the input is,
 * where the input is too small for a window, and where branches no longer meet.
 *
 * @example
 * import { atResolution, build, conv, dense, flatten, globalAveragePool, input } from "heirloom"
 *
 * const free = pipe(input([8, 8, 1]), conv({ filters: 2, kernel: 3 }), globalAveragePool, dense(3), build({ seed: 0 }))
 * assert.ok(E.isRight(pipe(free, E.chain(atResolution([32, 24, 1])))))
 *
 * const fixed = pipe(input([8, 8, 1]), conv({ filters: 2, kernel: 3 }), flatten, dense(3), build({ seed: 0 }))
 * assert.deepStrictEqual(pipe(fixed, E.chain(atResolution([4, 4, 1])), E.mapLeft(({ found, expected }) => [found, expected])), E.left([
 *   "4x4x2 to flatten in layer flatten1, at input 4x4x1",
 *   "8x8x2, as at input 8x8x1",
 * ]))
 */
export const atResolution =
  (input: Shape) =>
  <A>(n: AnyNetwork<A>): Result<AnyNetwork<A>> => {
    if (input.length !== n.input.length || channelsOf(input) !== channelsOf(n.input))
      return refuse({
        where: "input",
        found: showShape(input),
        expected: `a shape of ${n.input.length} axes and ${channelsOf(n.input)} channels, as ${showShape(n.input)} has`,
      });
    if (sameShape(input, n.input)) return E.right(n);
    const specs = n.layers.map(({ name, op, inputs }): LayerSpec<A> => ({
      name,
      op: op.kind === "input" ? { kind: "input", shape: input } : op,
      inputs,
    }));
    const stop = firstStop(n, specs);
    return stop === null ? network(specs) : E.left(refusalOf(n, input, stop));
  };
