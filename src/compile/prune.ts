/** Drop what no output needs. */
import type { NodeId, Program, ProgramNode } from "./program.js";

/** The nodes that an output depends on, as a flag per node. */
export const neededNodes = <A>(program: Program<A>): readonly boolean[] => {
  const needed = program.nodes.map(() => false);
  for (const output of program.outputs) needed[output.node] = true;
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const node = program.nodes[id]!;
    if (needed[id] && node.kind === "apply") for (const arg of node.args) needed[arg] = true;
  }
  return needed;
};

/** The same program without the nodes that no output needs, unused inputs included. */
export const prune = <A>(program: Program<A>): Program<A> => {
  const needed = neededNodes(program);
  const position = new Map<NodeId, NodeId>();
  const nodes: ProgramNode<A>[] = [];
  for (const [id, node] of program.nodes.entries()) {
    if (!needed[id]) continue;
    position.set(
      id,
      nodes.push(
        node.kind === "apply"
          ? { ...node, args: node.args.map((arg) => position.get(arg)!) }
          : node,
      ) - 1,
    );
  }
  return {
    nodes,
    outputs: program.outputs.map((o) => ({ name: o.name, node: position.get(o.node)! })),
  };
};
