/** The convolution itself: dense, grouped and depthwise, any stride, dilation and padding. */
import type * as tf from "@tensorflow/tfjs-core";
import { correlate, correlateDepthwise, type Correlation } from "./correlation.js";
import type { Formulation } from "./formulation.js";
import { byGroup, depthwiseFilter, isDepthwise } from "./groups.js";
import type { PlaneGeometry } from "./window.js";

/** The correlation that a geometry asks for. */
export const correlationOf = ([rows, columns]: PlaneGeometry): Correlation => ({
  strides: [rows.stride, columns.stride],
  dilations: [rows.dilation, columns.dilation],
  margins: [
    [rows.low, rows.high],
    [columns.low, columns.high],
  ],
});

/** `x` `[n, h, w, in]` and `w` `[kh, kw, in / groups, out]` to `[n, oh, ow, out]`. */
export const convolution = (
  f: Formulation,
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  geometry: PlaneGeometry,
  groups: number,
): tf.Tensor4D => {
  const c = correlationOf(geometry);
  return isDepthwise(groups, w.shape[2])
    ? correlateDepthwise(f, x, depthwiseFilter(w, groups), c)!
    : byGroup(groups, x, w, (part, kernel) => correlate(f, part, kernel, c)!);
};
