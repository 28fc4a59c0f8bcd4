/**
 * Enlarging the spatial axes, one axis at a time on the view `[outer, extent, inner]`.
 *
 * Bilinear with half-pixel centres: phase `i` of factor `f` lies `u = (i + 1/2) / f - 1/2` input positions
 * right of its own, so `y = (1 - |u|) x + |u| x'` with `x'` the left neighbour for `u < 0`, the right one
 * for `u > 0`, and the edge itself where there is none. The weights depend on the phase alone, so the
 * phases are computed as whole maps and interleaved; the adjoint sums the phases with the same weights and
 * moves each neighbour's share back, the edge keeping its own. (ResizeNearestNeighbor finds positions by a
 * rounded division, and no backend has the adjoint of ResizeBilinear with half-pixel centres.)
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "../../tensor/shape.js";
import { sumRows } from "./channel.js";
import type { Formulation } from "./formulation.js";

type Interpolation = "nearest" | "bilinear";

interface Neighbour {
  /** Distance from the phase's centre to its own position, signed. */
  readonly offset: number;
  /** Weights of the own position and of the neighbour. */
  readonly own: number;
  readonly other: number;
}

const phases = (factor: number): readonly Neighbour[] =>
  Array.from({ length: factor }, (_, i) => {
    const offset = (i + 0.5) / factor - 0.5;
    return { offset, own: 1 - Math.abs(offset), other: Math.abs(offset) };
  });

const part = (x: tf.Tensor3D, begin: number, extent: number): tf.Tensor3D =>
  tf.slice(x, [0, begin, 0], [x.shape[0], extent, x.shape[2]]);

/** Each position's left (`-1`) or right (`1`) neighbour, the edge its own. */
const neighbours = (x: tf.Tensor3D, side: -1 | 1): tf.Tensor3D => {
  const extent = x.shape[1];
  if (extent === 1) return x;
  return side < 0
    ? tf.concat([part(x, 0, 1), part(x, 0, extent - 1)], 1)
    : tf.concat([part(x, 1, extent - 1), part(x, extent - 1, 1)], 1);
};

/** The adjoint of `neighbours`. */
const handBack = (dx: tf.Tensor3D, side: -1 | 1): tf.Tensor3D => {
  const extent = dx.shape[1];
  if (extent === 1) return dx;
  const moved = part(dx, side < 0 ? 1 : 0, extent - 1);
  const edge = part(dx, side < 0 ? 0 : extent - 1, 1);
  const zeros = (n: number): [number, number] => (side < 0 ? [0, n] : [n, 0]);
  return tf.add(
    tf.pad(moved, [[0, 0], zeros(1), [0, 0]]),
    tf.pad(edge, [[0, 0], zeros(extent - 1), [0, 0]]),
  );
};

const enlarge = (x: tf.Tensor3D, factor: number, interpolation: Interpolation): tf.Tensor => {
  const [outer, extent, inner] = x.shape;
  const rows = outer * extent;
  if (interpolation === "nearest") return tf.tile(tf.reshape(x, [rows, 1, inner]), [1, factor, 1]);
  const sides = { left: neighbours(x, -1), right: neighbours(x, 1) };
  return tf.concat(
    phases(factor).map(({ offset, own, other }) =>
      tf.reshape(
        offset === 0
          ? x
          : tf.add(tf.mul(x, own), tf.mul(offset < 0 ? sides.left : sides.right, other)),
        [rows, inner],
      ),
    ),
    1,
  );
};

const reduce = (
  f: Formulation,
  dy: tf.Tensor,
  outer: number,
  extent: number,
  inner: number,
  factor: number,
  interpolation: Interpolation,
): tf.Tensor => {
  const rows = outer * extent;
  if (interpolation === "nearest") return sumRows(f, dy, rows, factor, inner);
  const flat = tf.reshape<tf.Rank.R2>(dy, [rows, factor * inner]);
  const shares = phases(factor).map((phase, i) => ({
    ...phase,
    dy: tf.reshape<tf.Rank.R3>(tf.slice(flat, [0, i * inner], [rows, inner]), [
      outer,
      extent,
      inner,
    ]),
  }));
  const total = (terms: readonly tf.Tensor3D[]): tf.Tensor3D =>
    terms.reduce((a, b) => tf.add(a, b));
  const toNeighbours = (side: -1 | 1): readonly tf.Tensor3D[] => {
    const terms = shares.filter(({ offset }) => Math.sign(offset) === side);
    return terms.length === 0
      ? []
      : [handBack(total(terms.map(({ dy, other }) => tf.mul(dy, other))), side)];
  };
  return total([
    ...shares.map(({ dy, own }) => (own === 1 ? dy : tf.mul<tf.Tensor3D>(dy, own))),
    ...toNeighbours(-1),
    ...toNeighbours(1),
  ]);
};

/** `[n, ...spatial, c]` with every spatial axis enlarged by its factor. */
export const upsample = (x: tf.Tensor, factors: Shape, interpolation: Interpolation): tf.Tensor =>
  factors.reduce((y, factor, i) => {
    if (factor === 1) return y;
    const axis = i + 1;
    const shape = y.shape;
    const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const extent = shape[axis]!;
    const view = tf.reshape<tf.Rank.R3>(y, [outer, extent, y.size / (outer * extent)]);
    return tf.reshape(
      enlarge(view, factor, interpolation),
      shape.map((n, a) => (a === axis ? n * factor : n)),
    );
  }, x);

/** The adjoint of `upsample`. */
export const upsampleGradient = (
  f: Formulation,
  dy: tf.Tensor,
  factors: Shape,
  interpolation: Interpolation,
): tf.Tensor =>
  factors.reduce((dx, factor, i) => {
    if (factor === 1) return dx;
    const axis = i + 1;
    const shape = dx.shape.map((n, a) => (a === axis ? n / factor : n));
    const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const extent = shape[axis]!;
    const inner = dx.size / (outer * extent * factor);
    return tf.reshape(reduce(f, dx, outer, extent, inner, factor, interpolation), shape);
  }, dy);
