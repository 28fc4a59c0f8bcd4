/**
 * The adjoint of a convolution in its input, in the blocked dialect.
 *
 * On one axis output `o` reads, through tap `t`, position `o s + t d - low`. Position `s q + r` is therefore
 * reached by the taps with `r + low - t d` divisible by `s`, from output `q + e` with `e = (r + low - t d) / s`.
 * These taps are every `s / gcd(s, d)`-th, and from the last to the first their `e` grow by `d / gcd(s, d)`:
 * for every residue `r` the gradient is a correlation of stride 1 with the taps in reverse order. With
 * stride 1 there is one residue, and it is the convolution with flipped kernels.
 *
 * Kernels that are trained would have to be flipped in every step. Where they are larger than the images,
 * the images are flipped instead: with positions counted from the end, `i' = n - 1 - i` and `o' = m - 1 - o`,
 * the gradient at `i'` reads the cotangent at `i' + t d - ((k - 1) d - high)`: the taps in order.
 */
import type { Axis, Geometry } from "../../../tensor/geometry.js";
import { size, type Shape } from "../../../tensor/shape.js";
import { isDepthwise } from "../blockable.js";
import type { Edge } from "../graph.js";
import { blocks, depthwiseBlocks, kernelBack } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { add, gather, reshape, slice } from "../operators.js";
import { storedValue, type Value } from "../value.js";
import { fourExtents, wholeBlocks } from "./convolution.js";
import { blockedConv } from "./operator.js";
import { residuesIn, residueValue } from "./residues.js";

/** The correlation of one residue on one axis. */
interface ResidueWindow {
  /** In the order in which the correlation meets them; none where no tap reaches the residue. */
  readonly taps: readonly number[];
  readonly dilation: number;
  /** Padding of the cotangent; negative where its margin is not read. */
  readonly low: number;
  readonly high: number;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The correlation of residue `r`; `from` is the cotangent's extent, `to` the number of positions. */
const residueWindow = (a: Axis, r: number, from: number, to: number): ResidueWindow => {
  const taps = Array.from({ length: a.kernel }, (_, i) => a.kernel - 1 - i).filter(
    (t) => (((r + a.low - t * a.dilation) % a.stride) + a.stride) % a.stride === 0,
  );
  const dilation = a.dilation / gcd(a.stride, a.dilation);
  const first = taps[0];
  if (first === undefined) return { taps, dilation, low: 0, high: 0 };
  const low = -(r + a.low - first * a.dilation) / a.stride;
  return { taps, dilation, low, high: to - 1 + (taps.length - 1) * dilation + 1 - from - low };
};

/** Cut off the margins of negative padding. */
const cropped = (
  c: Lowering,
  dy: Edge,
  [y, x]: readonly [ResidueWindow, ResidueWindow],
): Edge | null => {
  const [n, wide, h, w] = fourExtents(dy.shape);
  const cut = (v: number): number => Math.max(0, -v);
  const [height, width] = [h - cut(y.low) - cut(y.high), w - cut(x.low) - cut(x.high)];
  if (height <= 0 || width <= 0) return null;
  const images = (n * wide) / c.b;
  const open = reshape(c.g, dy, [images, h, w, c.b]);
  const inside = slice(c.g, open, [0, cut(y.low), cut(x.low), 0], [images, height, width, c.b]);
  return reshape(c.g, inside, [n, wide, height, width]);
};

/** The positions of an edge in blocks in reverse order. */
const flipped = (c: Lowering, x: Edge): Edge => {
  const [n, wide, h, w] = fourExtents(x.shape);
  const open = reshape(c.g, x, [(n * wide) / c.b, h * w, c.b]);
  const order = Array.from({ length: h * w }, (_, i) => h * w - 1 - i);
  return reshape(c.g, gather(c.g, open, order, 1), x.shape);
};

/** The padding before and after, counted from the end. */
const flippedPads = (a: Axis): readonly [number, number] => {
  const reach = (a.kernel - 1) * a.dilation;
  return [reach - a.high, reach - a.low];
};

/** Whether to flip images rather than the kernel. */
const flipsImages = (dy: Value, w: Value, geometry: Geometry, shape: Shape): boolean =>
  w.home !== null &&
  geometry.some((a) => a.kernel > 1) &&
  geometry.every((a) => a.stride === 1 && Math.min(...flippedPads(a)) >= 0) &&
  size(w.shape) > size(dy.shape) + size(shape);

/** `dx` of a convolution of stride 1 by way of flipped images. */
const throughFlippedImages = (
  c: Lowering,
  dy: Value,
  w: Value,
  geometry: Geometry,
  shape: Shape,
): Edge => {
  const [y, x] = [geometry[0]!, geometry[1]!];
  const [before, after] = [flippedPads(y), flippedPads(x)];
  const weights = reshape(c.g, w.in(kernelBack), [
    wholeBlocks(shape[3]!, c.b),
    wholeBlocks(dy.shape[3]!, c.b),
    y.kernel,
    x.kernel,
  ]);
  const image = blockedConv(c.g, flipped(c, dy.in(blocks)), weights, {
    kernel: [y.kernel, x.kernel],
    strides: [1, 1],
    dilations: [y.dilation, x.dilation],
    pads: [before[0], after[0], before[1], after[1]],
    groups: 1,
  });
  return flipped(c, image);
};

/** `dx`, to which `sum` (of the same shape) is added on the way. */
export const inputGradient = (
  c: Lowering,
  dy: Value,
  w: Value,
  p: { readonly geometry: Geometry; readonly groups: number },
  shape: Shape,
  sum: Value | null,
): Value => {
  const { g, b } = c;
  if (p.groups === 1 && flipsImages(dy, w, p.geometry, shape)) {
    const image = throughFlippedImages(c, dy, w, p.geometry, shape);
    return storedValue(c, shape, blocks, sum === null ? image : add(g, image, sum.in(blocks)));
  }
  const [ay, ax] = [p.geometry[0]!, p.geometry[1]!];
  const strides = [ay.stride, ax.stride] as const;
  const extents = [Math.ceil(shape[1]! / strides[0]), Math.ceil(shape[2]! / strides[1])] as const;
  const inputs = wholeBlocks(shape[3]!, b);
  const outputs = wholeBlocks(dy.shape[3]!, b);
  const isSplit = strides[0] > 1 || strides[1] > 1;
  const before = sum === null ? null : residuesIn(sum);
  const isShared =
    before !== null && before.strides[0] === strides[0] && before.strides[1] === strides[1];

  const part = (i: number, j: number): Edge | null => {
    const addend = isShared
      ? (before.parts[i * strides[1] + j] ?? null)
      : isSplit || sum === null
        ? null
        : sum.in(blocks);
    const y = residueWindow(ay, i, dy.shape[1]!, extents[0]);
    const x = residueWindow(ax, j, dy.shape[2]!, extents[1]);
    if (y.taps.length === 0 || x.taps.length === 0) return addend;
    const read = cropped(c, dy.in(blocks), [y, x]);
    if (read === null) return addend;
    const taps = y.taps.flatMap((t) => x.taps.map((u) => t * ax.kernel + u));
    const kernel = [y.taps.length, x.taps.length] as const;
    const depthwise = isDepthwise(p, w.shape);
    const weights = depthwise
      ? reshape(g, w.in({ ...depthwiseBlocks, taps }), [inputs, 1, ...kernel])
      : reshape(g, w.in({ ...kernelBack, taps }), [inputs, outputs, ...kernel]);
    return blockedConv(
      g,
      read,
      weights,
      {
        kernel,
        strides: [1, 1],
        dilations: [y.dilation, x.dilation],
        pads: [Math.max(0, y.low), Math.max(0, x.low), Math.max(0, y.high), Math.max(0, x.high)],
        groups: depthwise ? inputs : 1,
      },
      { bias: null, sum: addend, activation: null },
    );
  };

  const parts = Array.from({ length: strides[0] }, (_, i) =>
    Array.from({ length: strides[1] }, (__, j) => part(i, j)),
  ).flat();
  const whole = parts[0];
  if (!isSplit && whole) return storedValue(c, shape, blocks, whole);
  const value = residueValue(c, shape, { strides, extents, parts });
  return sum === null || isShared
    ? value
    : storedValue(c, shape, blocks, add(g, value.in(blocks), sum.in(blocks)));
};
