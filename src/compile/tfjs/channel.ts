/** Maps and sums along the last axis, and the gates of a projected kernel. */
import * as tf from "@tensorflow/tfjs-core";
import type { Formulation } from "./formulation.js";

const rowsOf = (x: tf.Tensor): number => x.size / x.shape.at(-1)!;

/**
 * The most channels that wasm's AvgPool is given. It keeps a row of channels on a stack of 64 KiB and,
 * from some 16,000 channels on, silently writes past it; the heap is then found damaged much later.
 */
export const mostPooledChannels = 4096;

/** The largest divisor of `n` that is at most `most`. */
const divisorWithin = (n: number, most: number): number => {
  for (let parts = Math.ceil(n / most); ; parts++) if (n % parts === 0) return n / parts;
};

/** `[outer, rows, inner]` summed over `rows`. */
export const sumRows = (
  f: Formulation,
  x: tf.Tensor,
  outer: number,
  rows: number,
  inner: number,
): tf.Tensor2D => {
  if (rows === 1) return tf.reshape(x, [outer, inner]);
  const channels = divisorWithin(inner, mostPooledChannels);
  // A narrow divisor would leave the pool less to vectorise than the plain sum has.
  if (f.reduce === "sum" || (channels < inner && channels < 16))
    return tf.sum(tf.reshape(x, [outer, rows, inner]), 1);
  const mean = tf.avgPool(
    tf.reshape<tf.Rank.R4>(x, [outer, rows, inner / channels, channels]),
    [rows, 1],
    1,
    "valid",
  );
  return tf.mul(tf.reshape(mean, [outer, inner]), rows);
};

/** The sum over all axes but the last. */
export const channelSum = (f: Formulation, x: tf.Tensor): tf.Tensor1D =>
  tf.reshape(sumRows(f, x, 1, rowsOf(x), x.shape.at(-1)!), [x.shape.at(-1)!]);

/** The sum of `x * y` over all axes but the last. */
export const channelDot = (f: Formulation, x: tf.Tensor, y: tf.Tensor): tf.Tensor1D =>
  channelSum(f, tf.mul(x, y));

/** `x * scale + shift` along the last axis. */
export const channelAffine = (
  f: Formulation,
  x: tf.Tensor,
  scale: tf.Tensor,
  shift: tf.Tensor,
): tf.Tensor => {
  if (f.affine === "broadcast") return tf.add(tf.mul(x, scale), shift);
  const channels = x.shape.at(-1)!;
  return tf.reshape(
    tf.engine().runKernel<tf.Tensor4D>(
      tf.FusedDepthwiseConv2D,
      {
        x: tf.reshape(x, [1, rowsOf(x), 1, channels]),
        filter: tf.reshape(scale, [1, 1, channels, 1]),
        bias: shift,
      },
      {
        strides: [1, 1],
        pad: "valid",
        dataFormat: "NHWC",
        dilations: [1, 1],
        activation: "linear",
      },
    ),
    x.shape,
  );
};

/** `[taps, pairs]` and `[1, pairs]` of a kernel `[...taps, in / groups, out]` and its gates. */
const pairwise = (kernel: tf.Tensor, pairs: number): tf.Tensor2D =>
  tf.reshape(kernel, [kernel.size / pairs, pairs]);

/** `W[...t, k, j] = F[...t, k, j] * g[k, j]`. */
export const gateWeight = (kernel: tf.Tensor, gates: tf.Tensor): tf.Tensor =>
  tf.reshape(
    tf.mul(pairwise(kernel, gates.size), tf.reshape(gates, [1, gates.size])),
    kernel.shape,
  );

/** `dg[k, j] = sum_t F[...t, k, j] * dW[...t, k, j]`. */
export const gateGradient = (f: Formulation, kernel: tf.Tensor, dw: tf.Tensor): tf.Tensor => {
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  const pairs = inputs * outputs;
  return tf.reshape(sumRows(f, tf.mul(kernel, dw), 1, kernel.size / pairs, pairs), [
    inputs,
    outputs,
  ]);
};
