/**
 * Which instructions become one operator of the blocked dialect.
 *
 * Its convolution computes `activation(conv(x, w) + bias + sum)`. So a convolution, a shift, an addition and
 * an activation in a row, each read by the next alone, are one operator; so is an input gradient with the
 * addition that accumulates it, and a per-channel map, which is a depthwise convolution of one tap.
 */
import type { ActivationFunction } from "../../model/activation.js";
import type { NodeId, Program, ProgramNode } from "../program.js";
import { readCounts } from "./reads.js";

/** One operator made of several instructions. */
export interface Fusion {
  /** The convolution, input gradient or per-channel map inside. */
  readonly core: NodeId;
  /** A vector added to the core along the channels. */
  readonly bias: NodeId | null;
  /** A tensor added to that. */
  readonly sum: NodeId | null;
  readonly activation: ActivationFunction | null;
}

/** The fusions of a program by their last instruction, and the instructions inside them. */
export interface Fusions {
  readonly roots: ReadonlyMap<NodeId, Fusion>;
  readonly absorbed: ReadonlySet<NodeId>;
}

/** The activations that the blocked convolution can apply. */
const fusible = (fn: ActivationFunction): boolean =>
  fn.name === "relu" || fn.name === "relu6" || fn.name === "leakyRelu";

type Application = ProgramNode & { readonly kind: "apply" };

/** Find the fusions whose core is one that `isCore` accepts. */
export const fusionsOf = (program: Program, isCore: (id: NodeId) => boolean): Fusions => {
  const counts = readCounts(program);
  const roots = new Map<NodeId, Fusion>();
  const absorbed = new Set<NodeId>();
  const application = (id: NodeId): Application | null => {
    const node = program.nodes[id]!;
    return node.kind === "apply" ? node : null;
  };
  /** Whether only the instruction at hand reads it. */
  const isOwn = (id: NodeId): boolean => counts[id] === 1 && !absorbed.has(id);

  /** A core, possibly with a bias, that ends at `id`. */
  const biased = (
    id: NodeId,
  ): { readonly inside: readonly NodeId[]; readonly fusion: Fusion } | null => {
    const node = application(id);
    if (node === null) return null;
    const inner = node.args[0]!;
    if (
      node.primitive.op === "channelShift" &&
      application(inner)?.primitive.op === "conv" &&
      isOwn(inner) &&
      isCore(inner)
    )
      return {
        inside: [id, inner],
        fusion: { core: inner, bias: node.args[1]!, sum: null, activation: null },
      };
    return isCore(id)
      ? { inside: [id], fusion: { core: id, bias: null, sum: null, activation: null } }
      : null;
  };

  /** That, with something added. */
  const added = (id: NodeId): ReturnType<typeof biased> => {
    const node = application(id);
    if (node?.primitive.op === "add") {
      const [x, y] = [node.args[0]!, node.args[1]!];
      // The later argument first: the other one is then certainly there.
      const orders =
        x > y ? [[x, y] as const, [y, x] as const] : [[y, x] as const, [x, y] as const];
      for (const [own, other] of orders) {
        const found = own !== other && isOwn(own) ? biased(own) : null;
        if (found !== null)
          return { inside: [id, ...found.inside], fusion: { ...found.fusion, sum: other } };
      }
    }
    return biased(id);
  };

  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const node = application(id);
    if (node === null || absorbed.has(id)) continue;
    const { primitive } = node;
    const inner = node.args[0]!;
    const below =
      primitive.op === "activation" && fusible(primitive.fn) && isOwn(inner) ? added(inner) : null;
    // The adjoint of a strided convolution comes in parts, with no place for an activation.
    const isWhole =
      below !== null && application(below.fusion.core)?.primitive.op !== "convInputGrad";
    const found =
      isWhole && primitive.op === "activation"
        ? { inside: [id, ...below.inside], fusion: { ...below.fusion, activation: primitive.fn } }
        : added(id);
    if (found === null) continue;
    roots.set(id, found.fusion);
    for (const member of found.inside) if (member !== id) absorbed.add(member);
  }
  return { roots, absorbed };
};
