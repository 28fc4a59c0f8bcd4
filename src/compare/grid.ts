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
import { FiltersCodec, type RunSpec } from "./record.js";

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

/**
 * The runs of a grid. Seeds come first, so that a comparison which is stopped half-way has every method with
 * fewer seeds and not half of the methods with all of them; then budgets from small to large.
 */
export const runsOf = (grid: Grid): readonly RunSpec[] =>
  grid.seeds.flatMap((seed) =>
    [...grid.perClass]
      .sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
      .flatMap((perClass) =>
        grid.models.map(nameOf).flatMap((model) =>
          grid.data.map(nameOf).flatMap((data) =>
            grid.filters.flatMap((filters) =>
              grid.methods.flatMap((method) =>
                grid.rateFactors.map((rateFactor) => ({
                  model,
                  data,
                  method,
                  filters,
                  perClass,
                  seed,
                  rateFactor,
                })),
              ),
            ),
          ),
        ),
      ),
  );

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
