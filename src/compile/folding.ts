/**
 * Constant folding: what depends on constants alone is computed once, when the program is made.
 *
 * A frozen batch norm becomes one scale and one shift this way, and a frozen gate its merged kernel. The
 * arithmetic may be wider than the program's: with float64 and one rounding at the end (`store`), a folded
 * constant is the float32 number nearest to its definition, up to float64's own rounding.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { size } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { applyPrimitive } from "./interpret.js";
import type { NodeId, Program, ProgramNode } from "./program.js";
import { prune } from "./prune.js";

/**
 * Replace every instruction whose arguments are constants by its value, and drop what is no longer needed.
 * An instruction that enlarges (a broadcast, an up-sampling) stays: its value would cost memory for ever.
 */
export const foldConstants =
  <A>(ring: Ring<A>, store: (value: Tensor<A>) => Tensor<A>) =>
  (program: Program<A>): Result<Program<A>> => {
    const known = new Map<NodeId, Tensor<A>>();
    const nodes: ProgramNode<A>[] = [];
    for (const [id, node] of program.nodes.entries()) {
      nodes.push(node);
      if (node.kind === "constant") known.set(id, node.value);
      if (node.kind !== "apply") continue;
      const args = node.args.flatMap((arg) => known.get(arg) ?? []);
      const elements = args.reduce((n, arg) => n + size(arg.shape), 0);
      if (args.length < node.args.length || size(node.shape) > elements) continue;
      const value = applyPrimitive(ring)(node.primitive, args);
      if (E.isLeft(value))
        return E.left(within(`${node.layer ?? "program"}, ${node.primitive.op}`)(value.left));
      known.set(id, value.right);
      nodes[id] = {
        kind: "constant",
        name: `${node.layer ?? "program"}/${node.primitive.op}`,
        shape: node.shape,
        value: value.right,
      };
    }
    const kept = prune({ nodes, outputs: program.outputs });
    const original = new Set(
      program.nodes.flatMap((node) => (node.kind === "constant" ? [node.value] : [])),
    );
    return E.right({
      ...kept,
      nodes: kept.nodes.map((node) =>
        node.kind === "constant" && !original.has(node.value)
          ? { ...node, value: store(node.value) }
          : node,
      ),
    });
  };
