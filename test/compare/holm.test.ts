import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holm } from "../../src/compare/holm.js";

/** Multiples of 1/1024: their products with small whole numbers are exact. */
const ps = fc.array(
  fc.integer({ min: 0, max: 1024 }).map((k) => k / 1024),
  { maxLength: 12 },
);

/** The procedure itself: reject from the smallest p on, for as long as p is at most level / (tests left). */
const rejected = (values: readonly number[], level: number): readonly boolean[] => {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = values.map(() => false);
  for (const [rank, i] of order.entries()) {
    if (values[i]! * (values.length - rank) > level) break;
    result[i] = true;
  }
  return result;
};

describe("Holm's correction", () => {
  it("says of each level what the procedure rejects there", () => {
    fc.assert(
      fc.property(ps, fc.integer({ min: 0, max: 1023 }), (values, k) => {
        const level = k / 1024;
        expect(holm(values).map((p) => p <= level)).toEqual(rejected(values, level));
      }),
    );
  });

  it("multiplies by the tests that are left, and never falls", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it("leaves a single test as it is", () => {
    expect(holm([0.25])).toEqual([0.25]);
    expect(holm([])).toEqual([]);
  });
});
