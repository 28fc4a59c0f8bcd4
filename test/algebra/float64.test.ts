import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float64 } from "../../src/algebra/float64.js";
import { refusalOf, orderLaws, valueOf } from "./laws.js";

const anyNumber = fc.double();
const f = float64.functions;

orderLaws(float64, anyNumber);

describe("float64", () => {
  it("is the machine's arithmetic", () =>
    fc.assert(
      fc.property(anyNumber, anyNumber, (x, y) => {
        expect(float64.add(x, y)).toBe(x + y);
        expect(float64.sub(x, y)).toBe(x - y);
        expect(float64.mul(x, y)).toBe(x * y);
        expect(valueOf(float64.fromNumber(x))).toBe(x);
      }),
    ));

  it("breaks associativity and distributivity, which is why the exact rings exist", () => {
    const { add, mul } = float64;
    expect(add(add(1, 2 ** -53), 2 ** -53)).not.toBe(add(1, add(2 ** -53, 2 ** -53)));
    expect(mul(10, add(0.1, 0.2))).not.toBe(add(mul(10, 0.1), mul(10, 0.2)));
  });

  it("stores binary64 numbers", () => expect(float64.allocate(3)).toEqual(new Float64Array(3)));

  it("lets NaN pass and puts it above all", () => {
    for (const name of ["sqrt", "exp", "log", "tanh", "sigmoid", "erf"] as const)
      expect(valueOf(f[name](NaN))).toBeNaN();
    expect(f.compare(NaN, Infinity)).toBe(1);
    expect(f.compare(-Infinity, NaN)).toBe(-1);
    expect(float64.equals(NaN, NaN)).toBe(true);
  });

  it("refuses where there is no value, quoting it", () => {
    expect(refusalOf(f.divide(3, 0))).toContain("3 / 0");
    expect(refusalOf(f.sqrt(-2))).toContain("-2");
    expect(refusalOf(f.log(0))).toContain("0");
  });

  it("has a sigmoid that overflows on neither side and is symmetric", () =>
    fc.assert(
      fc.property(fc.double({ min: -750, max: 750, noNaN: true }), (x) => {
        const [s, r] = [valueOf(f.sigmoid(x)), valueOf(f.sigmoid(-x))];
        expect(s).toBeGreaterThanOrEqual(0);
        expect(s).toBeLessThanOrEqual(1);
        // Each has at most three roundings; exp is off by less than one unit more.
        expect(Math.abs(s + r - 1)).toBeLessThanOrEqual(5 * 2 ** -53);
        // On the left the relative size survives, down to the subnormal numbers: 1 + exp(x) rounds to 1.
        if (x < -40) expect(s).toBe(Math.exp(x));
      }),
    ));
});
