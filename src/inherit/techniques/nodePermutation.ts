/**
 * Permutation of hidden nodes: the nodes of a layer change places, and so do the rows that read them. A node of a
 * projected layer is its gates and its frozen kernels, and the kernels move along, on the lower side and on the
 * upper. Moving the gates alone is another thing, which only homogeneous layers allow (see gatePermutation.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../../algebra/random.js";
import type { Tape } from "../../laws/generators/tape.js";
import { rational } from "../../algebra/rational.js";
import { consecutive } from "../assumption.js";
import { hiddenCount, withHidden } from "../stack.js";
import { onEachStack, symmetryLaw } from "../symmetry.js";
import { technique } from "../technique.js";

/** Which order. */
export interface PermutationOptions {
  readonly seed: number;
}

/** An order of `n` things, from a tape. */
export const drawOrder = (t: Tape, n: number): readonly number[] => {
  const rest = Array.from({ length: n }, (_, i) => i);
  const order: number[] = [];
  while (rest.length > 0) order.push(...rest.splice(t.below(rest.length), 1));
  return order;
};

export const nodePermutation = technique({
  name: "node permutation",
  needs: [consecutive],
  does: "puts the nodes of a layer in another order, their kernels and their readers' rows along with them",
  source: "Hecht-Nielsen, On the algebraic structure of feedforward network weight spaces, 1990",
  scope: "stack",
  theorems: { inherited: ["permutation_inherited"], refused: [] },
  defaults: { seed: 0 } as PermutationOptions,
  law: symmetryLaw("hidden nodes may change places", (t, stack) =>
    withHidden(rational, stack, drawOrder(t, hiddenCount(stack))),
  ),
  apply: onEachStack(({ ring }, stack, { seed }: PermutationOptions) => {
    const count = hiddenCount(stack);
    const order = Array.from(
      randomStream(seed, "permutation", stack.lower.name).permutation(count),
    );
    return E.right({
      ops: withHidden(ring, stack, order),
      what: `${count} nodes in another order`,
      figures: { nodes: count, moved: order.filter((from, to) => from !== to).length },
    });
  }),
});
