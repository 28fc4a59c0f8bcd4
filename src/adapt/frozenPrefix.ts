/**
 * The frozen prefix: the largest part of a network whose value training cannot change.
 *
 * Cut the network at a layer `c`. The prefix is `c` and its ancestors, the rest is everything else with
 * `c` as its input. Where the prefix has no trainable weight, no batch norm on batch statistics and no
 * dropout, its value is a function of the example alone; where the rest reads nothing of the prefix but
 * `c`, the network is the composition of the two. Then the prefix may be computed once per example and
 * the rest trained on the features: the same losses and gradients, since the prefix has no parameter.
 *
 * Every layer lies on a path from input to output, so it is either an ancestor or a descendant of a cut:
 * in the list of layers the prefix is everything up to the cut, and a position is a cut exactly when
 * nothing before it is read after it.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { network, truncate, type Layer, type ModelClass, type Network } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import { weightName, type Trainable } from "./trainable.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** A network as a composition: `rest` after `prefix`. `rest`'s input has the name of the cut. */
export interface PrefixSplit<A = number> {
  readonly cut: string;
  readonly prefix: AnyNetwork<A>;
  readonly rest: AnyNetwork<A>;
}

const isFixed = <A>({ name, op }: Layer<A>, trainable: Trainable): boolean =>
  op.kind !== "dropout" &&
  !(op.kind === "batchNorm" && op.statistics === "batch") &&
  weightsOf(op).every(([weight]) => !trainable.has(weightName(name, weight)));

/** The last layer at which the frozen prefix may be cut off, or null where that is the input. */
export const frozenCut = <A>(n: AnyNetwork<A>, trainable: Trainable): string | null => {
  const lastReader = new Map<string, number>();
  for (const [i, layer] of n.layers.entries())
    for (const input of layer.inputs) lastReader.set(input, i);
  /** The furthest position at which any layer before the present one is read. */
  let reach = 0;
  let cut: string | null = null;
  for (const [i, layer] of n.layers.entries()) {
    if (!isFixed(layer, trainable)) break;
    if (i > 0 && reach <= i && i < n.layers.length - 1) cut = layer.name;
    reach = Math.max(reach, lastReader.get(layer.name) ?? i);
  }
  return cut;
};

/** Split off the frozen prefix; null where there is none beyond the input itself. */
export const splitFrozenPrefix = <A>(
  n: AnyNetwork<A>,
  trainable: Trainable,
): Result<PrefixSplit<A> | null> => {
  const cut = frozenCut(n, trainable);
  if (cut === null) return E.right(null);
  return E.chain((prefix: AnyNetwork<A>) => {
    const inside = new Set(prefix.layers.map((layer) => layer.name));
    return E.map((rest: AnyNetwork<A>): PrefixSplit<A> => ({ cut, prefix, rest }))(
      network<A>([
        { name: cut, op: { kind: "input", shape: prefix.output }, inputs: [] },
        ...n.layers.filter((layer) => !inside.has(layer.name)),
      ]),
    );
  })(truncate(cut)(n));
};

/** Put the rest, trained, back behind the prefix: the inverse of {@link splitFrozenPrefix}. */
export const joinPrefix = <A>(split: PrefixSplit<A>, rest: AnyNetwork<A>): Result<AnyNetwork<A>> =>
  network<A>([...split.prefix.layers, ...rest.layers.slice(1)]);
