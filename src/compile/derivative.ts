/**
 * Reverse-mode differentiation as a program transformation.
 *
 * For a loss `L` and `dL/dL = 1`, the nodes are visited from the loss backwards. When a node is reached, all
 * its readers have been visited, so its cotangent is complete; its rule then emits what it contributes to
 * its arguments, and contributions to one node are added. Only arguments that depend on something in `wrt`
 * receive any: below the first trainable parameter nothing is emitted.
 */
import { sameShape } from "../tensor/shape.js";
import type { Builder } from "./builder.js";
import { linearRules } from "./derivative/linear.js";
import { pointwiseRules } from "./derivative/pointwise.js";
import type { Application, Contribution, Rule } from "./derivative/rule.js";
import { windowRules } from "./derivative/window.js";
import type { NodeId, Primitive, PrimitiveName } from "./program.js";

/** One adjoint rule per primitive. */
export type Adjoints = Readonly<Record<PrimitiveName, Rule<never>>>;

/** The rules of the dialect. */
export const adjoints: Adjoints = { ...windowRules, ...linearRules, ...pointwiseRules };

/** What may be chosen about a differentiation. */
export interface Differentiation {
  /** The cotangent of the loss; ones unless told, which for a scalar loss gives the gradient. */
  readonly seed?: NodeId;
  /**
   * Called as soon as the gradient of one of `wrt` is complete. Code emitted here stands before the rest of
   * the backward pass, so that a gradient used at once need not be kept.
   */
  readonly onGradient?: (of: NodeId, gradient: NodeId) => void;
  /** Other rules than the dialect's: for tests that a wrong one is noticed. */
  readonly rules?: Adjoints;
}

/** Which nodes depend on one of `wrt`. */
const dependents = <A>(b: Builder<A>, wrt: ReadonlySet<NodeId>): readonly boolean[] => {
  const depends: boolean[] = [];
  for (const [id, node] of b.nodes.entries())
    depends.push(wrt.has(id) || (node.kind === "apply" && node.args.some((arg) => depends[arg])));
  return depends;
};

/**
 * The sum of two cotangents. Where one repeats a vector per channel, it is added along the channels, and
 * the repetition is never made (the builder's prune drops it).
 */
const accumulate = <A>(b: Builder<A>, sum: NodeId, more: NodeId): NodeId => {
  const node = b.nodes[more]!;
  return node.kind === "apply" &&
    node.primitive.op === "broadcast" &&
    sameShape(b.shape(node.args[0]!), node.shape.slice(-1)) &&
    !node.primitive.axes.includes(node.shape.length - 1)
    ? b.apply({ op: "channelShift" }, sum, node.args[0]!)
    : b.apply({ op: "add" }, sum, more);
};

/**
 * Emit the gradient of `loss` in each of `wrt`. A node of `wrt` on which the loss does not depend is absent
 * from the answer. Where a needed derivative is not expressible in the dialect (second derivatives of
 * activations, of max pooling and of the loss) the builder refuses.
 *
 * @example
 * import { differentiate, float64, interpret, programBuilder, tensor } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const b = programBuilder(float64)
 * const x = b.input("x", "batch", [3])
 * const loss = b.apply({ op: "sum", axes: [0] }, b.apply({ op: "multiply" }, x, x))
 * b.output("gradient", differentiate(b, loss, [x]).get(x)!)
 * const values = E.chain((program) => interpret(float64)(program, { x: tensor([3], [1, 2, 5]) }))(b.finish())
 * const gradient = E.map((v) => Array.from(v["gradient"].data))(values)
 * assert.deepStrictEqual(gradient, E.right([2, 4, 10]))
 */
export const differentiate = <A>(
  b: Builder<A>,
  loss: NodeId,
  wrt: readonly NodeId[],
  options: Differentiation = {},
): ReadonlyMap<NodeId, NodeId> => {
  const rules = options.rules ?? adjoints;
  const targets = new Set(wrt);
  const needed = dependents(b, targets);
  const gradients = new Map<NodeId, NodeId>();
  const cotangents = new Map<NodeId, NodeId>();
  if (needed[loss]) cotangents.set(loss, options.seed ?? b.fill("seed", b.shape(loss), 1));

  const contribute = (op: PrimitiveName, to: NodeId, contribution: Contribution): void => {
    if (!needed[to] || contribution === "nothing") return;
    if (typeof contribution !== "function") {
      b.refuse({
        where: op,
        found: `a need for ${contribution.missing}`,
        expected: "first derivatives of activations, max pooling and the loss",
      });
      return;
    }
    const node = contribution();
    const sum = cotangents.get(to);
    cotangents.set(to, sum === undefined ? node : accumulate(b, sum, node));
  };

  for (let id = loss; id >= 0; id--) {
    const cotangent = cotangents.get(id);
    if (cotangent === undefined) continue;
    cotangents.delete(id);
    const node = b.nodes[id]!;
    if (targets.has(id)) {
      gradients.set(id, cotangent);
      options.onGradient?.(id, cotangent);
    }
    if (node.kind !== "apply") continue;
    const at: Application = {
      args: node.args,
      value: id,
      cotangent,
      shape: (i) => b.shape(node.args[i]!),
    };
    const rule = rules[node.primitive.op] as Rule<Primitive>;
    b.inLayer(node.layer, () => {
      for (const [i, contribution] of rule(b, node.primitive, at).entries())
        contribute(node.primitive.op, node.args[i]!, contribution);
    });
  }
  return gradients;
};
