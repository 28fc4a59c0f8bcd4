/**
 * The run that stands for a cell. The runs of a cell differ in their learning rate alone; the one with the least
 * validation loss stands for it, and of equal ones that with the smaller factor. The test images have no say.
 * A loss that is no number (the run diverged) counts as larger than any other.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { cellOf, type RunRecord } from "./record.js";

/** A cell of the comparison. */
export interface Cell {
  /** The run that stands for it. */
  readonly chosen: RunRecord;
  /** All its runs, by their rate factors. */
  readonly runs: readonly RunRecord[];
}

const lossOf = ({ validation }: RunRecord): number =>
  validation === null || Number.isNaN(validation.loss) ? Infinity : validation.loss;

/** Of runs by rate factor, the first of those with the least loss. */
const leastLoss = (runs: readonly RunRecord[]): RunRecord =>
  runs.reduce((least, run) => (lossOf(run) < lossOf(least) ? run : least));

/** The run that stands for the runs of one cell, of which there is at least one. */
export const standing = (runs: readonly RunRecord[]): Result<RunRecord> =>
  E.map(({ chosen }: Cell) => chosen)(cell(runs));

const cell = (unordered: readonly RunRecord[]): Result<Cell> => {
  const runs = [...unordered].sort((a, b) => a.run.rateFactor - b.run.rateFactor);
  const validated = runs.filter(({ validation }) => validation !== null).length;
  const where = `results of ${cellOf(runs[0]!.run)}`;
  if (validated === runs.length) return E.right({ chosen: leastLoss(runs), runs });
  if (validated > 0)
    return refuse({
      where,
      found: `${validated} of ${runs.length} runs with validation images`,
      expected: "all of them or none, so that one measure decides between the rates",
    });
  const plain = runs.find(({ run }) => run.rateFactor === 1);
  return plain === undefined
    ? refuse({
        where,
        found: `no validation images, and rate factors ${runs.map(({ run }) => run.rateFactor).join(", ")}`,
        expected: "a run with rate factor 1, which stands for a cell that nothing else decides",
        advice: "run the comparison with validation images, or with --rates 1 among its rates",
      })
    : E.right({ chosen: plain, runs });
};

/** The cells of a comparison, in the order of their first records. */
export const cellsOf = (records: readonly RunRecord[]): Result<readonly Cell[]> => {
  const byCell = new Map<string, RunRecord[]>();
  for (const record of records) {
    const key = cellOf(record.run);
    const known = byCell.get(key);
    if (known === undefined) byCell.set(key, [record]);
    else known.push(record);
  }
  return E.sequenceArray([...byCell.values()].map(cell));
};
