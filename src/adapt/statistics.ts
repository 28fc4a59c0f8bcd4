/** Whether batch norm normalises by the stored statistics or by those of the batch at hand. */
import type { BatchNorm } from "../model/operator.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";

/** `frozen`: the pretrained mean and variance. `batch`: the batch's, and the stored ones follow. */
export type Statistics = BatchNorm<unknown>["statistics"];

/** The same network with every batch norm set to `statistics`. Shapes and weights stay. */
export const withStatistics =
  (statistics: Statistics) =>
  <C extends ModelClass, In extends Shape, Out extends Shape, A>(
    n: Network<C, In, Out, A>,
  ): Network<C, In, Out, A> => ({
    ...n,
    layers: n.layers.map((layer) =>
      layer.op.kind === "batchNorm" ? { ...layer, op: { ...layer.op, statistics } } : layer,
    ),
  });

/** Whether some batch norm normalises by the batch, so that the rows of a batch see each other. */
export const mixesRows = <A>(n: Network<ModelClass, Shape, Shape, A>): boolean =>
  n.layers.some(({ op }) => op.kind === "batchNorm" && op.statistics === "batch");
