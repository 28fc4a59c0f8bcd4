/**
 * A whole method: its phases in order, each on the merged network of the one before, each with its own
 * checkpoints. A phase that is done is read back, not run again, so a run resumes in the phase it was in.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { ChosenMethod, Outcome } from "../adapt/method.js";
import type { Target } from "../compile/target.js";
import type { Network } from "../model/network.js";
import { readCheckpoint } from "./checkpoint.js";
import { silent } from "./event.js";
import type { Examples } from "./examples.js";
import { train, type Run, type TrainOptions } from "./train.js";

/** A phase and what came of it. */
export interface PhaseRun {
  readonly name: string;
  readonly run: Run;
}

/** A method that was run: each phase begun, and the last one's outcome (null where interrupted). */
export interface MethodRun {
  readonly phases: readonly PhaseRun[];
  readonly outcome: Outcome | null;
}

const phaseFolder = (folder: string, index: number, name: string): string =>
  join(folder, `phase-${index + 1}-${name}`);

/** With `resume`, the first phase must have a checkpoint: otherwise the folder is the wrong one. */
const checkResume = async (
  first: string,
  { folder, resume = false }: MethodOptions,
): Promise<Result<null>> => {
  if (resume !== true || folder === undefined) return E.right(null);
  const found = await readCheckpoint(phaseFolder(folder, 0, first));
  return E.chain((checkpoint): Result<null> =>
    checkpoint === null
      ? refuse({
          where: folder,
          found: "no checkpoint",
          expected: "the folder of a run that was interrupted",
          advice: "start the run without --resume",
        })
      : E.right(null),
  )(found);
};

/** How to run a method: as a phase, with the rate of each phase its own unless the plan has one. */
export interface MethodOptions extends Omit<TrainOptions, "rate"> {
  /** What the rate of each phase is multiplied by, the plan's included; 1 unless told. */
  readonly rateFactor?: number;
}

/** Run the phases of a method on a network whose classifier fits the examples. */
export const runMethod = async (
  target: Target,
  { method, phases }: ChosenMethod,
  network: Network,
  examples: Examples,
  options: MethodOptions,
): Promise<Result<MethodRun>> => {
  const { observer = silent, folder, plan, rateFactor = 1 } = options;
  const possible = await checkResume(phases[0]!.name, options);
  if (E.isLeft(possible)) return possible;
  const runs: PhaseRun[] = [];
  let outcome: Outcome | null = null;
  for (const [index, phase] of phases.entries()) {
    const inPhase = E.mapLeft(within(`method ${method}, phase ${phase.name}`));
    observer({ kind: "phase", name: phase.name, index, phases: phases.length });
    const adaptation = phase.prepare(outcome?.merged ?? network);
    if (E.isLeft(adaptation)) return inPhase(adaptation);
    const run = await train(target, adaptation.right, examples, {
      ...options,
      plan: { ...plan, rate: (plan.rate ?? phase.rate) * rateFactor },
      rate: phase.rate,
      ...(folder === undefined ? {} : { folder: phaseFolder(folder, index, phase.name) }),
    });
    if (E.isLeft(run)) return inPhase(run);
    runs.push({ name: phase.name, run: run.right });
    if (run.right.status === "interrupted") return E.right({ phases: runs, outcome: null });
    const finished = adaptation.right.finish(run.right.network, run.right.parameters);
    if (E.isLeft(finished)) return inPhase(finished);
    outcome = finished.right;
  }
  return E.right({ phases: runs, outcome });
};
