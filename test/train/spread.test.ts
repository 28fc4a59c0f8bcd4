import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { medianInterval, spreadOf } from "../../src/train/spread.js";

/** Without a negative zero, which sorts as it likes. */
const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x + 0);
const values = fc.array(value, { minLength: 1, maxLength: 40 });

describe("a spread", () => {
  it("is in order, ends at the extremes, and does not mind the order of the values", () => {
    fc.assert(
      fc.property(values, fc.integer(), (xs, turn) => {
        const { least, lower, median, upper, most } = spreadOf(xs)!;
        expect([least, lower, median, upper, most]).toEqual(
          [least, lower, median, upper, most].sort((a, b) => a - b),
        );
        expect([least, most]).toEqual([Math.min(...xs), Math.max(...xs)]);
        const at = Math.abs(turn) % xs.length;
        expect(spreadOf([...xs.slice(at), ...xs.slice(0, at)])).toEqual(spreadOf(xs));
      }),
    );
  });

  it("of 4n + 1 values has values for quartiles: n of them below, n between", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), (n) => {
        const xs = Array.from({ length: 4 * n + 1 }, (_, i) => i * i);
        const { lower, median, upper } = spreadOf(xs)!;
        expect([lower, median, upper]).toEqual([n * n, 4 * n * n, 9 * n * n]);
      }),
    );
  });

  it("of an even number has its median halfway", () => {
    expect(spreadOf([4, 1, 2, 8])).toEqual({ least: 1, lower: 1.75, median: 3, upper: 5, most: 8 });
  });
});

/** Of the 2^n ways that n values may lie about their median, those with fewer than `k` below it. */
const fewer = (n: number, k: number): bigint => {
  let sum = 0n;
  let term = 1n;
  for (let j = 0; j < k; j++) {
    sum += term;
    term = (term * BigInt(n - j)) / BigInt(j + 1);
  }
  return sum;
};

/** Whether the interval between the k-th from either end misses the median in at most one case of a hundred. */
const isSure = (n: number, k: number): boolean => 200n * fewer(n, k) <= 2n ** BigInt(n);

describe("the interval of a median", () => {
  it("is the narrowest that is sure enough, by exact counting", () => {
    for (let n = 0; n <= 120; n++) {
      const interval = medianInterval(Array.from({ length: n }, (_, i) => n - i));
      if (interval === null) {
        expect(isSure(n, 1)).toBe(false);
        continue;
      }
      const k = interval.least;
      expect(interval.most).toBe(n + 1 - k);
      expect([isSure(n, k), isSure(n, k + 1)]).toEqual([true, false]);
    }
  });

  it("needs eight values", () => {
    expect(medianInterval([1, 2, 3, 4, 5, 6, 7])).toBeNull();
    expect(medianInterval([1, 2, 3, 4, 5, 6, 7, 8])).not.toBeNull();
  });
});
