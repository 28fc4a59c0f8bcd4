/**
 * Moves along the two spatial axes of a map `[n, h, w, c]`: shift with padding or cropping, subsample,
 * interleave, and from them the gathering of taps and its adjoint. Nothing here does arithmetic except
 * the additions of `scatterTaps`. `n` and `c` need not be batch and channels.
 */
import * as tf from "@tensorflow/tfjs-core";
import { outputExtent, type Axis } from "../../tensor/geometry.js";
import type { Formulation } from "./formulation.js";
import { latticeOf, type Lattice, type Shift } from "./lattice.js";

/** A convolution geometry over two axes. */
export type PlaneGeometry = readonly [Axis, Axis];

/** Elements added before and after an axis; negative numbers take away. */
export type Margin = readonly [low: number, high: number];

const positive = (m: Margin): [number, number] => [Math.max(0, m[0]), Math.max(0, m[1])];

/** Cut what negative margins take away; null where nothing is left. */
export const crop = (x: tf.Tensor4D, rows: Margin, columns: Margin): tf.Tensor4D | null => {
  const [n, h, w, c] = x.shape;
  const top = Math.max(0, -rows[0]);
  const left = Math.max(0, -columns[0]);
  const height = h - top - Math.max(0, -rows[1]);
  const width = w - left - Math.max(0, -columns[1]);
  if (height <= 0 || width <= 0) return null;
  return height === h && width === w ? x : tf.slice(x, [0, top, left, 0], [n, height, width, c]);
};

/** The non-negative parts of the margins, as TensorFlow.js wants explicit padding. */
export const explicitPadding = (
  rows: Margin,
  columns: Margin,
): [[number, number], [number, number], [number, number], [number, number]] => [
  [0, 0],
  positive(rows),
  positive(columns),
  [0, 0],
];

/** Change both extents by margins, filling with `value`; null where nothing of `x` is left. */
export const refit = (
  x: tf.Tensor4D,
  rows: Margin,
  columns: Margin,
  value = 0,
): tf.Tensor4D | null => {
  const kept = crop(x, rows, columns);
  if (kept === null) return null;
  const padding = explicitPadding(rows, columns);
  return padding.flat().every((p) => p === 0) ? kept : tf.pad(kept, padding, value);
};

/** Every `strides`-th position of both axes, from the first. */
export const subsample = (
  f: Formulation,
  x: tf.Tensor4D,
  strides: readonly [number, number],
): tf.Tensor4D => {
  if (strides[0] === 1 && strides[1] === 1) return x;
  return f.subsample === "pool"
    ? tf.maxPool(x, 1, [strides[0], strides[1]], "valid")
    : (tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, ...strides, 1]) as tf.Tensor4D);
};

/** `parts[r]` becomes the positions `r, r + s, ...` of an axis with `outer` elements per `inner` block. */
const interleaveBlocks = (
  parts: readonly (tf.Tensor | null)[],
  outer: number,
): tf.Tensor | null => {
  const s = parts.length;
  const some = parts.find((p) => p !== null);
  if (some === undefined || some === null) return null;
  if (s === 1) return some;
  const inner = some.size / outer;
  const only = parts.findIndex((p) => p !== null);
  if (parts.every((p, r) => p === null || r === only))
    return tf.pad(tf.reshape(some, [outer, inner]), [
      [0, 0],
      [only * inner, (s - 1 - only) * inner],
    ]);
  return tf.concat(
    parts.map((p) => (p === null ? tf.zeros([outer, inner]) : tf.reshape(p, [outer, inner]))),
    1,
  );
};

/**
 * Interleave the blocks of all residue pairs, each `[n, rows.count, columns.count, c]` or null for zeros,
 * and cut out the input's extents.
 */
export const interleave = (
  blocks: readonly (readonly (tf.Tensor4D | null)[])[],
  rows: Lattice,
  columns: Lattice,
  n: number,
  c: number,
): tf.Tensor4D => {
  const lines = blocks.map((line) => interleaveBlocks(line, n * rows.count * columns.count));
  const whole = interleaveBlocks(lines, n * rows.count);
  if (whole === null) return tf.zeros([n, rows.extent, columns.extent, c]);
  const height = rows.count * rows.stride;
  const width = columns.count * columns.stride;
  return crop(
    tf.reshape(whole, [n, height, width, c]),
    [-rows.begin, rows.begin + rows.extent - height],
    [-columns.begin, columns.begin + columns.extent - width],
  )!;
};

const sumOf = (terms: readonly (tf.Tensor4D | null)[]): tf.Tensor4D | null =>
  terms.reduce((a, b) => (a === null ? b : b === null ? a : tf.add<tf.Tensor4D>(a, b)), null);

const marginOf = (l: Lattice, shift: Shift, outputs: number): Margin => {
  const low = shift.by - l.first;
  return [low, l.count - outputs - low];
};

/**
 * The adjoint of `gatherTaps`: `maps[t]`, one per tap in row-major order and each `[n, oh, ow, c]`, is
 * added where tap `t` reads; the result is `[n, ...extents, c]`.
 */
export const scatterTaps = (
  maps: readonly tf.Tensor4D[],
  geometry: PlaneGeometry,
  extents: readonly [number, number],
): tf.Tensor4D => {
  const rows = latticeOf(geometry[0], extents[0]);
  const columns = latticeOf(geometry[1], extents[1]);
  const [n, oh, ow, c] = maps[0]!.shape;
  const across = (i: number, taps: readonly Shift[]): tf.Tensor4D | null =>
    sumOf(
      taps.map((t) =>
        refit(maps[i * geometry[1].kernel + t.tap]!, [0, 0], marginOf(columns, t, ow)),
      ),
    );
  const blocks = rows.residues.map((vertical) =>
    columns.residues.map((horizontal) =>
      sumOf(
        vertical.map((t) => {
          const line = across(t.tap, horizontal);
          return line === null ? null : refit(line, marginOf(rows, t, oh), [0, 0]);
        }),
      ),
    ),
  );
  return interleave(blocks, rows, columns, n, c);
};

/**
 * What each tap reads, in row-major order of the taps: maps `[n, oh, ow, c]`, with `padding` outside the
 * input. Residue planes are subsampled once and sliced for each of their taps.
 */
export const gatherTaps = (
  f: Formulation,
  x: tf.Tensor4D,
  geometry: PlaneGeometry,
  padding: number,
): tf.Tensor4D[] => {
  const [n, h, w, c] = x.shape;
  const outputs = [outputExtent(geometry[0], h), outputExtent(geometry[1], w)] as const;
  const lattices = [latticeOf(geometry[0], h), latticeOf(geometry[1], w)] as const;
  const inputs = [h, w] as const;
  const planeMargin = (axis: 0 | 1, residue: number): readonly [Margin, number] => {
    const a = geometry[axis];
    const furthest = lattices[axis].residues[residue]!.at(-1)!.by;
    const reads = outputs[axis] + furthest;
    const low = a.low - residue;
    return [[low, (reads - 1) * a.stride + 1 - inputs[axis] - low], reads];
  };
  const maps: tf.Tensor4D[] = [];
  for (const [r, vertical] of lattices[0].residues.entries()) {
    if (vertical.length === 0) continue;
    for (const [q, horizontal] of lattices[1].residues.entries()) {
      if (horizontal.length === 0) continue;
      const [rowMargin, rowReads] = planeMargin(0, r);
      const [columnMargin, columnReads] = planeMargin(1, q);
      const fitted = refit(x, rowMargin, columnMargin, padding);
      const plane =
        fitted === null
          ? tf.fill<tf.Rank.R4>([n, rowReads, columnReads, c], padding)
          : subsample(f, fitted, [geometry[0].stride, geometry[1].stride]);
      for (const i of vertical)
        for (const j of horizontal)
          maps[i.tap * geometry[1].kernel + j.tap] = crop(
            plane,
            [-i.by, i.by + outputs[0] - rowReads],
            [-j.by, j.by + outputs[1] - columnReads],
          )!;
    }
  }
  return maps;
};
