import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32, isFloat32, roundToFloat32 } from "../../src/algebra/float32.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { finiteFloat32, finiteNumber } from "./arbitraries.js";
import { orderLaws, refusalOf, valueOf } from "./laws.js";
import { binary32, isNearest } from "./nearest.js";

const exact = (x: number): Rational => valueOf(rational.fromNumber(x));

/** Numbers of one binade too, where sums cancel and quotients fall near midpoints. */
const near = fc.float({ min: 1, max: 2, noNaN: true });
const operand = fc.oneof(finiteFloat32, near);

orderLaws(float32, fc.float());

describe("float32", () => {
  it.each(["add", "sub", "mul"] as const)("%s rounds the exact result once", (operation) =>
    fc.assert(
      fc.property(operand, operand, (x, y) =>
        isNearest(binary32, rational[operation](exact(x), exact(y)), float32[operation](x, y)),
      ),
      { numRuns: 1000 },
    ),
  );

  it("divide rounds the exact quotient once", () =>
    fc.assert(
      fc.property(operand, operand, (x, y) => {
        fc.pre(y !== 0);
        const quotient = valueOf(rational.functions.divide!(exact(x), exact(y)));
        return isNearest(binary32, quotient, valueOf(float32.functions.divide(x, y)));
      }),
      { numRuns: 1000 },
    ));

  it("sqrt rounds the exact root once: the half-way neighbours' squares are on either side", () =>
    fc.assert(
      fc.property(fc.float({ min: 2 ** -149, noNaN: true, noDefaultInfinity: true }), (x) => {
        const root = valueOf(float32.functions.sqrt(x));
        const bits = binary32.bitsOf(root);
        const half = (b: bigint): Rational =>
          rational.mul(exact(0.5), rational.add(exact(root), exact(binary32.ofBits(b))));
        const [below, above] = [half(bits - 1n), half(bits + 1n)];
        const compare = rational.functions.compare!;
        expect(compare(rational.mul(below, below), exact(x))).toBeLessThanOrEqual(0);
        expect(compare(rational.mul(above, above), exact(x))).toBeGreaterThanOrEqual(0);
      }),
    ));

  it.each(["exp", "tanh", "sigmoid", "erf"] as const)("%s is a binary32 number", (name) =>
    fc.assert(fc.property(operand, (x) => isFloat32(valueOf(float32.functions[name](x))))),
  );

  it("takes exactly the binary32 numbers", () =>
    fc.assert(
      fc.property(fc.oneof(finiteNumber, finiteFloat32), (x) => {
        const held = Object.is(new Float32Array([x])[0], x);
        expect(isFloat32(x)).toBe(held);
        if (held) expect(valueOf(float32.fromNumber(x))).toBe(x);
        else expect(refusalOf(float32.fromNumber(x))).toContain(String(x));
      }),
    ));

  it("takes NaN and the infinities, which binary32 has", () => {
    for (const x of [NaN, Infinity, -Infinity]) expect(valueOf(float32.fromNumber(x))).toBe(x);
  });

  it("names the nearest when it refuses", () =>
    expect(refusalOf(float32.fromNumber(0.1))).toContain("0.10000000149011612"));

  it("rounds to the nearest, ties to even", () =>
    fc.assert(fc.property(finiteNumber, (x) => isNearest(binary32, exact(x), roundToFloat32(x)))));
});
