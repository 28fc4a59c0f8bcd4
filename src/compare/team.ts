/**
 * The team: as many worker processes as jobs, each making one run at a time. A worker that dies costs the run that
 * it was at, which is reported; another takes its place.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Refusal } from "../algebra/refusal.js";
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

/** What came of a task. A refusal would come again; the end of a process need not. */
export type Made =
  | { readonly kind: "done"; readonly result: RunResult }
  | { readonly kind: "interrupted" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "died"; readonly refusal: Refusal };

/** A worker at its work. */
export interface Worker {
  readonly make: (task: Task, onEvent: (event: TrainingEvent) => void) => Promise<Made>;
  /** Ask for a checkpoint and an end. */
  readonly stop: () => void;
  readonly dismiss: () => void;
}

/** Start a worker; its process comes up with its first run, and again when it has died. */
export const hireWorker = (
  setup: WorkerSetup,
  onHired: (pid: number) => void = () => undefined,
): Worker => {
  let child: ChildProcess | null = null;
  const tell = (message: ToWorker): void => {
    // Where the process is gone, its end is what is heard of.
    child?.send(message, () => undefined);
  };
  const present = (): ChildProcess => {
    if (child !== null) return child;
    const fresh = fork(fileURLToPath(workerFile), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const forget = (): void => {
      if (child === fresh) child = null;
    };
    for (const end of ["exit", "error", "disconnect"]) fresh.on(end, forget);
    child = fresh;
    if (fresh.pid !== undefined) onHired(fresh.pid);
    tell({ kind: "setup", setup });
    return fresh;
  };
  return {
    make: (task, onEvent) =>
      new Promise((done) => {
        const process = present();
        const finish = (made: Made): void => {
          process.off("message", hear);
          process.off("exit", mourn);
          process.off("error", lose);
          done(made);
        };
        const hear = (message: FromWorker): void =>
          message.kind === "event" ? onEvent(message.event) : finish(message);
        const mourn = (code: number | null, signal: string | null): void => {
          finish({
            kind: "died",
            refusal: {
              where: `${task.spec.method} on ${task.spec.data}, ${task.spec.model}`,
              found: `the end of its process, ${signal ?? `exit code ${code}`}`,
              expected: "a process that lives until the run is done",
              advice: "where memory ran out, use fewer --jobs or a smaller --batch",
            },
          });
        };
        const lose = (error: Error): void => mourn(null, error.message);
        process.on("message", hear);
        process.on("error", lose);
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
