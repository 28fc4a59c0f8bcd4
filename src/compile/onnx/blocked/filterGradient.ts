/**
 * The adjoint of a convolution in its kernel, in the blocked dialect:
 *
 *     dw[t, k, j] = sum over n, o of x[n, o s + t d - low, k] dy[n, o, j]
 *
 * Three formulations, each one convolution:
 *
 * - Depthwise. Read `[n, c, h, w]` as one image of `n c` channels: in memory that is the same tensor, and `dy`
 *   is the depthwise kernel. Dilation `s`, stride `d`; then sum over `n`.
 * - One tap. `x` as an image of one line, with positions as channels and channels as positions, and `dy` as
 *   the kernel from positions to output channels.
 * - Several taps. Batch and channels change places: `x` is a batch of `k` images with `n` channels, `dy` the
 *   kernel from `n` channels to `j`, dilation `s`, stride `d`; the outputs are the taps.
 *
 * Positions and examples that fill up a block are zeros.
 */
import type { Axis, Geometry } from "../../../tensor/geometry.js";
import type { Shape } from "../../../tensor/shape.js";
import { isDepthwise } from "../blockable.js";
import { convert } from "../conversion.js";
import type { Edge } from "../graph.js";
import { blocks, depthwiseBlocks, kernelBlocks, kernelColumns, planes, rows } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { exchangeRows, intoBlocks } from "../reorder.js";
import { pad, reduce, reshape, slice, transpose } from "../operators.js";
import { storedValue, type Value } from "../value.js";
import { fourExtents, wholeBlocks } from "./convolution.js";
import { blockedConv, pointwise } from "./operator.js";

type Pair = readonly [number, number];

interface Convolution {
  readonly geometry: Geometry;
  readonly groups: number;
}

/** Zeros after an axis, up to a multiple of `b`. */
const filled = (c: Lowering, x: Edge, axis: number): Edge =>
  pad(
    c.g,
    x,
    x.shape.map((n, i) => [0, i === axis ? wholeBlocks(n, c.b) - n : 0] as const),
  );

/** A matrix `[channels, width]` as a blocked image of one line. */
const blockedLine = (c: Lowering, x: Edge): Edge => {
  const whole = filled(c, x, 0);
  const [channels, width] = [whole.shape[0]!, whole.shape[1]!];
  const shape = [1, channels, 1, width];
  return intoBlocks(c.g, reshape(c.g, whole, shape), shape, false);
};

/** What the taps read of an axis: how much to pad or, negative, to cut on both sides. */
const margins = (a: Axis, from: number, outputs: number): Pair => {
  const read = (outputs - 1) * a.stride + (a.kernel - 1) * a.dilation + 1;
  return [a.low, read - from - a.low];
};

/** Pad or cut two axes. */
const framed = (c: Lowering, x: Edge, at: Pair, [y, z]: readonly [Pair, Pair]): Edge => {
  const change = (axis: number): Pair => (axis === at[0] ? y : axis === at[1] ? z : [0, 0]);
  const cut = (v: number): number => Math.max(0, -v);
  const inside = slice(
    c.g,
    x,
    x.shape.map((_, axis) => cut(change(axis)[0])),
    x.shape.map((n, axis) => n - cut(change(axis)[0]) - cut(change(axis)[1])),
  );
  return pad(
    c.g,
    inside,
    x.shape.map((_, axis) => {
      const [low, high] = change(axis);
      return [Math.max(0, low), Math.max(0, high)] as const;
    }),
  );
};

const depthwiseGradient = (c: Lowering, x: Value, dy: Value, { geometry }: Convolution): Edge => {
  const { g, b } = c;
  const [y, z] = [geometry[0]!, geometry[1]!];
  const image = x.in(blocks);
  const cotangent = dy.in(blocks);
  const [n, wide, h, w] = fourExtents(image.shape);
  const [oh, ow] = [cotangent.shape[2]!, cotangent.shape[3]!];
  const open = reshape(g, image, [(n * wide) / b, h, w, b]);
  const whole = framed(c, open, [1, 2], [margins(y, h, oh), margins(z, w, ow)]);
  const taps = blockedConv(
    g,
    reshape(g, whole, [1, n * wide, whole.shape[1]!, whole.shape[2]!]),
    reshape(g, cotangent, [n * wide, 1, oh, ow]),
    {
      kernel: [oh, ow],
      strides: [y.dilation, z.dilation],
      dilations: [y.stride, z.stride],
      pads: [0, 0, 0, 0],
      groups: n * wide,
    },
  );
  return reduce(g, reshape(g, taps, [n, wide / b, y.kernel * z.kernel, b]), [0]);
};

/** `[j/b, k, 1, b]`, with `k` unpadded. */
const pointwiseGradient = (c: Lowering, x: Value, dy: Value, { geometry }: Convolution): Edge => {
  const { g, b } = c;
  const [y, z] = [geometry[0]!, geometry[1]!];
  const cotangent = dy.in(blocks);
  const [n, outputs, oh, ow] = fourExtents(cotangent.shape);
  const inputs = x.shape[3]!;
  const [h, w] = [x.shape[1]!, x.shape[2]!];
  const whole = framed(c, x.in(rows), [1, 2], [margins(y, h, oh), margins(z, w, ow)]);
  const read = slice(g, whole, [0, 0, 0, 0], [n, oh, ow, inputs], [1, y.stride, z.stride, 1]);
  const line = blockedLine(c, reshape(g, read, [n * oh * ow, inputs]));
  const positions = filled(
    c,
    reshape(g, transpose(g, reshape(g, cotangent, [n, outputs / b, oh * ow * b]), [1, 0, 2]), [
      outputs / b,
      n * oh * ow,
      b,
    ]),
    1,
  );
  const kernel = reshape(g, positions, [outputs, positions.shape[1]!, 1, 1]);
  return reshape(g, blockedConv(g, line, kernel, pointwise), [outputs / b, inputs, 1, b]);
};

/** An activation in planes, padded or cut; in blocks first where it lies so, since its runs are longer there. */
const framedPlanes = (c: Lowering, x: Value, both: readonly [Pair, Pair]): Edge => {
  if (x.home?.kind !== "blocks") return framed(c, x.in(planes), [2, 3], both);
  const image = x.in(blocks);
  const [n, wide, h, w] = fourExtents(image.shape);
  const open = reshape(c.g, image, [(n * wide) / c.b, h, w, c.b]);
  const whole = framed(c, open, [1, 2], both);
  const [height, width] = [whole.shape[1]!, whole.shape[2]!];
  return convert(
    c,
    reshape(c.g, whole, [n, wide, height, width]),
    [n, height, width, x.shape[3]!],
    blocks,
    planes,
  );
};

/** `[k, j/b, t, b]`. */
const windowGradient = (c: Lowering, x: Value, dy: Value, { geometry }: Convolution): Edge => {
  const { g, b } = c;
  const [y, z] = [geometry[0]!, geometry[1]!];
  const cotangent = dy.in(blocks);
  const [n, outputs, oh, ow] = fourExtents(cotangent.shape);
  const inputs = x.shape[3]!;
  const [h, w] = [x.shape[1]!, x.shape[2]!];
  const both = [margins(y, h, oh), margins(z, w, ow)] as const;
  // Small outputs are small kernels, which pad as they go; large ones are slow at the margins.
  const isPaddedInside = oh * ow <= 4 && both.flat().every((n) => n >= 0);
  const whole = isPaddedInside ? x.in(planes) : framedPlanes(c, x, both);
  const [height, width] = [whole.shape[2]!, whole.shape[3]!];
  const lanes = wholeBlocks(n, b);
  const line = blockedLine(c, reshape(g, whole, [n, inputs * height * width]));
  const images = transpose(g, reshape(g, line, [lanes / b, inputs, height * width * b]), [1, 0, 2]);
  const examples = filled(c, reshape(g, cotangent, [n, (outputs / b) * oh * ow * b]), 0);
  const [groups, positions] = [lanes / b, oh * ow];
  const exchanged = exchangeRows(g, examples, groups, b, (outputs / b) * positions, b);
  const kernel = transpose(
    g,
    reshape(g, exchanged, [groups, outputs / b, positions * b * b]),
    [1, 0, 2],
  );
  const taps = blockedConv(
    g,
    reshape(g, images, [inputs, lanes, height, width]),
    reshape(g, kernel, [outputs, lanes, oh, ow]),
    {
      kernel: [oh, ow],
      strides: [y.dilation, z.dilation],
      dilations: [y.stride, z.stride],
      pads: isPaddedInside ? [both[0][0], both[1][0], both[0][1], both[1][1]] : [0, 0, 0, 0],
      groups: 1,
    },
  );
  return reshape(g, taps, [inputs, outputs / b, y.kernel * z.kernel, b]);
};

/** `dw` of the dialect's shape. */
export const filterGradient = (
  c: Lowering,
  x: Value,
  dy: Value,
  p: Convolution,
  shape: Shape,
): Value => {
  if (isDepthwise(p, shape)) {
    const edge = depthwiseGradient(c, x, dy, p);
    return storedValue(c, shape, depthwiseBlocks, reshape(c.g, edge, [1, ...edge.shape]));
  }
  if (p.geometry.some((a) => a.kernel > 1))
    return storedValue(c, shape, kernelColumns, windowGradient(c, x, dy, p));
  const edge = pointwiseGradient(c, x, dy, p);
  const whole = filled(c, edge, 1);
  const [outer, inner] = [whole.shape[0]!, whole.shape[1]!];
  return storedValue(
    c,
    shape,
    kernelBlocks,
    reshape(c.g, whole, [outer, inner / c.b, 1, c.b, c.b]),
  );
};
