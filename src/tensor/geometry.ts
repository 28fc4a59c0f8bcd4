/**
 * Convolution geometry. On each axis, output position `o` reads, through tap `t`, the input position
 *
 *     o * stride + t * dilation - low
 *
 * and padding (zero) where that lies outside the input. A kernel spans `(kernel - 1) * dilation + 1`
 * positions, so an axis of extent `n` has `floor((n + low + high - span) / stride) + 1` outputs.
 * A geometry is one axis per spatial dimension; "same" and "valid" are ways to choose the padding and
 * are resolved when a layer is built.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Shape } from "./shape.js";

/** One spatial axis of a window: how many taps, how far apart, and how the input is padded. */
export interface Axis {
  /** Number of taps, at least 1. */
  readonly kernel: number;
  /** Input positions between neighbouring outputs, at least 1. */
  readonly stride: number;
  /** Input positions between neighbouring taps, at least 1. */
  readonly dilation: number;
  /** Padding before the first position, at least 0. */
  readonly low: number;
  /** Padding after the last position, at least 0. */
  readonly high: number;
}

/** One axis per spatial dimension. */
export type Geometry = readonly Axis[];

/** An axis from its parts: stride 1, dilation 1 and no padding unless told. */
export const axis = (parts: Partial<Axis> & { readonly kernel: number }): Axis => ({
  stride: 1,
  dilation: 1,
  low: 0,
  high: 0,
  ...parts,
});

/** How many input positions the taps span. */
export const span = (a: Axis): number => (a.kernel - 1) * a.dilation + 1;

/** An axis in words: `kernel 3, stride 1, dilation 2, padding 2 + 2`. */
export const showAxis = (a: Axis): string =>
  `kernel ${a.kernel}, stride ${a.stride}, dilation ${a.dilation}, padding ${a.low} + ${a.high}`;

/** Number of taps of the whole window. */
export const taps = (g: Geometry): number => g.reduce((n, a) => n * a.kernel, 1);

/** The kernel extents. */
export const kernelExtents = (g: Geometry): Shape => g.map((a) => a.kernel);

/** One tap, stride 1, no padding: the window that only ever reads its own position. */
export const isPointwise = (g: Geometry): boolean =>
  g.every((a) => a.kernel === 1 && a.stride === 1 && a.low === 0 && a.high === 0);

/** Number of outputs along an axis of extent `n`; may be zero or negative where the window does not fit. */
export const outputExtent = (a: Axis, n: number): number =>
  Math.floor((n + a.low + a.high - span(a)) / a.stride) + 1;

/**
 * Whether every output of the axis reads at least one position inside an input of extent `n`.
 *
 * The first window must not end before the input and the last must not begin behind it; then none does.
 * A window's first tap that is not before the input is at `start mod dilation`, which is below `n` of
 * itself unless the taps are further apart than the input is long. In that case the windows are tried:
 * the remainders differ until they repeat, so one fails within `n + 1` windows or none does.
 */
export const everyWindowReads = (a: Axis, n: number): boolean => {
  const windows = outputExtent(a, n);
  if (windows < 1) return true;
  if ((windows - 1) * a.stride - a.low >= n || span(a) - 1 - a.low < 0) return false;
  if (a.dilation <= n) return true;
  const back = a.dilation - (a.stride % a.dilation);
  let tap = a.low % a.dilation === 0 ? 0 : a.dilation - (a.low % a.dilation);
  for (let tried = Math.min(windows, n + 1); tried > 0; tried--) {
    if (tap >= n) return false;
    tap = tap >= back ? tap - back : tap + (a.dilation - back);
  }
  return true;
};

const isPositive = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;
const isNatural = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** The output extents of a window over `extents`, or why it has none. */
export const outputExtents = (g: Geometry, extents: Shape): Result<Shape> => {
  if (g.length !== extents.length)
    return refuse({
      where: "window",
      found: `${g.length} axes over ${extents.length} spatial dimensions`,
      expected: "one axis per spatial dimension",
    });
  const out: number[] = [];
  for (const [i, a] of g.entries()) {
    if (!isPositive(a.kernel) || !isPositive(a.stride) || !isPositive(a.dilation))
      return refuse({
        where: `axis ${i}`,
        found: `kernel ${a.kernel}, stride ${a.stride}, dilation ${a.dilation}`,
        expected: "whole numbers of at least 1",
      });
    if (!isNatural(a.low) || !isNatural(a.high))
      return refuse({
        where: `axis ${i}`,
        found: `padding ${a.low} before and ${a.high} after`,
        expected: "whole numbers of at least 0",
      });
    if (!Number.isSafeInteger(extents[i]! + a.low + a.high) || !Number.isSafeInteger(span(a)))
      return refuse({
        where: `axis ${i}`,
        found: `a window of ${span(a)} positions over ${extents[i]} positions padded by ${a.low} + ${a.high}`,
        expected: "extents below 2^53",
      });
    const extent = outputExtent(a, extents[i]!);
    if (extent < 1)
      return refuse({
        where: `axis ${i}`,
        found: `a window of ${span(a)} positions over ${extents[i]} positions padded by ${a.low} + ${a.high}`,
        expected: "a window no longer than the padded input",
        advice: "use a larger input, a smaller kernel or more padding",
      });
    out.push(extent);
  }
  return E.right(out);
};

/** How a layer names its padding before it is resolved against an input. */
export type Padding = "same" | "valid" | readonly (readonly [low: number, high: number])[];

/**
 * "same" gives `ceil(n / stride)` outputs and puts the odd element of padding last, as TensorFlow does.
 */
export const samePadding = (
  kernel: number,
  stride: number,
  dilation: number,
  n: number,
): readonly [low: number, high: number] => {
  const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + (kernel - 1) * dilation + 1 - n);
  const low = Math.floor(total / 2);
  return [low, total - low];
};

/** Resolve named padding against the spatial extents of the input. */
export const resolveGeometry = (
  kernel: Shape,
  strides: Shape,
  dilations: Shape,
  padding: Padding,
  extents: Shape,
): Geometry =>
  kernel.map((k, i) => {
    const stride = strides[i] ?? 1;
    const dilation = dilations[i] ?? 1;
    const [low, high] =
      padding === "same"
        ? samePadding(k, stride, dilation, extents[i] ?? 1)
        : padding === "valid"
          ? [0, 0]
          : (padding[i] ?? [0, 0]);
    return { kernel: k, stride, dilation, low, high };
  });

/**
 * The centre tap: the index `c` with `low = c * dilation`, which reads the output's own position.
 * It exists only for stride 1 (side condition of T1_embed), and the output must have the input's extent.
 */
export const centreTap = (a: Axis): number | null =>
  a.stride === 1 && a.low % a.dilation === 0 && a.low / a.dilation < a.kernel
    ? a.low / a.dilation
    : null;
