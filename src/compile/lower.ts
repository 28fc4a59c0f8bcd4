/**
 * Lowering: a network becomes instructions of a program under construction.
 *
 * Trainable weights become parameters of their name, `layer/weight`; all others are constants. What depends
 * on constants alone is left to constant folding (folding.ts). Every instruction carries its layer's name.
 */
import type { Layer, ModelClass, Network } from "../model/network.js";
import type { GlobalPool } from "../model/operator.js";
import { axis, type Geometry } from "../tensor/geometry.js";
import { sameShape, size, type Shape } from "../tensor/shape.js";
import type { Builder } from "./builder.js";
import { lowerBatchNorm } from "./lower/batchNorm.js";
import { lowerLayerNorm } from "./lower/layerNorm.js";
import {
  weightNode,
  type LayerContext,
  type LoweringOptions,
  type Mask,
  type Statistic,
} from "./lower/context.js";
import { lowerConvolution, lowerDense } from "./lower/weighted.js";
import type { NodeId } from "./program.js";

/** A network as instructions. */
export interface Lowered {
  /** The value of each layer. */
  readonly values: ReadonlyMap<string, NodeId>;
  readonly output: NodeId;
  /** The output before a softmax at the very end: what the cross-entropy takes. */
  readonly logits: NodeId;
  /** The masks that dropout layers multiply by, in training. */
  readonly masks: readonly Mask[];
  /** The running statistics that training moves. */
  readonly statistics: readonly Statistic[];
}

/** The window that covers all spatial axes of an activation once. */
const wholeWindow = (shape: Shape): Geometry =>
  shape.slice(1, -1).map((kernel) => axis({ kernel }));

const lowerGlobalPool = <A>(c: LayerContext<A>, op: GlobalPool): NodeId => {
  const { b } = c;
  const x = c.inputs[0]!;
  const shape = b.shape(x);
  const geometry = wholeWindow(shape);
  const pooled =
    op.reduce === "max"
      ? b.apply({ op: "maxPool", geometry }, x)
      : b.apply({ op: "averagePool", geometry, divisor: "valid" }, x);
  return op.keepAxes
    ? pooled
    : b.apply({ op: "reshape", shape: [shape[0]!, shape.at(-1)!] }, pooled);
};

/** Repeat `[n, 1, ..., 1, c]` over the spatial axes of `shape`. */
const spread = <A>(b: Builder<A>, x: NodeId, shape: Shape): NodeId => {
  const from = b.shape(x);
  if (sameShape(from, shape)) return x;
  const row = b.apply({ op: "reshape", shape: [from[0]!, from.at(-1)!] }, x);
  return b.apply({ op: "broadcast", axes: shape.slice(1, -1).map((_, i) => i + 1), shape }, row);
};

const lowerMultiply = <A>({ b, inputs }: LayerContext<A>): NodeId => {
  const [x, y] = [inputs[0]!, inputs[1]!];
  const shape = size(b.shape(x)) >= size(b.shape(y)) ? b.shape(x) : b.shape(y);
  return b.apply({ op: "multiply" }, spread(b, x, shape), spread(b, y, shape));
};

const lowerDropout = <A>(c: LayerContext<A>, rate: number): NodeId => {
  const x = c.inputs[0]!;
  if (!c.options.training || rate === 0) return x;
  const mask = { name: `${c.layer.name}/mask`, shape: c.b.shape(x), rate };
  c.addMask(mask);
  return c.b.apply({ op: "multiply" }, x, c.b.input(mask.name, "batch", mask.shape));
};

/**
 * A convolution reads zeros in its padding, so a zero padding before it becomes a wider padding of its own
 * geometry. (Pooling is different: padding never wins a maximum nor counts in a mean, zeros do.) The padded
 * value itself is emitted too, and pruned where nobody else reads it.
 */
const absorbPadding = <A>(
  source: Layer<A> | undefined,
  geometry: Geometry,
  x: NodeId,
  values: ReadonlyMap<string, NodeId>,
): readonly [Geometry, NodeId] => {
  if (source?.op.kind !== "zeroPad") return [geometry, x];
  const { padding } = source.op;
  return [
    geometry.map((a, i) => ({
      ...a,
      low: a.low + padding[i]![0],
      high: a.high + padding[i]![1],
    })),
    values.get(source.inputs[0]!)!,
  ];
};

/**
 * Lower a network onto a builder. The network's shapes have been checked by its constructor; what remains
 * to refuse is a constant that the builder's ring does not hold.
 */
export const lower = <A>(
  b: Builder<A>,
  network: Network<ModelClass, Shape, Shape, A>,
  options: LoweringOptions<A>,
): Lowered => {
  const values = new Map<string, NodeId>();
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const masks: Mask[] = [];
  const statistics: Statistic[] = [];
  for (const layer of network.layers) {
    const c: LayerContext<A> = {
      b,
      layer,
      options,
      inputs: layer.inputs.map((name) => values.get(name)!),
      addMask: (mask) => masks.push(mask),
      addStatistic: (statistic) => statistics.push(statistic),
    };
    const source = layers.get(layer.inputs[0] ?? "");
    values.set(
      layer.name,
      b.inLayer(layer.name, () => lowerLayer(c, source, values)),
    );
  }
  const last = network.layers.at(-1)!;
  const output = values.get(last.name)!;
  const softmax = last.op.kind === "activation" && last.op.fn.name === "softmax";
  return {
    values,
    output,
    logits: softmax ? values.get(last.inputs[0]!)! : output,
    masks,
    statistics,
  };
};

const lowerLayer = <A>(
  c: LayerContext<A>,
  source: Layer<A> | undefined,
  values: ReadonlyMap<string, NodeId>,
): NodeId => {
  const { b, layer, options, inputs } = c;
  const x = inputs[0]!;
  const { op } = layer;
  switch (op.kind) {
    case "input":
      return b.input("input", "batch", [options.batch, ...op.shape]);
    case "convolution":
    case "projected": {
      const [geometry, from] = absorbPadding(source, op.geometry, x, values);
      return lowerConvolution(c, op, from, geometry);
    }
    case "dense":
      return lowerDense(c, op);
    case "batchNorm":
      return lowerBatchNorm(c, op);
    case "layerNorm":
      return lowerLayerNorm(c, op);
    case "affine":
      return b.apply(
        { op: "channelAffine" },
        x,
        weightNode(c, "scale", op.scale),
        weightNode(c, "shift", op.shift),
      );
    case "activation":
      return b.apply({ op: "activation", fn: op.fn }, x);
    case "maxPool":
      return b.apply({ op: "maxPool", geometry: op.geometry }, x);
    case "averagePool":
      return b.apply({ op: "averagePool", geometry: op.geometry, divisor: op.divisor }, x);
    case "globalPool":
      return lowerGlobalPool(c, op);
    case "add":
      return inputs.reduce((sum, y) => b.apply({ op: "add" }, sum, y));
    case "multiply":
      return lowerMultiply(c);
    case "concat":
      return b.apply({ op: "concat" }, ...inputs);
    case "zeroPad":
      return b.apply({ op: "pad", padding: [[0, 0], ...op.padding, [0, 0]] }, x);
    case "flatten":
    case "reshape":
      return b.apply({ op: "reshape", shape: [options.batch, ...layer.shape] }, x);
    case "upsample":
      return b.apply({ op: "upsample", factors: op.factors, interpolation: op.interpolation }, x);
    case "dropout":
      return lowerDropout(c, op.rate);
  }
};
