import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastP, signedRank } from "../../src/compare/signedRank.js";

/** The rank of |d|: one more than those below, plus half of the others that are equal. */
const rankAmong = (differences: readonly number[], d: number): number => {
  const size = Math.abs(d);
  const below = differences.filter((x) => Math.abs(x) < size).length;
  const equal = differences.filter((x) => Math.abs(x) === size).length;
  return below + (equal + 1) / 2;
};

/** The definition, by trying every pattern of signs. */
const byEnumeration = (differences: readonly number[]): number => {
  const nonzero = differences.filter((d) => d !== 0);
  const ranks = nonzero.map((d) => rankAmong(differences, d));
  const seen = Math.abs(nonzero.reduce((sum, d, i) => sum + (d > 0 ? ranks[i]! : -ranks[i]!), 0));
  let asFar = 0;
  for (let signs = 0; signs < 2 ** nonzero.length; signs++) {
    const t = ranks.reduce((sum, r, i) => sum + ((signs >> i) & 1 ? r : -r), 0);
    if (Math.abs(t) >= seen) asFar++;
  }
  return asFar / 2 ** nonzero.length;
};

/** Differences 1 to n of which the negative ones sum to w. */
const withNegativeSum = (n: number, w: number): readonly number[] => {
  let left = w;
  return Array.from({ length: n }, (_, i) => n - i).map((size) => {
    if (size > left) return size;
    left -= size;
    return -size;
  });
};

describe("the signed-rank test", () => {
  it("is exact: the share of all patterns of signs that go as far", () => {
    fc.assert(
      fc.property(
        // Few different sizes, so that ties and zeros are common.
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 0, maxLength: 12 }),
        (differences) => {
          expect(signedRank(differences).p).toBe(byEnumeration(differences));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    // One-sided probabilities of a sum of at most w, as tables print them.
    [5, 0, "0.0313"],
    [6, 0, "0.0156"],
    [7, 2, "0.0234"],
    [8, 3, "0.0195"],
    [8, 4, "0.0273"],
    [10, 8, "0.0244"],
    [10, 10, "0.0420"],
    [12, 13, "0.0212"],
    [15, 25, "0.0240"],
    [15, 30, "0.0473"],
    [20, 52, "0.0242"],
    [20, 60, "0.0487"],
    [25, 89, "0.0241"],
  ] as const)("has the printed probability for n = %d, W = %d", (n, w, printed) => {
    expect((signedRank(withNegativeSum(n, w)).p / 2).toFixed(4)).toBe(printed);
  });

  it("ranks zeros and then leaves them out, as Pratt does", () => {
    // Ranks 1 (zero), 2, 3, 4; without the zero they would be 1, 2, 3 and the statistic 0.
    const { statistic, n, zeros, p } = signedRank([0, 1, 2, -3]);
    expect({ statistic, n, zeros }).toEqual({ statistic: 1, n: 3, zeros: 1 });
    // T is one of -9, -5, -3, -1, 1, 3, 5, 9: none is closer to 0.
    expect(p).toBe(1);
    // With two zeros the ranks are 3, 4, 5, without them 1, 2, 3.
    expect([signedRank([0, 0, 1, 2, -3]).statistic, signedRank([1, 2, -3]).statistic]).toEqual([
      2, 0,
    ]);
  });

  it("has p = 1 where nothing differs", () => {
    expect(signedRank([0, 0, 0])).toEqual({ statistic: 0, n: 0, zeros: 3, p: 1 });
    expect(signedRank([]).p).toBe(1);
  });

  it("does not care which side is which, nor for the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 }), (differences) => {
        const there = signedRank(differences);
        const back = signedRank(differences.map((d) => 0 - d).reverse());
        expect(back.p).toBe(there.p);
        expect(back.statistic).toBe(0 - there.statistic);
      }),
    );
  });

  it("comes to its least value where all are of one sign", () => {
    for (let n = 1; n <= 53; n++) {
      const differences = Array.from({ length: n }, (_, i) => i + 1);
      expect(signedRank(differences).p).toBe(leastP(n));
    }
    expect([3, 5, 6].map(leastP)).toEqual([0.25, 0.0625, 0.03125]);
  });

  it("stays within its bound where probabilities are rounded", () => {
    // All of one sign but the smallest: as far go this pattern, the one without exception, and their opposites.
    const n = 120;
    const differences = Array.from({ length: n }, (_, i) => (i === 0 ? -1 : i + 1));
    const exact = 4 * 2 ** -n;
    const sums = (n * (n + 1)) / 2;
    expect(Math.abs(signedRank(differences).p - exact)).toBeLessThanOrEqual(
      exact * (n + sums) * 2 ** -52,
    );
  });
});
