import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ratio, rational, toNumber, type Rational } from "../../src/algebra/rational.js";
import { anyInteger, anyRational, finiteNumber } from "./arbitraries.js";
import { fieldLaws, orderLaws, refusalOf, ringLaws, valueOf } from "./laws.js";
import { binary64, isNearest } from "./nearest.js";

ringLaws(rational, anyRational);
fieldLaws(rational, anyRational);
orderLaws(rational, anyRational);

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const isCanonical = ({ numerator: n, denominator: d }: Rational): boolean =>
  d > 0n && gcd(n < 0n ? -n : n, d) === 1n;

/** The same number as `n / d`, whatever the form. */
const represents = (x: Rational, n: bigint, d: bigint): boolean =>
  isCanonical(x) && x.numerator * d === n * x.denominator;

describe("rational", () => {
  it("every result is the schoolbook fraction in lowest terms", () =>
    fc.assert(
      fc.property(anyRational, anyRational, (x, y) => {
        const { numerator: a, denominator: b } = x;
        const { numerator: c, denominator: d } = y;
        expect(represents(rational.add(x, y), a * d + c * b, b * d)).toBe(true);
        expect(represents(rational.sub(x, y), a * d - c * b, b * d)).toBe(true);
        expect(represents(rational.mul(x, y), a * c, b * d)).toBe(true);
        if (c !== 0n)
          expect(represents(valueOf(rational.functions.divide!(x, y)), a * d, b * c)).toBe(true);
      }),
      { numRuns: 3000 },
    ));

  it("adds where only one denominator is a power of two, and it is the larger", () => {
    const total = rational.add(valueOf(ratio(-1n, 12n)), valueOf(ratio(-1n, 16n)));
    expect(total).toEqual(valueOf(ratio(-7n, 48n)));
  });

  it("sums that cancel in part are in lowest terms", () =>
    fc.assert(
      fc.property(anyRational, anyRational, (x, y) => {
        const back = rational.sub(rational.add(x, y), y);
        expect(back).toEqual(x);
      }),
    ));

  it("dyadic numbers stay in lowest terms", () => {
    const dyadicNumber = finiteNumber.map((x) => valueOf(rational.fromNumber(x)));
    fc.assert(
      fc.property(dyadicNumber, dyadicNumber, (x, y) =>
        [rational.add(x, y), rational.sub(x, y), rational.mul(x, y)].every(isCanonical),
      ),
    );
  });

  it("ratio takes any signs and refuses a zero denominator", () => {
    fc.assert(
      fc.property(anyInteger, anyInteger, (n, d) => {
        fc.pre(d !== 0n);
        return represents(valueOf(ratio(n, d)), n, d);
      }),
    );
    expect(refusalOf(ratio(5n, 0n))).toContain("5 / 0");
  });

  it("fromNumber is exact: doubling until whole gives the same fraction", () =>
    fc.assert(
      fc.property(finiteNumber, (x) => {
        let [whole, denominator] = [x, 1n];
        for (; !Number.isInteger(whole); whole *= 2) denominator *= 2n;
        return represents(valueOf(rational.fromNumber(x)), BigInt(whole), denominator);
      }),
    ));

  it.each([NaN, Infinity, -Infinity])("refuses %d", (x) =>
    expect(refusalOf(rational.fromNumber(x))).toContain(String(x)),
  );

  it("takes the roots of squares only", () =>
    fc.assert(
      fc.property(anyRational, (x) => {
        const square = rational.mul(x, x);
        const root = valueOf(rational.functions.sqrt!(square));
        expect(rational.mul(root, root)).toEqual(square);
        expect(rational.functions.compare!(root, rational.zero)).toBeGreaterThanOrEqual(0);
        const double = rational.add(square, square);
        if (x.numerator !== 0n)
          expect(refusalOf(rational.functions.sqrt!(double))).toContain(rational.show(double));
      }),
    ));

  it("shows fractions", () => {
    expect(rational.show(valueOf(ratio(6n, -4n)))).toBe("-3/2");
    expect(rational.show(valueOf(ratio(-6n, -3n)))).toBe("2");
  });
});

describe("toNumber", () => {
  it("gives back every number", () =>
    fc.assert(
      fc.property(finiteNumber, (x) => {
        expect(toNumber(valueOf(rational.fromNumber(x)))).toBe(x + 0);
      }),
    ));

  it("rounds to the nearest binary64 number, at every magnitude", () =>
    fc.assert(
      fc.property(anyRational, fc.integer({ min: -1250, max: 1250 }), (x, k) => {
        const scale = 2n ** BigInt(Math.abs(k));
        const scaled = valueOf(
          k < 0
            ? ratio(x.numerator, x.denominator * scale)
            : ratio(x.numerator * scale, x.denominator),
        );
        return isNearest(binary64, scaled, toNumber(scaled));
      }),
      { numRuns: 3000 },
    ));

  it("rounds midpoints and their neighbours", () =>
    fc.assert(
      fc.property(finiteNumber, fc.constantFrom(-1n, 0n, 1n), (x, nudge) => {
        const { add, mul } = rational;
        const magnitude = Math.abs(x);
        const next = binary64.ofBits(binary64.bitsOf(magnitude) + 1n);
        fc.pre(Number.isFinite(next));
        const exact = (y: number): Rational => valueOf(rational.fromNumber(y));
        const middle = mul(exact(0.5), add(exact(magnitude), exact(next)));
        const nudged = add(middle, valueOf(ratio(nudge, 2n ** 1200n)));
        return isNearest(binary64, nudged, toNumber(nudged));
      }),
      { numRuns: 1000 },
    ));

  it("overflows half a step beyond the largest number", () => {
    const half = (2n ** 54n - 1n) << 970n;
    expect(toNumber(valueOf(ratio(half, 1n)))).toBe(Infinity);
    expect(toNumber(valueOf(ratio(half - 1n, 1n)))).toBe(Number.MAX_VALUE);
    expect(toNumber(valueOf(ratio(-half, 1n)))).toBe(-Infinity);
    expect(toNumber(valueOf(ratio(10n ** 400n, 3n)))).toBe(Infinity);
  });
});
