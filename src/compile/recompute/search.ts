/** The search for a sequence that keeps a limit; see recompute.ts for the method. */
import type { NodeId } from "../program.js";
import { choicesAt } from "./choice.js";
import { excessOf, type Meter } from "./meter.js";
import {
  filtered,
  inserted,
  link,
  needed,
  type Facts,
  type Linked,
  type Sequence,
} from "./sequence.js";
import { late } from "./update.js";

/** A program with what the search knows of it. */
export interface Task<A> {
  readonly facts: Facts<A>;
  readonly meter: Meter;
  readonly updates: readonly (readonly NodeId[])[];
  /** Where the search begins. */
  readonly from: Linked;
}

/** How to search. */
export interface Strategy {
  /** In how many equal steps the limit is approached from the peak at the beginning. */
  readonly stages: number;
  /** Whether small storages are tried as well. */
  readonly small: boolean;
}

/** Updates moved to the end wherever that lowers the excess. */
const deferred = <A>({ facts, meter, updates }: Task<A>, from: Linked, limit: number): Linked => {
  let best = from.sequence;
  let excess = excessOf(from, limit);
  for (const update of updates) {
    if (excess === 0) break;
    const tried = late(best, update);
    const left = meter.excess(tried, limit);
    if (left < excess) [best, excess] = [tried, left];
  }
  return best === from.sequence ? from : link(facts, needed(facts, best));
};

/** Recomputations, one after another, each with the best score that lowers the excess. */
const lowered = <A>(
  { facts, meter }: Task<A>,
  from: Linked,
  limit: number,
  small: boolean,
): Linked => {
  let best = from;
  let decision = best.sequence.decisions.reduce((most, d) => Math.max(most, d), 0);
  for (;;) {
    const excess = excessOf(best, limit);
    if (excess === 0) return best;
    const { sequence } = best;
    decision += 1;
    let next: Linked | null = null;
    for (const { before, nodes } of choicesAt(facts, best, limit, small)) {
      const tried = inserted(sequence, before, nodes, decision);
      if (meter.excess(tried, limit) >= excess) continue;
      next = link(facts, needed(facts, tried));
      break;
    }
    if (next === null) return best;
    best = next;
  }
};

/** The sequence without the recomputations that the limit does not need, the dearest first. */
const relieved = <A>({ facts, meter }: Task<A>, from: Linked, limit: number): Linked => {
  let best = from.sequence;
  const dearest = (keyOf: (t: number) => number): readonly number[] => {
    const costs = new Map<number, number>();
    for (const [t, decision] of best.decisions.entries())
      if (decision > 0)
        costs.set(keyOf(t), (costs.get(keyOf(t)) ?? 0) + facts.cost[best.nodes[t]!]!);
    return [...costs].sort(([, a], [, b]) => b - a).map(([key]) => key);
  };
  const decisionAt = (t: number): number => best.decisions[t]!;
  const entryAt = (t: number): number =>
    best.decisions[t]! === 0 ? 0 : best.decisions[t]! * facts.args.length + best.nodes[t]!;
  // What is the only occurrence so far has to stay: the earlier ones were dropped as nothing read them.
  const without = (keyOf: (t: number) => number, key: number): Sequence => {
    const seen = new Uint8Array(facts.args.length);
    return filtered(best, (t) => {
      const node = best.nodes[t]!;
      if (keyOf(t) === key && seen[node] === 1) return false;
      seen[node] = 1;
      return true;
    });
  };
  for (const keyOf of [decisionAt, entryAt])
    for (const key of dearest(keyOf)) {
      const tried = without(keyOf, key);
      if (meter.excess(tried, limit) === 0) best = tried;
    }
  return link(facts, needed(facts, best));
};

/** A sequence with a peak of at most `limit`, or the lowest that was found. */
export const search = <A>(task: Task<A>, limit: number, { stages, small }: Strategy): Linked => {
  let best = task.from;
  const drop = (task.from.peak - limit) / stages;
  for (let stage = 1; stage <= stages; stage++) {
    const target = stage === stages ? limit : task.from.peak - stage * drop;
    const tried = lowered(task, deferred(task, best, target), target, small);
    if (tried.peak < best.peak) best = tried;
    if (best.peak > target) return best;
  }
  return relieved(task, best, limit);
};
