import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extentOf, groupsOf, sameImages, type Group } from "../../src/compare/aggregate.js";
import {
  controlPairs,
  family,
  isReal,
  methodPairs,
  verdictOf,
  type Side,
} from "../../src/compare/differences.js";
import type { RunRecord, RunSpec } from "../../src/compare/record.js";
import { cellsOf } from "../../src/compare/selection.js";
import { randomStream } from "../../src/algebra/random.js";
import { metricsOf } from "../../src/train/metrics.js";
import { succeed } from "../generators/succeed.js";
import { madeUpRecord, madeUpRecords, small } from "./comparisons.js";

const images = 20;

/** A run that got so many of 20 images right. */
const run = (part: Partial<RunSpec>, right: number): RunRecord => ({
  ...madeUpRecord(
    {
      ...{ model: "m", data: "d", method: "a", filters: "pretrained" },
      ...{ perClass: 5, seed: 0, rateFactor: 1 },
      ...part,
    },
    ["yes", "no"],
    1,
  ),
  test: metricsOf({ classes: 2, confusion: [right, images - right, 0, 0], topFive: 0, loss: 0 }),
});

const groups = (records: readonly RunRecord[]): readonly Group[] => {
  const cells = succeed(cellsOf(records));
  return groupsOf(cells, extentOf(cells));
};

const [a, b]: readonly [Side, Side] = [
  { method: "a", filters: "pretrained" },
  { method: "b", filters: "pretrained" },
];

const compared = (records: readonly RunRecord[]) => family(groups(records), [[a, b]])[0]!;

describe("groups", () => {
  it("are the same whatever the order of the records", () => {
    const records = madeUpRecords(small);
    const shuffled = [...randomStream(3, "order").permutation(records.length)].map(
      (i) => records[i]!,
    );
    expect(groups(shuffled)).toEqual(groups(records));
  });

  it("stand by model, data, budget (all labels last), parameters, and the control behind its method", () => {
    const names = groups(madeUpRecords(small)).map((g) =>
      [g.perClass ?? "all", g.method, g.filters].join(" "),
    );
    expect(names).toEqual(
      ["5", "all"].flatMap((budget) =>
        ["probe", "projection", "full"].flatMap((method) =>
          ["pretrained", "random"].map((filters) => `${budget} ${method} ${filters}`),
        ),
      ),
    );
  });

  it("hold their seeds in order, and the accuracies of all", () => {
    const [group] = groups([run({ seed: 2 }, 10), run({ seed: 0 }, 12), run({ seed: 1 }, 14)]);
    expect(group!.runs.map((r) => r.run.seed)).toEqual([0, 1, 2]);
    expect(group!.accuracy.n).toBe(3);
    expect(group!.accuracy.mean).toBe((12 / 20 + 14 / 20 + 10 / 20) / 3);
  });
});

describe("a difference", () => {
  const rights = fc.array(
    fc.tuple(fc.integer({ min: 0, max: images }), fc.integer({ min: 0, max: images })),
    { minLength: 1, maxLength: 8 },
  );

  it("is taken block by block, and equal ones are equal numbers", () => {
    fc.assert(
      fc.property(rights, (pairs) => {
        const d = compared(
          pairs.flatMap(([own, other], seed) => [
            run({ method: "a", seed }, own),
            run({ method: "b", seed }, other),
          ]),
        );
        expect(d.differences).toEqual(pairs.map(([own, other]) => (own - other) / images));
        expect([d.wins, d.ties, d.losses]).toEqual([
          pairs.filter(([own, other]) => own > other).length,
          pairs.filter(([own, other]) => own === other).length,
          pairs.filter(([own, other]) => own < other).length,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it("is of the blocks that both sides have", () => {
    const records = [
      run({ seed: 0 }, 10),
      run({ seed: 1 }, 20),
      run({ method: "b", seed: 1 }, 15),
      run({ method: "b", seed: 2 }, 5),
      run({ method: "b", seed: 0, perClass: 10 }, 5),
    ];
    expect(compared(records).differences).toEqual([0.25]);
    expect(
      family(groups([run({ seed: 0 }, 1), run({ method: "b", seed: 1 }, 1)]), [[a, b]]),
    ).toEqual([]);
  });

  it("says in how many settings it has the sign of the whole", () => {
    const d = compared(
      [3, 2, -1].flatMap((gain, i) => [
        run({ data: `d${i}` }, 10 + gain),
        run({ data: `d${i}`, method: "b" }, 10),
      ]),
    );
    expect([d.settings, d.agreeing]).toEqual([3, 2]);
  });

  it("is real where its corrected p says so: six seeds of one sign do, five do not", () => {
    const of = (seeds: number) =>
      compared(
        Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) => [
          run({ seed }, 12 + (seed % 3)),
          run({ seed, method: "b" }, 10),
        ]),
      );
    expect([of(6).corrected, isReal(of(6))]).toEqual([0.03125, true]);
    expect([of(5).corrected, isReal(of(5))]).toEqual([0.0625, false]);
  });

  it("has no direction where the mean and the ranks disagree, from either side", () => {
    // Eighteen small losses and two large gains: the ranks say worse, the mean better.
    const records = Array.from({ length: 20 }, (_, seed) => seed).flatMap((seed) => [
      run({ seed }, seed < 18 ? 9 : 20),
      run({ seed, method: "b" }, 10),
    ]);
    for (const [sides, sign] of [
      [[a, b], 1],
      [[b, a], -1],
    ] as const) {
      const d = family(groups(records), [sides])[0]!;
      expect([Math.sign(d.mean), Math.sign(d.test.statistic)]).toEqual([sign, -sign]);
      expect(d.corrected).toBeLessThan(0.05);
      expect(verdictOf(d)).toBe("open: the mean and the ranks disagree");
      expect(isReal(d)).toBe(false);
      expect(verdictOf({ ...d, corrected: 0.06 })).toBe("open");
    }
  });

  it("has a mean of 0, and no direction, where its parts cancel", () => {
    // In binary64 1/10 + 2/10 - 3/10 is not 0.
    const d = compared(
      [1, 2, -3].flatMap((gain, seed) => [
        run({ seed }, 10 + 2 * gain),
        run({ seed, method: "b" }, 10),
      ]),
    );
    expect(d.differences).toEqual([0.1, 0.2, -0.3]);
    expect(d.differences.reduce((sum, x) => sum + x, 0)).not.toBe(0);
    expect(d.mean).toBe(0);
    expect(verdictOf({ ...d, corrected: 0 })).toBe("open: the mean and the ranks disagree");
  });

  it("has a direction only where the mean and the ranks have it", () => {
    fc.assert(
      fc.property(rights, (pairs) => {
        const d = {
          ...compared(
            pairs.flatMap(([own, other], seed) => [
              run({ method: "a", seed }, own),
              run({ method: "b", seed }, other),
            ]),
          ),
          corrected: 0,
        };
        const sum = pairs.reduce((all, [own, other]) => all + own - other, 0);
        const signs = [Math.sign(sum), Math.sign(d.test.statistic)];
        expect(verdictOf(d) === "better").toBe(signs.every((sign) => sign === 1));
        expect(verdictOf(d) === "worse").toBe(signs.every((sign) => sign === -1));
      }),
      { numRuns: 40 },
    );
  });

  it("counts blocks of the same images once, with the smallest budget that both sides have", () => {
    const of = (method: string, perClass: number | null, right: number, count: number) => ({
      ...run({ method, perClass }, right),
      images: count,
    });
    const records = [
      ...[of("a", 5, 11, 10), of("a", 50, 12, 77), of("a", 99, 13, 77), of("a", null, 14, 77)],
      ...[of("b", 5, 10, 10), of("b", 99, 10, 77), of("b", null, 10, 77)],
    ];
    expect(compared(records).differences).toEqual([0.05, 0.15]);
    expect(compared([...records].reverse()).differences).toEqual([0.05, 0.15]);
    expect(sameImages(groups(records))).toEqual([
      { model: "m", data: "d", budgets: [50, 99, null], images: 77 },
    ]);
    // As many images of another data set or model are others.
    const other = { ...run({ data: "e", perClass: 7 }, 1), images: 10 };
    expect(sameImages(groups([...records.slice(0, 1), other]))).toEqual([]);
  });

  it("is corrected over its family", () => {
    const records = [0, 1, 2, 3, 4, 5].flatMap((seed) => [
      run({ seed }, 12),
      run({ seed, method: "b" }, 10),
      run({ seed, method: "c" }, 11),
    ]);
    const all = family(groups(records), methodPairs(["a", "b", "c"]));
    expect(all.map((d) => [d.a.method, d.b.method, d.test.p, d.corrected])).toEqual([
      ["a", "b", 0.03125, 0.09375],
      ["a", "c", 0.03125, 0.09375],
      ["b", "c", 0.03125, 0.09375],
    ]);
  });
});

describe("a control", () => {
  it("is the same method on random filters", () => {
    const found = family(groups(madeUpRecords(small)), controlPairs(["probe", "full"]));
    expect(found.map((d) => [d.a, d.b, d.differences.length])).toEqual(
      ["probe", "full"].map((method) => [
        { method, filters: "pretrained" },
        { method, filters: "random" },
        4,
      ]),
    );
    for (const d of found) expect(d.mean).toBeGreaterThan(0);
  });
});
