/**
 * The ledger of a comparison, `results.jsonl`: a line for each run that is done, in the order in which they came to
 * an end. A run is done when its line is on the disk, and no line is ever changed.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { quote } from "../format/codec.js";
import { appendLine, mendLines, readLines, type Lines } from "./lines.js";
import { RunRecordCodec, runId, type RunRecord } from "./record.js";

/** What a ledger holds. */
export interface Ledger extends Omit<Lines<RunRecord>, "values"> {
  readonly records: readonly RunRecord[];
}

/** Each record describes the run that it names (its name is a path elsewhere), and no run stands twice. */
const checkIds = (path: string, records: readonly RunRecord[]): Result<readonly RunRecord[]> => {
  const ids = new Set<string>();
  for (const [i, { id, run }] of records.entries()) {
    const where = `${path}, line ${i + 1}`;
    if (id !== runId(run))
      return refuse({
        where,
        found: `id ${quote(id)}`,
        expected: `${quote(runId(run))}, the id of the run that it describes`,
      });
    if (ids.has(id))
      return refuse({
        where,
        found: `the run ${id} a second time`,
        expected: "one line for each run",
        advice: "remove one of the two lines",
      });
    ids.add(id);
  }
  return E.right(records);
};

/** Read a ledger; one that does not stand yet is empty. */
export const readLedger = async (path: string): Promise<Result<Ledger>> =>
  E.chain(({ values, ...rest }: Lines<RunRecord>) =>
    E.map((records: readonly RunRecord[]): Ledger => ({ records, ...rest }))(
      checkIds(path, values),
    ),
  )(await readLines(RunRecordCodec)(path));

/** Cut off what a kill left of a line. */
export const mendLedger = (path: string, { records, ...rest }: Ledger): Promise<Result<void>> =>
  mendLines(path, { values: records, ...rest });

/** Add a record, on the disk when the promise resolves; one at a time. */
export const appendRecord = async (path: string, record: RunRecord): Promise<Result<void>> =>
  E.mapLeft(within("results"))(
    await appendLine(path, JSON.stringify(RunRecordCodec.encode(record))),
  );
