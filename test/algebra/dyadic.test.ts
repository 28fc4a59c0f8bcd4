import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dyadic } from "../../src/algebra/dyadic.js";
import { finiteNumber } from "./arbitraries.js";
import { refusalOf, valueOf } from "./laws.js";

/** Numerator over a power of two, found by doubling until the number is whole: no step rounds. */
const byDoubling = (x: number): readonly [bigint, bigint] => {
  let denominator = 1n;
  for (; !Number.isInteger(x); x *= 2) denominator *= 2n;
  return [BigInt(x), denominator];
};

describe("dyadic", () => {
  it("is the number itself", () =>
    fc.assert(
      fc.property(finiteNumber, (x) => {
        const { mantissa, exponent } = valueOf(dyadic(x));
        const [numerator, denominator] = byDoubling(x);
        const shift = BigInt(Math.abs(exponent));
        const m = BigInt(mantissa);
        return exponent >= 0
          ? numerator === (m << shift) * denominator
          : numerator << shift === m * denominator;
      }),
      { numRuns: 2000 },
    ));

  it("has an odd mantissa, or is 0 * 2^0", () =>
    fc.assert(
      fc.property(finiteNumber, (x) => {
        const { mantissa, exponent } = valueOf(dyadic(x));
        return x === 0 ? mantissa === 0 && exponent === 0 : Math.abs(mantissa % 2) === 1;
      }),
    ));

  it.each([
    [Number.MIN_VALUE, 1, -1074],
    [2 ** -1022, 1, -1022],
    [-(2 ** -1022 - 2 ** -1074), -(2 ** 52 - 1), -1074],
    [Number.MAX_VALUE, 2 ** 53 - 1, 971],
    [2 ** 32, 1, 32],
    [-0, 0, 0],
    [0.1, 0x1999999999999a / 2, -55],
  ])("%d is %d * 2^%d", (x, mantissa, exponent) =>
    expect(valueOf(dyadic(x))).toEqual({ mantissa, exponent }),
  );

  it.each([NaN, Infinity, -Infinity])("refuses %d", (x) =>
    expect(refusalOf(dyadic(x))).toContain(String(x)),
  );
});
