/**
 * The adjoint of max pooling in the blocked dialect.
 *
 * On one axis window `o` reads, through tap `t`, position `o s + t - low`. With `t - low = s f + r` and
 * `0 <= r < s` that is position `o + f` among those of residue `r` modulo `s`: on the lattice of windows a tap
 * is a shifted part of the input. The taps are visited in row-major order; a window gives its cotangent to
 * the first tap that holds its maximum, at that shifted place, and is done.
 */
import { fourExtents } from "./convolution.js";
import type { Axis, Geometry } from "../../../tensor/geometry.js";
import type { Edge } from "../graph.js";
import { blocks } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { add, and, equal, not, or, pad, reshape, slice, where } from "../operators.js";
import type { Value } from "../value.js";
import { residueValue } from "./residues.js";

type Pair = readonly [number, number];

/** Where a tap lies: its residue and its shift. */
const placeOf = (a: Axis, tap: number): { readonly residue: number; readonly shift: number } => {
  const shift = Math.floor((tap - a.low) / a.stride);
  return { residue: tap - a.low - shift * a.stride, shift };
};

/** The positions `from .. from + length` of two axes, with `outside` where the edge ends. */
const shifted = (c: Lowering, x: Edge, from: Pair, length: Pair, outside: number): Edge => {
  const axis = (i: 0 | 1) => {
    const extent = x.shape[i + 1]!;
    const begin = Math.min(Math.max(from[i], 0), extent);
    const end = Math.max(begin, Math.min(from[i] + length[i], extent));
    const low = Math.min(length[i], Math.max(0, -from[i]));
    return { begin, kept: end - begin, low, high: length[i] - low - (end - begin) };
  };
  const [p, q] = [axis(0), axis(1)];
  const [images, , , b] = fourExtents(x.shape);
  const inside = slice(c.g, x, [0, p.begin, q.begin, 0], [images, p.kept, q.kept, b]);
  return pad(
    c.g,
    inside,
    [
      [0, 0],
      [p.low, p.high],
      [q.low, q.high],
      [0, 0],
    ],
    outside,
  );
};

/** Below every number that a window can hold. */
const outside = -Infinity;

/** `dx` of the shape of `x`. */
export const maxPoolGradient = (
  c: Lowering,
  x: Value,
  y: Value,
  dy: Value,
  geometry: Geometry,
): Value => {
  const { g, b } = c;
  const [ay, ax] = [geometry[0]!, geometry[1]!];
  const strides = [ay.stride, ax.stride] as const;
  const image = x.in(blocks);
  const [n, wide, h, w] = fourExtents(image.shape);
  const images = (n * wide) / b;
  const extents = [Math.ceil(h / strides[0]), Math.ceil(w / strides[1])] as const;
  const [oh, ow] = [y.shape[1]!, y.shape[2]!];
  const open = pad(
    g,
    reshape(g, image, [images, h, w, b]),
    [
      [0, 0],
      [0, extents[0] * strides[0] - h],
      [0, extents[1] * strides[1] - w],
      [0, 0],
    ],
    outside,
  );
  const split = reshape(g, open, [images, extents[0], strides[0], extents[1], strides[1], b]);
  const parts = Array.from({ length: strides[0] * strides[1] }, (_, i) => {
    const [r, s] = [Math.floor(i / strides[1]), i % strides[1]];
    const part = slice(g, split, [0, 0, r, 0, s, 0], [images, extents[0], 1, extents[1], 1, b]);
    return reshape(g, part, [images, extents[0], extents[1], b]);
  });
  const lattice = [images, oh, ow, b];
  const largest = reshape(g, y.in(blocks), lattice);
  const cotangent = reshape(g, dy.in(blocks), lattice);

  const gradients = parts.map((): Edge | null => null);
  let taken: Edge | null = null;
  for (let t = 0; t < ay.kernel; t++)
    for (let u = 0; u < ax.kernel; u++) {
      const [p, q] = [placeOf(ay, t), placeOf(ax, u)];
      const at = p.residue * strides[1] + q.residue;
      const read = shifted(c, parts[at]!, [p.shift, q.shift], [oh, ow], outside);
      const holds = equal(g, read, largest);
      const first: Edge = taken === null ? holds : and(g, holds, not(g, taken));
      taken = taken === null ? holds : or(g, taken, holds);
      const given = where(g, first, cotangent, g.number(0));
      const placed = shifted(c, given, [-p.shift, -q.shift], extents, 0);
      const sum = gradients[at];
      gradients[at] = sum ? add(g, sum, placed) : placed;
    }
  return residueValue(c, x.shape, {
    strides,
    extents,
    parts: gradients.map((part) => part && reshape(g, part, [n, wide, ...extents])),
  });
};
