/** Layers with a weight between channels: convolutions, projected convolutions, dense layers. */
import type { Dense, Kernelled } from "../../model/operator.js";
import type { Geometry } from "../../tensor/geometry.js";
import { channelsOf, size } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { NodeId } from "../program.js";
import { weightNode, type LayerContext } from "./context.js";

const withBias = <A>(c: LayerContext<A>, x: NodeId, bias: Tensor<A> | null): NodeId =>
  bias === null ? x : c.b.apply({ op: "channelShift" }, x, weightNode(c, "bias", bias));

/**
 * A convolution, gated or not, over `x` with the given geometry (which may have absorbed a zero padding).
 * The gate multiplies the kernel: T4_merge says that this is the projected layer.
 */
export const lowerConvolution = <A>(
  c: LayerContext<A>,
  op: Kernelled<A>,
  x: NodeId,
  geometry: Geometry,
): NodeId => {
  const kernel = weightNode(c, "kernel", op.kernel);
  const weight =
    op.kind === "projected"
      ? c.b.apply({ op: "gateWeight" }, kernel, weightNode(c, "gates", op.gates))
      : kernel;
  return withBias(c, c.b.apply({ op: "conv", geometry, groups: op.groups }, x, weight), op.bias);
};

/** A dense layer: one matrix product, over all positions at once where there are several. */
export const lowerDense = <A>(c: LayerContext<A>, op: Dense<A>): NodeId => {
  const { b } = c;
  const x = c.inputs[0]!;
  const shape = b.shape(x);
  const flat = shape.length === 2;
  const channels = channelsOf(shape);
  const rows = flat ? x : b.apply({ op: "reshape", shape: [size(shape) / channels, channels] }, x);
  const product = b.apply(
    { op: "matmul", transposeA: false, transposeB: false },
    rows,
    weightNode(c, "weights", op.weights),
  );
  const value = flat
    ? product
    : b.apply(
        { op: "reshape", shape: [...shape.slice(0, -1), channelsOf(op.weights.shape)] },
        product,
      );
  return withBias(c, value, op.bias);
};
