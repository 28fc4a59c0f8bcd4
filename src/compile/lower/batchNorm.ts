/**
 * Batch normalisation in primitives: `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`.
 *
 * With stored statistics this is the affine map of `s = gamma / sqrt(variance + epsilon)` and
 * `t = beta - mean * s`. Both are small vectors; what of them is constant is folded when the program is
 * made, so a wholly frozen layer costs one `channelAffine`.
 *
 * With the statistics of the batch, `m` numbers per channel, mean and variance are sums over `m` (no Bessel
 * correction). The stored statistics follow as in Keras, `stored' = momentum * stored + (1 - momentum) *
 * batch`, and the variance that moves them is the same biased one. (PyTorch moves them by the unbiased
 * variance, and Keras too in TensorFlow's fused kernel; TensorFlow.js does as we do.)
 */
import type { BatchNorm } from "../../model/operator.js";
import { channelsOf, size } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Builder } from "../builder.js";
import type { NodeId } from "../program.js";
import { weightNode, type LayerContext } from "./context.js";

/** `1 / sqrt(variance + epsilon)`, times gamma where there is one. */
const scaleOf = <A>(
  b: Builder<A>,
  variance: NodeId,
  epsilon: number,
  gamma: NodeId | null,
): NodeId => {
  const deviation = b.apply(
    { op: "elementary", fn: "sqrt" },
    b.apply({ op: "offset", by: epsilon }, variance),
  );
  return gamma === null
    ? b.apply({ op: "elementary", fn: "reciprocal" }, deviation)
    : b.apply({ op: "divide" }, gamma, deviation);
};

const negated = <A>(b: Builder<A>, x: NodeId): NodeId => b.apply({ op: "scale", factor: -1 }, x);

const withStored = <A>(
  c: LayerContext<A>,
  op: BatchNorm<A>,
  x: NodeId,
  gamma: NodeId | null,
  beta: NodeId | null,
): NodeId => {
  const { b, layer, options } = c;
  const stored = (weight: "mean" | "variance"): NodeId =>
    op.statistics === "batch" && options.statistics === "state"
      ? b.input(`${layer.name}/${weight}`, "state", op[weight].shape)
      : b.constant(`${layer.name}/${weight}`, op[weight]);
  const scale = scaleOf(b, stored("variance"), op.epsilon, gamma);
  const centre = b.apply({ op: "multiply" }, stored("mean"), scale);
  const shift = beta === null ? negated(b, centre) : b.apply({ op: "subtract" }, beta, centre);
  return b.apply({ op: "channelAffine" }, x, scale, shift);
};

const withBatch = <A>(
  c: LayerContext<A>,
  op: BatchNorm<A>,
  x: NodeId,
  gamma: NodeId | null,
  beta: NodeId | null,
): NodeId => {
  const { b, layer } = c;
  const shape = b.shape(x);
  const channels = channelsOf(shape);
  const count = b.fill(`${layer.name}/count`, [channels], size(shape) / channels);
  const mean = b.apply({ op: "divide" }, b.apply({ op: "channelSum" }, x), count);
  const centred = b.apply({ op: "channelShift" }, x, negated(b, mean));
  const variance = b.apply(
    { op: "divide" },
    b.apply({ op: "channelDot" }, centred, centred),
    count,
  );
  const follow = (weight: string, value: Tensor<A>, batch: NodeId): void => {
    const name = `${layer.name}/${weight}`;
    const kept = b.apply({ op: "scale", factor: op.momentum }, b.input(name, "state", value.shape));
    const moved = b.apply({ op: "scale", factor: 1 - op.momentum }, batch);
    c.addStatistic({ name, next: b.apply({ op: "add" }, kept, moved) });
  };
  follow("mean", op.mean, mean);
  follow("variance", op.variance, variance);
  const scale = scaleOf(b, variance, op.epsilon, gamma);
  return beta === null
    ? b.apply({ op: "channelScale" }, centred, scale)
    : b.apply({ op: "channelAffine" }, centred, scale, beta);
};

/** The value of a batch norm layer: batch statistics in training where the operator has them, else stored. */
export const lowerBatchNorm = <A>(c: LayerContext<A>, op: BatchNorm<A>): NodeId => {
  const gamma = op.gamma === null ? null : weightNode(c, "gamma", op.gamma);
  const beta = op.beta === null ? null : weightNode(c, "beta", op.beta);
  const normalise = op.statistics === "batch" && c.options.training ? withBatch : withStored;
  return normalise(c, op, c.inputs[0]!, gamma, beta);
};
