import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrap } from "../../src/compare/bootstrap.js";

/** Whole numbers, whose sums are exact. */
const differences = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 20 });

describe("the bootstrap interval", () => {
  it("lies among the differences, and is the same for the same seed", () => {
    fc.assert(
      fc.property(differences, fc.integer({ min: 0, max: 5 }), (values, seed) => {
        const { low, high } = bootstrap(seed)(values)!;
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(high).toBeLessThanOrEqual(Math.max(...values));
        expect(bootstrap(seed)(values)).toEqual({ low, high });
      }),
      { numRuns: 30 },
    );
  });

  it("turns round with the differences", () => {
    const interval = bootstrap(0);
    fc.assert(
      fc.property(differences, (values) => {
        const { low, high } = interval(values)!;
        expect(interval(values.map((d) => 0 - d))).toEqual({ low: 0 - high, high: 0 - low });
      }),
      { numRuns: 30 },
    );
  });

  it("holds the middle 95% of all ways to draw again", () => {
    // Of 2^8 ways to draw 0 or 1 eight times, 1 or fewer ones come in 9 (3.5%), none in 1 (0.4%): 2.5% from below
    // is 1/8, and 7/8 from above. Of 5000 draws 176 are expected there, 126 are needed: fewer are four deviations away.
    expect(bootstrap(0)([0, 0, 0, 0, 1, 1, 1, 1])).toEqual({ low: 1 / 8, high: 7 / 8 });
    expect(bootstrap(0)([3])).toBeNull();
    expect(bootstrap(0)([-2, 4])).toEqual({ low: -2, high: 4 });
  });
});
