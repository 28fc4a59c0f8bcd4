/** Our operators as chains of Keras layers that stock TensorFlow.js loads and evaluates alike. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Layer } from "../../model/network.js";
import type { AveragePool, Convolution, MaxPool, Operator } from "../../model/operator.js";
import { samePadding, span, taps, type Geometry } from "../../tensor/geometry.js";
import { channelsOf, showShape, size, spatialOf, type Shape } from "../../tensor/shape.js";
import { quote } from "../codec.js";
import { undilated, ungrouped } from "./kernelForms.js";
import {
  activationChain,
  affine,
  layer,
  linear,
  zeroPadding,
  type WrittenLayer,
} from "./written.js";

/** The layers that stand for one of ours, and what a reader of the file should know about them. */
export interface Chain {
  readonly layers: readonly WrittenLayer[];
  readonly note: string | null;
}

const chain = (...layers: readonly WrittenLayer[]): Result<Chain> =>
  E.right({ layers, note: null });

/** How Keras names a padding, or null where it has no name for it. */
const paddingName = (geometry: Geometry, extents: Shape): "valid" | "same" | null => {
  if (geometry.every((a) => a.low === 0 && a.high === 0)) return "valid";
  const isSame = geometry.every((a, i) => {
    const [low, high] = samePadding(a.kernel, a.stride, a.dilation, extents[i]!);
    return low === a.low && high === a.high;
  });
  return isSame ? "same" : null;
};

const needsTwoAxes = (op: Operator, x: Shape): Result<never> =>
  refuse({
    where: "inputs",
    found: `${op.kind} over ${showShape(x)}`,
    expected: "height x width x channels: TensorFlow.js has layers for two spatial axes",
  });

const shownPadding = (geometry: Geometry): string =>
  geometry.map((a) => `${a.low} + ${a.high}`).join(", ");

/** Zeros in front, where Keras has no name for the padding. */
const padded = (
  geometry: Geometry,
  x: Shape,
  window: (padding: "valid" | "same") => WrittenLayer,
): readonly WrittenLayer[] => {
  const name = paddingName(geometry, spatialOf(x));
  return name === null
    ? [zeroPadding(geometry.map((a) => [a.low, a.high] as const)), window("valid")]
    : [window(name)];
};

const biasWeight = (op: Convolution<number>): WrittenLayer["weights"] =>
  op.bias === null ? [] : [["bias", op.bias]];

const convolutionConfig = (op: Convolution<number>, padding: "valid" | "same") => ({
  kernel_size: op.geometry.map((a) => a.kernel),
  strides: op.geometry.map((a) => a.stride),
  dilation_rate: op.geometry.map((a) => a.dilation),
  padding,
  data_format: "channels_last",
  activation: "linear",
  use_bias: op.bias !== null,
});

const depthwise = (op: Convolution<number>, x: Shape): readonly WrittenLayer[] => {
  const multiplier = channelsOf(op.kernel.shape) / op.groups;
  const shape = [...op.kernel.shape.slice(0, 2), op.groups, multiplier];
  return padded(op.geometry, x, (padding) => ({
    className: "DepthwiseConv2D",
    config: { ...convolutionConfig(op, padding), depth_multiplier: multiplier },
    weights: [["depthwise_kernel", { shape, data: op.kernel.data }], ...biasWeight(op)],
  }));
};

const plainConvolution = (op: Convolution<number>, x: Shape): readonly WrittenLayer[] =>
  padded(op.geometry, x, (padding) => ({
    className: "Conv2D",
    config: { filters: channelsOf(op.kernel.shape), ...convolutionConfig(op, padding) },
    weights: [["kernel", op.kernel], ...biasWeight(op)],
  }));

/** The most elements of a kernel whose zeros are written out: 1 GiB of float32. */
const elementLimit = 2 ** 28;

const convolution = (op: Convolution<number>, x: Shape): Result<Chain> => {
  if (x.length !== 3) return needsTwoAxes(op, x);
  const isDepthwise = op.groups > 1 && op.groups === channelsOf(x);
  const dilated = op.geometry.some((a) => a.dilation > 1);
  const strided = op.geometry.some((a) => a.stride > 1);
  const spread = dilated && (isDepthwise || strided);
  const elements =
    (spread ? size(op.geometry.map(span)) : taps(op.geometry)) *
    (size(op.kernel.shape) / taps(op.geometry)) *
    (isDepthwise ? 1 : op.groups);
  if (elements > elementLimit)
    return refuse({
      where: "kernel",
      found: `${op.groups} groups and dilation ${op.geometry.map((a) => a.dilation).join(" x ")}`,
      expected: `a kernel of at most ${elementLimit} elements when its zeros are written out, not ${elements}`,
    });
  const dense = spread ? undilated(op) : op;
  const notes = dense === op ? [] : ["its dilation is written out as zeros between the taps"];
  if (isDepthwise) return E.right({ layers: depthwise(dense, x), note: notes.join("; ") || null });
  if (op.groups > 1)
    notes.push(`its ${op.groups} groups are written out as zeros in a dense kernel`);
  return E.right({
    layers: plainConvolution(op.groups > 1 ? ungrouped(dense) : dense, x),
    note: notes.join("; ") || null,
  });
};

const poolConfig = (geometry: Geometry, padding: "valid" | "same") => ({
  pool_size: geometry.map((a) => a.kernel),
  strides: geometry.map((a) => a.stride),
  padding,
  data_format: "channels_last",
});

const pool = (op: MaxPool | AveragePool, x: Shape): Result<Chain> => {
  if (x.length !== 3) return needsTwoAxes(op, x);
  if (op.geometry.some((a) => a.dilation > 1))
    return refuse({
      where: "geometry",
      found: `dilation ${op.geometry.map((a) => a.dilation).join(" x ")}`,
      expected: "dilation 1: TensorFlow.js has no dilated pooling",
    });
  const className = op.kind === "maxPool" ? "MaxPooling2D" : "AveragePooling2D";
  const window = (padding: "valid" | "same") => layer(className, poolConfig(op.geometry, padding));
  const name = paddingName(op.geometry, spatialOf(x));
  if (op.kind === "averagePool" && op.divisor === "window" && name !== "valid")
    return chain(zeroPadding(op.geometry.map((a) => [a.low, a.high] as const)), window("valid"));
  return name === null
    ? refuse({
        where: "padding",
        found: `${shownPadding(op.geometry)} for ${op.kind} over ${showShape(x)}`,
        expected: 'what Keras calls "same" or "valid": other padding of a pool is no zero padding',
      })
    : chain(window(name));
};

const normalisations: ReadonlySet<string> = new Set(["BatchNormalization", "LayerNormalization"]);

/** Batch norm, which affine maps are written as too, and layer norm stop at three axes in TensorFlow.js. */
const fewAxes =
  (x: Shape) =>
  (c: Chain): Result<Chain> =>
    x.length <= 3 || c.layers.every((w) => !normalisations.has(w.className))
      ? E.right(c)
      : refuse({
          where: "inputs",
          found: `a normalisation or a map per channel over ${showShape(x)}`,
          expected: "at most three axes: TensorFlow.js normalises no more",
        });

/** The Keras layers of one of ours, given the shapes that it reads. */
export const writtenChain = (l: Layer, inputs: readonly Shape[]): Result<Chain> =>
  E.chain(fewAxes(inputs[0] ?? []))(chainOf(l, inputs));

const chainOf = (l: Layer, inputs: readonly Shape[]): Result<Chain> => {
  const { op } = l;
  const x = inputs[0] ?? [];
  switch (op.kind) {
    case "input":
      return chain(
        layer("InputLayer", {
          batch_input_shape: [null, ...op.shape],
          dtype: "float32",
          sparse: false,
        }),
      );
    case "convolution":
      return convolution(op, x);
    case "projected":
      return refuse({
        where: "class",
        found: "a projected layer",
        expected: "GFFN and GCNN layers",
        advice: "merge the network first: a gated kernel is a kernel",
      });
    case "dense":
      return chain({
        className: "Dense",
        config: {
          units: channelsOf(op.weights.shape),
          activation: "linear",
          use_bias: op.bias !== null,
        },
        weights: [
          ["kernel", op.weights],
          ...(op.bias === null ? [] : ([["bias", op.bias]] as const)),
        ],
      });
    case "batchNorm":
      return op.statistics === "batch"
        ? refuse({
            where: "statistics",
            found: "those of the batch at hand",
            expected: "stored ones",
            advice: "freeze the statistics first",
          })
        : chain({
            className: "BatchNormalization",
            config: {
              axis: -1,
              momentum: op.momentum,
              epsilon: op.epsilon,
              center: op.beta !== null,
              scale: op.gamma !== null,
            },
            weights: [
              ...(op.gamma === null ? [] : ([["gamma", op.gamma]] as const)),
              ...(op.beta === null ? [] : ([["beta", op.beta]] as const)),
              ["moving_mean", op.mean],
              ["moving_variance", op.variance],
            ],
          });
    case "layerNorm":
      return chain({
        className: "LayerNormalization",
        config: {
          axis: -1,
          epsilon: op.epsilon,
          center: op.beta !== null,
          scale: op.gamma !== null,
        },
        weights: [
          ...(op.gamma === null ? [] : ([["gamma", op.gamma]] as const)),
          ...(op.beta === null ? [] : ([["beta", op.beta]] as const)),
        ],
      });
    case "affine":
      return chain(affine(op.scale, op.shift));
    case "activation":
      return chain(...activationChain(op.fn, channelsOf(x)));
    case "maxPool":
    case "averagePool":
      return pool(op, x);
    case "globalPool": {
      if (x.length !== 3) return needsTwoAxes(op, x);
      const name = op.reduce === "average" ? "GlobalAveragePooling2D" : "GlobalMaxPooling2D";
      const reduce = layer(name, { data_format: "channels_last" });
      return op.keepAxes
        ? chain(reduce, layer("Reshape", { target_shape: l.shape }))
        : chain(reduce);
    }
    case "add":
      return chain(layer("Add"));
    case "multiply":
      return chain(layer("Multiply"));
    case "concat":
      return inputs.length === 1 ? chain(linear) : chain(layer("Concatenate", { axis: -1 }));
    case "zeroPad":
      return x.length === 3 ? chain(zeroPadding(op.padding)) : needsTwoAxes(op, x);
    case "flatten":
      return x.length === 1
        ? chain(linear)
        : chain(layer("Flatten", { data_format: "channels_last" }));
    case "reshape":
      return chain(layer("Reshape", { target_shape: op.shape }));
    case "upsample":
      if (x.length !== 3) return needsTwoAxes(op, x);
      return op.interpolation === "nearest"
        ? chain(
            layer("UpSampling2D", {
              size: op.factors,
              interpolation: "nearest",
              data_format: "channels_last",
            }),
          )
        : refuse({
            where: "interpolation",
            found: quote(op.interpolation),
            expected: '"nearest": TensorFlow.js resizes without half-pixel centres',
          });
    case "dropout":
      return chain(layer("Dropout", { rate: op.rate }));
  }
};
