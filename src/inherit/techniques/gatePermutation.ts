/**
 * Permutation of scalars alone: the scalars and biases of a layer's nodes change places, frozen kernels stay, and
 * the readers follow the scalars. On a layer with one input vector that is a permutation of nodes. On a projected
 * layer node `j` then has another node's gates on its own kernels, and is neither of the two.
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../../algebra/random.js";
import type { Ring } from "../../algebra/ring.js";
import { rational } from "../../algebra/rational.js";
import type { Operator } from "../../model/operator.js";
import { consecutive, homogeneous, scalarWeighted } from "../assumption.js";
import { hiddenCount, withHidden, type Stack } from "../stack.js";
import { onEachStack, symmetryLaw } from "../symmetry.js";
import { technique } from "../technique.js";
import { drawOrder, type PermutationOptions } from "./nodePermutation.js";

const withScalarsOf = <A>(
  ring: Ring<A>,
  stack: Stack<A>,
  order: readonly number[],
): ReadonlyMap<string, Operator<A>> => {
  const moved = new Map(withHidden(ring, stack, order));
  const { lower } = stack;
  const op = moved.get(lower.name)!;
  if (lower.op.kind === "projected" && op.kind === "projected")
    moved.set(lower.name, { ...op, kernel: lower.op.kernel });
  return moved;
};

export const gatePermutation = technique({
  name: "gate permutation",
  needs: [scalarWeighted, homogeneous, consecutive],
  does: "puts the scalars of a layer's nodes in another order, and the rows of its readers; kernels stay",
  source: "Hecht-Nielsen 1990, read as a statement about weights",
  scope: "stack",
  theorems: { inherited: ["homogeneous_inherited"], refused: ["gate_permutation_refused"] },
  defaults: { seed: 0 } as PermutationOptions,
  law: symmetryLaw("the scalars of hidden nodes may change places", (t, stack) =>
    withScalarsOf(rational, stack, drawOrder(t, hiddenCount(stack))),
  ),
  apply: onEachStack(({ ring }, stack, { seed }: PermutationOptions) => {
    const count = hiddenCount(stack);
    const order = Array.from(
      randomStream(seed, "permutation", stack.lower.name).permutation(count),
    );
    return E.right({
      ops: withScalarsOf(ring, stack, order),
      what: `scalars of ${count} nodes in another order`,
      figures: { nodes: count, moved: order.filter((from, to) => from !== to).length },
    });
  }),
});
