/**
 * Whether blocks suit a program. They do unless kernels of several taps are trained on few examples: the
 * gradient then comes out of plain operators, and to take kernels in and out of blocks costs more than the
 * blocks save. (ResNet-18 at 64x64, full fine-tuning: a batch of 1 takes 1.3 to 1.8 times as long in blocks,
 * of 8 0.7 times. Gates are small, so projection is faster in blocks for every batch.)
 */
import { taps } from "../../tensor/geometry.js";
import type { Program } from "../program.js";
import { fillsLanes, isBlockable, isDepthwise } from "./blockable.js";

export const suitsBlocks = (program: Program, b: number): boolean => {
  const readers = program.nodes.map((): string[] => []);
  for (const node of program.nodes)
    if (node.kind === "apply") for (const arg of node.args) readers[arg]!.push(node.primitive.op);
  return !program.nodes.some((node, id) => {
    if (node.kind !== "apply" || node.primitive.op !== "convFilterGrad") return false;
    const { primitive: p, shape, args } = node;
    return (
      isBlockable(p, shape) &&
      !isDepthwise(p, shape) &&
      taps(p.geometry) > 1 &&
      !fillsLanes(program.nodes[args[0]!]!.shape[0]!, b) &&
      readers[id]!.some((reader) => reader !== "gateGrad")
    );
  });
};
