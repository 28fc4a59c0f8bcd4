/**
 * The team: as many worker processes as jobs, each making one run at a time. A worker that dies costs the run that
 * it was at, which is reported; another takes its place.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { TrainingEvent } from "../train/event.js";
import type { FromWorker, ToWorker, WorkerSetup } from "./message.js";
import type { RunSpec } from "./record.js";
import type { RunResult } from "./run.js";
import { workerFile } from "./workerFile.js";

/** A run for a worker to make. */
export interface Task {
  readonly spec: RunSpec;
  readonly folder: string;
  readonly pictures: boolean;
}

/** A worker at its work. */
export interface Worker {
  /** Make a run; null where it was told to stop. */
  readonly make: (
    task: Task,
    onEvent: (event: TrainingEvent) => void,
  ) => Promise<Result<RunResult | null>>;
  /** Ask for a checkpoint and an end. */
  readonly stop: () => void;
  readonly dismiss: () => void;
}

/** Start a worker; its process comes up with its first run, and again when it has died. */
export const hireWorker = (setup: WorkerSetup): Worker => {
  let child: ChildProcess | null = null;
  const tell = (message: ToWorker): void => {
    child?.send(message);
  };
  const present = (): ChildProcess => {
    if (child !== null) return child;
    child = fork(fileURLToPath(workerFile), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    tell({ kind: "setup", setup });
    return child;
  };
  return {
    make: (task, onEvent) =>
      new Promise((done) => {
        const process = present();
        const finish = (result: Result<RunResult | null>): void => {
          process.off("message", hear);
          process.off("exit", mourn);
          done(result);
        };
        const hear = (message: FromWorker): void => {
          switch (message.kind) {
            case "event":
              return onEvent(message.event);
            case "done":
              return finish(E.right(message.result));
            case "interrupted":
              return finish(E.right(null));
            case "refused":
              return finish(E.left(message.refusal));
          }
        };
        const mourn = (code: number | null, signal: string | null): void => {
          child = null;
          finish(
            refuse({
              where: `${task.spec.method} on ${task.spec.data}, ${task.spec.model}`,
              found: `the end of its process, ${signal ?? `exit code ${code}`}`,
              expected: "a process that lives until the run is done",
              advice: "where memory ran out, use fewer --jobs or a smaller --batch",
            }),
          );
        };
        process.on("message", hear);
        process.on("exit", mourn);
        tell({ kind: "run", ...task });
      }),
    stop: () => tell({ kind: "stop" }),
    dismiss: () => {
      child?.disconnect();
      child = null;
    },
  };
};
