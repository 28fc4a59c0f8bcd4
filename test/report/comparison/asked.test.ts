/** How many runs a grid asks for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runsOf } from "../../../src/compare/grid.js";
import { askedRuns } from "../../../src/report/comparison/asked.js";
import { findings } from "../../../src/report/comparison/findings.js";
import { comparisonReport } from "../../../src/report/comparison/report.js";
import { gridOf, madeUpRecords, small } from "../../compare/comparisons.js";
import { diverged } from "../../compare/diverged.js";
import { succeed } from "../../generators/succeed.js";

describe("the runs that are asked for", () => {
  it("are counted by multiplication, however many they are", () => {
    const grid = gridOf(small);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const huge = {
      ...grid,
      seeds: many,
      rateFactors: many.map((i) => i + 1),
      perClass: many.map((i) => i + 1),
    };
    expect([askedRuns(huge), askedRuns({ ...huge, search: "first seed" })]).toEqual([
      6e9,
      6000 * (1000 + 999),
    ]);
    expect(
      findings(succeed(comparisonReport("it", "r", madeUpRecords(small), huge))).join(" "),
    ).toContain("24 of the 6,000,000,000 runs that were asked for stand");
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(4), { minLength: 1 }),
        fc.uniqueArray(fc.constantFrom(0.1, 1, 3), { minLength: 1 }),
        fc.constantFrom("every seed" as const, "first seed" as const),
        (seeds, rateFactors, search) => {
          const asked = { ...grid, seeds, rateFactors, search };
          expect(askedRuns(asked)).toBe(runsOf(asked).length);
        },
      ),
    );
  });

  it("are none where the search failed at every rate, but for the search", () => {
    const grid = { ...gridOf(small), search: "first seed" as const, rateFactors: [1, 3] };
    const failures = diverged(grid.rateFactors.map((rateFactor) => ({ rateFactor })));
    expect(askedRuns(grid) - askedRuns(grid, failures)).toBe(1);
    expect(askedRuns(grid, failures.slice(1))).toBe(askedRuns(grid));
    const refused = new Set(failures.map(({ id }) => id));
    expect(askedRuns(grid, failures)).toBe(runsOf(grid, { records: [], refused }).length);
  });
});
