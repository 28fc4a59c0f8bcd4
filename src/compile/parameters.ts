/**
 * The weights of a network by name, `layer/weight`: read to start a program, written back when it has run.
 * Layer names may contain slashes; weight names do not.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { mapWeights, weightsOf } from "../model/operator.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Values } from "./interpret.js";

/** A weight that can be trained. */
export interface Parameter<A = number> {
  /** `layer/weight`. */
  readonly name: string;
  readonly layer: string;
  readonly weight: string;
  readonly value: Tensor<A>;
}

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

const isStatistic = (weight: string): boolean => weight === "mean" || weight === "variance";

const parametersOfLayer = <A>(layer: Layer<A>): readonly Parameter<A>[] =>
  weightsOf(layer.op)
    .filter(([weight]) => !isStatistic(weight))
    .map(([weight, value]) => ({
      name: `${layer.name}/${weight}`,
      layer: layer.name,
      weight,
      value,
    }));

/** Every weight that can be trained: all but the statistics of batch norms. */
export const allParameters = <A>(network: AnyNetwork<A>): readonly Parameter<A>[] =>
  network.layers.flatMap(parametersOfLayer);

/** Names for a message: all of a few, the first of many. */
const showNames = (names: readonly string[]): string =>
  names.length <= 8
    ? names.join(", ")
    : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;

/**
 * The named weights, in the network's order. Refuses names that are no trainable weight of the network
 * (the statistics of a batch norm follow the batch and are not trained).
 */
export const parametersOf = <A>(
  network: AnyNetwork<A>,
  names: ReadonlySet<string>,
): Result<readonly Parameter<A>[]> => {
  const all = allParameters(network);
  const known = new Set(all.map((p) => p.name));
  const unknown = [...names].filter((name) => !known.has(name));
  return unknown.length === 0
    ? E.right(all.filter((p) => names.has(p.name)))
    : refuse({
        where: "trainable weights",
        found: showNames(unknown),
        expected: `some of ${showNames([...known])}`,
      });
};

/** The running statistics of the batch norms that follow the batch, by name. */
export const statisticsOf = <A>(network: AnyNetwork<A>): Values<A> =>
  Object.fromEntries(
    network.layers.flatMap(({ name, op }) =>
      op.kind === "batchNorm" && op.statistics === "batch"
        ? [
            [`${name}/mean`, op.mean],
            [`${name}/variance`, op.variance],
          ]
        : [],
    ),
  );

/**
 * The network with the given weights and running statistics in place of its own. Names that belong to no
 * weight are refused, and so are other shapes; leave out what is not the network's (optimizer states).
 */
export const withParameters = <A, C extends ModelClass, In extends Shape, Out extends Shape>(
  network: Network<C, In, Out, A>,
  values: Values<A>,
): Result<Network<C, In, Out, A>> => {
  const own = new Map<string, Tensor<A>>(
    network.layers.flatMap((layer) =>
      weightsOf(layer.op).map(([weight, value]) => [`${layer.name}/${weight}`, value] as const),
    ),
  );
  for (const [name, value] of Object.entries(values)) {
    const present = own.get(name);
    if (present === undefined)
      return refuse({
        where: "parameters",
        found: `a value for ${name}`,
        expected: `names of weights: ${showNames([...own.keys()])}`,
      });
    if (!sameShape(present.shape, value.shape) || value.data.length !== size(value.shape))
      return refuse({
        where: `parameter ${name}`,
        found: `shape ${showShape(value.shape)} with ${value.data.length} elements`,
        expected: `shape ${showShape(present.shape)}`,
      });
  }
  return E.right({
    ...network,
    layers: network.layers.map((layer) => ({
      ...layer,
      op: mapWeights(layer.op, (t, weight) => values[`${layer.name}/${weight}`] ?? t),
    })),
  });
};
