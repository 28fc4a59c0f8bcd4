/**
 * Dual numbers `value + tangent * e` with `e^2 = 0`, over any ring: forward-mode differentiation.
 *
 * Where `x` depends on a parameter `t`, the dual number is `x` and `dx/dt`. Multiplying out,
 *
 *     (a + b e) + (c + d e) = (a + c) + (b + d) e
 *     (a + b e) * (c + d e) = a c + (a d + b c) e
 *
 * which is the product rule, and a function is lifted by the chain rule, `f(a + b e) = f(a) + f'(a) b e`.
 * Everything is exact where the inner ring is, and duals of duals give second derivatives.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { roundToFloat32 } from "./float32.js";
import type { Result } from "./refusal.js";
import type { Functions, Ring } from "./ring.js";

/** A value and its derivative in one direction. */
export interface Dual<A> {
  readonly value: A;
  readonly tangent: A;
}

/** A value with its derivative. */
export const withTangent = <A>(value: A, tangent: A): Dual<A> => ({ value, tangent });

/** A value that does not move: its derivative is zero. */
export const constant =
  <A>(ring: Ring<A>) =>
  (value: A): Dual<A> => ({ value, tangent: ring.zero });

/**
 * The functions of the inner ring with their derivatives, `y` being the function's value:
 *
 *     x / z    (x' - y z') / z      sqrt     1 / (2 y)      exp   y            log   1 / x
 *     tanh     1 - y^2              sigmoid  y (1 - y)      erf   2 / sqrt(pi) exp(-x^2)
 *
 * A function is there if the inner ring has it and what its derivative needs: `sqrt` and `log` need
 * `divide`, `erf` needs `exp`.
 */
const lifted = <A>(ring: Ring<A>): Functions<Dual<A>> => {
  const { divide, compare, sqrt, exp, log, tanh, sigmoid, erf } = ring.functions;
  const { zero, one, add, mul, sub } = ring;
  const lift =
    (f: (x: A) => Result<A>, derivative: (x: A, y: A) => Result<A>) =>
    (x: Dual<A>): Result<Dual<A>> =>
      pipe(
        f(x.value),
        E.chain((y) =>
          pipe(
            derivative(x.value, y),
            E.map((slope) => withTangent(y, mul(slope, x.tangent))),
          ),
        ),
      );
  // Irrational, so any ring holds an approximation: the nearest binary64 number, or the nearest
  // binary32 one where the ring holds no more.
  const twoOverRootPi = 2 / Math.sqrt(Math.PI);
  const erfSlope = pipe(
    ring.fromNumber(twoOverRootPi),
    E.orElse(() => ring.fromNumber(roundToFloat32(twoOverRootPi))),
  );
  return {
    ...(compare && { compare: (x, y) => compare(x.value, y.value) }),
    ...(divide && {
      divide: (x, z) =>
        pipe(
          divide(x.value, z.value),
          E.chain((y) =>
            pipe(
              divide(sub(x.tangent, mul(y, z.tangent)), z.value),
              E.map((tangent) => withTangent(y, tangent)),
            ),
          ),
        ),
    }),
    ...(sqrt && divide && { sqrt: lift(sqrt, (_, y) => divide(one, add(y, y))) }),
    ...(exp && { exp: lift(exp, (_, y) => E.right(y)) }),
    ...(log && divide && { log: lift(log, (x) => divide(one, x)) }),
    ...(tanh && { tanh: lift(tanh, (_, y) => E.right(sub(one, mul(y, y)))) }),
    ...(sigmoid && { sigmoid: lift(sigmoid, (_, y) => E.right(mul(y, sub(one, y)))) }),
    ...(erf &&
      exp && {
        erf: lift(erf, (x) =>
          pipe(
            erfSlope,
            E.chain((c) =>
              pipe(
                exp(sub(zero, mul(x, x))),
                E.map((bell) => mul(c, bell)),
              ),
            ),
          ),
        ),
      }),
  };
};

/**
 * The dual numbers over a ring. `compare` looks at the values only, so a branch is differentiated along
 * the way it is taken; `equals` looks at both parts.
 *
 * `erf` multiplies by `2 / sqrt(pi)`, of which the ring gets the nearest binary64 number (binary32 over
 * `float32`): over exact rings the derivative is exact for that constant.
 *
 * @example
 * import { dual, float64, withTangent } from "heirloom"
 *
 * const D = dual(float64)
 * assert.deepStrictEqual(D.mul(withTangent(3, 1), withTangent(3, 1)), { value: 9, tangent: 6 })
 */
export const dual = <A>(ring: Ring<A>): Ring<Dual<A>> => {
  const zero = constant(ring)(ring.zero);
  return {
    name: `dual numbers over ${ring.name}`,
    ...(ring.rounding === undefined ? {} : { rounding: "other" as const }),
    zero,
    one: constant(ring)(ring.one),
    add: (x, y) => withTangent(ring.add(x.value, y.value), ring.add(x.tangent, y.tangent)),
    sub: (x, y) => withTangent(ring.sub(x.value, y.value), ring.sub(x.tangent, y.tangent)),
    mul: (x, y) =>
      withTangent(
        ring.mul(x.value, y.value),
        ring.add(ring.mul(x.value, y.tangent), ring.mul(x.tangent, y.value)),
      ),
    equals: (x, y) => ring.equals(x.value, y.value) && ring.equals(x.tangent, y.tangent),
    show: (x) => `${ring.show(x.value)} with tangent ${ring.show(x.tangent)}`,
    fromNumber: (x) => E.map(constant(ring))(ring.fromNumber(x)),
    allocate: (length) => new Array<Dual<A>>(length).fill(zero),
    functions: lifted(ring),
  };
};
