/**
 * Rounds: every contender runs once a round, in a fresh process, and every round begins with another one. What
 * the machine does meanwhile thus meets all of them alike, and a ratio is taken within a round.
 */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal } from "../../../src/algebra/refusal.js";
import { disagreement } from "./agreement.js";
import { measureOnce, type Contender, type TimedOutcome } from "./contender.js";
import type { Order } from "./outcome.js";
import type { Setting } from "./setting.js";

/** One process: what it answered, or why it did not. */
export interface Run {
  readonly contender: string;
  /** The PyTorch it belongs to; null for ours. */
  readonly peer: string | null;
  readonly round: number;
  readonly outcome: TimedOutcome | null;
  readonly failure: string | null;
}

/** All processes of a setting. */
export interface Trial {
  readonly setting: Setting;
  readonly runs: readonly Run[];
  /** Why the times may not be compared; null where they may. */
  readonly refusal: string | null;
}

const rotated = <A>(all: readonly A[], by: number): readonly A[] => [
  ...all.slice(by % all.length),
  ...all.slice(0, by % all.length),
];

/** A contender that fails is not asked again, and sides that disagree after one round need no second. */
export const runRounds = async (
  contenders: readonly Contender[],
  order: Omit<Order, "variant">,
  rounds: number,
  cache: string,
): Promise<Trial> => {
  const runs: Run[] = [];
  const failed = new Set<string>();
  let refusal: string | null = null;
  for (let round = 0; round < rounds && refusal === null; round++) {
    for (const contender of rotated(contenders, round)) {
      if (failed.has(contender.name)) continue;
      const answer = await measureOnce(contender, order, cache);
      if (E.isLeft(answer)) failed.add(contender.name);
      runs.push({
        contender: contender.name,
        peer: contender.peer,
        round,
        outcome: E.isRight(answer) ? answer.right : null,
        failure: E.isLeft(answer) ? showRefusal(answer.left) : null,
      });
    }
    refusal = disagreement(order.setting, runs);
  }
  return { setting: order.setting, runs, refusal };
};
