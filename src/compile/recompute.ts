/**
 * Time for memory: values that the backward pass reads again are dropped in the forward pass and computed
 * again from what is kept, so that what is live at once stays within a limit.
 *
 * **What may be done.** A program is a set of pure functions of each other, so any order of its nodes in
 * which arguments come before readers computes the same outputs, and so does one in which nodes occur again
 * (recompute/sequence.ts). Outputs are equal exactly, over every ring; on one target they are equal bit by
 * bit, because the same instructions run on the same values. One rewrite goes beyond reordering, the gradient
 * of a ReLU from its value in place of its argument, and holds in ordered rings (recompute/kink.ts).
 *
 * **What is done**, as much as the limit asks for, the cheapest first:
 *
 * 1. ReLU gradients forget their arguments. This costs nothing.
 * 2. Updates stand directly behind their gradients, or, where that leaves less alive, at the end
 *    (recompute/update.ts). This costs nothing either.
 * 3. Values are computed again just before a reader in the backward pass (recompute/choice.ts).
 *
 * **How to choose.** Let `live(t)` be the bytes alive at position `t` and `E = sum_t max(0, live(t) - L)` the
 * excess over the limit `L`; the limit holds exactly where `E = 0`. Dropping a value of `s` bytes over a gap
 * lowers `E` by at most `s` times the positions in the gap that are above the limit, and costs the
 * multiply-adds of computing it again, with those of its arguments that are dead by then. So the choice at
 * the highest position is the one with the most bytes times positions per multiply-add: activations and
 * per-channel maps go before convolutions, early layers, which wait longest for their gradients, before late
 * ones. A choice is taken only if `E`, computed anew, falls; so the search ends. A value dropped once is
 * an argument like any other: runs of dropped values become the segments of Chen et al. (2016, Training Deep
 * Nets with Sublinear Memory Cost), each recomputed once from its checkpoint, and a recomputed value with a
 * gap of its own can be dropped again, which nests segments. At last, what later choices made superfluous is
 * taken back.
 *
 * Measured against `L` itself the excess is flat far below the peak and the choice there blind, so the limit
 * is approached in steps from the peak. This is a heuristic: the optimum is NP-hard, because it contains
 * pebbling. Where one number of steps fails or is dear, others are tried, and a refusal quotes a limit at
 * which the method does succeed.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { footprint, placeOf } from "./footprint.js";
import type { Program } from "./program.js";
import { prune } from "./prune.js";
import { forgetArguments } from "./recompute/kink.js";
import { meterOf } from "./recompute/meter.js";
import { search, type Strategy, type Task } from "./recompute/search.js";
import { costOf, factsOf, inOrder, link, programOf, type Linked } from "./recompute/sequence.js";
import { early, updatesOf } from "./recompute/update.js";

/** A program within a limit, and what that took. */
export interface Recomputed<A = number> {
  readonly program: Program<A>;
  /** The most bytes live at once, residents not counted, before and now. */
  readonly peakBefore: number;
  readonly peak: number;
  /** Multiply-adds (`cost.ts`) of the program before, and how many were added. */
  readonly costBefore: number;
  readonly added: number;
  /** Instructions that were added. */
  readonly repeated: number;
}

/** Bytes in words: whole ones below a mebibyte, rounded up above. */
const inWords = (bytes: number): string =>
  bytes < 2 ** 20
    ? `${Math.ceil(bytes)} bytes`
    : `${(Math.ceil((10 * bytes) / 2 ** 20) / 10).toFixed(1)} MiB`;

/** The first way to search, a second where the first is dear, and others where no limit was kept. */
const first: Strategy = { stages: 8, small: false };
const second: Strategy = { stages: 16, small: false };
const thorough: Strategy = { stages: 8, small: true };
const others: readonly Strategy[] = [{ stages: 4, small: false }, thorough];

/** The added share of multiply-adds from which a second search is worth its time. */
const dear = 0.02;

/** How often the interval in which the least limit lies is halved. */
const halvings = 6;

const within = <A>(task: Task<A>, limit: number): Linked | null => {
  const price = ({ sequence }: Linked): number => costOf(task.facts, sequence);
  const found = search(task, limit, first);
  if (found.peak <= limit && price(found) <= (1 + dear) * price(task.from)) return found;
  const again = search(task, limit, second);
  const kept = [found, again].filter(({ peak }) => peak <= limit);
  if (kept.length > 0) return kept.reduce((a, b) => (price(b) < price(a) ? b : a));
  for (const strategy of others) {
    const other = search(task, limit, strategy);
    if (other.peak <= limit) return other;
  }
  return null;
};

/**
 * What no order avoids: an instruction needs its arguments and its value at once, and all outputs are alive
 * at the end.
 */
const floorOf = <A>({ facts }: Task<A>): number => {
  const { program, args, alias, bytes } = facts;
  const root = (id: number): number => (alias[id]! ? root(args[id]![0]!) : id);
  const together = (ids: readonly number[]): number =>
    [...new Set(ids.map(root))].reduce((sum, id) => sum + bytes[id]!, 0);
  return program.nodes.reduce(
    (most, _, id) => Math.max(most, together([id, ...args[id]!])),
    together(program.outputs.map((o) => o.node)),
  );
};

/** The least limit that was reached, and the sequence that reaches it. */
const least = <A>(task: Task<A>, limit: number): Linked & { readonly limit: number } => {
  let low = Math.max(limit, floorOf(task) - 1);
  let best = task.from;
  let high = best.peak;
  for (let i = 0; i < halvings && high - low > 1; i++) {
    const middle = Math.floor((low + high) / 2);
    const found = search(task, middle, thorough);
    if (found.peak <= middle) [best, high] = [found, middle];
    else low = middle;
  }
  return { ...best, limit: high };
};

/** `recompute` beside `resident` bytes, which what is said about limits counts in. */
const recomputeBeside =
  (resident: number) =>
  <A>(program: Program<A>, limit: number): Result<Recomputed<A>> => {
    const original = factsOf(prune(program));
    const before = link(original, inOrder([...original.args.keys()]));
    const costBefore = costOf(original, before.sequence);
    const summary = (found: Linked, result: Program<A>, cost: number): Result<Recomputed<A>> =>
      E.right({
        program: result,
        peakBefore: before.peak,
        peak: found.peak,
        costBefore,
        added: cost - costBefore,
        repeated: found.sequence.nodes.length - before.sequence.nodes.length,
      });
    if (before.peak <= limit) return summary(before, program, costBefore);

    const facts = factsOf(prune(forgetArguments(original.program)));
    const forgotten = link(facts, inOrder([...facts.args.keys()]));
    const updated = link(facts, early(facts));
    const task: Task<A> = {
      facts,
      meter: meterOf(facts),
      updates: updatesOf(facts),
      from: updated,
    };
    const found =
      [forgotten, updated].find(({ peak }) => peak <= limit) ??
      (limit < floorOf(task) ? null : within(task, limit));
    if (found !== null)
      return summary(found, programOf(facts, found), costOf(facts, found.sequence));

    const reached = least(task, limit);
    const place = placeOf(programOf(facts, reached), reached.peakAt);
    const beside =
      resident === 0 ? "" : `, of which ${inWords(resident)} hold weights and optimizer states`;
    return refuse({
      where: "memory limit",
      found: `a limit of ${inWords(limit + resident)}${beside}`,
      expected: `at least ${inWords(reached.limit + resident)}, which recomputation reaches and ${place} needs (position ${reached.peakAt} of ${reached.live.length}; ${inWords(before.peak + resident)} without recomputation)`,
      advice: "take a smaller batch, smaller images, or fewer trained weights",
    });
  };

/**
 * The program with at most `limit` bytes live at once; constants, parameters and states are not counted
 * (`footprint` tells them apart). The program itself where it is within the limit already. Over a ring that
 * has no order, or where relu is a symbol, programs with ReLU gradients are another matter (step 1).
 *
 * Refuses a limit that the method does not reach, with the least that it does and where that is needed.
 *
 * @example
 * import { float32, programBuilder, recompute } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * // A large value that is read again at the end, after two others.
 * const b = programBuilder(float32)
 * const x = b.input("x", "batch", [4])
 * const grow = (v: number) => b.apply({ op: "broadcast", axes: [0], shape: [100, 4] }, v)
 * const total = (v: number) => b.apply({ op: "sum", axes: [0] }, v)
 * const y = grow(x)
 * const first = total(y)
 * const z = grow(first)
 * const squares = total(b.apply({ op: "multiply" }, z, z))
 * b.output("again", total(b.apply({ op: "channelScale" }, y, squares)))
 * const peaks = E.chain((program) => E.map((r) => [r.peakBefore, r.peak, r.repeated])(recompute(program, 3300)))(b.finish())
 * assert.deepStrictEqual(peaks, E.right([4800, 3216, 1]))
 */
export const recompute = <A>(program: Program<A>, limit: number): Result<Recomputed<A>> =>
  recomputeBeside(0)(program, limit);

/**
 * The program within `limit` bytes altogether: constants, parameters and states, and what is live at once.
 * Refuses as `recompute` does, and a limit that the residents alone exceed.
 */
export const recomputeWithin = <A>(program: Program<A>, limit: number): Result<Recomputed<A>> => {
  const { resident } = footprint(program);
  if (resident >= limit)
    return refuse({
      where: "memory limit",
      found: `a limit of ${inWords(limit)}`,
      expected: `more than the ${inWords(resident)} of weights and optimizer states`,
      advice: "train fewer weights, or take an optimizer with fewer states",
    });
  return recomputeBeside(resident)(program, limit - resident);
};
