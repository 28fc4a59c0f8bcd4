/**
 * Grouped convolutions. Group `i` reads the `i`-th block of input channels and writes the `i`-th block of
 * output channels; a kernel `[kh, kw, in / groups, out]` is split along its outputs. One input channel a
 * group is the depthwise case, which backends run in one kernel.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Whether every group reads one channel and there are several. */
export const isDepthwise = (groups: number, perGroup: number): boolean =>
  groups > 1 && perGroup === 1;

/** Run `f` on each group's share of the channels of both operands and join the results' channels. */
export const byGroup = (
  groups: number,
  a: tf.Tensor4D,
  b: tf.Tensor4D,
  f: (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D => {
  if (groups === 1) return f(a, b);
  const left = tf.split<tf.Tensor4D>(a, groups, 3);
  const right = tf.split<tf.Tensor4D>(b, groups, 3);
  return tf.concat(
    left.map((part, i) => f(part, right[i]!)),
    3,
  );
};

/** A depthwise kernel `[kh, kw, 1, in * m]` as backends want it: `[kh, kw, in, m]`. */
export const depthwiseFilter = (w: tf.Tensor4D, groups: number): tf.Tensor4D =>
  tf.reshape(w, [w.shape[0], w.shape[1], groups, w.shape[3] / groups]);
