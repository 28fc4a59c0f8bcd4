/**
 * Operators: what a layer computes from the values of its inputs. An operator over a ring element type
 * `A` holds its weights inline, so a network is a functor in `A` and one reading of the weights (float32,
 * exact rationals, polynomials) differs from another only in `A`.
 *
 * Layouts: kernel `[...extents, input channels / groups, output channels]`; gates
 * `[input channels / groups, output channels]`; dense weights `[input channels, output channels]`;
 * everything per channel `[channels]`. Output channel `j` of a grouped layer reads the input channels
 * of group `floor(j / (outputs / groups))`. A depthwise convolution has as many groups as input channels.
 */
import type { Geometry } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ActivationFunction } from "./activation.js";

/** The network's one input. */
export interface Input {
  readonly kind: "input";
  readonly shape: Shape;
}

/** A GCNN layer: `y_j = sum_k conv(x_k, F_jk) + b_j`, one spatial kernel per input-output pair. */
export interface Convolution<A> {
  readonly kind: "convolution";
  readonly geometry: Geometry;
  readonly groups: number;
  readonly kernel: Tensor<A>;
  readonly bias: Tensor<A> | null;
}

/** A projected layer: `y_j = sum_k g_jk * conv(x_k, F_jk) + b_j` with `F` frozen and `g` learned. */
export interface Projected<A> {
  readonly kind: "projected";
  readonly geometry: Geometry;
  readonly groups: number;
  readonly kernel: Tensor<A>;
  readonly gates: Tensor<A>;
  readonly bias: Tensor<A> | null;
}

/**
 * A GFFN layer: `y_j = sum_k w_jk * x_k + b_j`, one scalar per input-output pair. On `[channels]` this
 * is the usual dense layer; on tensors it mixes channels at every position alike.
 */
export interface Dense<A> {
  readonly kind: "dense";
  readonly weights: Tensor<A>;
  readonly bias: Tensor<A> | null;
}

/**
 * Batch normalisation along the channels: `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
 * `frozen` uses the stored statistics; `batch` uses those of the batch at hand (variance without
 * Bessel's correction) and, in training, moves the stored ones by `1 - momentum`.
 */
export interface BatchNorm<A> {
  readonly kind: "batchNorm";
  readonly statistics: "frozen" | "batch";
  readonly gamma: Tensor<A> | null;
  readonly beta: Tensor<A> | null;
  readonly mean: Tensor<A>;
  readonly variance: Tensor<A>;
  readonly epsilon: number;
  readonly momentum: number;
}

/**
 * Layer normalisation over the channels of each position (Ba et al. 2016; ConvNeXt's over images):
 * `gamma_j * (x_j - mean) / sqrt(variance + epsilon) + beta_j`, where mean and variance (without Bessel's
 * correction) are those of the position's own channels. Positions do not see each other.
 */
export interface LayerNorm<A> {
  readonly kind: "layerNorm";
  readonly gamma: Tensor<A> | null;
  readonly beta: Tensor<A> | null;
  readonly epsilon: number;
}

/** `scale_j * x_j + shift_j` per channel: what batch norm with frozen statistics amounts to. */
export interface Affine<A> {
  readonly kind: "affine";
  readonly scale: Tensor<A>;
  readonly shift: Tensor<A>;
}

export interface Activation {
  readonly kind: "activation";
  readonly fn: ActivationFunction;
}

/** The largest value in each window; padding never wins. */
export interface MaxPool {
  readonly kind: "maxPool";
  readonly geometry: Geometry;
}

/** The mean of each window, over the positions inside the input (`valid`) or all of them (`window`). */
export interface AveragePool {
  readonly kind: "averagePool";
  readonly geometry: Geometry;
  readonly divisor: "valid" | "window";
}

/** Reduce all spatial axes: `[h, w, c]` to `[c]`, or to `[1, 1, c]` with `keepAxes`. */
export interface GlobalPool {
  readonly kind: "globalPool";
  readonly reduce: "average" | "max";
  readonly keepAxes: boolean;
}

/** Element-wise sum of two or more inputs of one shape. */
export interface Add {
  readonly kind: "add";
}

/**
 * Element-wise product of two inputs. Their shapes agree, or one has extent 1 on every spatial axis and
 * the same channels (squeeze and excitation).
 */
export interface Multiply {
  readonly kind: "multiply";
}

/** Channels of all inputs, one after another; the spatial extents agree. */
export interface Concat {
  readonly kind: "concat";
}

/** Zeros before and after each spatial axis. */
export interface ZeroPad {
  readonly kind: "zeroPad";
  readonly padding: readonly (readonly [low: number, high: number])[];
}

/** `[...]` to `[size]`, row-major. */
export interface Flatten {
  readonly kind: "flatten";
}

/** The same elements, row-major, under another shape. */
export interface Reshape {
  readonly kind: "reshape";
  readonly shape: Shape;
}

/**
 * Enlarge every spatial axis by a whole factor. Bilinear uses half-pixel centres with clamped edges
 * (TensorFlow's `halfPixelCenters`, PyTorch's `align_corners=False`).
 */
export interface Upsample {
  readonly kind: "upsample";
  readonly factors: Shape;
  readonly interpolation: "nearest" | "bilinear";
}

/** In training, zero each element with probability `rate` and scale the rest by `1 / (1 - rate)`. */
export interface Dropout {
  readonly kind: "dropout";
  readonly rate: number;
}

/** Everything a layer may compute. */
export type Operator<A = number> =
  | Input
  | Convolution<A>
  | Projected<A>
  | Dense<A>
  | BatchNorm<A>
  | LayerNorm<A>
  | Affine<A>
  | Activation
  | MaxPool
  | AveragePool
  | GlobalPool
  | Add
  | Multiply
  | Concat
  | ZeroPad
  | Flatten
  | Reshape
  | Upsample
  | Dropout;

/** The name of an operator. */
export type OperatorKind = Operator["kind"];

/** The operators that carry a spatial kernel. */
export type Kernelled<A = number> = Convolution<A> | Projected<A>;

/** The weights of an operator by name (`kernel`, `gates`, `bias`, `gamma`, ...), absent ones left out. */
export const weightsOf = <A>(op: Operator<A>): readonly (readonly [string, Tensor<A>])[] => {
  const named: readonly (readonly [string, Tensor<A> | null])[] = (() => {
    switch (op.kind) {
      case "convolution":
        return [
          ["kernel", op.kernel],
          ["bias", op.bias],
        ] as const;
      case "projected":
        return [
          ["kernel", op.kernel],
          ["gates", op.gates],
          ["bias", op.bias],
        ] as const;
      case "dense":
        return [
          ["weights", op.weights],
          ["bias", op.bias],
        ] as const;
      case "batchNorm":
        return [
          ["gamma", op.gamma],
          ["beta", op.beta],
          ["mean", op.mean],
          ["variance", op.variance],
        ] as const;
      case "layerNorm":
        return [
          ["gamma", op.gamma],
          ["beta", op.beta],
        ] as const;
      case "affine":
        return [
          ["scale", op.scale],
          ["shift", op.shift],
        ] as const;
      default:
        return [];
    }
  })();
  return named.flatMap(([name, t]) => (t === null ? [] : [[name, t] as const]));
};

/** Apply `f` to each weight, keeping the structure; `f` gets the weight's name. */
export const mapWeights = <A, B>(
  op: Operator<A>,
  f: (t: Tensor<A>, name: string) => Tensor<B>,
): Operator<B> => {
  const optional = (t: Tensor<A> | null, name: string): Tensor<B> | null =>
    t === null ? null : f(t, name);
  switch (op.kind) {
    case "convolution":
      return { ...op, kernel: f(op.kernel, "kernel"), bias: optional(op.bias, "bias") };
    case "projected":
      return {
        ...op,
        kernel: f(op.kernel, "kernel"),
        gates: f(op.gates, "gates"),
        bias: optional(op.bias, "bias"),
      };
    case "dense":
      return { ...op, weights: f(op.weights, "weights"), bias: optional(op.bias, "bias") };
    case "batchNorm":
      return {
        ...op,
        gamma: optional(op.gamma, "gamma"),
        beta: optional(op.beta, "beta"),
        mean: f(op.mean, "mean"),
        variance: f(op.variance, "variance"),
      };
    case "layerNorm":
      return { ...op, gamma: optional(op.gamma, "gamma"), beta: optional(op.beta, "beta") };
    case "affine":
      return { ...op, scale: f(op.scale, "scale"), shift: f(op.shift, "shift") };
    default:
      return op;
  }
};
