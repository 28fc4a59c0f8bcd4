import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modulus, primeField, reduce } from "../../src/algebra/primeField.js";
import { rational } from "../../src/algebra/rational.js";
import { anyFieldElement, finiteNumber } from "./arbitraries.js";
import { fieldLaws, refusalOf, ringLaws, valueOf } from "./laws.js";

ringLaws(primeField, anyFieldElement);
fieldLaws(primeField, anyFieldElement);

const remainder = (n: bigint): bigint => ((n % modulus) + modulus) % modulus;

describe("primeField", () => {
  it("is arithmetic modulo 2^61 - 1", () =>
    fc.assert(
      fc.property(anyFieldElement, anyFieldElement, (x, y) => {
        expect(primeField.add(x, y)).toBe(remainder(x + y));
        expect(primeField.sub(x, y)).toBe(remainder(x - y));
        expect(primeField.mul(x, y)).toBe(remainder(x * y));
      }),
    ));

  it("reduces every number up to the square of the modulus", () => {
    for (const t of [
      0n,
      modulus - 1n,
      modulus,
      modulus + 1n,
      2n * modulus,
      modulus * modulus - 1n,
      modulus * modulus,
    ])
      expect(reduce(t)).toBe(remainder(t));
  });

  it("maps a dyadic number to its numerator over its denominator", () =>
    fc.assert(
      fc.property(finiteNumber, (x) => {
        const { numerator, denominator } = valueOf(rational.fromNumber(x));
        expect(primeField.mul(valueOf(primeField.fromNumber(x)), remainder(denominator))).toBe(
          remainder(numerator),
        );
      }),
    ));

  it("maps x and 2^61 x to one element, as its head comment warns", () =>
    expect(valueOf(primeField.fromNumber(3))).toBe(valueOf(primeField.fromNumber(3 * 2 ** 61))));

  it("maps multiples of the modulus to zero", () => {
    // 2^1000 - 2^939 = 2^939 * (2^61 - 1), which takes two binary64 numbers to write.
    const image = (x: number): bigint => valueOf(primeField.fromNumber(x));
    expect(primeField.sub(image(2 ** 1000), image(2 ** 939))).toBe(0n);
    expect(image(-1)).toBe(modulus - 1n);
  });

  it.each([NaN, Infinity])("refuses %d", (x) =>
    expect(refusalOf(primeField.fromNumber(x))).toContain(String(x)),
  );

  it("has no order and no analytic functions", () =>
    expect(Object.keys(primeField.functions)).toEqual(["divide"]));
});
