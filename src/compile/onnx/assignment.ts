/**
 * Which layout each value of a program gets.
 *
 * Values that element-wise and per-channel instructions and pooling connect form a class, and a class has
 * one layout, so that nothing is converted inside it. A class that a convolution reads or writes lies in
 * blocks (in planes where there are none); a class with the gradient of a kernel lies as the filter
 * gradient gives it, so that an optimizer's arithmetic and states follow; all others lie in rows.
 *
 * Blocks are padded with zeros. Where a class would be padded and one of its instructions turns zeros into
 * something else (a sigmoid, a quotient), it goes without padding: zeros in the padding stay zeros.
 */
import { isPointwiseActivation, type ActivationFunction } from "../../model/activation.js";
import { taps } from "../../tensor/geometry.js";
import type { NodeId, Primitive, Program, ProgramNode } from "../program.js";
import { isBlockable, isDepthwise } from "./blockable.js";
import {
  blocks,
  depthwiseBlocks,
  isPadded,
  kernelBlocks,
  kernelColumns,
  kernelPlanes,
  planes,
  rows,
  type Layout,
} from "./layout.js";
import { readArguments } from "./reads.js";

/** The arguments that share the layout of the result. */
const linked = (p: Primitive, count: number): readonly number[] => {
  switch (p.op) {
    case "channelAffine":
    case "channelScale":
    case "channelShift":
    case "scale":
    case "offset":
    case "scaleBy":
    case "elementary":
    case "maxPool":
    case "averagePool":
    case "averagePoolGrad":
      return [0];
    case "add":
    case "subtract":
    case "multiply":
    case "divide":
    case "maxPoolGrad":
    case "concat":
      return Array.from({ length: count }, (_, i) => i);
    case "activation":
      return isPointwiseActivation(p.fn) ? [0] : [];
    case "activationGrad":
      return isPointwiseActivation(p.fn) ? readArguments(p, count) : [];
    default:
      return [];
  }
};

const vanishesAtZero = (fn: ActivationFunction): boolean =>
  fn.name !== "sigmoid" && fn.name !== "hardSigmoid" && fn.name !== "softmax";

/** Whether an instruction maps zeros to zeros. */
const keepsZeros = (p: Primitive): boolean => {
  switch (p.op) {
    case "offset":
    case "divide":
      return false;
    case "elementary":
      return p.fn === "sqrt";
    case "activation":
      return vanishesAtZero(p.fn);
    default:
      return true;
  }
};

/** Disjoint sets of nodes. */
const disjointSets = (count: number) => {
  const parent = Array.from({ length: count }, (_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = i; parent[at] !== root;) [parent[at], at] = [root, parent[at]!];
    return root;
  };
  return { find, join: (a: number, b: number): void => void (parent[find(a)] = find(b)) };
};

/** What speaks for a layout; the strongest reason of a class wins. */
interface Reason {
  readonly strength: number;
  readonly layout: Layout;
}

/** The layouts for which an application gives reasons, of itself and of its arguments. */
const reasonsOf = (
  program: Program,
  id: NodeId,
  node: ProgramNode & { readonly kind: "apply" },
  b: number | null,
): readonly (readonly [NodeId, Reason])[] => {
  const p = node.primitive;
  const [first, second] = [node.args[0]!, node.args[1]!];
  const shapeOf = (at: NodeId) => program.nodes[at]!.shape;
  const activation: Reason = {
    strength: 3,
    layout: b === null ? planes : blocks,
  };
  const spatial = (at: NodeId): readonly (readonly [NodeId, Reason])[] => {
    const rank = shapeOf(at).length;
    return rank < 3
      ? []
      : [[at, rank === 4 ? activation : { strength: 3, layout: planes }] as const];
  };
  const input = (at: NodeId) => (b !== null && shapeOf(at).at(-1)! < b ? [] : spatial(at));
  switch (p.op) {
    case "conv":
      return [
        ...input(first),
        ...spatial(id),
        [second, { strength: 1, layout: kernelLayout(p, shapeOf(second), b) }],
      ];
    case "convInputGrad":
      return [...spatial(first), ...spatial(id)];
    case "convFilterGrad":
      return [
        ...input(first),
        ...spatial(second),
        [id, { strength: 2, layout: gradientLayout(p, shapeOf(id), b) }],
      ];
    case "gateGrad": {
      const gradient = program.nodes[second]!;
      const isPointwise =
        b !== null &&
        gradient.kind === "apply" &&
        gradient.primitive.op === "convFilterGrad" &&
        taps(gradient.primitive.geometry) === 1 &&
        isBlockable(gradient.primitive, gradient.shape);
      return isPointwise ? [[id, { strength: 2, layout: kernelBlocks }]] : [];
    }
    default:
      return [];
  }
};

type Windowed = Extract<Primitive, { readonly op: "conv" | "convFilterGrad" }>;

/** How a kernel lies that a convolution reads and nobody trains. */
const kernelLayout = (p: Windowed, shape: readonly number[], b: number | null): Layout =>
  b === null || !isBlockable(p, shape)
    ? kernelPlanes
    : isDepthwise(p, shape)
      ? depthwiseBlocks
      : kernelBlocks;

/** How the filter gradient comes out. */
const gradientLayout = (p: Windowed, shape: readonly number[], b: number | null): Layout =>
  b === null || !isBlockable(p, shape)
    ? kernelPlanes
    : isDepthwise(p, shape)
      ? depthwiseBlocks
      : taps(p.geometry) === 1
        ? kernelBlocks
        : kernelColumns;

/** The layout of every node's value, for blocks of `b` channels or, with `null`, without blocks. */
export const assignLayouts = (program: Program, b: number | null): readonly Layout[] => {
  const { nodes } = program;
  const sets = disjointSets(nodes.length);
  for (const [id, node] of nodes.entries()) {
    if (node.kind !== "apply") continue;
    const p = node.primitive;
    const isSplit =
      p.op === "concat" &&
      b !== null &&
      node.args.some((arg) => nodes[arg]!.shape.at(-1)! % b !== 0);
    if (!isSplit)
      for (const i of linked(p, node.args.length)) {
        const arg = nodes[node.args[i]!]!;
        if (arg.kind !== "constant" && arg.shape.length === node.shape.length)
          sets.join(id, node.args[i]!);
      }
  }
  for (const { name, node } of program.outputs) {
    const replaced = nodes.findIndex((n) => n.kind === "input" && n.name === name);
    if (replaced >= 0) sets.join(replaced, node);
  }

  const reasons = new Map<number, Reason>();
  for (const [id, node] of nodes.entries())
    if (node.kind === "apply")
      for (const [at, reason] of reasonsOf(program, id, node, b)) {
        const root = sets.find(at);
        if (reason.strength > (reasons.get(root)?.strength ?? 0)) reasons.set(root, reason);
      }

  const unpadded = new Set<number>();
  for (const [id, node] of nodes.entries()) {
    const root = sets.find(id);
    const layout = reasons.get(root)?.layout;
    if (layout !== undefined && node.kind === "apply" && !keepsZeros(node.primitive))
      if (isPadded(layout, node.shape, b ?? 1)) unpadded.add(root);
  }
  return nodes.map((_, id) => {
    const root = sets.find(id);
    const layout = reasons.get(root)?.layout ?? rows;
    return unpadded.has(root) ? (layout.kind === "blocks" ? planes : rows) : layout;
  });
};
