/** Element-wise functions that may refuse. */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import type { Ring } from "../../algebra/ring.js";
import { functionOf } from "../../semantics/capability.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { ElementaryFunction } from "../program.js";

/** Apply `f` to every element; the first refusal is the answer. */
const traverse = <A>(
  ring: Ring<A>,
  x: Tensor<A>,
  f: (x: A, i: number) => Result<A>,
): Result<Tensor<A>> => {
  const out = ring.allocate(x.data.length);
  for (let i = 0; i < out.length; i++) {
    const y = f(x.data[i]!, i);
    if (E.isLeft(y)) return y;
    out[i] = y.right;
  }
  return E.right({ shape: x.shape, data: out });
};

/** `x / y`, element by element. */
export const quotient =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, y: Tensor<A>): Result<Tensor<A>> =>
    E.chain((divide: (a: A, b: A) => Result<A>) =>
      traverse(ring, x, (value, i) => divide(value, y.data[i]!)),
    )(functionOf(ring, "divide"));

/** An elementary function of every element. */
export const elementary =
  <A>(ring: Ring<A>) =>
  (fn: ElementaryFunction, x: Tensor<A>): Result<Tensor<A>> =>
    fn === "reciprocal"
      ? E.chain((divide: (a: A, b: A) => Result<A>) =>
          traverse(ring, x, (value) => divide(ring.one, value)),
        )(functionOf(ring, "divide"))
      : E.chain((f: (x: A) => Result<A>) => traverse(ring, x, f))(functionOf(ring, fn));
