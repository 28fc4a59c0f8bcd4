/** Sums along any axes, their adjoint, matrix products, padding, blocks. */
import * as tf from "@tensorflow/tfjs-core";
import { size, type Shape } from "../../tensor/shape.js";
import { sumRows } from "./channel.js";
import type { Formulation } from "./formulation.js";

/** The sum over `axes`, which disappear. */
export const sumAxes = (f: Formulation, x: tf.Tensor, axes: readonly number[]): tf.Tensor => {
  const sorted = [...axes].sort((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return tf.clone(x);
  const rest = x.shape.filter((_, axis) => !sorted.includes(axis));
  const isBlock = last - first + 1 === sorted.length && last < x.rank - 1;
  if (!isBlock) return tf.reshape(tf.sum(x, sorted), rest);
  const outer = size(x.shape.slice(0, first));
  const rows = size(x.shape.slice(first, last + 1));
  return tf.reshape(sumRows(f, x, outer, rows, x.size / (outer * rows)), rest);
};

/** Repeat `x` along `axes` of `shape`. */
export const broadcastAxes = (x: tf.Tensor, axes: readonly number[], shape: Shape): tf.Tensor => {
  const thin = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const repeats = shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
  return shape.length === 0 ? tf.clone(x) : tf.tile(tf.reshape(x, thin), repeats);
};

/** The product of two matrices, either one transposed first. */
export const product = (
  f: Formulation,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  transposeA: boolean,
  transposeB: boolean,
): tf.Tensor2D =>
  f.transpose === "flag"
    ? tf.matMul(a, b, transposeA, transposeB)
    : tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);

/** Zeros before and after each axis; a scalar has none (and `tf.pad` refuses it). */
export const padAxes = (
  x: tf.Tensor,
  padding: readonly (readonly [low: number, high: number])[],
): tf.Tensor =>
  x.rank === 0
    ? tf.clone(x)
    : tf.pad(
        x,
        padding.map(([low, high]): [number, number] => [low, high]),
      );

/** The block of `shape` that starts at `begin`. */
export const block = (x: tf.Tensor, begin: Shape, shape: Shape): tf.Tensor =>
  x.rank === 0 ? tf.clone(x) : tf.slice(x, [...begin], [...shape]);
