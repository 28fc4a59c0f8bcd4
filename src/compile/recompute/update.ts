/**
 * Where updates stand. The *update* of a parameter is what serves its next value and its optimizer's next
 * states alone: the instructions from which only outputs named `p` or `p/...` can be reached.
 *
 * Early, directly behind the last thing it reads, an update lets the gradient and what the gradient was made
 * of die; late, at the end, it spares the room of the next values in between, at the price of keeping what
 * the gradient is made of. Early is the rule. Late pays where those are the smaller: the last layers of an
 * image classifier have the most parameters and the smallest activations.
 */
import type { NodeId } from "../program.js";
import { inOrder, type Facts, type Sequence } from "./sequence.js";

const mixed = -1;
const unreached = -2;

/** For each node the index of the update to which it belongs, or -1. */
const updateOf = <A>(facts: Facts<A>): Int32Array => {
  const { nodes, outputs } = facts.program;
  const parameters = new Set(
    nodes.flatMap((node) =>
      node.kind === "input" && node.role === "parameter" ? [node.name] : [],
    ),
  );
  const indices = new Map<string, number>();
  const groupOf = (name: string): number => {
    const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    const group = parameters.has(name) || !parameters.has(parent) ? name : parent;
    const known = indices.get(group);
    if (known !== undefined) return known;
    indices.set(group, indices.size);
    return indices.size - 1;
  };
  const groups = new Int32Array(nodes.length).fill(unreached);
  const reach = (id: NodeId, group: number): void => {
    groups[id] = groups[id] === unreached || groups[id] === group ? group : mixed;
  };
  for (const { name, node } of outputs) reach(node, groupOf(name));
  for (let id = nodes.length - 1; id >= 0; id--)
    for (const arg of facts.args[id]!) reach(arg, groups[id]!);
  return groups.map((group, id) => (nodes[id]!.kind === "apply" ? group : mixed));
};

/** The updates of a program: the nodes of each, in order. */
export const updatesOf = <A>(facts: Facts<A>): readonly (readonly NodeId[])[] => {
  const groups = updateOf(facts);
  const updates = new Map<number, NodeId[]>();
  for (const [id, group] of groups.entries()) {
    if (group < 0) continue;
    const update = updates.get(group);
    if (update === undefined) updates.set(group, [id]);
    else update.push(id);
  }
  return [...updates.values()];
};

/**
 * Every node once: what costs nothing to have first, then the program's order, but each member of an update
 * directly behind the last thing it reads.
 */
export const early = <A>(facts: Facts<A>): Sequence => {
  const { nodes } = facts.program;
  const free = nodes.map(
    (node, id) => facts.resident[id]! || (node.kind === "input" && node.role === "hyper"),
  );
  const member = new Uint8Array(nodes.length);
  for (const id of updatesOf(facts).flat()) member[id] = 1;
  // A member stands behind the last of its arguments that is no member, its own or its arguments'.
  const anchor = new Int32Array(nodes.length).fill(-1);
  const behind = new Map<NodeId, NodeId[]>();
  for (const id of nodes.keys()) {
    if (member[id] === 0) continue;
    for (const arg of facts.args[id]!)
      if (!free[arg]!) anchor[id] = Math.max(anchor[id]!, member[arg] === 0 ? arg : anchor[arg]!);
  }
  // What reads nothing but those free nodes waits for its first reader; its own outputs may come last.
  const last = nodes.length - 1;
  const reader = new Int32Array(nodes.length).fill(last);
  for (let id = last; id >= 0; id--) {
    if (member[id] === 0) continue;
    if (anchor[id] === -1) anchor[id] = reader[id]!;
    for (const arg of facts.args[id]!) reader[arg] = Math.min(reader[arg]!, anchor[id]!);
  }
  for (const id of nodes.keys())
    if (member[id] === 1) behind.set(anchor[id]!, [...(behind.get(anchor[id]!) ?? []), id]);
  const order = [...nodes.keys()].filter((id) => free[id]!);
  for (const id of nodes.keys())
    if (!free[id]! && member[id] === 0) order.push(id, ...(behind.get(id) ?? []));
  return inOrder(order);
};

/** The sequence with an update moved to its end. */
export const late = (s: Sequence, update: readonly NodeId[]): Sequence => {
  const last = update.at(-1)!;
  const member = new Uint8Array(last + 1);
  for (const id of update) member[id] = 1;
  const nodes = new Int32Array(s.nodes.length + update.length);
  const decisions = new Int32Array(nodes.length);
  let length = 0;
  for (let t = 0; t < s.nodes.length; t++) {
    const node = s.nodes[t]!;
    if (node <= last && member[node] === 1) continue;
    nodes[length] = node;
    decisions[length++] = s.decisions[t]!;
  }
  nodes.set(update, length);
  length += update.length;
  return { nodes: nodes.slice(0, length), decisions: decisions.slice(0, length) };
};
