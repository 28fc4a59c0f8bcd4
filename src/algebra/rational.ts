/**
 * The rational numbers, exact and of any size: numerator over positive denominator in lowest terms.
 *
 * Weights are binary floating-point numbers, so the denominators met in practice are powers of two, and
 * these need no greatest common divisor. In lowest terms a number with an even denominator has an odd
 * numerator. Hence, where `b` and `d` are powers of two,
 *
 *     a/b + c/d with b < d   = (a * (d/b) + c) / d     even + odd over d: in lowest terms already
 *     a/b * c/d with b, d > 1 = (a * c) / (b * d)       odd over a power of two: likewise
 *
 * and in the remaining cases the common divisor is a power of two, read off the numerator's low bits.
 * The general case divides by the common divisor before it multiplies (Knuth, The Art of Computer
 * Programming 2, 4.5.1), which keeps the numbers short.
 */
import * as E from "fp-ts/lib/Either.js";
import { dyadic, type Dyadic } from "./dyadic.js";
import { bitLength, exactSqrt } from "./integer.js";
import { refuse, type Result } from "./refusal.js";
import type { Ring } from "./ring.js";

/** A fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const fraction = (numerator: bigint, denominator: bigint): Rational => ({ numerator, denominator });

const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);

const isPowerOfTwo = (n: bigint): boolean => (n & (n - 1n)) === 0n;

const largestSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** Euclid's algorithm for `a >= 0`, `b > 0`, which ends in machine numbers once they suffice. */
const euclid = (a: bigint, b: bigint): bigint => {
  while (b > largestSafe) [a, b] = [b, a % b];
  if (b === 0n) return a;
  let [x, y] = [Number(b), Number(a % b)];
  while (y !== 0) [x, y] = [y, x % y];
  return BigInt(x);
};

/** The greatest common divisor of any `n` and a positive `d`. */
const commonDivisor = (n: bigint, d: bigint): bigint => {
  if (n === 0n || d === 1n) return d;
  if (!isPowerOfTwo(d)) return euclid(magnitude(n), d);
  const lowBit = n & -n;
  return lowBit < d ? lowBit : d;
};

/** The fraction in lowest terms, for a positive denominator. */
const reduced = (numerator: bigint, denominator: bigint): Rational => {
  if (denominator === 1n) return fraction(numerator, 1n);
  const g = commonDivisor(numerator, denominator);
  return g === 1n ? fraction(numerator, denominator) : fraction(numerator / g, denominator / g);
};

/** `numerator / denominator`; refuses a zero denominator. */
export const ratio = (numerator: bigint, denominator: bigint): Result<Rational> =>
  denominator === 0n
    ? refuse({
        where: "rational",
        found: `${numerator} / 0`,
        expected: "a denominator other than zero",
      })
    : E.right(
        denominator < 0n ? reduced(-numerator, -denominator) : reduced(numerator, denominator),
      );

const fromDyadic = ({ mantissa, exponent }: Dyadic): Rational =>
  exponent >= 0
    ? fraction(BigInt(mantissa) << BigInt(exponent), 1n)
    : fraction(BigInt(mantissa), 1n << BigInt(-exponent));

/** `a + c/d` over denominators `b` and `d`, with `c` already carrying its sign. */
const sum = (a: bigint, b: bigint, c: bigint, d: bigint): Rational => {
  if (b === d) return reduced(a + c, b);
  if (b > d) return sum(c, d, a, b);
  if (b === 1n) return fraction(a * d + c, d);
  if (isPowerOfTwo(d) && isPowerOfTwo(b)) return fraction(a * (d / b) + c, d);
  const g = commonDivisor(b, d);
  if (g === 1n) return fraction(a * d + c * b, b * d);
  const numerator = a * (d / g) + c * (b / g);
  const h = commonDivisor(numerator, g);
  return fraction(numerator / h, (b / g) * (d / h));
};

const product = (x: Rational, y: Rational): Rational => {
  const { numerator: a, denominator: b } = x;
  const { numerator: c, denominator: d } = y;
  if (b === 1n && d === 1n) return fraction(a * c, 1n);
  if (b !== 1n && d !== 1n && isPowerOfTwo(b) && isPowerOfTwo(d)) return fraction(a * c, b * d);
  const g = commonDivisor(a, d);
  const h = commonDivisor(c, b);
  return g === 1n && h === 1n
    ? fraction(a * c, b * d)
    : fraction((a / g) * (c / h), (b / h) * (d / g));
};

const isZero = (x: Rational): boolean => x.numerator === 0n;

const show = (x: Rational): string =>
  x.denominator === 1n ? String(x.numerator) : `${x.numerator}/${x.denominator}`;

const divide = (x: Rational, y: Rational): Result<Rational> =>
  isZero(y)
    ? refuse({ where: "divide", found: `${show(x)} / 0`, expected: "a divisor other than zero" })
    : E.right(
        product(
          x,
          y.numerator < 0n
            ? fraction(-y.denominator, -y.numerator)
            : fraction(y.denominator, y.numerator),
        ),
      );

const compare = (x: Rational, y: Rational): number => {
  const [left, right] =
    x.denominator === y.denominator
      ? [x.numerator, y.numerator]
      : [x.numerator * y.denominator, y.numerator * x.denominator];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** In lowest terms a fraction is a square exactly where its two parts are. */
const sqrt = (x: Rational): Result<Rational> => {
  const numerator = exactSqrt(x.numerator);
  const denominator = exactSqrt(x.denominator);
  return E.isRight(numerator) && E.isRight(denominator)
    ? E.right(fraction(numerator.right, denominator.right))
    : refuse({ where: "sqrt", found: show(x), expected: "the square of a rational number" });
};

const zero = fraction(0n, 1n);

/** The field of rational numbers. `sqrt` takes perfect squares only; there is no `exp` and no `log`. */
export const rational: Ring<Rational> = {
  name: "rational",
  zero,
  one: fraction(1n, 1n),
  add: (x, y) => sum(x.numerator, x.denominator, y.numerator, y.denominator),
  sub: (x, y) => sum(x.numerator, x.denominator, -y.numerator, y.denominator),
  mul: product,
  equals: (x, y) => x.numerator === y.numerator && x.denominator === y.denominator,
  show,
  fromNumber: (x) => E.map(fromDyadic)(dyadic(x)),
  allocate: (length) => new Array<Rational>(length).fill(zero),
  functions: { divide, compare, sqrt },
};

/**
 * The nearest binary64 number, ties to even, subnormal numbers included; infinite where the nearest
 * would be beyond the largest finite one.
 *
 * With `2^e <= |x| < 2^(e+1)` the binary64 numbers around `x` are the multiples of `2^q`, where
 * `q = max(e - 52, -1074)`. The multiple is found by whole division and has at most 53 bits, or is
 * `2^53`, so turning it into a number and scaling it round nothing; the product overflows to infinity
 * exactly where it should.
 */
export const toNumber = (x: Rational): number => {
  const n = magnitude(x.numerator);
  const d = x.denominator;
  if (n === 0n) return 0;
  const scaledBy = (power: number): [bigint, bigint] =>
    power >= 0 ? [n << BigInt(power), d] : [n, d << BigInt(-power)];
  const guess = bitLength(n) - bitLength(d);
  const [p, r] = scaledBy(-guess);
  const e = p >= r ? guess : guess - 1;
  const q = Math.max(e - 52, -1074);
  const [top, bottom] = scaledBy(-q);
  const whole = top / bottom;
  const twiceRest = (top % bottom) * 2n;
  const up = twiceRest > bottom || (twiceRest === bottom && (whole & 1n) === 1n);
  const value = Number(up ? whole + 1n : whole) * 2 ** q;
  return x.numerator < 0n ? -value : value;
};
