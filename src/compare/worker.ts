/**
 * A process that makes runs, one after another. Models, data and the backend are opened once. It ends when the
 * process that started it does, however that ended: the channel between them closes.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { openTarget } from "../compile/engine.js";
import type { Target } from "../compile/target.js";
import { materialOf, type Material } from "./material.js";
import type { FromWorker, ToWorker, WorkerSetup } from "./message.js";
import { makeRun, type RunResult } from "./run.js";

/** A step's event more often than this (milliseconds) would only be noise on the channel. */
const pause = 250;

const say = (message: FromWorker): void => {
  process.send?.(message);
};

const interruption = new AbortController();
let setup: WorkerSetup | null = null;
let material: Material | null = null;
let target: Promise<Result<Target>> | null = null;

const observer = (): ((event: Extract<FromWorker, { kind: "event" }>["event"]) => void) => {
  let said = 0;
  return (event) => {
    const now = performance.now();
    if (event.kind === "step" && now - said < pause) return;
    said = now;
    say({ kind: "event", event });
  };
};

const make = async ({
  spec,
  folder,
  pictures,
}: Extract<ToWorker, { kind: "run" }>): Promise<Result<RunResult | null>> => {
  if (setup === null)
    return refuse({ where: "worker", found: "a run", expected: "its setup before the first run" });
  const { grid, backend, threads, heirloom, command } = setup;
  material ??= materialOf(grid);
  target ??= openTarget(backend, threads === null ? {} : { threads });
  const opened = await target;
  if (E.isLeft(opened)) return opened;
  return makeRun(grid, material, spec, {
    target: opened.right,
    threads,
    heirloom,
    command,
    folder,
    pictures,
    observer: observer(),
    signal: interruption.signal,
  });
};

const answer = (result: Result<RunResult | null>): FromWorker =>
  E.isLeft(result)
    ? { kind: "refused", refusal: result.left }
    : result.right === null
      ? { kind: "interrupted" }
      : { kind: "done", result: result.right };

process.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "setup":
      setup = message.setup;
      return;
    case "stop":
      return interruption.abort();
    case "run":
      void make(message)
        .catch((error: unknown) =>
          refuse({
            where: "worker",
            found: error instanceof Error ? error.message : String(error),
            expected: "no exception: this is a defect of heirloom",
          }),
        )
        .then((result) => say(answer(result)));
  }
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C, and a job's end, reach every process of a group; the one that keeps the ledger says when to stop.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
