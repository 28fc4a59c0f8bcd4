import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { erf } from "../../src/algebra/erf.js";
import { floorSqrt } from "../../src/algebra/integer.js";
import { rational, toNumber, ratio } from "../../src/algebra/rational.js";
import { valueOf } from "./laws.js";

/** Fixed point with 240 bits behind the point. */
const bits = 240n;
const unit = 1n << bits;

/** Machin: pi = 16 atan(1/5) - 4 atan(1/239). */
const arctangentOfInverse = (n: bigint): bigint => {
  let sum = 0n;
  for (let power = unit / n, k = 1n; power !== 0n; power /= n * n, k += 2n)
    sum += (k % 4n === 1n ? power : -power) / k;
  return sum;
};
const pi = 16n * arctangentOfInverse(5n) - 4n * arctangentOfInverse(239n);
const rootPi = floorSqrt(pi << bits);

/**
 * The Taylor series `2 / sqrt(pi) * sum of (-1)^n x^(2n+1) / (n! (2n+1))`. For `x <= 6.5` its terms stay
 * below 2^61, and some 300 of them are each cut off by at most 2^-240 times what follows: the error is
 * far below 2^-160.
 */
const exactErf = (x: number): bigint => {
  const { numerator, denominator } = valueOf(rational.fromNumber(x));
  const fixed = (numerator << bits) / denominator;
  const square = (fixed * fixed) >> bits;
  let sum = 0n;
  for (let power = fixed, n = 0n; power !== 0n; n++, power = -((power * square) >> bits) / n)
    sum += power / (2n * n + 1n);
  return (2n * sum * unit) / rootPi;
};

const relativeError = (x: number): number => {
  const truth = exactErf(x);
  const found = valueOf(rational.fromNumber(erf(x)));
  const difference = found.numerator * unit - truth * found.denominator;
  return Math.abs(toNumber(valueOf(ratio(difference, truth * found.denominator))));
};

describe("erf", () => {
  it("is within 1e-15 of the Taylor series in exact arithmetic", () =>
    fc.assert(
      fc.property(fc.double({ min: 2 ** -30, max: 6.5, noNaN: true }), (x) => {
        expect(relativeError(x)).toBeLessThan(1e-15);
      }),
      { numRuns: 1000 },
    ));

  it("is within 1e-15 at and around the joints of its parts", () => {
    for (let i = -200; i <= 200; i++)
      for (const joint of [1, 2.5, 3, 5.5, 6])
        expect(relativeError(joint + i * 2 ** -20)).toBeLessThan(1e-15);
  });

  it("is within 1e-15 of 2 x / sqrt(pi) where x^2 / 3 is below 2^-60", () =>
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 2 ** -30, noNaN: true }), (x) => {
        expect(Math.abs(erf(x) / (1.1283791670955126 * x) - 1)).toBeLessThan(1e-15);
      }),
    ));

  it("is odd, and never beyond 1", () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        expect(erf(-x)).toBe(-erf(x));
        expect(Math.abs(erf(x))).toBeLessThanOrEqual(1);
      }),
    ));

  it.each([
    [0, 0],
    [Infinity, 1],
    [-Infinity, -1],
    [NaN, NaN],
    [Number.MIN_VALUE, Number.MIN_VALUE],
  ])("of %d is %d", (x, y) => expect(erf(x)).toBe(y));
});
