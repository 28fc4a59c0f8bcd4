/**
 * Windows over fewer than two spatial axes run as windows over a plane whose missing axes have extent 1.
 * TensorFlow.js has no fast kernels above two, so those are refused before this module is reached.
 */
import * as tf from "@tensorflow/tfjs-core";
import { axis, type Geometry } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import type { PlaneGeometry } from "./window.js";

/** How many spatial axes the backends' kernels have. */
export const planeRank = 2;

const missing = (rank: number): number[] => Array.from({ length: planeRank - rank }, () => 1);

/** The geometry with one-tap axes in front. */
export const planeGeometry = (g: Geometry): PlaneGeometry => {
  const axes = [...missing(g.length).map(() => axis({ kernel: 1 })), ...g];
  return [axes[0]!, axes[1]!];
};

/** The extents with ones in front. */
export const planeExtents = (extents: Shape): readonly [number, number] => {
  const padded = [...missing(extents.length), ...extents];
  return [padded[0]!, padded[1]!];
};

/** `[n, ...spatial, c]` as `[n, h, w, c]`. */
export const planeActivation = (x: tf.Tensor): tf.Tensor4D =>
  tf.reshape(x, [x.shape[0]!, ...missing(x.rank - 2), ...x.shape.slice(1)] as tf.Tensor4D["shape"]);

/** `[...extents, in / groups, out]` as `[kh, kw, in / groups, out]`. */
export const planeKernel = (w: tf.Tensor): tf.Tensor4D =>
  tf.reshape(w, [...missing(w.rank - 2), ...w.shape] as tf.Tensor4D["shape"]);
