/** Operators that move values without changing them, and those that combine them element by element. */
import type { Ring } from "../algebra/ring.js";
import { channelsOf, sameShape, size } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";

/** The sum of values of one shape, from the left. */
export const sum =
  <A>(ring: Ring<A>) =>
  (values: readonly Tensor<A>[]): Tensor<A> =>
    values.reduce((x, y) => generated(ring)(x.shape, (i) => ring.add(x.data[i]!, y.data[i]!)));

/** The product of two batches of one shape, or of one with `[n, 1, ..., 1, c]`. */
export const product =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, y: Tensor<A>): Tensor<A> => {
    if (sameShape(x.shape, y.shape))
      return generated(ring)(x.shape, (i) => ring.mul(x.data[i]!, y.data[i]!));
    const [large, small] = x.data.length >= y.data.length ? [x, y] : [y, x];
    const c = channelsOf(large.shape);
    const example = size(large.shape.slice(1));
    return generated(ring)(large.shape, (i) =>
      ring.mul(large.data[i]!, small.data[Math.floor(i / example) * c + (i % c)]!),
    );
  };

/** The channels of all values, one after another. */
export const concatenate =
  <A>(ring: Ring<A>) =>
  (values: readonly Tensor<A>[]): Tensor<A> => {
    const first = values[0]!;
    const total = values.reduce((n, v) => n + channelsOf(v.shape), 0);
    const rows = first.data.length / channelsOf(first.shape);
    const out = ring.allocate(rows * total);
    let start = 0;
    for (const { shape, data } of values) {
      const c = channelsOf(shape);
      for (let r = 0; r < rows; r++)
        for (let k = 0; k < c; k++) out[r * total + start + k] = data[r * c + k]!;
      start += c;
    }
    return { shape: [...first.shape.slice(0, -1), total], data: out };
  };

/** Zeros before and after every axis, the batch and channels included. */
export const pad =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, padding: readonly (readonly [low: number, high: number])[]): Tensor<A> => {
    const shape = x.shape.map((n, i) => n + padding[i]![0] + padding[i]![1]);
    const out = ring.allocate(size(shape));
    const copy = (axis: number, from: number, to: number): void => {
      if (axis === x.shape.length) {
        out[to] = x.data[from]!;
        return;
      }
      const low = padding[axis]![0];
      for (let i = 0; i < x.shape[axis]!; i++)
        copy(axis + 1, from * x.shape[axis]! + i, to * shape[axis]! + low + i);
    };
    copy(0, 0, 0);
    return { shape, data: out };
  };

/** Zeros around the spatial axes of a batch. */
export const zeroPad =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, padding: readonly (readonly [low: number, high: number])[]): Tensor<A> =>
    pad(ring)(x, [[0, 0], ...padding, [0, 0]]);
