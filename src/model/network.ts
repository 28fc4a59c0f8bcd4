/**
 * Networks as typed DAGs. A network is a list of layers in topological order; the first is its only
 * input, the last its only output, and every other layer is read by a later one. The smart constructor
 * `network` is the only way to make one: it infers every shape and refuses what does not fit.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { mapTensor, type Tensor } from "../tensor/tensor.js";
import type { Shape } from "../tensor/shape.js";
import { inferShape } from "./inference.js";
import { mapWeights, type Operator } from "./operator.js";

/**
 * The model classes of arXiv 2602.06245. GFFN layers have one scalar per input-output pair, GCNN layers
 * one kernel, projected layers one learned gate per frozen kernel.
 */
export type ModelClass = "GFFN" | "GCNN" | "Projected";

/** A layer before its shape is known. */
export interface LayerSpec<A = number> {
  readonly name: string;
  readonly op: Operator<A>;
  /** The layers it reads, in order. */
  readonly inputs: readonly string[];
}

/** A layer in a network: its operator, whom it reads, and the shape of its value (without the batch). */
export interface Layer<A = number> extends LayerSpec<A> {
  readonly shape: Shape;
}

/** A network of a class, with the shapes of its input and output (without the batch). */
export interface Network<
  out C extends ModelClass = ModelClass,
  In extends Shape = Shape,
  out Out extends Shape = Shape,
  A = number,
> {
  readonly class: C;
  readonly input: In;
  readonly output: Out;
  readonly layers: readonly Layer<A>[];
}

/** The class that a layer's operator forces on its network; null where it fits every class. */
export const classOfOperator = <A>(op: Operator<A>): ModelClass | null => {
  switch (op.kind) {
    case "convolution":
      return "GCNN";
    case "projected":
      return "Projected";
    case "dense":
      return "GFFN";
    default:
      return null;
  }
};

/** The least class that holds every layer: GFFN below GCNN, and Projected where any layer is gated. */
export const classOfLayers = <A>(layers: readonly LayerSpec<A>[]): ModelClass => {
  const classes = new Set(layers.map((layer) => classOfOperator(layer.op)));
  return classes.has("Projected") ? "Projected" : classes.has("GCNN") ? "GCNN" : "GFFN";
};

const rank: Readonly<Record<ModelClass, number>> = { GFFN: 0, GCNN: 1, Projected: 2 };

/**
 * Whether layers make a network of a class: GFFN is a part of GCNN (T1_subset), and a projected network may
 * have layers without gates.
 */
export const fitsClass = <A>(c: ModelClass, layers: readonly LayerSpec<A>[]): boolean =>
  rank[classOfLayers(layers)] <= rank[c];

const toReach: Readonly<Record<ModelClass, string>> = {
  GFFN: "`recognise` it, which says of each convolution whether it is a GFFN layer",
  GCNN: "`merge` it first",
  Projected: "`project` it first",
};

/**
 * A network, known to be of a class: what a reader of files needs before it may call a conversion. The
 * layers decide and not the label. A GFFN network passes for GCNN; for `Projected` there must be gates,
 * since that is what its readers want.
 *
 * @example
 * import { asClass, build, conv, input, project, float32 } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 * import { either as E } from "fp-ts"
 *
 * const read = pipe(input([8, 8, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }))
 * const projected = pipe(read, E.chain(asClass("GCNN")), E.chain(project(float32)))
 * assert.deepStrictEqual(E.isRight(projected) && projected.right.network.class, "Projected")
 */
export const asClass =
  <C extends ModelClass>(c: C) =>
  <In extends Shape, Out extends Shape, A>(
    n: Network<ModelClass, In, Out, A>,
  ): Result<Network<C, In, Out, A>> => {
    const least = classOfLayers(n.layers);
    const fits = c === "Projected" ? least === c : fitsClass(c, n.layers);
    return fits
      ? E.right({ ...n, class: c })
      : refuse({
          where: "network",
          found: `class ${least}`,
          expected: `class ${c}`,
          advice: toReach[c],
        });
  };

/**
 * Build a network from its layers, inferring every shape.
 *
 * Refuses an empty list, a first layer that is no input, a second input, a repeated name, a reference
 * to a layer that does not come earlier, a layer that nobody reads, and every shape that does not fit.
 */
export const network = <A>(
  specs: readonly LayerSpec<A>[],
): Result<Network<ModelClass, Shape, Shape, A>> => {
  const shapes = new Map<string, Shape>();
  const unread = new Set<string>();
  const layers: Layer<A>[] = [];
  for (const [i, spec] of specs.entries()) {
    const place = `layer ${spec.name}`;
    if ((spec.op.kind === "input") !== (i === 0))
      return refuse({
        where: place,
        found: `${spec.op.kind} at position ${i}`,
        expected: "exactly one input, and that first",
      });
    if (shapes.has(spec.name))
      return refuse({
        where: place,
        found: "a second layer of this name",
        expected: "unique names",
      });
    const inputs: Shape[] = [];
    for (const name of spec.inputs) {
      const shape = shapes.get(name);
      if (shape === undefined)
        return refuse({
          where: place,
          found: `a reference to ${name}`,
          expected: "the name of an earlier layer",
        });
      inputs.push(shape);
      unread.delete(name);
    }
    const inferred = inferShape(spec.op, inputs);
    if (E.isLeft(inferred)) return E.left(within(place)(inferred.left));
    shapes.set(spec.name, inferred.right);
    unread.add(spec.name);
    layers.push({ name: spec.name, op: spec.op, inputs: spec.inputs, shape: inferred.right });
  }
  const first = layers[0];
  const last = layers.at(-1);
  if (first === undefined || last === undefined)
    return refuse({ where: "network", found: "no layers", expected: "at least an input" });
  unread.delete(last.name);
  if (unread.size > 0)
    return refuse({
      where: "network",
      found: `layers that nobody reads: ${[...unread].join(", ")}`,
      expected: "one output, the last layer",
      advice: "remove them, or cut the network at the layer you want with `truncate`",
    });
  return E.right({ class: classOfLayers(layers), input: first.shape, output: last.shape, layers });
};

/** The layer of this name. */
export const layerNamed = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
  name: string,
): Result<Layer<A>> => {
  const layer = n.layers.find((l) => l.name === name);
  return layer === undefined
    ? refuse({
        where: "network",
        found: `no layer named ${name}`,
        expected: `one of ${n.layers.map((l) => l.name).join(", ")}`,
      })
    : E.right(layer);
};

/** Who reads each layer, in order. */
export const consumers = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
): ReadonlyMap<string, readonly Layer<A>[]> => {
  const readers = new Map<string, Layer<A>[]>(n.layers.map((l) => [l.name, []]));
  for (const layer of n.layers)
    for (const name of new Set(layer.inputs)) readers.get(name)!.push(layer);
  return readers;
};

/** The sub-network that computes the value of one layer: its ancestors and itself. */
export const truncate =
  (name: string) =>
  <A>(n: Network<ModelClass, Shape, Shape, A>): Result<Network<ModelClass, Shape, Shape, A>> => {
    const found = layerNamed(n, name);
    if (E.isLeft(found)) return found;
    const needed = new Set([name]);
    for (const layer of [...n.layers].reverse())
      if (needed.has(layer.name)) for (const input of layer.inputs) needed.add(input);
    return network(n.layers.filter((layer) => needed.has(layer.name)));
  };

/**
 * Read every weight in another ring: the functor action. Structure, class and shapes stay.
 * `f` is total; use `readIn` of `semantics/` for a reading that may refuse.
 */
export const mapNetwork =
  <B>(ring: Ring<B>) =>
  <A, C extends ModelClass, In extends Shape, Out extends Shape>(
    n: Network<C, In, Out, A>,
    f: (x: A) => B,
  ): Network<C, In, Out, B> => ({
    ...n,
    layers: n.layers.map((layer) => ({
      ...layer,
      op: mapWeights(layer.op, (t: Tensor<A>) => mapTensor(ring)(t, f)),
    })),
  });
