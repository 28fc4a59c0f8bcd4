/** The blocked dialect's convolution, as an operator. All activations are edges in blocks. */
import type { ActivationFunction } from "../../../model/activation.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Attribute, Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";

/** What follows the products: `activation(products + bias + sum)`. */
export interface Tail {
  /** `[channels]`, padded to whole blocks. */
  readonly bias: Edge | null;
  /** Of the result's extents. */
  readonly sum: Edge | null;
  readonly activation: ActivationFunction | null;
}

export const bare: Tail = { bias: null, sum: null, activation: null };

/** A correlation over two axes. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Before the first axis, before the second, after the first, after the second. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
}

/** One tap. */
export const pointwise: Window = {
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
  groups: 1,
};

const activationAttributes = (
  fn: ActivationFunction | null,
): Readonly<Record<string, Attribute>> => {
  switch (fn?.name) {
    case "relu":
      return { activation: { string: "Relu" } };
    case "relu6":
      return { activation: { string: "Clip" }, activation_params: { floats: [0, 6] } };
    case "leakyRelu":
      return {
        activation: { string: "LeakyRelu" },
        activation_params: { floats: [fn.slope] },
      };
    default:
      return {};
  }
};

/** The extents of the result on the two axes. */
const outputs = (x: Shape, w: Window): readonly [number, number] => {
  const along = (axis: 0 | 1): number => {
    const span = (w.kernel[axis] - 1) * w.dilations[axis] + 1;
    const room = x[axis + 2]! + w.pads[axis] + w.pads[axis === 0 ? 2 : 3] - span;
    return Math.floor(room / w.strides[axis]) + 1;
  };
  return [along(0), along(1)];
};

/** `weights` is declared `[out, in / groups, ...kernel]` and lies in the layout that the dialect wants. */
export const blockedConv = (
  g: GraphBuilder,
  x: Edge,
  weights: Edge,
  w: Window,
  { bias, sum, activation }: Tail = bare,
): Edge =>
  g.node(
    "Conv",
    [x, weights, ...(bias === null && sum === null ? [] : [bias]), ...(sum === null ? [] : [sum])],
    [x.shape[0]!, weights.shape[0]!, ...outputs(x.shape, w)],
    {
      domain: "com.microsoft.nchwc",
      attributes: {
        kernel_shape: { ints: w.kernel },
        strides: { ints: w.strides },
        dilations: { ints: w.dilations },
        pads: { ints: w.pads },
        group: { int: w.groups },
        ...activationAttributes(activation),
      },
    },
  );
