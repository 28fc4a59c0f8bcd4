/** What the lowering of one layer may use, and where weights come from. */
import type { Layer } from "../../model/network.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Builder } from "../builder.js";
import type { NodeId } from "../program.js";

/**
 * Where the weight of a layer comes from. A method that reparametrises weights (`W = F + up * down`) emits
 * its instructions and answers with their value; `null` leaves the weight to the default.
 */
export type WeightSource<A> = (
  b: Builder<A>,
  layer: Layer<A>,
  weight: string,
  value: Tensor<A>,
) => NodeId | null;

/** How a network becomes instructions. */
export interface LoweringOptions<A> {
  /** Examples in a batch. */
  readonly batch: number;
  /** The weights that become parameters, as `layer/weight`; all others are constants. */
  readonly trainable: ReadonlySet<string>;
  /** Whether dropout acts and batch statistics are taken and followed. */
  readonly training: boolean;
  /**
   * Outside training, whether the stored statistics of batch norms that follow the batch are states (to be
   * written between runs) or constants.
   */
  readonly statistics: "state" | "constant";
  readonly weightSource?: WeightSource<A>;
}

/** The mask that a dropout layer multiplies by: 0 with probability `rate`, else `1 / (1 - rate)`. */
export interface Mask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

/** A running statistic and the node of its next value. */
export interface Statistic {
  readonly name: string;
  readonly next: NodeId;
}

/** The lowering of one layer. */
export interface LayerContext<A> {
  readonly b: Builder<A>;
  readonly layer: Layer<A>;
  readonly options: LoweringOptions<A>;
  /** The values of the layer's inputs. */
  readonly inputs: readonly NodeId[];
  readonly addMask: (mask: Mask) => void;
  readonly addStatistic: (statistic: Statistic) => void;
}

/** The node of a weight: from the source that was given, else a parameter or a constant. */
export const weightNode = <A>(c: LayerContext<A>, weight: string, value: Tensor<A>): NodeId => {
  const given = c.options.weightSource?.(c.b, c.layer, weight, value) ?? null;
  if (given !== null) return given;
  const name = `${c.layer.name}/${weight}`;
  return c.options.trainable.has(name)
    ? c.b.input(name, "parameter", value.shape)
    : c.b.constant(name, value);
};
