/**
 * Which weights a method trains. A weight is named `layer/weight`, as in `conv1/kernel`; batch norm's
 * `mean` and `variance` are statistics and never trained by a gradient.
 */
import type { Layer, ModelClass, Network } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";

/** Names of weights, `layer/weight`. */
export type Trainable = ReadonlySet<string>;

/** The name of a weight. */
export const weightName = (layer: string, weight: string): string => `${layer}/${weight}`;

/** Whether a weight is a running statistic, which the forward pass moves and no gradient does. */
export const isStatistic = (weight: string): boolean => weight === "mean" || weight === "variance";

/** Every weight that a gradient may move and that `choose` accepts. */
export const weightsWhere = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
  choose: (layer: Layer<A>, weight: string) => boolean,
): Trainable =>
  new Set(
    n.layers.flatMap((layer) =>
      weightsOf(layer.op)
        .filter(([weight]) => !isStatistic(weight) && choose(layer, weight))
        .map(([weight]) => weightName(layer.name, weight)),
    ),
  );

/** The number of scalars in the weights that `counts` accepts. */
export const countScalars = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
  counts: (name: string) => boolean,
): number =>
  n.layers.reduce(
    (total, layer) =>
      weightsOf(layer.op).reduce(
        (sum, [weight, t]) => (counts(weightName(layer.name, weight)) ? sum + t.data.length : sum),
        total,
      ),
    0,
  );
