/** What the checker is instantiated with is a ring, and its tests of weights say what the module promises. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ball } from "../../src/algebra/ball.js";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational } from "../../src/algebra/rational.js";
import { arithmetic, isMachine } from "../../src/certify/arithmetic.js";
import { succeed } from "../generators/succeed.js";

const whole = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });

describe("the ring of the checker", () => {
  it.each([
    ["float32", arithmetic(float32)],
    ["float64", arithmetic(float64)],
  ])("%s: is a ring on the whole numbers, each with its negative", (_, { cring }) => {
    const [, zero, one, add, mul, sub, negative] = cring;
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        expect(add(a)(zero)).toBe(a);
        expect(mul(a)(one)).toBe(a);
        expect(add(a)(negative(a))).toBe(0);
        expect(add(a)(negative(b))).toBe(sub(a)(b));
        expect(mul(negative(one))(a)).toBe(negative(a));
      }),
    );
  });
  it("of the rationals is the ring itself, with negatives", () => {
    const { cring, same } = arithmetic(rational);
    const [, zero, one, add, mul, sub, negative] = cring;
    const [a, b] = [3.5, -0.75].map((x) => succeed(rational.fromNumber(x))) as [never, never];
    const equal = (x: unknown, y: unknown): boolean => same(x as never)(y as never);
    expect(equal(add(a)(negative(a)), zero)).toBe(true);
    expect(equal(add(a)(negative(b)), sub(a)(b))).toBe(true);
    expect(equal(mul(negative(one))(a), negative(a))).toBe(true);
    expect(equal(negative(a), a)).toBe(false);
    expect(rational.show(sub(a)(b) as never)).toBe("17/4");
  });
});

describe("machine numbers", () => {
  it("are those of float32 and float64, and no others", () => {
    expect([float32, float64].map((ring) => isMachine(ring))).toEqual([true, true]);
    expect(isMachine(rational)).toBe(false);
    expect(isMachine(ball)).toBe(false);
  });
  it("are computed in binary64 and compared as they are stored", () => {
    const [, , , add] = arithmetic(float32).cring;
    const sum = add(1)(2 ** -40) as number;
    expect(sum).toBe(1 + 2 ** -40);
    expect(arithmetic(float32).near(1)(sum)).toBe(true);
    expect(arithmetic(float64).near(1)(sum)).toBe(false);
    expect(arithmetic(float64).near(sum)(sum)).toBe(true);
  });
  it("that were moved are equal, NaN to NaN too; those that were computed are finite", () => {
    const { same, near } = arithmetic(float64);
    expect(same(NaN)(NaN)).toBe(true);
    expect(same(1)(1 + 2 ** -52)).toBe(false);
    for (const x of [NaN, Infinity, -Infinity]) expect(near(x)(x)).toBe(false);
  });
});
