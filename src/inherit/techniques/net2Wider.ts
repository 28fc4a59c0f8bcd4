/**
 * Net2Wider: hidden nodes are copied, and the scalars that read a node are shared out among its copies so that they
 * add up to what they were. Nothing changes, whatever comes between the layers, and the network has more nodes to
 * go on training with. Only the upper layers have to be linear in their scalars; copies of projected nodes take
 * their frozen kernels along.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse } from "../../algebra/refusal.js";
import { randomStream } from "../../algebra/random.js";
import type { Ring } from "../../algebra/ring.js";
import { rational } from "../../algebra/rational.js";
import type { Operator } from "../../model/operator.js";
import { consecutive, linear } from "../assumption.js";
import { drawNumber } from "../draw.js";
import { sub } from "../exact.js";
import { hasNodes } from "../scalars.js";
import { hiddenCount, scaledInputs, withHidden, type Stack } from "../stack.js";
import { onEachStack, symmetryLaw } from "../symmetry.js";
import { technique } from "../technique.js";

/** How many copies. */
export interface Net2WiderOptions {
  /** Nodes to add to each layer, copies of nodes at random; at most as many as there are. */
  readonly nodes: number;
  readonly seed: number;
}

/** The stack with the nodes that `from` names; the scalar that reads copy `g` at node `j` times `share(g, j)`. */
const widened = <A>(
  ring: Ring<A>,
  stack: Stack<A>,
  from: readonly number[],
  share: (g: number, j: number) => A,
): ReadonlyMap<string, Operator<A>> => {
  const wide = new Map(withHidden(ring, stack, from));
  for (const { name } of stack.uppers) {
    const op = wide.get(name)!;
    if (hasNodes(op)) wide.set(name, scaledInputs(ring, op, from.length, share));
  }
  return wide;
};

export const net2Wider = technique({
  name: "Net2Wider",
  needs: [linear, consecutive],
  does: "copies hidden nodes and shares out the scalars that read them, so that nothing changes",
  source:
    "Chen, Goodfellow and Shlens, Net2Net: accelerating learning via knowledge transfer, ICLR 2016",
  scope: "stack",
  theorems: { inherited: ["net2wider_inherited"], refused: [] },
  defaults: { nodes: 1, seed: 0 } as Net2WiderOptions,
  law: symmetryLaw(
    "copies of a node whose outgoing scalars add up to the node's own change nothing",
    (t, stack) => {
      const hidden = hiddenCount(stack);
      const copied = t.below(hidden);
      const from = [...Array.from({ length: hidden }, (_, h) => h), copied];
      const shares = Array.from({ length: 8 }, () => drawNumber(t));
      return widened(rational, stack, from, (g, j) =>
        g === hidden
          ? shares[j % 8]!
          : g === copied
            ? sub(rational.one, shares[j % 8]!)
            : rational.one,
      );
    },
  ),
  apply: onEachStack(({ ring, of }, stack, { nodes, seed }: Net2WiderOptions) => {
    const hidden = hiddenCount(stack);
    if (!Number.isInteger(nodes) || nodes < 0 || nodes > hidden)
      return refuse({
        where: "nodes",
        found: `${nodes}`,
        expected: `a whole number from 0 to ${hidden}`,
      });
    const copied = Array.from(
      randomStream(seed, "wider", stack.lower.name).permutation(hidden).slice(0, nodes),
    );
    const twice = new Set(copied);
    const from = [...Array.from({ length: hidden }, (_, h) => h), ...copied];
    // A half is exact in every binary format: the network computes the same up to the order of its sums.
    const half = of(0.5);
    return E.right({
      ops: widened(ring, stack, from, (g) => (twice.has(from[g]!) ? half : ring.one)),
      what: `${nodes} nodes more`,
      figures: { nodes: hidden, "nodes after": hidden + nodes },
    });
  }),
});
