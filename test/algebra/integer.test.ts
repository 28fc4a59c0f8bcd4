import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitLength, floorSqrt, integer } from "../../src/algebra/integer.js";
import { anyInteger } from "./arbitraries.js";
import { divisionLaws, orderLaws, refusalOf, ringLaws, valueOf } from "./laws.js";

ringLaws(integer, anyInteger);
divisionLaws(integer, anyInteger);
orderLaws(integer, anyInteger);

const natural = anyInteger.map((n) => (n < 0n ? -n : n));

describe("integer", () => {
  it("divides exactly or refuses", () => {
    expect(valueOf(integer.functions.divide!(-12n, 4n))).toBe(-3n);
    expect(refusalOf(integer.functions.divide!(7n, 2n))).toContain("7 / 2");
  });

  it("takes the roots of squares only", () =>
    fc.assert(
      fc.property(natural, (n) => {
        expect(valueOf(integer.functions.sqrt!(n * n))).toBe(n);
        expect(refusalOf(integer.functions.sqrt!(n * n + 2n * n + 2n))).toContain("sqrt");
        expect(refusalOf(integer.functions.sqrt!(-n - 1n))).toContain(String(-n - 1n));
      }),
    ));

  it("floorSqrt is the largest number whose square is no larger", () =>
    fc.assert(
      fc.property(natural, (n) => {
        const r = floorSqrt(n);
        return r * r <= n && n < (r + 1n) * (r + 1n);
      }),
    ));

  it("bitLength is the length in base two", () =>
    fc.assert(
      fc.property(anyInteger, (n) => {
        const m = n < 0n ? -n : n;
        expect(bitLength(n)).toBe(m === 0n ? 0 : m.toString(2).length);
      }),
    ));

  it.each([0.5, NaN, Infinity])("refuses %d", (x) =>
    expect(refusalOf(integer.fromNumber(x))).toContain(String(x)),
  );

  it("holds large doubles exactly", () =>
    expect(valueOf(integer.fromNumber(Number.MAX_VALUE))).toBe((2n ** 53n - 1n) << 971n));
});
