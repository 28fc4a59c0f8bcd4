/**
 * The adjoint of a convolution in its input, without the kernels that wasm lacks or runs badly
 * (Conv2DBackpropInput, the depthwise backprops, Reverse).
 *
 * With the residues of `lattice.ts`, `dx[m] = sum_t dy[m - q_t] w[t]` over the taps of m's residue: a
 * convolution of `dy` with stride 1, the residue's taps in reverse order and the kernel's channels
 * exchanged. A stride s makes s^2 small convolutions that together cost as many products as the forward
 * one, where inserting zeros costs s^2 times as many (measured on wasm at ResNet-50's layers of stride 2:
 * 1.9 to 4.8 times the time; Conv2DBackpropInput 1.1 to 12 times; one convolution for all residues followed
 * by DepthToSpace 4 to 5 times).
 *
 * Where the map is small and the channels many, moving the kernel dominates: exchanging the channels of
 * 3x3x512x512 and packing it takes wasm longer than all the products. There `W dy^T` leaves the kernel as
 * it lies: `[taps * in, out] x [out, positions]` gives each tap's contribution, and shifted sums add them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { correlate, correlateDepthwise, type Correlation } from "./correlation.js";
import type { Formulation } from "./formulation.js";
import { byGroup, isDepthwise } from "./groups.js";
import { latticeOf, type Lattice, type Shift } from "./lattice.js";
import { interleave, scatterTaps, type Margin, type PlaneGeometry } from "./window.js";

/** The margins at which reversed taps `shifts` over `outputs` positions yield the lattice's range. */
const marginOf = (l: Lattice, shifts: readonly Shift[], outputs: number): Margin => {
  const furthest = shifts.at(-1)!.by;
  const low = furthest - l.first;
  return [low, l.count - outputs - low + (furthest - shifts[0]!.by)];
};

type Correlate = (
  f: Formulation,
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  c: Correlation,
) => tf.Tensor4D | null;

/**
 * One correlation per pair of residues; `taps` holds a `[1, rows * columns]` kernel per tap, and the
 * correlations yield `channels` channels.
 */
const byResidue = (
  f: Formulation,
  run: Correlate,
  dy: tf.Tensor4D,
  taps: tf.Tensor3D,
  channels: number,
  geometry: PlaneGeometry,
  extents: readonly [number, number],
): tf.Tensor4D => {
  const rows = latticeOf(geometry[0], extents[0]);
  const columns = latticeOf(geometry[1], extents[1]);
  const [, a, b] = taps.shape;
  const kernelOf = (vertical: readonly Shift[], horizontal: readonly Shift[]): tf.Tensor4D => {
    const picked = vertical
      .toReversed()
      .flatMap((i) =>
        horizontal
          .toReversed()
          .map((j) => tf.slice(taps, [i.tap * geometry[1].kernel + j.tap, 0, 0], [1, a, b])),
      );
    return tf.reshape(picked.length === 1 ? picked[0]! : tf.concat(picked, 0), [
      vertical.length,
      horizontal.length,
      a,
      b,
    ]);
  };
  const blocks = rows.residues.map((vertical) =>
    columns.residues.map((horizontal) =>
      vertical.length === 0 || horizontal.length === 0
        ? null
        : run(f, dy, kernelOf(vertical, horizontal), {
            strides: [1, 1],
            dilations: [rows.spacing, columns.spacing],
            margins: [
              marginOf(rows, vertical, dy.shape[1]),
              marginOf(columns, horizontal, dy.shape[2]),
            ],
          }),
    ),
  );
  return interleave(blocks, rows, columns, dy.shape[0], channels);
};

const depthwise = (
  f: Formulation,
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  geometry: PlaneGeometry,
  groups: number,
  extents: readonly [number, number],
): tf.Tensor4D => {
  const [kh, kw, , out] = w.shape;
  const multiplier = out / groups;
  const dx = byResidue(
    f,
    correlateDepthwise,
    dy,
    tf.reshape(w, [kh * kw, out, 1]),
    out,
    geometry,
    extents,
  );
  if (multiplier === 1) return dx;
  const [n, h, width] = dx.shape;
  return tf.reshape(tf.sum(tf.reshape(dx, [n * h * width, groups, multiplier]), 2), [
    n,
    h,
    width,
    groups,
  ]);
};

const kernelFromTheLeft = (
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  geometry: PlaneGeometry,
  extents: readonly [number, number],
): tf.Tensor4D => {
  const [kh, kw, inputs, outputs] = w.shape;
  const [n, oh, ow] = dy.shape;
  const right = tf.reshape(tf.transpose(dy, [3, 1, 2, 0]), [outputs, oh * ow * n]);
  const products = tf.matMul(tf.reshape(w, [kh * kw * inputs, outputs]), right);
  const maps = Array.from({ length: kh * kw }, (_, t) =>
    tf.reshape<tf.Rank.R4>(
      kh * kw === 1 ? products : tf.slice(products, [t * inputs, 0], [inputs, oh * ow * n]),
      [inputs, oh, ow, n],
    ),
  );
  return tf.transpose(scatterTaps(maps, geometry, extents), [3, 1, 2, 0]);
};

/** `dy` `[n, oh, ow, out]` and `w` `[kh, kw, in / groups, out]` to `dx` `[n, ...extents, in]`. */
export const convolutionInputGradient = (
  f: Formulation,
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  geometry: PlaneGeometry,
  groups: number,
  extents: readonly [number, number],
): tf.Tensor4D => {
  if (isDepthwise(groups, w.shape[2])) return depthwise(f, dy, w, geometry, groups, extents);
  const positions = dy.shape[0] * dy.shape[1] * dy.shape[2];
  return byGroup(groups, dy, w, (part, kernel) => {
    const [kh, kw, inputs, outputs] = kernel.shape;
    if (positions <= f.positionsPerChannel * outputs)
      return kernelFromTheLeft(part, kernel, geometry, extents);
    const taps = tf.transpose(
      tf.reshape<tf.Rank.R3>(kernel, [kh * kw, inputs, outputs]),
      [0, 2, 1],
    );
    return byResidue(f, correlate, part, taps, inputs, geometry, extents);
  });
};
