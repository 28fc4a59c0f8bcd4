/** Runs that failed, in tables and in words. */
import { describe, expect, it } from "vitest";
import { failedSheets } from "../../../src/report/comparison/failed.js";
import { findings } from "../../../src/report/comparison/findings.js";
import { comparisonReport } from "../../../src/report/comparison/report.js";
import { madeUpRecords, small } from "../../compare/comparisons.js";
import { diverged } from "../../compare/diverged.js";
import { refused, succeed } from "../../generators/succeed.js";

const report = succeed(comparisonReport("it", "r", madeUpRecords(small)));

describe("runs that failed", () => {
  const failures = diverged([
    ...[0, 1, 2].map((seed) => ({ seed, method: "projection", rateFactor: 3 })),
    { method: "full", rateFactor: 10 },
    { method: "full", rateFactor: 1 },
  ]);

  it("are counted by method and rate, with the first refusal, unless they stand after all", () => {
    // The last of these is a run that stands.
    const made = succeed(comparisonReport("it", "r", madeUpRecords(small), null, failures));
    expect(made.failures).toHaveLength(4);
    const [sheet] = failedSheets(made);
    expect(sheet!.title).toBe("Runs that failed");
    expect(sheet!.rows).toEqual([
      ["full", "10", "1", "run 3: found loss NaN, expected a number"],
      ["projection", "3", "3", "run 0: found loss NaN, expected a number"],
    ]);
    expect(findings(made)).toContain(
      '4 runs failed beside the 24 that stand; "Runs that failed" has their methods, rates and refusals.',
    );
    expect(failedSheets(report)).toEqual([]);
  });

  it("make no long table, and no long line", () => {
    const all = diverged(Array.from({ length: 50 }, (_, i) => ({ rateFactor: i + 2 }))).map(
      (failure) => ({ ...failure, refusal: { ...failure.refusal, found: "x".repeat(10_000) } }),
    );
    const made = succeed(comparisonReport("it", "r", madeUpRecords(small), null, all));
    const { rows } = failedSheets(made)[0]!;
    expect(rows).toHaveLength(21);
    expect(rows[20]).toEqual(["and 30 rows more", "", "30", ""]);
    for (const [, , , says] of rows) expect(says!.length).toBeLessThan(200);
  });

  it("are said where nothing stands", () => {
    expect(refused(comparisonReport("it", "r", [], null, failures))).toMatchObject({
      found: "no record of a run, and 5 that failed: run 0: found loss NaN, expected a number",
    });
  });
});
