/**
 * Cells that differ in their seed alone, together: the unit of which the report speaks. Everything is ordered so
 * that equal results give equal reports, whatever the order in which they were recorded.
 */
import type { Filters, RunRecord } from "./record.js";
import type { Cell } from "./selection.js";
import { estimate, type Estimate } from "./statistics.js";

/** Where methods meet: one model, one data set, one label budget. */
export interface Condition {
  readonly model: string;
  readonly data: string;
  /** Labelled images of each class; null for all there are. */
  readonly perClass: number | null;
}

/** One method under one condition, over its seeds. */
export interface Group extends Condition {
  readonly method: string;
  readonly filters: Filters;
  /** The cells, by their seeds. */
  readonly cells: readonly Cell[];
  /** The runs that stand for them. */
  readonly runs: readonly RunRecord[];
  /** Of the accuracy on the test images. */
  readonly accuracy: Estimate;
  /** The most over the seeds. */
  readonly trainedParameters: number;
  readonly storedParameters: number;
}

/** What occurs in a comparison, in the order of the report. */
export interface Extent {
  readonly models: readonly string[];
  readonly data: readonly string[];
  /** From the least to the most, null (all there are) last. */
  readonly budgets: readonly (number | null)[];
  /** By the parameters they train. */
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
}

/** Label budgets that come to the same images: no class has more than the smallest of them asks for. */
export interface SameImages {
  readonly model: string;
  readonly data: string;
  /** At least two, from the least to the most, null (all there are) last. */
  readonly budgets: readonly (number | null)[];
  readonly images: number;
}

/** A name for a condition among others. */
export const conditionKey = ({ model, data, perClass }: Condition): string =>
  JSON.stringify([model, data, perClass]);

const most = (runs: readonly RunRecord[], of: (run: RunRecord) => number): number =>
  Math.max(...runs.map(of));

const group = (unordered: readonly Cell[]): Group => {
  const cells = [...unordered].sort((a, b) => a.chosen.run.seed - b.chosen.run.seed);
  const runs = cells.map(({ chosen }) => chosen);
  const { model, data, perClass, method, filters } = runs[0]!.run;
  return {
    ...{ model, data, perClass, method, filters, cells, runs },
    accuracy: estimate(runs.map(({ test }) => test.accuracy)),
    trainedParameters: most(runs, (run) => run.trainedParameters),
    storedParameters: most(runs, (run) => run.storedParameters),
  };
};

const grouped = <A>(values: readonly A[], key: (value: A) => string): readonly (readonly A[])[] => {
  const groups = new Map<string, A[]>();
  for (const value of values) {
    const known = groups.get(key(value));
    if (known === undefined) groups.set(key(value), [value]);
    else known.push(value);
  }
  return [...groups.values()];
};

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const unique = <A>(values: readonly A[]): readonly A[] => [...new Set(values)];

/** What the cells are of. */
export const extentOf = (cells: readonly Cell[]): Extent => {
  const runs = cells.map(({ chosen }) => chosen);
  const specs = runs.map(({ run }) => run);
  const trained = new Map<string, number>();
  for (const { run, trainedParameters: n } of runs)
    trained.set(run.method, Math.max(n, trained.get(run.method) ?? 0));
  return {
    models: [...unique(specs.map(({ model }) => model))].sort(byName),
    data: [...unique(specs.map(({ data }) => data))].sort(byName),
    budgets: [...unique(specs.map(({ perClass }) => perClass))].sort(
      (a, b) => (a ?? Infinity) - (b ?? Infinity),
    ),
    methods: [...trained.keys()].sort((a, b) => trained.get(a)! - trained.get(b)! || byName(a, b)),
    seeds: [...unique(specs.map(({ seed }) => seed))].sort((a, b) => a - b),
  };
};

/** The groups of cells: by model, data, budget and method, the control behind its method. */
export const groupsOf = (cells: readonly Cell[], extent: Extent): readonly Group[] => {
  const place = ({ model, data, perClass, method, filters }: Group): readonly number[] => [
    extent.models.indexOf(model),
    extent.data.indexOf(data),
    extent.budgets.indexOf(perClass),
    extent.methods.indexOf(method),
    filters === "pretrained" ? 0 : 1,
  ];
  const compare = (a: Group, b: Group): number => {
    const [left, right] = [place(a), place(b)];
    const at = left.findIndex((n, i) => n !== right[i]);
    return at < 0 ? 0 : left[at]! - right[at]!;
  };
  return [
    ...grouped(cells, ({ chosen: { run } }) =>
      JSON.stringify([run.model, run.data, run.perClass, run.method, run.filters]),
    ),
  ]
    .map(group)
    .sort(compare);
};

/**
 * The budgets of one model and data set whose runs learn from equally many images. A budget takes the lesser of itself
 * and what there is of each class, so that equal sums mean equal parts: the same images.
 */
export const sameImages = (groups: readonly Group[]): readonly SameImages[] =>
  grouped(groups, ({ model, data, runs }) =>
    JSON.stringify([model, data, Math.max(...runs.map(({ images }) => images))]),
  ).flatMap((equal) => {
    const budgets = [...unique(equal.map(({ perClass }) => perClass))];
    const { model, data, runs } = equal[0]!;
    return budgets.length < 2 ? [] : [{ model, data, budgets, images: runs[0]!.images }];
  });
