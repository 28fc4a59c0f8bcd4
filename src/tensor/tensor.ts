/** Dense tensors: a shape and its elements in row-major order, over any ring. */
import type { Ring } from "../algebra/ring.js";
import { size, type Shape } from "./shape.js";

/** A dense tensor. `data.length` equals the product of `shape`; nobody writes to `data` once it is built. */
export interface Tensor<A> {
  readonly shape: Shape;
  readonly data: ArrayLike<A>;
}

/** A tensor from its elements. The caller keeps `data.length === size(shape)`. */
export const tensor = <A>(shape: Shape, data: ArrayLike<A>): Tensor<A> => ({ shape, data });

/** The tensor whose elements are all `value`. */
export const filled =
  <A>(ring: Ring<A>) =>
  (shape: Shape, value: A): Tensor<A> => {
    const data = ring.allocate(size(shape));
    for (let i = 0; i < data.length; i++) data[i] = value;
    return { shape, data };
  };

/** The tensor whose element at row-major offset `i` is `f(i)`. */
export const generated =
  <A>(ring: Ring<A>) =>
  (shape: Shape, f: (i: number) => A): Tensor<A> => {
    const data = ring.allocate(size(shape));
    for (let i = 0; i < data.length; i++) data[i] = f(i);
    return { shape, data };
  };

/** Apply `f` to every element, storing the result in `ring`'s storage. */
export const mapTensor =
  <B>(ring: Ring<B>) =>
  <A>(t: Tensor<A>, f: (x: A) => B): Tensor<B> =>
    generated(ring)(t.shape, (i) => f(t.data[i]!));
