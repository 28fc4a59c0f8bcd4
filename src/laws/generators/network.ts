/**
 * Random networks: DAGs of random operators with random weights over a ring, and a batch for them.
 *
 * A network grows layer by layer; each reads random earlier layers, the latest most often. What does not
 * fit is left out, and loose ends are joined at last: added where their shapes agree, otherwise flattened
 * and concatenated. Everything is small enough for exact arithmetic.
 */
import * as E from "fp-ts/lib/Either.js";
import type fc from "fast-check";
import { showRefusal } from "../../algebra/refusal.js";
import { inferShape } from "../../model/inference.js";
import { network, type LayerSpec, type ModelClass, type Network } from "../../model/network.js";
import type { Operator } from "../../model/operator.js";
import { sameShape, size, spatialOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { drawOperator, usualNetwork, type NetworkOptions } from "./operator.js";
import { drawTensor, type Sampled } from "./ring.js";
import { tape, type Tape } from "./tape.js";

/** A network over `A` of any class. */
export type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** What a law is tried on: a network, a batch of inputs for it, and what the law itself has to choose. */
export interface Case<A> {
  readonly network: AnyNetwork<A>;
  readonly batch: Tensor<A>;
  /** Read as a tape: windows, factors, directions. Without any, all choices are the plainest. */
  readonly choices?: readonly number[];
}

/** A random network from a tape. */
export const drawNetwork = <A>(
  t: Tape,
  sampled: Sampled<A>,
  options: Partial<NetworkOptions> = {},
): AnyNetwork<A> => {
  const o = { ...usualNetwork, ...options };
  const rank = t.pick(o.ranks);
  const longest = rank > 2 ? Math.floor(o.extent / 2) + 1 : o.extent;
  const extents = Array.from({ length: rank }, () => t.between(1, longest));
  const input: Shape = [...extents, o.channels.length > 0 ? t.pick(o.channels) : t.between(1, 4)];
  const layers: LayerSpec<A>[] = [];
  const shapes: Shape[] = [];
  const grow = (op: Operator<A>, inputs: readonly number[]): boolean => {
    const shape = inferShape(
      op,
      inputs.map((i) => shapes[i]!),
    );
    if (E.isLeft(shape) || size(shape.right) > o.largest) return false;
    layers.push({
      name: `${op.kind}${layers.length}`,
      op,
      inputs: inputs.map((i) => layers[i]!.name),
    });
    shapes.push(shape.right);
    return true;
  };
  grow({ kind: "input", shape: input }, []);
  const wanted = t.between(1, o.layers);
  for (let i = 0; i < wanted; i++) {
    const source = t.pick([layers.length - 1, layers.length - 1, t.below(layers.length)]);
    const x = shapes[source]!;
    const kind = t.pick(o.kinds);
    const op = drawOperator(t, sampled, kind, x, o);
    const partners = shapes.flatMap((s, k) =>
      k !== source &&
      (sameShape(s, x) || (kind === "concat" && sameShape(spatialOf(s), spatialOf(x))))
        ? [k]
        : [],
    );
    const partner = partners.length === 0 ? source : t.pick(partners);
    grow(op, ["add", "multiply", "concat"].includes(kind) ? [source, partner] : [source]);
  }
  joinLooseEnds(layers, shapes, grow, o.largest, sampled.ring.functions.compare !== undefined);
  const grown = network(layers);
  // Every layer fitted when it was grown and no end is loose: a refusal here is a defect of this file.
  if (E.isLeft(grown)) throw new Error(showRefusal(grown.left));
  return grown.right;
};

const joinLooseEnds = <A>(
  layers: readonly LayerSpec<A>[],
  shapes: readonly Shape[],
  grow: (op: Operator<A>, inputs: readonly number[]) => boolean,
  largest: number,
  ordered: boolean,
): void => {
  const read = new Set(layers.flatMap((l) => l.inputs));
  const loose = layers.flatMap((l, i) => (read.has(l.name) ? [] : [i]));
  if (loose.length < 2) return;
  if (grow({ kind: "add" }, loose)) return;
  const vectors = loose.map((i) => {
    if (shapes[i]!.length === 1) return i;
    grow({ kind: "flatten" }, [i]);
    return layers.length - 1;
  });
  const fits = vectors.reduce((n, i) => n + size(shapes[i]!), 0) <= largest;
  if (fits) grow({ kind: "concat" }, vectors);
  else {
    const pooled = vectors.map((i) => {
      grow({ kind: "reshape", shape: [size(shapes[i]!), 1] }, [i]);
      grow({ kind: "globalPool", reduce: ordered ? "max" : "average", keepAxes: false }, [
        layers.length - 1,
      ]);
      return layers.length - 1;
    });
    grow({ kind: "concat" }, pooled);
  }
};

/** A random network with a batch of one or two examples, from a tape. */
export const drawCase = <A>(
  t: Tape,
  sampled: Sampled<A>,
  options: Partial<NetworkOptions> = {},
): Case<A> => {
  const built = drawNetwork(t, sampled, options);
  return {
    network: built,
    batch: drawTensor(sampled, [t.between(1, 2), ...built.input], t.bulk()),
  };
};

/**
 * Random networks with a batch of one or two examples.
 *
 * @example
 * import fc from "fast-check"
 * import { evaluate } from "heirloom"
 * import { cases, rationals } from "heirloom/laws"
 *
 * const networks = cases(rationals, { kinds: ["convolution", "add"], layers: 3 })
 * fc.assert(
 *   fc.property(networks, ({ network, batch }) => E.isRight(evaluate(rationals.ring)(network, batch))),
 *   { numRuns: 20 },
 * )
 */
export const cases = <A>(
  sampled: Sampled<A>,
  options: Partial<NetworkOptions> = {},
): fc.Arbitrary<Case<A>> => tape().map((t) => drawCase(t, sampled, options));
