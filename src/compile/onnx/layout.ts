/**
 * How the elements of a dialect tensor lie in memory.
 *
 * The dialect writes activations `[n, ...s, c]` and kernels `[...t, k, j]`. ONNX wants activations as planes
 * `[n, c, ...s]` and kernels as `[j, k, ...t]`; ONNX Runtime's blocked dialect wants channels in blocks of
 * `b` (8 or 16), zero-padded to whole blocks: `[n, c / b, h, w, b]`.
 *
 * Every layout is a list of digits. The taps of a kernel count as one axis, so a kernel has the axes
 * `t, k, j`, and the spatial positions of an activation as one, so it has `n, s, c`. A digit is a whole axis,
 * or the outer or inner part of an axis split into blocks; memory runs through the digits, the last one
 * fastest. To arrange is to pad, split and permute; to restore is the inverse.
 */
import { size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** A layout by name. `taps` selects and orders the taps of a kernel; all of them, in order, unless given. */
export interface Layout {
  readonly kind: LayoutKind;
  readonly taps?: readonly number[];
}

/**
 *     rows                  any tensor, as the dialect writes it
 *     planes                [n, c, s]
 *     blocks                [n, c/b, s, b]
 *     kernelPlanes          [j, k, t]
 *     kernelBlocks          [j/b, k/b, t, b k, b j]      forward, blocked input
 *     kernelStem            [j/b, k, t, b j]             forward, input in planes (fewer than b channels)
 *     kernelColumns         [k, j/b, t, b j]             what the filter gradient of a k x k kernel gives
 *     kernelBack            [k/b, j/b, t, b j, b k]      the adjoint in the input
 *     kernelSwapped         [k, j, t]                    the adjoint in the input, in planes
 *     depthwiseBlocks       [j/b, t, b j]                one input channel a group
 */
export type LayoutKind =
  | "rows"
  | "planes"
  | "blocks"
  | "kernelPlanes"
  | "kernelBlocks"
  | "kernelStem"
  | "kernelColumns"
  | "kernelBack"
  | "kernelSwapped"
  | "depthwiseBlocks";

export const rows: Layout = { kind: "rows" };
export const planes: Layout = { kind: "planes" };
export const blocks: Layout = { kind: "blocks" };
export const kernelPlanes: Layout = { kind: "kernelPlanes" };
export const kernelBlocks: Layout = { kind: "kernelBlocks" };
export const kernelStem: Layout = { kind: "kernelStem" };
export const kernelColumns: Layout = { kind: "kernelColumns" };
export const kernelBack: Layout = { kind: "kernelBack" };
export const kernelSwapped: Layout = { kind: "kernelSwapped" };
export const depthwiseBlocks: Layout = { kind: "depthwiseBlocks" };

/** A name under which results are remembered. */
export const layoutKey = ({ kind, taps }: Layout): string =>
  taps === undefined ? kind : `${kind}[${taps.join()}]`;

/** A part of an axis. */
export interface Digit {
  /** 0, 1, 2 for `n, s, c` of an activation and for `t, k, j` of a kernel. */
  readonly axis: number;
  readonly part: "whole" | "outer" | "inner";
}

const whole = (axis: number): Digit => ({ axis, part: "whole" });
const outer = (axis: number): Digit => ({ axis, part: "outer" });
const inner = (axis: number): Digit => ({ axis, part: "inner" });

const digits: Readonly<Record<LayoutKind, readonly Digit[]>> = {
  rows: [whole(0), whole(1), whole(2)],
  planes: [whole(0), whole(2), whole(1)],
  blocks: [whole(0), outer(2), whole(1), inner(2)],
  kernelPlanes: [whole(2), whole(1), whole(0)],
  kernelBlocks: [outer(2), outer(1), whole(0), inner(1), inner(2)],
  kernelStem: [outer(2), whole(1), whole(0), inner(2)],
  kernelColumns: [whole(1), outer(2), whole(0), inner(2)],
  kernelBack: [outer(1), outer(2), whole(0), inner(2), inner(1)],
  kernelSwapped: [whole(1), whole(2), whole(0)],
  depthwiseBlocks: [whole(1), outer(2), whole(0), inner(2)],
};

/** The digits of a layout, slowest first. */
export const digitsOf = ({ kind }: Layout): readonly Digit[] => digits[kind];

const isKernelLayout = ({ kind }: Layout): boolean =>
  kind.startsWith("kernel") || kind === "depthwiseBlocks";

/** A shape as three axes: `n, s, c`, or `t, k, j` for kernel layouts. */
export const threeAxes = (layout: Layout, shape: Shape): readonly [number, number, number] => {
  const last = shape.at(-1) ?? 1;
  return isKernelLayout(layout)
    ? [size(shape.slice(0, -2)), shape.at(-2) ?? 1, last]
    : shape.length < 2
      ? [1, 1, last]
      : [shape[0]!, size(shape.slice(1, -1)), last];
};

/** The number of values of a digit of an axis of extent `n`. */
export const digitExtent = ({ part }: Digit, n: number, b: number): number =>
  part === "whole" ? n : part === "outer" ? Math.ceil(n / b) : b;

/** The extents of a layout's digits for a dialect shape, slowest first. */
export const storedExtents = (layout: Layout, shape: Shape, b: number): Shape => {
  const axes = threeAxes(layout, shape);
  return digitsOf(layout).map((digit) =>
    digit.axis === 0 && layout.taps !== undefined
      ? layout.taps.length
      : digitExtent(digit, axes[digit.axis]!, b),
  );
};

/** Whether the layout pads some axis of this shape with zeros. */
export const isPadded = (layout: Layout, shape: Shape, b: number): boolean => {
  const axes = threeAxes(layout, shape);
  return digitsOf(layout).some(({ axis, part }) => part === "inner" && axes[axis]! % b !== 0);
};

/** A digit's values: how many, what each adds to the offset in the dialect's order and to the axis. */
interface Wheel {
  readonly axis: number;
  readonly offsets: Int32Array;
  readonly positions: Int32Array;
  /** Elements that all later digits span together. */
  readonly span: number;
}

const wheelsOf = (layout: Layout, shape: Shape, b: number): readonly Wheel[] => {
  const axes = threeAxes(layout, shape);
  const strides = [axes[1] * axes[2], axes[2], 1];
  const extents = storedExtents(layout, shape, b);
  return digitsOf(layout).map(({ axis, part }, d): Wheel => {
    const positions = Int32Array.from({ length: extents[d]! }, (_, i) =>
      axis === 0 && layout.taps !== undefined ? layout.taps[i]! : part === "outer" ? i * b : i,
    );
    return {
      axis,
      positions,
      offsets: positions.map((position) => position * strides[axis]!),
      span: size(extents.slice(d + 1)),
    };
  });
};

/**
 * Move elements between the dialect's order and a layout's. The two fastest digits are one loop over plain
 * arrays: networks have tens of millions of weights, and each is moved here two or three times.
 */
const move = (
  layout: Layout,
  shape: Shape,
  b: number,
  own: Float32Array,
  stored: Float32Array,
  isArranging: boolean,
): void => {
  const axes = threeAxes(layout, shape);
  const wheels = wheelsOf(layout, shape, b);
  const last = wheels.at(-1)!;
  const at = [0, 0, 0];
  const run = (from: number, to: number, length: number): void => {
    const { offsets } = last;
    if (isArranging) for (let i = 0; i < length; i++) stored[to + i] = own[from + offsets[i]!]!;
    else for (let i = 0; i < length; i++) own[from + offsets[i]!] = stored[to + i]!;
  };
  const visit = (d: number, to: number, from: number): void => {
    const { axis, offsets, positions, span } = wheels[d]!;
    const before = at[axis]!;
    for (let i = 0; i < offsets.length; i++) {
      const position = before + positions[i]!;
      // What lies beyond the axis is padding.
      if (position >= axes[axis]!) break;
      at[axis] = position;
      const [nextTo, nextFrom] = [to + i * span, from + offsets[i]!];
      if (d + 2 === wheels.length)
        run(nextFrom, nextTo, Math.min(last.offsets.length, axes[last.axis]! - at[last.axis]!));
      else visit(d + 1, nextTo, nextFrom);
    }
    at[axis] = before;
  };
  visit(0, 0, 0);
};

const float32Of = (data: ArrayLike<number>): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

/** Elements in the dialect's order as a layout stores them. */
export const arrange = (
  layout: Layout,
  { shape, data }: Tensor<number>,
  b: number,
): Float32Array => {
  const own = float32Of(data);
  if (layout.kind === "rows") return own;
  const stored = new Float32Array(size(storedExtents(layout, shape, b)));
  move(layout, shape, b, own, stored, true);
  return stored;
};

/** The inverse of {@link arrange}, for layouts with all their taps. */
export const restore = (
  layout: Layout,
  stored: Float32Array,
  shape: Shape,
  b: number,
): Float32Array => {
  if (layout.kind === "rows") return stored;
  const own = new Float32Array(size(shape));
  move(layout, shape, b, own, stored, false);
  return own;
};
