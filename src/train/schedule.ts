/**
 * Learning-rate schedules. The rate at step `t` is a pure function of `t`, so a resumed run needs no
 * schedule state. With `w` warm-up steps, `T` steps in all and peak rate `r`:
 *
 *     t < w      r * (t + 1) / w                                        (linear warm-up)
 *     constant   r
 *     cosine     r * (floor + (1 - floor) * (1 + cos(pi * p)) / 2),  p = (t - w) / (T - w)
 *     step       r * factor ^ (number of milestones m with t >= m * T)
 *
 * Cosine annealing without restarts is Loshchilov and Hutter (2017); linear warm-up Goyal et al. (2017).
 */
import * as t from "io-ts";
import { bounded } from "../adapt/quantity.js";

const warmup = { warmup: bounded("epochs of warm-up", { least: 0 }) };

/** The codec of {@link Schedule}. */
export const Schedule = t.union([
  t.strict({ kind: t.literal("constant"), ...warmup }),
  t.strict({
    kind: t.literal("cosine"),
    ...warmup,
    /** The final rate as a share of the peak. */
    floor: bounded("a share", { least: 0, most: 1 }),
  }),
  t.strict({
    kind: t.literal("step"),
    ...warmup,
    /** Shares of the run after which the rate is multiplied by `factor`. */
    milestones: t.readonlyArray(bounded("a share", { least: 0, most: 1 })),
    factor: bounded("a factor", { above: 0 }),
  }),
]);

/** How the rate moves over a run; `warmup` is in epochs and may be a fraction. */
export type Schedule = t.TypeOf<typeof Schedule>;

/** How long a run is, in steps. */
export interface Horizon {
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/** The number of warm-up steps: at least one short of the whole run, so that the peak is reached. */
export const warmupSteps = (schedule: Schedule, horizon: Horizon): number =>
  Math.min(Math.round(schedule.warmup * horizon.stepsPerEpoch), Math.max(0, horizon.steps - 1));

/** The rate at step `step` (from 0), for a peak of `rate`. */
export const rateAt =
  (schedule: Schedule, rate: number, horizon: Horizon) =>
  (step: number): number => {
    const warm = warmupSteps(schedule, horizon);
    if (step < warm) return (rate * (step + 1)) / warm;
    switch (schedule.kind) {
      case "constant":
        return rate;
      case "cosine": {
        const progress = Math.min(1, (step - warm) / Math.max(1, horizon.steps - warm));
        const height = (1 + Math.cos(Math.PI * progress)) / 2;
        return rate * (schedule.floor + (1 - schedule.floor) * height);
      }
      case "step": {
        const passed = schedule.milestones.filter((m) => step >= m * horizon.steps).length;
        return rate * schedule.factor ** passed;
      }
    }
  };

/** A schedule that keeps the rate. */
export const constant: Schedule = { kind: "constant", warmup: 0 };

/** Cosine annealing to zero after `warmup` epochs of linear warm-up. */
export const cosine = (warmup = 0): Schedule => ({ kind: "cosine", warmup, floor: 0 });

/** Multiply the rate by `factor` after each share of the run in `milestones`. */
export const step = (milestones: readonly number[], factor = 0.1, warmup = 0): Schedule => ({
  kind: "step",
  warmup,
  milestones,
  factor,
});
