/** Learning the stripes by a method, from beginning to end. */
import { methods } from "../../src/adapt/methods.js";
import type { Target } from "../../src/compile/target.js";
import { decodeWith } from "../../src/format/codec.js";
import { evaluate } from "../../src/train/evaluate.js";
import { defaultPlan } from "../../src/train/plan.js";
import { runMethod } from "../../src/train/runMethod.js";
import { succeed } from "../generators/succeed.js";
import { adaptable, stripes } from "./task.js";

/** How stripes are learnt. */
export const plan = { ...defaultPlan, epochs: 25, batch: 16, rate: 0.03, validation: 0.15 };

/** What is learnt from. */
export const data = stripes(90);

const heldOut = stripes(60, 1);

/** Train by the method of this name; its phases, what came out, and how much of other stripes that classifies. */
export const learnStripes = async (target: Target, name: string) => {
  const method = succeed(decodeWith(methods.find((m) => m.name === name)!.choose, name)({}));
  const { outcome, phases } = succeed(await runMethod(target, method, adaptable(), data, { plan }));
  const { accuracy } = succeed(await evaluate(target, outcome!.merged, heldOut, { batch: 16 }));
  return { outcome: outcome!, phases, accuracy };
};
