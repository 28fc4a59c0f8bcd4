/**
 * What a program costs, in multiply-adds. Counted are the products that the definition asks for: a
 * convolution and its two gradients each cost one product per output element, tap and input channel of the
 * group (taps that read padding included), a matrix product one per inner index, everything else one
 * operation per element it reads or writes, whichever are more.
 */
import { channelsOf, size } from "../tensor/shape.js";
import type { Program, ProgramNode } from "./program.js";

/** Multiply-adds of a program: altogether, by primitive and by layer. */
export interface Cost {
  readonly total: number;
  readonly byPrimitive: Readonly<Record<string, number>>;
  /** Instructions that belong to no layer (the loss, the update) stand under the empty name. */
  readonly byLayer: Readonly<Record<string, number>>;
}

/** Products of a convolution: elements of its value times the kernel's taps and input channels. */
const convolutionProducts = (kernel: readonly number[], value: readonly number[]): number =>
  (size(value) / channelsOf(value)) * size(kernel);

/** Multiply-adds of one node. */
export const nodeCost = <A>(program: Program<A>, node: ProgramNode<A>): number => {
  if (node.kind !== "apply") return 0;
  const shapeOf = (i: number): readonly number[] => program.nodes[node.args[i]!]!.shape;
  switch (node.primitive.op) {
    case "conv":
      return convolutionProducts(shapeOf(1), node.shape);
    case "convInputGrad":
      return convolutionProducts(shapeOf(1), shapeOf(0));
    case "convFilterGrad":
      return convolutionProducts(node.shape, shapeOf(1));
    case "matmul":
      return size(node.shape) * (node.primitive.transposeA ? shapeOf(0)[0]! : (shapeOf(0)[1] ?? 1));
    case "reshape":
      return 0;
    default:
      return Math.max(size(node.shape), ...node.args.map((_, i) => size(shapeOf(i))));
  }
};

/** The cost of a program. */
export const programCost = <A>(program: Program<A>): Cost => {
  const byPrimitive: Record<string, number> = {};
  const byLayer: Record<string, number> = {};
  let total = 0;
  for (const node of program.nodes) {
    if (node.kind !== "apply") continue;
    const cost = nodeCost(program, node);
    const layer = node.layer ?? "";
    byPrimitive[node.primitive.op] = (byPrimitive[node.primitive.op] ?? 0) + cost;
    byLayer[layer] = (byLayer[layer] ?? 0) + cost;
    total += cost;
  }
  return { total, byPrimitive, byLayer };
};
