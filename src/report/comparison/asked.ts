/**
 * How many runs a grid asks for, by multiplication: `comparison.json` may ask for more than could be listed. Where the
 * first seed searches for the rate, each other seed has one run a cell, and none where every rate of the search was
 * refused.
 */
import type { Failure } from "../../compare/failures.js";
import type { Grid } from "../../compare/grid.js";
import { cellOf } from "../../compare/record.js";

const distinct = (values: readonly unknown[]): number => new Set(values).size;

/** Cells of the first seed in which every rate was refused. */
const lostSearches = (
  { rateFactors }: Grid,
  first: number,
  failures: readonly Failure[],
): number => {
  const factors = new Map<string, Set<number>>();
  for (const { run } of failures) {
    if (run.seed !== first || !rateFactors.includes(run.rateFactor)) continue;
    const known = factors.get(cellOf(run));
    if (known === undefined) factors.set(cellOf(run), new Set([run.rateFactor]));
    else known.add(run.rateFactor);
  }
  return [...factors.values()].filter(({ size }) => size === distinct(rateFactors)).length;
};

/** The runs that a grid asks for. */
export const askedRuns = (grid: Grid, failures: readonly Failure[] = []): number => {
  const { models, data, filters, methods, perClass, rateFactors } = grid;
  const seeds = [...new Set(grid.seeds)];
  const perSeed = [models, data, filters, methods, perClass]
    .map(distinct)
    .reduce((product, n) => product * n, 1);
  const rates = distinct(rateFactors);
  if (grid.search === "every seed" || seeds.length < 2) return perSeed * seeds.length * rates;
  const first = seeds.reduce((least, seed) => Math.min(least, seed));
  const searches = perSeed - lostSearches(grid, first, failures);
  return perSeed * rates + searches * (seeds.length - 1);
};
