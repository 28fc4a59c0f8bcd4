/**
 * When a value may be freed. A program is a straight line, so a value lives from its definition to its last
 * use; outputs live to the end. Targets free intermediates with this, and reports quote the peak.
 */
import { size } from "../tensor/shape.js";
import type { NodeId, Program } from "./program.js";

/**
 * For each node, the nodes that nobody needs once it has been computed. Outputs are never released, nor are
 * nodes that nothing reads (prune the program first); inputs and constants are, and a target that keeps them
 * on its device skips those.
 */
export const releasedAfter = <A>(program: Program<A>): readonly (readonly NodeId[])[] => {
  const released: NodeId[][] = program.nodes.map(() => []);
  const seen = new Set<NodeId>(program.outputs.map((o) => o.node));
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const node = program.nodes[id]!;
    if (node.kind !== "apply") continue;
    for (const arg of node.args) {
      if (seen.has(arg)) continue;
      seen.add(arg);
      released[id]!.push(arg);
    }
  }
  return released;
};

/** The most elements that computed values hold at once; inputs and constants do not count. */
export const peakElements = <A>(program: Program<A>): number => {
  const released = releasedAfter(program);
  let live = 0;
  let peak = 0;
  for (const [id, node] of program.nodes.entries()) {
    if (node.kind !== "apply") continue;
    live += size(node.shape);
    peak = Math.max(peak, live);
    for (const dead of released[id]!)
      if (program.nodes[dead]!.kind === "apply") live -= size(program.nodes[dead]!.shape);
  }
  return peak;
};
