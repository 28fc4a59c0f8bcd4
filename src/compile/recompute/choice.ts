/**
 * What could be recomputed. A storage that is alive at position `p` but not read there has a *gap*: from its
 * last reader before `p` to its next reader `q`. Computing its node again just before `q` (as late as it can
 * be) frees its bytes over the gap. That needs the node's arguments at `q`; one that is dead by then is
 *
 * - kept alive up to `q` where it is only born after `p` (it is a recomputed value itself, and the memory it
 *   takes is not that of `p`), where it is small beside what is freed, or where it came with the batch;
 * - recomputed as well, by the same rule, in all other cases.
 *
 * The bytes saved over all positions where more than the limit is alive, per multiply-add, rank the choices.
 * Storages below the mean share of what must go, `(live - limit) / number alive`, are left out unless asked
 * for: they alone could not do it, and a network has hundreds of small vectors that would be tried in vain.
 */
import type { NodeId } from "../program.js";
import type { Facts, Linked, Sequence } from "./sequence.js";

/** Nodes to compute again before a position. */
export interface Choice {
  readonly before: number;
  /** In the program's order. */
  readonly nodes: readonly NodeId[];
  /** Estimated bytes times positions above the limit that it saves, per multiply-add. */
  readonly score: number;
}

/** The occurrences of each node, in order. */
const occurrencesOf = ({ nodes }: Sequence, count: number): readonly (readonly number[])[] => {
  const occurrences: number[][] = Array.from({ length: count }, () => []);
  for (const [t, node] of nodes.entries()) occurrences[node]!.push(t);
  return occurrences;
};

/** The readers of each storage, in order. */
const readersOf = (linked: Linked): readonly (readonly number[])[] => {
  const readers: number[][] = linked.args.map(() => []);
  for (const [t, args] of linked.args.entries())
    for (const arg of args) readers[linked.storage[arg]!]!.push(t);
  return readers;
};

/** For each length of a prefix, the positions in it with more than `limit` bytes alive. */
const crowdedBefore = (live: Float64Array, limit: number): Int32Array => {
  const crowded = new Int32Array(live.length + 1);
  for (let t = 0; t < live.length; t++) crowded[t + 1] = crowded[t]! + (live[t]! > limit ? 1 : 0);
  return crowded;
};

/** All choices that lower what is alive at the peak, of small storages too if `small`; best first. */
export const choicesAt = <A>(
  facts: Facts<A>,
  linked: Linked,
  limit: number,
  small: boolean,
): readonly Choice[] => {
  const { storage, end, live, peakAt: p } = linked;
  const { nodes } = linked.sequence;
  const occurrences = occurrencesOf(linked.sequence, facts.args.length);
  const readers = readersOf(linked);
  const crowded = crowdedBefore(live, limit);
  /** Positions above the limit strictly between two. */
  const between = (from: number, to: number): number => crowded[to]! - crowded[from + 1]!;
  const latest = (node: NodeId, q: number): number => {
    const at = occurrences[node]!;
    let i = at.length - 1;
    while (at[i]! >= q) i--;
    return at[i]!;
  };

  /** `keep`: the share of the freed bytes up to which a dead argument is kept alive. */
  const choice = (s: number, from: number, q: number, keep: number): Choice | null => {
    const freed = facts.bytes[nodes[s]!]!;
    const again = new Set<NodeId>([nodes[s]!]);
    const stretched = new Set<number>();
    // Other names of the storage that are read later would keep it alive.
    for (const reader of readers[s]!)
      if (reader >= q)
        for (const arg of linked.args[reader]!) if (storage[arg] === s) again.add(nodes[arg]!);
    let gain = freed * between(from, q);
    let cost = 0;
    for (const node of again) {
      cost += facts.cost[node]!;
      for (const arg of facts.args[node]!) {
        if (facts.resident[arg]! || again.has(arg)) continue;
        const t = storage[latest(arg, q)]!;
        if (t === s) {
          again.add(arg);
          continue;
        }
        if (end[t]! >= q || stretched.has(t)) continue;
        const root = nodes[t]!;
        const given = facts.program.nodes[root]!.kind !== "apply";
        if (given || end[t]! > p || facts.bytes[root]! <= keep * freed) {
          stretched.add(t);
          gain -= facts.bytes[root]! * between(end[t]!, q);
        } else again.add(arg);
      }
    }
    if (gain <= 0) return null;
    return { before: q, nodes: [...again].sort((a, b) => a - b), score: gain / Math.max(1, cost) };
  };

  const alive: number[] = [];
  for (let s = 0; s < p; s++)
    if (storage[s] === s && end[s]! > p && facts.bytes[nodes[s]!]! > 0) alive.push(s);
  const share = small ? 0 : (live[p]! - limit) / alive.length;
  const choices: Choice[] = [];
  for (const s of alive) {
    const node = nodes[s]!;
    if (facts.bytes[node]! < share || facts.program.nodes[node]!.kind !== "apply") continue;
    let from = s;
    let q = nodes.length;
    for (const reader of readers[s]!)
      if (reader <= p) from = reader;
      else q = Math.min(q, reader);
    if (from === p || q === nodes.length) continue;
    const found = [1 / 16, 1 / 2].flatMap((keep) => choice(s, from, q, keep) ?? []);
    choices.push(...(found[0]?.score === found[1]?.score ? found.slice(0, 1) : found));
  }
  return choices.sort((a, b) => b.score - a.score);
};
