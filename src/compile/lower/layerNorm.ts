/**
 * Layer normalisation in primitives. With `c` channels at a position,
 *
 *     centred = x - sum(x) / c
 *     y       = centred / sqrt(sum(centred^2) / c + epsilon) * gamma + beta
 *
 * where the sums run over the last axis and their values are repeated along it. The division is one
 * reciprocal at each position and a product at each element. Derivatives follow from those of the primitives.
 */
import type { LayerNorm } from "../../model/operator.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import type { Builder } from "../builder.js";
import type { NodeId } from "../program.js";
import { weightNode, type LayerContext } from "./context.js";

/** One number at each position, repeated over the channels of `shape`. */
const spread = <A>(b: Builder<A>, perPosition: NodeId, shape: Shape): NodeId =>
  b.apply({ op: "broadcast", axes: [shape.length - 1], shape }, perPosition);

export const lowerLayerNorm = <A>(c: LayerContext<A>, op: LayerNorm<A>): NodeId => {
  const { b, layer } = c;
  const x = c.inputs[0]!;
  const shape = b.shape(x);
  const channels = b.fill(`${layer.name}/channels`, shape.slice(0, -1), channelsOf(shape));
  const mean = (value: NodeId): NodeId =>
    b.apply({ op: "divide" }, b.apply({ op: "sum", axes: [shape.length - 1] }, value), channels);
  const centred = b.apply({ op: "subtract" }, x, spread(b, mean(x), shape));
  const variance = mean(b.apply({ op: "multiply" }, centred, centred));
  const inverse = b.apply(
    { op: "elementary", fn: "reciprocal" },
    b.apply({ op: "elementary", fn: "sqrt" }, b.apply({ op: "offset", by: op.epsilon }, variance)),
  );
  const standardised = b.apply({ op: "multiply" }, centred, spread(b, inverse, shape));
  const scaled =
    op.gamma === null
      ? standardised
      : b.apply({ op: "channelScale" }, standardised, weightNode(c, "gamma", op.gamma));
  return op.beta === null
    ? scaled
    : b.apply({ op: "channelShift" }, scaled, weightNode(c, "beta", op.beta));
};
