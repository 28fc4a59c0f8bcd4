/** What a run tells its observer while it works. Times are in milliseconds, positions count from 0. */
import type { Metrics } from "./metrics.js";

/** Decoding and pre-processing of images, or the frozen prefix's pass over them. */
export type PreparationStage = "decoding" | "features";

/** One thing that happened. */
export type TrainingEvent =
  | {
      readonly kind: "phase";
      readonly name: string;
      readonly index: number;
      readonly phases: number;
    }
  | {
      readonly kind: "preparation";
      readonly stage: PreparationStage;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: "start";
      readonly trainedParameters: number;
      /** Trained or not, statistics included. */
      readonly allParameters: number;
      readonly examples: number;
      readonly validation: number;
      readonly batch: number;
      readonly steps: number;
      /** The layer up to which features are computed once, or null. */
      readonly frozenPrefix: string | null;
      /** The step from which a resumed run continues, or 0. */
      readonly resumedAt: number;
    }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly loss: number;
      readonly rate: number;
      readonly milliseconds: number;
    }
  | { readonly kind: "epoch"; readonly record: EpochRecord; readonly epochs: number }
  | { readonly kind: "checkpoint"; readonly directory: string; readonly step: number }
  | {
      readonly kind: "stopped";
      readonly epoch: number;
      /** The epoch whose weights are restored; null where no validation loss was finite. */
      readonly best: number | null;
      readonly patience: number;
    }
  | { readonly kind: "interrupted"; readonly step: number };

/** What an epoch amounted to. */
export interface EpochRecord {
  readonly epoch: number;
  /** Mean training loss and accuracy while the weights were moving; smoothing and dropout included. */
  readonly loss: number;
  readonly accuracy: number;
  /** On the validation set after the epoch, with the statistics frozen; null without one. */
  readonly validation: Metrics | null;
}

/** Who listens. It is called synchronously and must not throw. */
export type Observer = (event: TrainingEvent) => void;

/** Nobody listens. */
export const silent: Observer = () => undefined;
