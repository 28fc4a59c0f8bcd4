/**
 * The adjoint of a convolution in its kernel, from convolutions and products alone.
 *
 * `dw[t, k, j] = sum_{n, o} x[n, o * s + t * d - low, k] dy[n, o, j]` is itself a convolution: let the
 * input channels play the batch and the batch play the input channels. Then `dy` is the kernel, its taps
 * are `s` apart, and neighbouring results are `d` apart: stride and dilation exchange their places.
 * On wasm this takes 0.2 to 1.6 times the forward convolution at ResNet-50's 3x3 layers (a step packs a new
 * kernel for the latter). Gathering the taps and multiplying (im2col) takes 1.0 to 1.5 times as long as
 * this at stride 1 and is faster (0.8) only where the outputs are 4x4 or less.
 *
 * One tap needs no gathering: `x^T dy` over the positions that the stride keeps, or `(dy^T x)^T` where
 * that moves less. A depthwise kernel takes one dot product per tap and channel.
 */
import * as tf from "@tensorflow/tfjs-core";
import { channelSum } from "./channel.js";
import { correlate } from "./correlation.js";
import type { Formulation } from "./formulation.js";
import { byGroup, isDepthwise } from "./groups.js";
import { gatherTaps, type Margin, type PlaneGeometry } from "./window.js";
import type { Axis } from "../../tensor/geometry.js";

/** `high` such that exactly the kernel's taps come out; what cannot be avoided is cut off afterwards. */
const marginOf = (a: Axis, extent: number, outputs: number): Margin => [
  a.low,
  Math.max(0, (a.kernel - 1) * a.dilation + (outputs - 1) * a.stride + 1 - extent - a.low),
];

const exchanged = (
  f: Formulation,
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  geometry: PlaneGeometry,
): tf.Tensor4D => {
  const [rows, columns] = geometry;
  const wide = correlate(f, tf.transpose(x, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), {
    strides: [rows.dilation, columns.dilation],
    dilations: [rows.stride, columns.stride],
    margins: [marginOf(rows, x.shape[1], dy.shape[1]), marginOf(columns, x.shape[2], dy.shape[2])],
  })!;
  const [inputs, h, w, outputs] = wide.shape;
  const taps =
    h === rows.kernel && w === columns.kernel
      ? wide
      : tf.slice(wide, [0, 0, 0, 0], [inputs, rows.kernel, columns.kernel, outputs]);
  return tf.transpose(taps, [1, 2, 0, 3]);
};

const product = (
  f: Formulation,
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  g: PlaneGeometry,
): tf.Tensor4D => {
  const inputs = x.shape[3];
  const outputs = dy.shape[3];
  const positions = dy.shape[0] * dy.shape[1] * dy.shape[2];
  const a = tf.reshape<tf.Rank.R2>(gatherTaps(f, x, g, 0)[0]!, [positions, inputs]);
  const b = tf.reshape<tf.Rank.R2>(dy, [positions, outputs]);
  const swap = (inputs - outputs) * positions > inputs * outputs;
  const dw = swap ? tf.transpose(tf.matMul(tf.transpose(b), a)) : tf.matMul(tf.transpose(a), b);
  return tf.reshape(dw, [1, 1, inputs, outputs]);
};

const depthwise = (
  f: Formulation,
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  g: PlaneGeometry,
): tf.Tensor4D => {
  const inputs = x.shape[3];
  const outputs = dy.shape[3];
  const positions = dy.shape[0] * dy.shape[1] * dy.shape[2];
  const split = tf.reshape(dy, [positions, inputs, outputs / inputs]);
  const sums = gatherTaps(f, x, g, 0).map((tap) =>
    channelSum(f, tf.reshape(tf.mul(tf.reshape(tap, [positions, inputs, 1]), split), dy.shape)),
  );
  return tf.reshape(tf.concat(sums, 0), [g[0].kernel, g[1].kernel, 1, outputs]);
};

/** `x` `[n, h, w, in]` and `dy` `[n, oh, ow, out]` to `dw` `[kh, kw, in / groups, out]`. */
export const convolutionFilterGradient = (
  f: Formulation,
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  geometry: PlaneGeometry,
  groups: number,
): tf.Tensor4D => {
  if (isDepthwise(groups, x.shape[3] / groups)) return depthwise(f, x, dy, geometry);
  const pointwise = geometry.every((a) => a.kernel === 1);
  return byGroup(groups, x, dy, (part, gradient) =>
    pointwise ? product(f, part, gradient, geometry) : exchanged(f, part, gradient, geometry),
  );
};
