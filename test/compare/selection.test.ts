import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { runId, RunRecordCodec, type RunRecord, type RunSpec } from "../../src/compare/record.js";
import { checkRecords } from "../../src/compare/results.js";
import { cellsOf } from "../../src/compare/selection.js";
import { refused, succeed } from "../generators/succeed.js";
import { madeUpRecord, madeUpRecords, small } from "./comparisons.js";

const spec: RunSpec = {
  ...{ model: "resnet", data: "digits", method: "projection", filters: "pretrained" },
  ...{ perClass: 5, seed: 0, rateFactor: 1 },
};
const classes = ["a", "b", "c"];

/** A run at this rate whose validation loss is this; null for a run without validation. */
const run = (rateFactor: number, loss: number | null): RunRecord => {
  const record = madeUpRecord({ ...spec, rateFactor }, classes, 2);
  return {
    ...record,
    validation: loss === null ? null : { ...record.validation!, loss },
  };
};

const factorOf = (...runs: readonly RunRecord[]): number =>
  succeed(cellsOf(runs))[0]!.chosen.run.rateFactor;

describe("the run that stands for a cell", () => {
  it("has the least validation loss, and of those the least factor, whatever the order", () => {
    const runs = fc
      .uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })
      .chain((factors) =>
        fc.tuple(
          ...factors.map((factor) =>
            fc.constantFrom(0.25, 0.5, 1, Infinity, NaN).map((loss) => run(factor, loss)),
          ),
        ),
      );
    fc.assert(
      fc.property(runs, (some) => {
        const losses = some.map((r) =>
          Number.isNaN(r.validation!.loss) ? Infinity : r.validation!.loss,
        );
        const least = Math.min(...losses);
        const expected = Math.min(
          ...some.filter((_, i) => losses[i] === least).map((r) => r.run.rateFactor),
        );
        expect(factorOf(...some)).toBe(expected);
        expect(factorOf(...[...some].reverse())).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("owes nothing to the test images", () => {
    const better = run(3, 0.5);
    const best = { ...better, test: { ...better.test, accuracy: 1, loss: 0 } };
    expect(factorOf(run(1, 0.4), best)).toBe(1);
  });

  it("is the one at factor 1 where nothing was set aside for validation", () => {
    expect(factorOf(run(0.3, null), run(1, null), run(3, null))).toBe(1);
    expect(refused(cellsOf([run(0.3, null), run(3, null)]))).toMatchObject({
      where: 'results of ["resnet","digits","projection","pretrained",5,0]',
      found: "no validation images, and rate factors 0.3, 3",
    });
    expect(refused(cellsOf([run(1, null), run(3, 0.1)]))).toMatchObject({
      found: "1 of 2 runs with validation images",
    });
  });

  it("is one for each seed, budget, filters, method, data set and model", () => {
    const records = madeUpRecords({ ...small, rateFactors: [1, 3] });
    const cells = succeed(cellsOf(records));
    expect(cells).toHaveLength(records.length / 2);
    for (const { runs, chosen } of cells) {
      expect(runs.map((r) => r.run.rateFactor)).toEqual([1, 3]);
      expect(runs).toContain(chosen);
      expect(new Set(runs.map((r) => JSON.stringify({ ...r.run, rateFactor: 0 }))).size).toBe(1);
    }
  });
});

describe("records from a file", () => {
  const good = run(1, 0.5);
  const check = (...records: readonly RunRecord[]) => checkRecords("results.jsonl", records);

  it("are what the made-up ones are", () => {
    const records = madeUpRecords(small);
    expect(succeed(check(...records))).toEqual(records);
    for (const record of records)
      expect(
        RunRecordCodec.decode(JSON.parse(JSON.stringify(RunRecordCodec.encode(record)))),
      ).toEqual(E.right(record));
  });

  it("name the run that they describe", () => {
    expect(refused(check(good, { ...run(3, 0.5), id: good.id }))).toEqual({
      where: "results.jsonl, line 2",
      found: `id ${JSON.stringify(good.id)}`,
      expected: `${JSON.stringify(runId({ ...spec, rateFactor: 3 }))}, the id of the run that it describes`,
    });
  });

  it("have metrics of their classes", () => {
    const wide = { ...good.test, confusion: [[1]] };
    expect(refused(check({ ...good, test: wide }))).toMatchObject({
      where: "results.jsonl, line 1: test",
      found: "a confusion matrix with 1 in a row or column",
      expected: "3, one for each class",
    });
    const ragged = {
      ...good.test,
      confusion: [
        [1, 2, 3],
        [1, 2],
        [1, 2, 3],
      ],
    };
    expect(refused(check({ ...good, test: ragged }))).toMatchObject({
      where: "results.jsonl, line 1: test",
      found: "a confusion matrix with 2 in a row or column",
    });
    for (const accuracy of [NaN, -0.1, 1.1])
      for (const part of ["test", "validation"] as const)
        expect(refused(check({ ...good, [part]: { ...good.test, accuracy } }))).toMatchObject({
          where: `results.jsonl, line 1: ${part}`,
          found: `accuracy ${accuracy}`,
        });
  });

  it("are of one set of weights for a model, and of one set of test images", () => {
    const other = run(3, 0.5);
    for (const key of ["modelSha256", "testSha256"] as const) {
      const exchanged = { ...other, provenance: { ...other.provenance, [key]: "00" } };
      expect(refused(check(good, other, exchanged))).toMatchObject({
        where: "results.jsonl, line 3",
        found: expect.stringMatching(/^sha256 00 of the (weights of model|test images of data) /),
        expected: `${good.provenance[key]}, as on line 1`,
      });
    }
  });

  it("have the same classes wherever they have the same data", () => {
    const other = madeUpRecord({ ...spec, seed: 1 }, ["a", "b", "d"], 2);
    expect(refused(check(good, other))).toMatchObject({
      where: "results.jsonl, line 2",
      expected: '["a","b","c"], as on line 1',
    });
  });
});
