/**
 * A program as the order in which its nodes are computed, where a node may occur more than once.
 *
 * An entry reads, of each argument, the latest occurrence before it, and an output is its node's last
 * occurrence. Primitives are pure functions, so by induction along the sequence every occurrence of a node
 * has the value that the node has in the program: whatever sequence is made, as long as each argument occurs
 * before its reader, computes the same outputs. Reading the latest occurrence lets earlier ones die soonest.
 */
import { nodeCost } from "../cost.js";
import { bytesOf, isAlias, isResident, lifetimesOf, type Lifetimes } from "../footprint.js";
import type { NodeId, Program, ProgramNode } from "../program.js";

/** Nodes in the order in which they are computed. */
export interface Sequence {
  readonly nodes: Int32Array;
  /** For each entry, which decision put it there; 0 for what the program had. */
  readonly decisions: Int32Array;
}

/** What is known of a program's nodes, by position. */
export interface Facts<A> {
  readonly program: Program<A>;
  readonly args: readonly (readonly NodeId[])[];
  readonly bytes: Float64Array;
  readonly cost: Float64Array;
  readonly resident: readonly boolean[];
  readonly alias: readonly boolean[];
}

/** The facts of a program. */
export const factsOf = <A>(program: Program<A>): Facts<A> => {
  const { nodes } = program;
  const resident = nodes.map(isResident);
  const alias = nodes.map(isAlias);
  return {
    program,
    args: nodes.map((node) => (node.kind === "apply" ? node.args : [])),
    bytes: Float64Array.from(nodes, (node, id) =>
      resident[id]! || alias[id]! ? 0 : bytesOf(node.shape),
    ),
    cost: Float64Array.from(nodes, (node) => nodeCost(program, node)),
    resident,
    alias,
  };
};

/** Every node once, in the given order. */
export const inOrder = (nodes: readonly NodeId[]): Sequence => ({
  nodes: Int32Array.from(nodes),
  decisions: new Int32Array(nodes.length),
});

/** The entries for which `keep` holds, of their position. */
export const filtered = (s: Sequence, keep: (position: number) => boolean): Sequence => {
  const nodes = new Int32Array(s.nodes.length);
  const decisions = new Int32Array(s.nodes.length);
  let length = 0;
  for (let t = 0; t < s.nodes.length; t++) {
    if (!keep(t)) continue;
    nodes[length] = s.nodes[t]!;
    decisions[length++] = s.decisions[t]!;
  }
  return { nodes: nodes.slice(0, length), decisions: decisions.slice(0, length) };
};

/** The sequence with nodes inserted before a position, by one decision. */
export const inserted = (
  s: Sequence,
  before: number,
  nodes: readonly NodeId[],
  decision: number,
): Sequence => {
  const widened = (from: Int32Array, middle: ArrayLike<number>): Int32Array => {
    const to = new Int32Array(from.length + middle.length);
    to.set(from.subarray(0, before));
    to.set(middle, before);
    to.set(from.subarray(before), before + middle.length);
    return to;
  };
  return {
    nodes: widened(s.nodes, nodes),
    decisions: widened(s.decisions, new Int32Array(nodes.length).fill(decision)),
  };
};

/** The sequence without the occurrences that nothing reads. */
export const needed = <A>(facts: Facts<A>, s: Sequence): Sequence => {
  const wanted = new Uint8Array(facts.args.length);
  const kept = new Uint8Array(s.nodes.length);
  for (const { node } of facts.program.outputs) wanted[node] = 1;
  for (let t = s.nodes.length - 1; t >= 0; t--) {
    const node = s.nodes[t]!;
    if (wanted[node] === 0) continue;
    wanted[node] = 0;
    kept[t] = 1;
    for (const arg of facts.args[node]!) wanted[arg] = 1;
  }
  return filtered(s, (t) => kept[t] === 1);
};

/** A sequence with its links and lifetimes. */
export interface Linked extends Lifetimes {
  readonly sequence: Sequence;
  /** The positions that each position reads. */
  readonly args: readonly (readonly number[])[];
  /** For each output of the program the position of its value. */
  readonly outputs: readonly number[];
}

/** Link every reader to the latest occurrence of what it reads. */
export const link = <A>(facts: Facts<A>, sequence: Sequence): Linked => {
  const latest = new Int32Array(facts.args.length).fill(-1);
  const args: (readonly number[])[] = [];
  const bytes = new Float64Array(sequence.nodes.length);
  for (let t = 0; t < sequence.nodes.length; t++) {
    const node = sequence.nodes[t]!;
    args.push(facts.args[node]!.map((arg) => latest[arg]!));
    bytes[t] = facts.bytes[node]!;
    latest[node] = t;
  }
  const outputs = facts.program.outputs.map((o) => latest[o.node]!);
  const alias = (t: number): boolean => facts.alias[sequence.nodes[t]!]!;
  return { sequence, args, outputs, ...lifetimesOf({ args, bytes, alias, outputs }) };
};

/** The multiply-adds of a sequence. */
export const costOf = <A>(facts: Facts<A>, { nodes }: Sequence): number =>
  nodes.reduce((sum, node) => sum + facts.cost[node]!, 0);

/** The program that computes in this order. */
export const programOf = <A>(facts: Facts<A>, { sequence, args, outputs }: Linked): Program<A> => ({
  nodes: Array.from(sequence.nodes, (id, t): ProgramNode<A> => {
    const node = facts.program.nodes[id]!;
    return node.kind === "apply" ? { ...node, args: args[t]! } : node;
  }),
  outputs: facts.program.outputs.map(({ name }, i) => ({ name, node: outputs[i]! })),
});
