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
import { settingOf } from "../adapt/setting.js";
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

/**
 * A method as it is written in a list: its name, then its options behind a colon, `lora:rank=4:alpha=4`. A method
 * that starts at random starts by `seed`, unless its own options say otherwise.
 *
 * @example
 * import { methodNamed } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const chosen = methodNamed("lora:rank=4")
 * assert.deepStrictEqual(E.map((m) => m.options)(chosen), E.right({ rank: 4, alpha: 8, seed: 0 }))
 */
export const methodNamed = (text: string, seed = 0): Result<ChosenMethod> => {
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
  const options: Record<string, unknown> = Object.hasOwn(found.defaults as object, "seed")
    ? { seed }
    : {};
  for (const setting of settings) {
    const read = settingOf(setting);
    if (read === null)
      return refuse({
        where: `method ${name}`,
        found: quote(setting),
        expected: "key=value behind a colon, as in projection:pointwise=freeze",
      });
    options[read[0]] = read[1];
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
  for (const list of ["filters", "perClass", "seeds", "rateFactors"] as const) {
    const twice = repeated(grid[list].map(String));
    if (twice !== undefined)
      return refuse({
        where: "comparison",
        found: `${twice} twice among ${list}`,
        expected: "every value once",
      });
  }
  const spellings = new Map<string, string>();
  for (const method of grid.methods) {
    const chosen = methodNamed(method);
    if (E.isLeft(chosen)) return chosen;
    const meaning = JSON.stringify([chosen.right.method, chosen.right.options]);
    const other = spellings.get(meaning);
    if (other !== undefined)
      return refuse({
        where: "comparison",
        found: `${other} and ${method}, which are one method with the same options`,
        expected: "every method once",
      });
    spellings.set(meaning, method);
  }
  return E.right(grid);
};

/** A run of a grid. One that waits for the search of the first seed has no rate of its own yet. */
export interface PlannedRun {
  readonly spec: RunSpec;
  readonly ready: boolean;
}

const firstSeed = (grid: Grid): number => Math.min(...grid.seeds);

/** What is known of the runs of a grid. */
export interface Known {
  readonly records: readonly RunRecord[];
  /** The ids of runs that were refused, and are not tried again. */
  readonly refused: ReadonlySet<string>;
}

/** Nothing is known yet. */
export const nothingKnown: Known = { records: [], refused: new Set() };

/**
 * The rates of a cell: all that are searched, or the one that the first seed's search came to (null: not yet; none
 * where every rate was refused).
 */
const ratesOf = (grid: Grid, { records, refused }: Known) => {
  const first = firstSeed(grid);
  const byCell = new Map<string, RunRecord[]>();
  for (const record of records) {
    if (record.run.seed !== first || !grid.rateFactors.includes(record.run.rateFactor)) continue;
    const key = cellOf(record.run);
    const own = byCell.get(key);
    if (own === undefined) byCell.set(key, [record]);
    else own.push(record);
  }
  return (cell: Omit<RunSpec, "rateFactor">): readonly number[] | null => {
    if (grid.search === "every seed" || cell.seed === first) return grid.rateFactors;
    const found = byCell.get(cellOf({ ...cell, seed: first, rateFactor: 1 })) ?? [];
    const tried = new Set(found.map(({ run }) => run.rateFactor));
    const isComplete = grid.rateFactors.every(
      (rateFactor) =>
        tried.has(rateFactor) || refused.has(runId({ ...cell, seed: first, rateFactor })),
    );
    if (!isComplete) return null;
    const chosen = found.length === 0 ? null : standing(found);
    return chosen === null || E.isLeft(chosen) ? [] : [chosen.right.run.rateFactor];
  };
};

/**
 * The runs of a grid, given what is on record. Pretrained filters come before their controls, and then one seed after
 * another, so that a comparison which is stopped half-way has every method with fewer seeds and not half of the
 * methods with all of them; then budgets from small to large.
 */
export const runsOf = (grid: Grid, known: Known = nothingKnown): readonly PlannedRun[] => {
  const rates = ratesOf(grid, known);
  return grid.filters.flatMap((filters) =>
    grid.seeds.flatMap((seed) =>
      [...grid.perClass]
        .sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
        .flatMap((perClass) =>
          grid.models.map(nameOf).flatMap((model) =>
            grid.data.map(nameOf).flatMap((data) =>
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

/** The runs that are left: neither on record nor refused. */
export const leftOf = (grid: Grid, known: Known): readonly PlannedRun[] => {
  const done = new Set([...known.records.map(({ id }) => id), ...known.refused]);
  return runsOf(grid, known).filter(({ spec, ready }) => !ready || !done.has(runId(spec)));
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
    const isSearched = earlier.search === "first seed" && earlier.seeds.length > 1;
    if (
      isSearched &&
      (asked.rateFactors.some((factor) => !earlier.rateFactors.includes(factor)) ||
        Math.min(...asked.seeds) < firstSeed(earlier))
    )
      return refuse({
        where,
        found: `rates ${earlier.rateFactors.join(", ")} searched on seed ${firstSeed(earlier)}, which the other seeds have taken over`,
        expected: `rates ${asked.rateFactors.join(", ")} and seeds from ${Math.min(...asked.seeds)} on`,
        advice: "keep the rates and the first seed, or compare into another folder",
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
