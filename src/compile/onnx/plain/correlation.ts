/**
 * One convolution as ONNX has it, on maps `[n, c, ...spatial]` with kernels `[out, in / groups, ...taps]`.
 *
 * `Conv` wants one to three spatial axes; without any it is a product of matrices.
 */
import { outputExtent, span, type Axis, type Geometry } from "../../../tensor/geometry.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { gemm, reshape } from "../operators.js";

/** Elements added before and after an axis. */
export type Margin = readonly [low: number, high: number];

/** How a kernel meets a map, axis by axis. */
export interface Correlation {
  readonly strides: Shape;
  readonly dilations: Shape;
  readonly margins: readonly Margin[];
  readonly groups: number;
}

/** The padding that windows read: what lies behind the last window goes unread either way. */
export const marginOf = (a: Axis, extent: number): Margin => [
  a.low,
  Math.max(0, (outputExtent(a, extent) - 1) * a.stride + span(a) - extent - a.low),
];

/** A geometry over an input of these extents. */
export const correlationOf = (geometry: Geometry, extents: Shape, groups: number): Correlation => ({
  strides: geometry.map((a) => a.stride),
  dilations: geometry.map((a) => a.dilation),
  margins: geometry.map((a, i) => marginOf(a, extents[i]!)),
  groups,
});

/** The convolution. */
export const correlate = (
  g: GraphBuilder,
  x: Edge,
  w: Edge,
  { strides, dilations, margins, groups }: Correlation,
): Edge => {
  const [n, inputs, ...extents] = x.shape as [number, number, ...number[]];
  const [outputs, perGroup, ...taps] = w.shape as [number, number, ...number[]];
  if (extents.length === 0) {
    if (groups === 1) return gemm(g, x, w, false, true);
    const y = correlate(g, reshape(g, x, [n, inputs, 1]), reshape(g, w, [outputs, perGroup, 1]), {
      strides: [1],
      dilations: [1],
      margins: [[0, 0]],
      groups,
    });
    return reshape(g, y, [n, outputs]);
  }
  const axes = extents.map((_, i): Axis => {
    const [low, high] = margins[i]!;
    return { kernel: taps[i]!, stride: strides[i]!, dilation: dilations[i]!, low, high };
  });
  const pads = [0, 1].flatMap((side) => margins.map((margin) => margin[side as 0 | 1]));
  return g.node("Conv", [x, w], [n, outputs, ...axes.map((a, i) => outputExtent(a, extents[i]!))], {
    attributes: {
      kernel_shape: { ints: taps },
      strides: { ints: strides },
      dilations: { ints: dilations },
      pads: { ints: pads },
      group: { int: groups },
    },
  });
};
