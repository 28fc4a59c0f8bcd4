/**
 * The backend's convolution kernels with everything the dialect asks of them. They are called below
 * `tf.conv2d`, which refuses stride and dilation together even where the kernel runs them. Margins may be
 * negative: then the input is cropped first.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Formulation } from "./formulation.js";
import { crop, explicitPadding, subsample, type Margin } from "./window.js";

/** Strides, dilations and margins of a convolution over two axes. */
export interface Correlation {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly margins: readonly [Margin, Margin];
}

const isOne = (n: number): boolean => n === 1;

const run = (
  f: Formulation,
  kernel: string,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  c: Correlation,
): tf.Tensor4D | null => {
  const kept = crop(x, c.margins[0], c.margins[1]);
  if (kept === null) return null;
  const thinned =
    f.stridedDilation === "subsample" && !c.strides.every(isOne) && !c.dilations.every(isOne);
  const y = tf.engine().runKernel<tf.Tensor4D>(
    kernel,
    { x: kept, filter },
    {
      strides: thinned ? [1, 1] : [...c.strides],
      pad: explicitPadding(c.margins[0], c.margins[1]),
      dataFormat: "NHWC",
      dilations: [...c.dilations],
    },
  );
  return thinned ? subsample(f, y, c.strides) : y;
};

/** Correlate `x` `[n, h, w, in]` with `filter` `[kh, kw, in, out]`; null where only padding is read. */
export const correlate = (
  f: Formulation,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  c: Correlation,
): tf.Tensor4D | null => run(f, tf.Conv2D, x, filter, c);

/** Correlate each channel of `x` `[n, h, w, in]` with its own `filter` `[kh, kw, in, multiplier]`. */
export const correlateDepthwise = (
  f: Formulation,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  c: Correlation,
): tf.Tensor4D | null => run(f, tf.DepthwiseConv2dNative, x, filter, c);
