/**
 * The field of the whole numbers modulo the Mersenne prime `p = 2^61 - 1`.
 *
 * Since `2^61 = 1` modulo `p`, a product `t < p^2` is reduced by adding its upper and its lower 61
 * bits, and `2^k` for any whole `k`, negative too, is `2^(k mod 61)`. A dyadic number therefore has an
 * image that costs one multiplication, and `fromNumber` is the restriction of a ring homomorphism: an
 * identity between rational expressions holds here too wherever no denominator vanishes.
 *
 * The converse needs luck, not proof. Two different polynomials of degree at most `d`, with coefficients
 * that differ modulo `p`, agree at a uniformly random point with probability at most `d / p` (Schwartz
 * 1980, Zippel 1979). The homomorphism is not injective: `x` and `2^61 * x` have one image, so numbers
 * chosen by hand, or spread over more than 61 binary orders of magnitude, are no random points.
 */
import * as E from "fp-ts/lib/Either.js";
import { dyadic, type Dyadic } from "./dyadic.js";
import { refuse, type Result } from "./refusal.js";
import type { Ring } from "./ring.js";

/** `2^61 - 1`. Elements of the field are the whole numbers from 0 up to, not including, it. */
export const modulus = (1n << 61n) - 1n;

/** The remainder of a number from 0 to `p^2`, whose upper and lower 61 bits add up to less than `2 p`. */
export const reduce = (t: bigint): bigint => {
  const r = (t & modulus) + (t >> 61n);
  return r >= modulus ? r - modulus : r;
};

/** A mantissa other than 0 is below the prime in magnitude, so its image is not 0 and has a negative. */
const fromDyadic = ({ mantissa, exponent }: Dyadic): bigint => {
  const shift = BigInt(((exponent % 61) + 61) % 61);
  const image = reduce(BigInt(Math.abs(mantissa)) << shift);
  return mantissa < 0 ? modulus - image : image;
};

/**
 * Extended Euclid for `0 < x < p`: every remainder `r` has a factor `f` with `f x = r` modulo `p`, and the
 * last one before zero is 1. It takes some 37 divisions, a third of the work of Fermat's `x^(p-2)`.
 */
const inverse = (x: bigint): bigint => {
  let [before, r] = [modulus, x];
  let [factorBefore, factor] = [0n, 1n];
  while (r !== 1n) {
    const quotient = before / r;
    [before, r] = [r, before - quotient * r];
    [factorBefore, factor] = [factor, factorBefore - quotient * factor];
  }
  return factor < 0n ? factor + modulus : factor;
};

const divide = (x: bigint, y: bigint): Result<bigint> =>
  y === 0n
    ? refuse({ where: "divide", found: `${x} / 0`, expected: "a divisor other than zero" })
    : E.right(reduce(x * inverse(y)));

/**
 * The prime field of `2^61 - 1` elements, stored in a `BigUint64Array`. It has no order and none of the
 * analytic functions; `formalField` leaves those uninterpreted.
 */
export const primeField: Ring<bigint> = {
  name: "prime field of 2^61 - 1",
  zero: 0n,
  one: 1n,
  add: (x, y) => {
    const s = x + y;
    return s >= modulus ? s - modulus : s;
  },
  sub: (x, y) => {
    const s = x - y;
    return s < 0n ? s + modulus : s;
  },
  mul: (x, y) => reduce(x * y),
  equals: (x, y) => x === y,
  show: String,
  fromNumber: (x) => E.map(fromDyadic)(dyadic(x)),
  allocate: (length) => new BigUint64Array(length),
  functions: { divide },
};
