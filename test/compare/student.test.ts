import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviation, estimate, mean } from "../../src/compare/statistics.js";
import { studentCentral, studentQuantile } from "../../src/compare/student.js";

describe("Student's t", () => {
  it.each([
    [
      0.9,
      ["6.314", "2.920", "2.353", "2.132", "2.015", "1.943", "1.895", "1.860", "1.833", "1.812"],
    ],
    [
      0.95,
      ["12.706", "4.303", "3.182", "2.776", "2.571", "2.447", "2.365", "2.306", "2.262", "2.228"],
    ],
    [
      0.99,
      ["63.657", "9.925", "5.841", "4.604", "4.032", "3.707", "3.499", "3.355", "3.250", "3.169"],
    ],
  ] as const)(
    "has the printed quantiles of %d for 1 to 10 degrees of freedom",
    (share, printed) => {
      expect(printed.map((_, i) => studentQuantile(i + 1, share).toFixed(3))).toEqual(printed);
    },
  );

  it("has the printed quantiles for many degrees of freedom", () => {
    expect([20, 29, 30, 60, 120].map((n) => studentQuantile(n, 0.95).toFixed(3))).toEqual([
      ...["2.086", "2.045", "2.042", "2.000", "1.980"],
    ]);
    // The normal distribution's, which t comes close to.
    expect(studentQuantile(1_000_000, 0.95).toFixed(4)).toBe("1.9600");
  });

  it("has the closed forms of one and two degrees of freedom", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 50, noNaN: true }), (t) => {
        // 2 atan(t) / pi and t / sqrt(2 + t^2): at most 16 roundings of numbers up to 1 on both sides together.
        const few = 16 * 2 ** -53;
        expect(Math.abs(studentCentral(1, t) - (2 * Math.atan(t)) / Math.PI)).toBeLessThan(few);
        expect(Math.abs(studentCentral(2, t) - t / Math.sqrt(2 + t * t))).toBeLessThan(few);
      }),
    );
  });

  it("puts its quantile where the share is reached", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        (n, share) => {
          // The share's slope there is above 1e-3 / t, so a step of 2^-30 t outweighs 30 roundings of the sum.
          const t = studentQuantile(n, share);
          expect(studentCentral(n, t * (1 - 2 ** -30))).toBeLessThan(share);
          expect(studentCentral(n, t * (1 + 2 ** -30))).toBeGreaterThan(share);
        },
      ),
    );
  });
});

describe("an estimate", () => {
  it("of one value has neither deviation nor margin", () => {
    expect(estimate([0.25])).toEqual({ n: 1, mean: 0.25, deviation: null, margin: null });
  });

  it("of equal values has no margin to speak of", () => {
    expect(estimate([0.5, 0.5, 0.5])).toEqual({ n: 3, mean: 0.5, deviation: 0, margin: 0 });
  });

  it("is what the definition says", () => {
    // Squares of -2, -1, 0, 1, 2 sum to 10, over 4: deviation sqrt(2.5).
    const { deviation: spread, margin } = estimate([1, 2, 3, 4, 5]);
    expect(spread).toBe(Math.sqrt(2.5));
    expect(margin).toBe((studentQuantile(4, 0.95) * Math.sqrt(2.5)) / Math.sqrt(5));
  });

  it("moves with its values, and does not care for their order", () => {
    // Whole numbers whose sums are exact, in samples of a power of two, so that the means are, too.
    const sample = fc
      .integer({ min: 1, max: 4 })
      .chain((k) =>
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 ** k, maxLength: 2 ** k }),
      );
    fc.assert(
      fc.property(sample, fc.integer({ min: -1000, max: 1000 }), (values, shift) => {
        const moved = values.map((x) => x + shift).reverse();
        expect(mean(moved)).toBe(mean(values) + shift);
        expect(deviation(moved)).toBe(deviation(values));
      }),
    );
  });
});
