/**
 * The adjoint of a convolution in its input.
 *
 * `ConvTranspose` is this adjoint, with the kernel as the convolution has it. At strides of 2 it took 0.2 to
 * 0.4 times as long as convolutions by residues, whose results must be interleaved element by element. With
 * stride 1, `dx[i] = sum_t dy[i + low - t d] w[t]` is a convolution with the taps in reverse order and the
 * kernel's channels exchanged, which took 0.4 to 1 times as long as `ConvTranspose`, but longer than that
 * where such a kernel had to be made: so it is used where the kernel is a constant, gated or not, and where
 * it is depthwise.
 */
import { span, type Axis, type Geometry } from "../../../tensor/geometry.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { reshape, transpose } from "../operators.js";
import { correlate, type Margin } from "./correlation.js";

/** The margins of the reversed convolution of `outputs` positions to `extent`; stride 1. */
const reversedMargin = (a: Axis, outputs: number, extent: number): Margin => {
  const low = span(a) - 1 - a.low;
  return [low, extent + span(a) - 1 - outputs - low];
};

const reversedMargins = (geometry: Geometry, outputs: Shape, extents: Shape): readonly Margin[] =>
  geometry.map((a, i) => reversedMargin(a, outputs[i]!, extents[i]!));

/** Whether it is a convolution with padding that takes nothing away. */
export const isReversible = (geometry: Geometry, outputs: Shape, extents: Shape): boolean =>
  geometry.every((a) => a.stride === 1) &&
  reversedMargins(geometry, outputs, extents)
    .flat()
    .every((n) => n >= 0);

/** From `dy` `[n, out, ...o]` and the kernel `[k, out, taps]` with its taps in reverse order. */
export const reversedInputGradient = (
  g: GraphBuilder,
  dy: Edge,
  w: Edge,
  geometry: Geometry,
  groups: number,
  extents: Shape,
): Edge => {
  const [inputs, outputs, count] = w.shape as [number, number, number];
  const perGroup = outputs / groups;
  const byGroup =
    groups === 1 ? w : transpose(g, reshape(g, w, [inputs, groups, perGroup, count]), [1, 0, 2, 3]);
  const kernel = reshape(g, byGroup, [groups * inputs, perGroup, ...geometry.map((a) => a.kernel)]);
  return correlate(g, dy, kernel, {
    strides: geometry.map(() => 1),
    dilations: geometry.map((a) => a.dilation),
    margins: reversedMargins(geometry, dy.shape.slice(2), extents),
    groups,
  });
};

/** From `dy` `[n, out, ...o]` and the kernel `[out, k, ...taps]`; at least one spatial axis. */
export const inputGradient = (
  g: GraphBuilder,
  dy: Edge,
  w: Edge,
  geometry: Geometry,
  groups: number,
  extents: Shape,
): Edge => {
  // How far the input goes beyond the last window: less than a stride, or negative by what padding is read.
  const rest = geometry.map(
    (a, i) => extents[i]! + a.low - (dy.shape[i + 2]! - 1) * a.stride - span(a),
  );
  return g.node("ConvTranspose", [dy, w], [dy.shape[0]!, w.shape[1]! * groups, ...extents], {
    attributes: {
      kernel_shape: { ints: geometry.map((a) => a.kernel) },
      strides: { ints: geometry.map((a) => a.stride) },
      dilations: { ints: geometry.map((a) => a.dilation) },
      pads: { ints: [...geometry.map((a) => a.low), ...rest.map((n) => Math.max(0, -n))] },
      output_padding: { ints: rest.map((n) => Math.max(0, n)) },
      group: { int: groups },
    },
  });
};
