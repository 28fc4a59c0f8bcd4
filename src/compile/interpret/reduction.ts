/** Sums over axes and their adjoint, the repetition along axes. */
import type { Ring } from "../../algebra/ring.js";
import { channelsOf, size, type Shape } from "../../tensor/shape.js";
import { generated, type Tensor } from "../../tensor/tensor.js";

/**
 * For each element of `shape` in row-major order, the offset of the element it belongs to once `axes` are
 * gone: the one table behind both `sumOver` and `broadcast`.
 */
const collapsedOffsets = (shape: Shape, axes: readonly number[]): Int32Array => {
  const strides = shape.map(() => 0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--)
    if (!axes.includes(axis)) {
      strides[axis] = stride;
      stride *= shape[axis]!;
    }
  let offsets = new Int32Array(1);
  for (const [axis, extent] of shape.entries()) {
    const next = new Int32Array(offsets.length * extent);
    for (let i = 0; i < next.length; i++)
      next[i] = offsets[Math.floor(i / extent)]! + (i % extent) * strides[axis]!;
    offsets = next;
  }
  return offsets;
};

/** The sum over `axes`, which disappear. */
export const sumOver =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, axes: readonly number[]): Tensor<A> => {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    const offsets = collapsedOffsets(x.shape, axes);
    const out = ring.allocate(size(shape));
    for (let i = 0; i < offsets.length; i++)
      out[offsets[i]!] = ring.add(out[offsets[i]!]!, x.data[i]!);
    return { shape, data: out };
  };

/** Repeat x along `axes` of `shape`. */
export const broadcast =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, axes: readonly number[], shape: Shape): Tensor<A> => {
    const offsets = collapsedOffsets(shape, axes);
    return generated(ring)(shape, (i) => x.data[offsets[i]!]!);
  };

/** The sum of `term(i)` over all elements `i` of each channel of `shape`. */
export const perChannel =
  <A>(ring: Ring<A>) =>
  (shape: Shape, term: (i: number) => A): Tensor<A> => {
    const c = channelsOf(shape);
    const out = ring.allocate(c);
    for (let i = 0; i < size(shape); i++) out[i % c] = ring.add(out[i % c]!, term(i));
    return { shape: [c], data: out };
  };
