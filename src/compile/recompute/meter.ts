/**
 * The excess of a sequence: bytes above a limit, summed over positions. The search weighs thousands of
 * sequences, so this is `link` and its lifetimes in flat arrays that are used again and again, with the
 * entries that nothing reads left out.
 */
import type { Facts, Linked, Sequence } from "./sequence.js";

/** Weighs sequences of one program. */
export interface Meter {
  readonly excess: (sequence: Sequence, limit: number) => number;
}

/** The excess of a linked sequence. */
export const excessOf = ({ live }: Linked, limit: number): number => {
  let sum = 0;
  for (const bytes of live) if (bytes > limit) sum += bytes - limit;
  return sum;
};

/** A meter for a program. */
export const meterOf = <A>(facts: Facts<A>): Meter => {
  const count = facts.args.length;
  const start = new Int32Array(count + 1);
  for (let id = 0; id < count; id++) start[id + 1] = start[id]! + facts.args[id]!.length;
  const args = Int32Array.from(facts.args.flat());
  const alias = Uint8Array.from(facts.alias, Number);
  const outputs = Int32Array.from(facts.program.outputs, (o) => o.node);
  const wanted = new Uint8Array(count);
  const latest = new Int32Array(count);
  let kept = new Uint8Array(0);
  let end = new Int32Array(0);
  let ends = new Float64Array(0);

  const excess = ({ nodes }: Sequence, limit: number): number => {
    const { length } = nodes;
    if (kept.length < length) {
      kept = new Uint8Array(2 * length);
      end = new Int32Array(2 * length);
      ends = new Float64Array(2 * length);
    }
    wanted.fill(0);
    for (const node of outputs) wanted[node] = 1;
    for (let t = length - 1; t >= 0; t--) {
      const node = nodes[t]!;
      ends[t] = 0;
      kept[t] = wanted[node]!;
      if (kept[t] === 0) continue;
      wanted[node] = 0;
      for (let i = start[node]!; i < start[node + 1]!; i++) wanted[args[i]!] = 1;
    }
    // `latest` holds the position that allocated the latest occurrence's storage.
    for (let t = 0; t < length; t++) {
      if (kept[t] === 0) continue;
      const node = nodes[t]!;
      for (let i = start[node]!; i < start[node + 1]!; i++) end[latest[args[i]!]!] = t;
      latest[node] = alias[node] === 1 ? latest[args[start[node]!]!]! : t;
      end[t] = t;
    }
    for (const node of outputs) end[latest[node]!] = length;
    for (let t = 0; t < length; t++)
      if (kept[t] === 1 && end[t]! < length) ends[end[t]!]! += facts.bytes[nodes[t]!]!;
    let live = 0;
    let sum = 0;
    for (let t = 0; t < length; t++) {
      if (kept[t] === 0) continue;
      live += facts.bytes[nodes[t]!]!;
      if (live > limit) sum += live - limit;
      live -= ends[t]!;
    }
    return sum;
  };
  return { excess };
};
