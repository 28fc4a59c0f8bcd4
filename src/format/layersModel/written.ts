/** Keras layers as they are written, and the ones that stand for an activation of ours. */
import type { ActivationFunction } from "../../model/activation.js";
import type { Tensor } from "../../tensor/tensor.js";

/** A Keras layer: its class, its configuration without the name, and its weights. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly (readonly [name: string, value: Tensor<number>])[];
  /** What it reads: the layer before it, or else the value that the whole chain reads besides. */
  readonly alsoReads?: "chainInput";
}

/** A Keras layer without weights. */
export const layer = (
  className: string,
  config: Readonly<Record<string, unknown>> = {},
): WrittenLayer => ({ className, config, weights: [] });

/** The layer that changes nothing. */
export const linear = layer("Activation", { activation: "linear" });

/** Zero padding per spatial axis. */
export const zeroPadding = (padding: readonly (readonly [number, number])[]): WrittenLayer =>
  layer("ZeroPadding2D", { padding, data_format: "channels_last" });

const constant = (value: number, channels: number): Tensor<number> => ({
  shape: [channels],
  data: new Float32Array(channels).fill(value),
});

/**
 * `scale * x + shift` per channel: batch normalisation with mean 0, variance 1 and epsilon 0, whose root
 * is exactly 1, so that nothing but the product and the sum is rounded.
 */
export const affine = (scale: Tensor<number>, shift: Tensor<number>): WrittenLayer => {
  const channels = scale.data.length;
  return {
    className: "BatchNormalization",
    config: { axis: -1, momentum: 0.99, epsilon: 0, center: true, scale: true },
    weights: [
      ["gamma", scale],
      ["beta", shift],
      ["moving_mean", constant(0, channels)],
      ["moving_variance", constant(1, channels)],
    ],
  };
};

const uniformAffine = (scale: number, shift: number, channels: number): WrittenLayer =>
  affine(constant(scale, channels), constant(shift, channels));

const activation = (name: string): readonly WrittenLayer[] => [
  layer("Activation", { activation: name }),
];

const timesInput: WrittenLayer = { ...layer("Multiply"), alsoReads: "chainInput" };

/**
 * The tanh formula of gelu as `x * sigmoid(2 z)` with `z = sqrt(2 / pi) * (x + 0.044715 x^3)`, since
 * `(1 + tanh z) / 2 = sigmoid(2 z)`; and `2 z = x * (a x^2 + b)`.
 */
const approximateGelu = (channels: number): readonly WrittenLayer[] => {
  const b = 2 * Math.sqrt(2 / Math.PI);
  return [
    timesInput,
    uniformAffine(0.044715 * b, b, channels),
    timesInput,
    ...activation("sigmoid"),
    timesInput,
  ];
};

/**
 * The layers of an activation over `channels` channels. TensorFlow.js has no hard swish, one hard sigmoid
 * with the slope 0.2, and a tanh formula of gelu (`gelu_new`) whose name its own loader garbles. Others are
 * composed: `clamp(s * x + o, 0, 1)` from an affine map and a ReLU with a ceiling, and hard swish is
 * `x * clamp(x / 6 + 1/2, 0, 1)`.
 */
export const activationChain = (
  fn: ActivationFunction,
  channels: number,
): readonly WrittenLayer[] => {
  switch (fn.name) {
    case "relu6":
      return [layer("ReLU", { max_value: 6 })];
    case "leakyRelu":
      return [layer("LeakyReLU", { alpha: fn.slope })];
    case "elu":
      return [layer("ELU", { alpha: fn.alpha })];
    case "gelu":
      return fn.approximate ? approximateGelu(channels) : activation("gelu");
    case "hardSigmoid":
      return fn.slope === 0.2 && fn.offset === 0.5
        ? activation("hard_sigmoid")
        : [uniformAffine(fn.slope, fn.offset, channels), layer("ReLU", { max_value: 1 })];
    case "hardSwish":
      return [uniformAffine(1 / 6, 0.5, channels), layer("ReLU", { max_value: 1 }), timesInput];
    default:
      return activation(fn.name);
  }
};
