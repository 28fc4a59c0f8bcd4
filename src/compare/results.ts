/**
 * Records that a report can build on. The codec of a record sees to types alone; here is what else must hold of
 * records that come from a file: each describes the run that it names, its metrics are of its classes, and one data
 * set has the same classes everywhere; one name of a model is one set of weights, and all are tested on one set of
 * images.
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

/** What a name stands for must be the same on every line: a model that was exchanged is another model. */
const hashesOf = ({
  run,
  provenance,
}: RunRecord): readonly (readonly [what: string, sha256: string])[] => [
  [`the weights of model ${quote(run.model)}`, provenance.modelSha256],
  [`the test images of data ${quote(run.data)} for ${quote(run.model)}`, provenance.testSha256],
];

/** The records of `where`, one a line, or what is wrong with the first that is. */
export const checkRecords = (
  where: string,
  records: readonly RunRecord[],
): Result<readonly RunRecord[]> => {
  const classesOf = new Map<string, { readonly line: number; readonly names: readonly string[] }>();
  const hashes = new Map<string, { readonly line: number; readonly sha256: string }>();
  for (const [i, record] of records.entries()) {
    const at = `${where}, line ${i + 1}`;
    const checked = checkRecord(at, record);
    if (E.isLeft(checked)) return checked;
    for (const [what, sha256] of hashesOf(record)) {
      const earlier = hashes.get(what) ?? { line: i + 1, sha256 };
      hashes.set(what, earlier);
      if (earlier.sha256 !== sha256)
        return refuse({
          where: at,
          found: `sha256 ${sha256} of ${what}`,
          expected: `${earlier.sha256}, as on line ${earlier.line}`,
          advice: "compare under another name, or put back what was there",
        });
    }
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
