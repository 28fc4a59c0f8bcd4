/**
 * A plan: everything about a run that a person chooses, as one JSON value. Together with the model, the
 * data and the backend it determines every loss to the last bit.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Optimizer } from "../compile/optimizer.js";
import { decodeWith, Natural, Positive } from "../format/codec.js";
import { Augmentation, none } from "./augmentation.js";
import { bounded } from "../adapt/quantity.js";
import { cosine, Schedule } from "./schedule.js";

const momentum = bounded("a number", { least: 0, below: 1 });
const decay = bounded("a number", { least: 0 });
const moments = {
  beta1: momentum,
  beta2: momentum,
  epsilon: bounded("a number", { above: 0 }),
  weightDecay: decay,
};

const Sgd = t.intersection([
  t.strict({ kind: t.literal("sgd"), momentum, weightDecay: decay }),
  t.exact(t.partial({ nesterov: t.boolean })),
]);

/** The codec of an optimizer. */
export const OptimizerCodec = t.union([
  Sgd,
  t.strict({ kind: t.literal("adam"), ...moments }),
  t.strict({ kind: t.literal("adamw"), ...moments }),
]);

/** The codec of {@link Plan}. */
export const PlanCodec = t.readonly(
  t.strict({
    epochs: Positive,
    batch: Positive,
    optimizer: OptimizerCodec,
    /** The peak learning rate; null takes the method's own for each phase. */
    rate: t.union([bounded("a rate", { above: 0 }), t.null]),
    schedule: Schedule,
    seed: Natural,
    /** The share of each class that is set aside for validation. */
    validation: bounded("a share", { least: 0, below: 1 }),
    labelSmoothing: bounded("a share", { least: 0, below: 1 }),
    /** Epochs without a better validation loss after which the run stops; null never stops early. */
    patience: t.union([Positive, t.null]),
    augmentation: Augmentation,
    /** Write a checkpoint every so many steps besides the one after each epoch; null writes none. */
    checkpointSteps: t.union([Positive, t.null]),
  }),
);

/** What a person chooses about a run. */
export type Plan = t.TypeOf<typeof PlanCodec>;

/** Adam with the constants of Kingma and Ba (2015) and decoupled decay. */
export const adamW = (weightDecay = 0): Optimizer => ({
  kind: "adamw",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay,
});

/** Stochastic gradient descent with momentum. */
export const sgd = (momentum = 0.9, weightDecay = 0): Optimizer => ({
  kind: "sgd",
  momentum,
  weightDecay,
});

/** A plan that suits a small data set. */
export const defaultPlan: Plan = {
  epochs: 5,
  batch: 32,
  optimizer: adamW(),
  rate: null,
  schedule: cosine(),
  seed: 0,
  validation: 0.1,
  labelSmoothing: 0,
  patience: null,
  augmentation: none,
  checkpointSteps: null,
};

const checkPatience = (plan: Plan): Result<Plan> =>
  plan.patience !== null && plan.validation === 0
    ? refuse({
        where: "plan",
        found: `patience ${plan.patience} with a validation share of 0`,
        expected: "a validation share above 0, or patience null",
        advice: "early stopping watches the loss on examples that are not trained on",
      })
    : E.right(plan);

/** A misspelt field would silently leave the default in force. */
const checkFields = (value: object): Result<object> => {
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(defaultPlan, key));
  return unknown.length === 0
    ? E.right(value)
    : refuse({
        where: "plan",
        found: `the fields ${unknown.join(", ")}`,
        expected: `some of ${Object.keys(defaultPlan).join(", ")}`,
      });
};

/** Read a plan; fields left out are those of {@link defaultPlan}. */
export const readPlan = (value: object): Result<Plan> =>
  pipe(
    checkFields(value),
    E.chain((given) => decodeWith(PlanCodec, "plan")({ ...defaultPlan, ...given })),
    E.chain(checkPatience),
  );
