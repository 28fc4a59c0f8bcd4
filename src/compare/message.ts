/** What the process that keeps the ledger and those that make the runs tell each other. */
import type { Refusal } from "../algebra/refusal.js";
import type { BackendName } from "../compile/backendName.js";
import type { TrainingEvent } from "../train/event.js";
import type { Grid } from "./grid.js";
import type { RunSpec } from "./record.js";
import type { RunResult } from "./run.js";

/** What a worker is told once, before its first run. */
export interface WorkerSetup {
  readonly grid: Grid;
  readonly backend: BackendName;
  readonly threads: number | null;
  readonly heirloom: string;
  readonly command: readonly string[];
}

/** To a worker. */
export type ToWorker =
  | { readonly kind: "setup"; readonly setup: WorkerSetup }
  | {
      readonly kind: "run";
      readonly spec: RunSpec;
      readonly folder: string;
      readonly pictures: boolean;
    }
  | { readonly kind: "stop" };

/** From a worker. */
export type FromWorker =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "done"; readonly result: RunResult }
  | { readonly kind: "interrupted" }
  | { readonly kind: "refused"; readonly refusal: Refusal };
