/**
 * Records that a report can build on. The codec of a record sees to types alone; here is what else must hold of
 * records that come from a file: each describes the run that it names, its metrics are of its classes, and one data
 * set has the same classes everywhere.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { quote } from "../format/codec.js";
import type { Metrics } from "../train/metrics.js";
import { runId, type RunRecord } from "./record.js";

const checkShare = (where: string, accuracy: number): Result<null> =>
  accuracy >= 0 && accuracy <= 1
    ? E.right(null)
    : refuse({ where, found: `accuracy ${accuracy}`, expected: "a share from 0 to 1" });

const checkMetrics = (
  where: string,
  { accuracy, confusion }: Metrics,
  classes: number,
): Result<null> => {
  const share = checkShare(where, accuracy);
  if (E.isLeft(share)) return share;
  const wrong = [confusion, ...confusion].find((row) => row.length !== classes);
  return wrong === undefined
    ? E.right(null)
    : refuse({
        where,
        found: `a confusion matrix with ${wrong.length} in a row or column`,
        expected: `${classes}, one for each class`,
      });
};

const checkRecord = (
  where: string,
  { id, run, classes, validation, test }: RunRecord,
): Result<null> => {
  if (id !== runId(run))
    return refuse({
      where,
      found: `id ${quote(id)}`,
      expected: `${quote(runId(run))}, the id of the run that it describes`,
    });
  if (!(run.rateFactor > 0 && Number.isFinite(run.rateFactor)))
    return refuse({ where, found: `rate factor ${run.rateFactor}`, expected: "one above 0" });
  const tested = checkMetrics(`${where}: test`, test, classes.length);
  return E.isLeft(tested) || validation === null
    ? tested
    : checkShare(`${where}: validation`, validation.accuracy);
};

/** The records of `where`, one a line, or what is wrong with the first that is. */
export const checkRecords = (
  where: string,
  records: readonly RunRecord[],
): Result<readonly RunRecord[]> => {
  const classesOf = new Map<string, { readonly line: number; readonly names: readonly string[] }>();
  for (const [i, record] of records.entries()) {
    const at = `${where}, line ${i + 1}`;
    const checked = checkRecord(at, record);
    if (E.isLeft(checked)) return checked;
    const { data } = record.run;
    const before = classesOf.get(data);
    if (before === undefined) classesOf.set(data, { line: i + 1, names: record.classes });
    else if (JSON.stringify(before.names) !== JSON.stringify(record.classes))
      return refuse({
        where: at,
        found: `classes ${quote(record.classes)} of ${quote(data)}`,
        expected: `${quote(before.names)}, as on line ${before.line}`,
      });
  }
  return E.right(records);
};
