/** A comparison as the report sees it: groups of cells, and which differences are real. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../../algebra/refusal.js";
import {
  conditionKey,
  extentOf,
  groupsOf,
  type Condition,
  type Extent,
  type Group,
} from "../../compare/aggregate.js";
import { controlPairs, family, methodPairs, type Difference } from "../../compare/differences.js";
import type { Failure } from "../../compare/failures.js";
import type { Grid } from "../../compare/grid.js";
import type { Filters, RunRecord } from "../../compare/record.js";
import { checkRecords } from "../../compare/results.js";
import { cellsOf, type Cell } from "../../compare/selection.js";

/** What there is to report. */
export interface ComparisonReport {
  /** The name of the comparison's folder. */
  readonly name: string;
  readonly records: readonly RunRecord[];
  readonly extent: Extent;
  readonly groups: readonly Group[];
  /** Cells that stand, and those that are missing from the grid of all that occurs. */
  readonly cells: number;
  readonly missing: number;
  /** What was asked for, where it is known. */
  readonly grid: Grid | null;
  /** The runs that were refused and do not stand. */
  readonly failures: readonly Failure[];
  /** The method with which the others are compared at first sight. */
  readonly reference: string;
  /** Every method against every other: one family of tests. */
  readonly methods: readonly Difference[];
  /** Every method against its own control: another. */
  readonly controls: readonly Difference[];
}

const referenceOf = (methods: readonly string[]): string =>
  methods.find((method) => method === "projection") ??
  methods.find((method) => method.startsWith("projection")) ??
  methods[0]!;

/** How many kinds of groups (methods on their filters) occur anywhere. */
const kindsOf = (groups: readonly Group[]): number =>
  new Set(groups.map(({ method, filters }) => JSON.stringify([method, filters]))).size;

/** The failures of runs that do not stand after all. */
const stillFailed = (
  failures: readonly Failure[],
  records: readonly RunRecord[],
): readonly Failure[] => {
  const done = new Set(records.map(({ id }) => id));
  return failures.filter(({ id }) => !done.has(id));
};

/** The report of a comparison; `where` names its results. */
export const comparisonReport = (
  name: string,
  where: string,
  records: readonly RunRecord[],
  asked: Grid | null = null,
  failures: readonly Failure[] = [],
): Result<ComparisonReport> => {
  if (records.length === 0)
    return refuse({
      where,
      found:
        "no record of a run" +
        (failures.length === 0
          ? ""
          : `, and ${failures.length} that failed: ${showRefusal(failures[0]!.refusal)}`),
      expected: "at least one",
      advice: "run `heirloom compare` first; a report may be made while it runs",
    });
  return E.map((cells: readonly Cell[]): ComparisonReport => {
    const extent = extentOf(cells);
    const groups = groupsOf(cells, extent);
    const { models, data, budgets, methods, seeds } = extent;
    const grid = models.length * data.length * budgets.length * seeds.length * kindsOf(groups);
    return {
      ...{ name, records, extent, groups, grid: asked },
      failures: stillFailed(failures, records),
      cells: cells.length,
      missing: grid - cells.length,
      reference: referenceOf(methods),
      methods: family(groups, methodPairs(methods)),
      controls: family(groups, controlPairs(methods)),
    };
  })(E.chain(cellsOf)(checkRecords(where, records)));
};

/**
 * Whether the rate that the first seed found is that of the others too: where the grid says so, and where no grid is
 * kept, that only the first seed has several runs.
 */
export const isSearchShared = ({ grid, groups, extent }: ComparisonReport): boolean => {
  if (extent.seeds.length < 2) return false;
  if (grid !== null) return grid.search === "first seed" && new Set(grid.rateFactors).size > 1;
  const cells = groups.flatMap((g) => g.cells).filter(({ runs }) => runs.length > 1);
  return cells.length > 0 && cells.every(({ chosen }) => chosen.run.seed === extent.seeds[0]);
};

/** The conditions that occur, in the order of the report. */
export const conditionsOf = ({ groups }: ComparisonReport): readonly Condition[] => [
  ...new Map(
    groups.map(({ model, data, perClass }) => {
      const condition = { model, data, perClass };
      return [conditionKey(condition), condition] as const;
    }),
  ).values(),
];

/** The settings (model and data) that occur, in the order of the report. */
export const settingsOf = (
  report: ComparisonReport,
): readonly Pick<Condition, "model" | "data">[] => [
  ...new Map(
    report.groups.map(({ model, data }) => [JSON.stringify([model, data]), { model, data }]),
  ).values(),
];

/** The groups under a condition, with the method's control behind it. */
export const groupsUnder = ({ groups }: ComparisonReport, condition: Condition): readonly Group[] =>
  groups.filter((g) => conditionKey(g) === conditionKey(condition));

/** One group, where there is one. */
export const groupOf = (
  { groups }: ComparisonReport,
  { model, data, perClass }: Condition,
  method: string,
  filters: Filters,
): Group | undefined =>
  groups.find(
    (g) =>
      g.model === model &&
      g.data === data &&
      g.perClass === perClass &&
      g.method === method &&
      g.filters === filters,
  );

/** The differences of a method from the others, each the method's accuracy minus the other's. */
export const differencesOf = (
  { methods }: ComparisonReport,
  method: string,
): readonly Difference[] =>
  methods.flatMap((d) =>
    d.a.method === method ? [d] : d.b.method === method ? [reversed(d)] : [],
  );

/** The same difference, seen from the other side. */
export const reversed = (d: Difference): Difference => ({
  ...d,
  a: d.b,
  b: d.a,
  // Subtraction has no negative zero here.
  differences: d.differences.map((x) => 0 - x),
  mean: 0 - d.mean,
  interval: d.interval === null ? null : { low: -d.interval.high, high: -d.interval.low },
  wins: d.losses,
  losses: d.wins,
  test: { ...d.test, statistic: 0 - d.test.statistic },
});
