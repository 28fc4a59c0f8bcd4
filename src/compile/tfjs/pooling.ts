/**
 * Pooling and its adjoints. Padding never wins a maximum: it counts as minus infinity.
 *
 * The adjoint of the maximum hands each window's gradient to the first largest tap: in row-major order,
 * tap `t` takes what is left where `x_t` equals the window's `y`, and leaves nothing there. As `y >= x_t`,
 * `step(y - x_t)` is 0 exactly at equality (comparisons leave a boolean that wasm casts slowly). Backends'
 * own MaxPoolGrad differ in their choice among equals, and wasm's runs in JavaScript.
 */
import * as tf from "@tensorflow/tfjs-core";
import { windowCounts } from "../windowCounts.js";
import { mostPooledChannels } from "./channel.js";
import { correlationOf } from "./convolution.js";
import { correlateDepthwise } from "./correlation.js";
import type { Formulation } from "./formulation.js";
import { convolutionInputGradient } from "./inputGradient.js";
import { explicitPadding, gatherTaps, refit, scatterTaps, type PlaneGeometry } from "./window.js";

const isUndilated = (g: PlaneGeometry): boolean => g.every((a) => a.dilation === 1);

/** The largest value of each window. */
export const maxPool = (f: Formulation, x: tf.Tensor4D, g: PlaneGeometry): tf.Tensor4D => {
  if (!isUndilated(g)) return gatherTaps(f, x, g, -Infinity).reduce((a, b) => tf.maximum(a, b));
  const { strides, margins } = correlationOf(g);
  const filterSize: [number, number] = [g[0].kernel, g[1].kernel];
  if (f.poolPadding === "pad")
    return tf.maxPool(refit(x, ...margins, -Infinity)!, filterSize, [...strides], "valid");
  return tf
    .engine()
    .runKernel<tf.Tensor4D>(
      tf.MaxPool,
      { x },
      { filterSize, strides: [...strides], pad: explicitPadding(margins[0], margins[1]) },
    );
};

/** The adjoint of `maxPool`; the first largest tap in row-major order takes all. */
export const maxPoolGradient = (
  f: Formulation,
  x: tf.Tensor4D,
  y: tf.Tensor4D,
  dy: tf.Tensor4D,
  g: PlaneGeometry,
): tf.Tensor4D => {
  let left = dy;
  const shares = gatherTaps(f, x, g, -Infinity).map((tap) => {
    const rest = tf.mul(left, tf.step(tf.sub(y, tap)));
    const share = tf.sub<tf.Tensor4D>(left, rest);
    left = rest as tf.Tensor4D;
    return share;
  });
  return scatterTaps(shares, g, [x.shape[1], x.shape[2]]);
};

/** `1 / count` of each window, `[1, oh, ow, 1]`. */
const weights = (
  g: PlaneGeometry,
  extents: readonly [number, number],
  divisor: "valid" | "window",
): tf.Tensor4D => {
  const rows = windowCounts(g[0], extents[0], divisor);
  const columns = windowCounts(g[1], extents[1], divisor);
  return tf.tensor4d(
    rows.flatMap((r) => columns.map((c) => 1 / (r * c))),
    [1, rows.length, columns.length, 1],
    "float32",
  );
};

/** The mean of each window. */
export const averagePool = (
  f: Formulation,
  x: tf.Tensor4D,
  g: PlaneGeometry,
  divisor: "valid" | "window",
): tf.Tensor4D => {
  const isPlain =
    isUndilated(g) &&
    g.every((a) => a.low === 0 && a.high === 0) &&
    x.shape[3] <= mostPooledChannels;
  if (isPlain)
    return tf.avgPool(x, [g[0].kernel, g[1].kernel], [g[0].stride, g[1].stride], "valid");
  const ones = tf.ones<tf.Rank.R4>([g[0].kernel, g[1].kernel, x.shape[3], 1]);
  const sums = correlateDepthwise(f, x, ones, correlationOf(g))!;
  return tf.mul(sums, weights(g, [x.shape[1], x.shape[2]], divisor));
};

/** The adjoint of `averagePool` over an input of `extents`. */
export const averagePoolGradient = (
  f: Formulation,
  dy: tf.Tensor4D,
  g: PlaneGeometry,
  divisor: "valid" | "window",
  extents: readonly [number, number],
): tf.Tensor4D => {
  const channels = dy.shape[3];
  const share = tf.mul<tf.Tensor4D>(dy, weights(g, extents, divisor));
  const ones = tf.ones<tf.Rank.R4>([g[0].kernel, g[1].kernel, 1, channels]);
  return convolutionInputGradient(f, share, ones, g, channels, extents);
};
