/** The options that make a training plan. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Result } from "../algebra/refusal.js";
import { adamW, readPlan, sgd, type Plan } from "../train/plan.js";
import { constant, cosine, step } from "../train/schedule.js";
import { numberWithin, wholeNumber } from "./option.js";

/** What the command line says about the plan. */
export interface PlanOptions {
  readonly epochs: number;
  readonly batch: number;
  readonly rate?: number;
  readonly optimizer: "adamw" | "sgd";
  readonly weightDecay: number;
  readonly schedule: "cosine" | "constant" | "step";
  readonly warmup: number;
  readonly milestones: readonly number[];
  readonly validation: number;
  readonly labelSmoothing: number;
  readonly patience?: number;
  readonly flip: boolean;
  readonly shift: number;
  readonly seed: number;
  readonly checkpointSteps?: number;
}

const milestones = (text: string): readonly number[] =>
  text.split(",").map((part) => {
    const share = Number(part);
    if (!(share > 0 && share < 1))
      throw new InvalidArgumentError("Expected shares of the run between 0 and 1, as in 0.5,0.75.");
    return share;
  });

/** What a command takes for a plan where it is told nothing else. */
export interface PlanDefaults {
  readonly epochs: number;
  readonly validation: number;
  /** Undefined never stops early. */
  readonly patience: number | undefined;
}

const usual: PlanDefaults = { epochs: 5, validation: 0.1, patience: undefined };

/** Add the options of a plan. */
export const withPlanOptions = (command: Command, defaults: PlanDefaults = usual): Command =>
  command
    .option("--epochs <n>", "passes over the training examples", wholeNumber(1), defaults.epochs)
    .option("--batch <n>", "examples a step", wholeNumber(1), 16)
    .option(
      "--rate <x>",
      "peak learning rate (default: the method's own)",
      numberWithin(1e-12, 1e3),
    )
    .addOption(
      new Option("--optimizer <name>", "how weights move")
        .choices(["adamw", "sgd"])
        .default("adamw"),
    )
    .option(
      "--weight-decay <x>",
      "decay of weights and kernels; gates decay towards one",
      numberWithin(0, 10),
      0,
    )
    .addOption(
      new Option("--schedule <name>", "how the rate moves")
        .choices(["cosine", "constant", "step"])
        .default("cosine"),
    )
    .option(
      "--warmup <share>",
      "share of the run over which the rate rises from zero",
      numberWithin(0, 0.99),
      0,
    )
    .option(
      "--milestones <shares>",
      "where a step schedule divides the rate by ten",
      milestones,
      [0.5, 0.75],
    )
    .option(
      "--validation <share>",
      "share of each class set aside for validation",
      numberWithin(0, 0.9),
      defaults.validation,
    )
    .option(
      "--label-smoothing <x>",
      "share of each target spread over all classes",
      numberWithin(0, 0.99),
      0,
    )
    .option(
      "--patience <n>",
      "stop after so many epochs without a better validation loss, keep the best",
      wholeNumber(1),
      defaults.patience,
    )
    .option("--flip", "mirror images at random", false)
    .option("--shift <n>", "shift images by up to so many pixels", wholeNumber(0), 0)
    .option("--seed <n>", "seed of everything random", wholeNumber(0), 0)
    .option(
      "--checkpoint-steps <n>",
      "a checkpoint every so many steps, besides each epoch's",
      wholeNumber(1),
    );

/** The plan that the options describe. */
export const planOf = (o: PlanOptions): Result<Plan> =>
  readPlan({
    epochs: o.epochs,
    batch: o.batch,
    rate: o.rate ?? null,
    optimizer: o.optimizer === "sgd" ? sgd(0.9, o.weightDecay) : adamW(o.weightDecay),
    schedule:
      o.schedule === "cosine"
        ? cosine(o.warmup)
        : o.schedule === "step"
          ? step(o.milestones, 0.1, o.warmup)
          : { ...constant, warmup: o.warmup },
    seed: o.seed,
    validation: o.validation,
    labelSmoothing: o.labelSmoothing,
    patience: o.patience ?? null,
    augmentation: { flip: o.flip, shift: o.shift },
    checkpointSteps: o.checkpointSteps ?? null,
  });
