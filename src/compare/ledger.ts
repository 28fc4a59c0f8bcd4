/**
 * The ledger of a comparison, `results.jsonl`: a line of JSON for each run that is done, in the order in which
 * they came to an end. Lines are only ever added. A line is written in one piece and forced to the disk before
 * the run counts as done; what a kill leaves of a line has no line end, and is cut off before the next one.
 */
import { open, truncate } from "node:fs/promises";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { decodeWith } from "../format/codec.js";
import { attempt, kindOf, readText } from "../format/file.js";
import { parseJson } from "../format/json.js";
import { RunRecordCodec, type RunRecord } from "./record.js";

/** A ledger may have so many bytes: about a hundred thousand runs. */
const ledgerLimit = 2 ** 29;

/** What a ledger holds. */
export interface Ledger {
  readonly records: readonly RunRecord[];
  /** Bytes of whole lines. */
  readonly bytes: number;
  /** Whether the last line lacks its end: a process was killed while it wrote. */
  readonly torn: boolean;
}

const emptyLedger: Ledger = { records: [], bytes: 0, torn: false };

/** Read a ledger; one that does not stand yet is empty. */
export const readLedger = async (path: string): Promise<Result<Ledger>> => {
  if ((await kindOf(path)) === "nothing") return E.right(emptyLedger);
  const text = await readText(path, ledgerLimit);
  if (E.isLeft(text)) return text;
  const end = text.right.lastIndexOf("\n") + 1;
  const whole = text.right.slice(0, end);
  const records: RunRecord[] = [];
  const ids = new Set<string>();
  for (const [i, line] of whole.split("\n").slice(0, -1).entries()) {
    const where = `${path}, line ${i + 1}`;
    const record = E.chain(decodeWith(RunRecordCodec, where))(parseJson(line, where));
    if (E.isLeft(record)) return record;
    if (ids.has(record.right.id))
      return refuse({
        where,
        found: `the run ${record.right.id} a second time`,
        expected: "one line for each run",
        advice: "remove one of the two lines",
      });
    ids.add(record.right.id);
    records.push(record.right);
  }
  return E.right({
    records,
    bytes: new TextEncoder().encode(whole).length,
    torn: end < text.right.length,
  });
};

/** Cut off what a kill left of a line. */
export const mendLedger = (path: string, ledger: Ledger): Promise<Result<void>> =>
  ledger.torn
    ? attempt(path, () => truncate(path, ledger.bytes))
    : Promise.resolve(E.right(undefined));

/** Add a record, on the disk when the promise resolves. */
export const appendRecord = async (path: string, record: RunRecord): Promise<Result<void>> =>
  E.mapLeft(within("results"))(
    await attempt(path, async () => {
      const file = await open(path, "a");
      try {
        await file.appendFile(`${JSON.stringify(RunRecordCodec.encode(record))}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    }),
  );
