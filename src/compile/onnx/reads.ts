/** Which arguments a lowering really reads. */
import type { NodeId, Primitive, Program } from "../program.js";

/**
 * The positions of the arguments that are read. Whether a relu passed its argument on can be told from its
 * value, so its adjoint leaves the argument alone, which may then disappear into a fused operator.
 */
export const readArguments = (p: Primitive, count: number): readonly number[] =>
  p.op === "activationGrad" &&
  (p.fn.name === "relu" || (p.fn.name === "leakyRelu" && p.fn.slope > 0))
    ? [1, 2]
    : Array.from({ length: count }, (_, i) => i);

/** How often each node is read, by instructions and as an output. */
export const readCounts = (program: Program): readonly number[] => {
  const counts = program.nodes.map(() => 0);
  const count = (id: NodeId): void => {
    counts[id] = counts[id]! + 1;
  };
  for (const node of program.nodes)
    if (node.kind === "apply")
      for (const i of readArguments(node.primitive, node.args.length)) count(node.args[i]!);
  for (const { node } of program.outputs) count(node);
  return counts;
};
