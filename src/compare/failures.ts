/**
 * The runs of a comparison that were refused, `failures.jsonl`: rates at which training diverged, methods that do
 * not fit a network. They would be refused again, so they are not tried again unless that is asked for; a search
 * counts them as the worst of its rates. A process that died is no refusal and is not put down here.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Refusal, Result } from "../algebra/refusal.js";
import { appendLine, mendLines, readLines, type Lines } from "./lines.js";
import { runId, RunSpecCodec, type RunSpec } from "./record.js";

const RefusalCodec = t.intersection([
  t.strict({ where: t.string, found: t.string, expected: t.string }),
  t.exact(t.partial({ advice: t.string })),
]);

const FailureCodec = t.readonly(
  t.strict({ id: t.string, run: RunSpecCodec, refusal: RefusalCodec }),
);

/** A run that was refused, and why. */
export interface Failure {
  readonly id: string;
  readonly run: RunSpec;
  readonly refusal: Refusal;
}

const readFile = readLines(FailureCodec);

/** The failures of a file; of a run that was tried again only the last. */
export const readFailures = async (path: string): Promise<Result<readonly Failure[]>> =>
  E.map(({ values }: Lines<Failure>) => [
    ...new Map(values.map((failure) => [failure.id, failure])).values(),
  ])(await readFile(path));

/** Cut off what a kill left of a line. */
export const mendFailures = async (path: string): Promise<Result<void>> => {
  const lines = await readFile(path);
  return E.isLeft(lines) ? lines : mendLines(path, lines.right);
};

/** Put a failure down; one at a time. */
export const appendFailure = (
  path: string,
  run: RunSpec,
  refusal: Refusal,
): Promise<Result<void>> =>
  appendLine(path, JSON.stringify(FailureCodec.encode({ id: runId(run), run, refusal })));
