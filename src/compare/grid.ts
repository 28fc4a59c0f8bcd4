/**
 * The grid of a comparison: every model with every data set, filters, method, label budget, seed and rate.
 * It is what `comparison.json` holds, so that a comparison goes on with `-o DIR` alone.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { basename } from "node:path";
import { refuse, type Result } from "../algebra/refusal.js";
import type { ChosenMethod } from "../adapt/method.js";
import { methods } from "../adapt/methods.js";
import { bounded } from "../adapt/quantity.js";
import { decodeWith, Natural, Positive, quote } from "../format/codec.js";
import { PlanCodec } from "../train/plan.js";
import { cellOf, FiltersCodec, runId, type RunRecord, type RunSpec } from "./record.js";
import { standing } from "./selection.js";

/** The codec of {@link Grid}. */
export const GridCodec = t.readonly(
  t.strict({
    format: t.literal("heirloom-comparison"),
    version: t.literal(1),
    /** Paths of models and data sets, from the comparison's folder. */
    models: t.readonlyArray(t.string),
    data: t.readonlyArray(t.string),
    filters: t.readonlyArray(FiltersCodec),
    /** Methods as they were asked for, options included. */
    methods: t.readonlyArray(t.string),
    perClass: t.readonlyArray(t.union([Positive, t.null])),
    seeds: t.readonlyArray(Natural),
    /** What the rates of a method are multiplied by, one run each. */
    rateFactors: t.readonlyArray(bounded("a factor", { above: 0 })),
    /** Whether every seed searches for its rate, or takes the one that the first seed found. */
    search: t.keyof({ "every seed": null, "first seed": null }),
    /** Images of each class to test on, the same for all runs; at most a third of a class. */
    heldOut: Positive,
    /** How models are read. */
    reading: t.readonly(
      t.strict({
        input: t.union([t.readonlyArray(Positive), t.null]),
        preprocessing: t.union([t.string, t.null]),
        cut: t.union([t.string, t.null]),
      }),
    ),
    /** The plan of every run, but for its seed. */
    plan: PlanCodec,
  }),
);

/** Everything that a comparison is made of. */
export type Grid = t.TypeOf<typeof GridCodec>;

/** The name of a model or a data set: the last part of its path. */
export const nameOf = (path: string): string => basename(path);

/** A value as JSON where it is JSON, and as text elsewhere. */
const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * A method as it is written in a list: its name, then its options behind a colon, `lora:rank=4:alpha=4`.
 *
 * @example
 * import { methodNamed } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const chosen = methodNamed("lora:rank=4")
 * assert.deepStrictEqual(E.map((m) => m.options)(chosen), E.right({ rank: 4, alpha: 8, seed: 0 }))
 */
export const methodNamed = (text: string): Result<ChosenMethod> => {
  const [, name = "", rest = ""] = /^([^:]*):?(.*)$/s.exec(text) ?? [];
  // JSON has colons of its own; those before a key and its sign of equality stand between options.
  const settings = rest === "" ? [] : rest.split(/:(?=\w+=)/);
  const found = methods.find((m) => m.name === name);
  if (found === undefined)
    return refuse({
      where: "method",
      found: quote(name),
      expected: `one of ${methods.map((m) => m.name).join(", ")}`,
    });
  const options: Record<string, unknown> = {};
  for (const setting of settings) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (key === undefined || value === undefined)
      return refuse({
        where: `method ${name}`,
        found: quote(setting),
        expected: "key=value behind a colon, as in projection:pointwise=freeze",
      });
    options[key] = valueOf(value);
  }
  return decodeWith(found.choose, `method ${text}`)(options);
};

const repeated = (names: readonly string[]): string | undefined =>
  names.find((name, i) => names.indexOf(name) !== i);

/** The grid, or why it is none: nothing to run, a name that stands twice, a method that is not known. */
export const checkGrid = (grid: Grid): Result<Grid> => {
  const lists = [
    "models",
    "data",
    "filters",
    "methods",
    "perClass",
    "seeds",
    "rateFactors",
  ] as const;
  for (const list of lists)
    if (grid[list].length === 0)
      return refuse({ where: "comparison", found: `no ${list}`, expected: "at least one of each" });
  for (const [what, names] of [
    ["models", grid.models.map(nameOf)],
    ["data sets", grid.data.map(nameOf)],
    ["methods", grid.methods],
  ] as const) {
    const twice = repeated(names);
    if (twice !== undefined)
      return refuse({
        where: "comparison",
        found: `two ${what} named ${quote(twice)}`,
        expected: "names (the last parts of paths) that tell them apart",
      });
  }
  for (const method of grid.methods) {
    const chosen = methodNamed(method);
    if (E.isLeft(chosen)) return chosen;
  }
  return E.right(grid);
};

/** A run of a grid. One that waits for the search of the first seed has no rate of its own yet. */
export interface PlannedRun {
  readonly spec: RunSpec;
  readonly ready: boolean;
}

const firstSeed = (grid: Grid): number => Math.min(...grid.seeds);

/** The rates of a cell: all that are searched, or the one that the first seed's search came to (null: not yet). */
const ratesOf =
  (grid: Grid, records: readonly RunRecord[]) =>
  (cell: Omit<RunSpec, "rateFactor">): readonly number[] | null => {
    if (grid.search === "every seed" || cell.seed === firstSeed(grid)) return grid.rateFactors;
    const key = cellOf({ ...cell, seed: firstSeed(grid), rateFactor: 1 });
    const found = records.filter(({ run }) => cellOf(run) === key);
    const isComplete = grid.rateFactors.every((factor) =>
      found.some(({ run }) => run.rateFactor === factor),
    );
    const chosen = isComplete ? standing(found) : null;
    return chosen === null || E.isLeft(chosen) ? null : [chosen.right.run.rateFactor];
  };

/**
 * The runs of a grid, given what is on record. Seeds come first, so that a comparison which is stopped half-way
 * has every method with fewer seeds and not half of the methods with all of them; then budgets from small to large.
 */
export const runsOf = (grid: Grid, records: readonly RunRecord[] = []): readonly PlannedRun[] => {
  const rates = ratesOf(
    grid,
    records.filter(({ run }) => run.seed === firstSeed(grid)),
  );
  return grid.seeds.flatMap((seed) =>
    [...grid.perClass]
      .sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
      .flatMap((perClass) =>
        grid.models.map(nameOf).flatMap((model) =>
          grid.data.map(nameOf).flatMap((data) =>
            grid.filters.flatMap((filters) =>
              grid.methods.flatMap((method): readonly PlannedRun[] => {
                const cell = { model, data, method, filters, perClass, seed };
                const factors = rates(cell);
                return factors === null
                  ? [{ spec: { ...cell, rateFactor: 1 }, ready: false }]
                  : factors.map((rateFactor) => ({ spec: { ...cell, rateFactor }, ready: true }));
              }),
            ),
          ),
        ),
      ),
  );
};

/** The runs that are left. */
export const leftOf = (grid: Grid, records: readonly RunRecord[]): readonly PlannedRun[] => {
  const done = new Set(records.map(({ id }) => id));
  return runsOf(grid, records).filter(({ spec, ready }) => !ready || !done.has(runId(spec)));
};

/** What may grow from one call to the next; everything else must stay, or results could not be compared. */
const growing = [
  "models",
  "data",
  "filters",
  "methods",
  "perClass",
  "seeds",
  "rateFactors",
] as const;

/** The grid to go on with: the earlier one and what was asked for now, where they agree on how runs are made. */
export const extended =
  (where: string, earlier: Grid) =>
  (asked: Grid): Result<Grid> => {
    const fixed = (grid: Grid): Readonly<Record<string, unknown>> =>
      Object.fromEntries(
        Object.entries(GridCodec.encode(grid)).filter(
          ([key]) => !growing.some((name) => name === key),
        ),
      );
    const [before, now] = [fixed(earlier), fixed(asked)];
    const different = Object.keys(before).filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]),
    );
    if (different.length > 0)
      return refuse({
        where,
        found: `a comparison with ${different.map((key) => `${key} ${JSON.stringify(before[key])}`).join(", ")}`,
        expected: different.map((key) => `${key} ${JSON.stringify(now[key])}`).join(", "),
        advice: "go on with the same plan, or compare into another folder",
      });
    const both = <A>(a: readonly A[], b: readonly A[]): readonly A[] => [...new Set([...a, ...b])];
    return checkGrid({
      ...earlier,
      models: both(earlier.models, asked.models),
      data: both(earlier.data, asked.data),
      filters: both(earlier.filters, asked.filters),
      methods: both(earlier.methods, asked.methods),
      perClass: both(earlier.perClass, asked.perClass),
      seeds: both(earlier.seeds, asked.seeds),
      rateFactors: both(earlier.rateFactors, asked.rateFactors),
    });
  };
