/**
 * Rescaling through ReLU: for a factor `r_h > 0`, the scalars into hidden node `h` and its bias are multiplied by
 * `r_h`, and the scalars out of it divided. ReLU, leaky ReLU, pools and linear maps of a channel commute with the
 * factor, the shifts of such maps being scaled along.
 *
 * `apply` balances: it makes the scalars into each node about as long as those out of it. Factors are powers of
 * two, by which float32 numbers are multiplied exactly, so the network computes the same to the last bit as long
 * as nothing overflows or becomes subnormal.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../../algebra/ring.js";
import { rational } from "../../algebra/rational.js";
import { mapWeights, type Operator } from "../../model/operator.js";
import { generated, type Tensor } from "../../tensor/tensor.js";
import { consecutive, linear, positiveFactors, proportional } from "../assumption.js";
import { divide, number } from "../exact.js";
import type { Reals } from "../reals.js";
import { nodeCount, scalarsOf, withScalars, type NodeOperator } from "../scalars.js";
import { hiddenCount, scaledInputs, type Stack } from "../stack.js";
import { onEachStack, symmetryLaw } from "../symmetry.js";
import { technique } from "../technique.js";

/** Weights that are added to a channel and not multiplied with it. */
const shifts: ReadonlySet<string> = new Set(["bias", "shift", "mean", "beta"]);

/** The stack with factors moved from below the activation to above it. */
export const rescaled = <A>(
  ring: Ring<A>,
  stack: Stack<A>,
  r: readonly A[],
  inverse: readonly A[],
): ReadonlyMap<string, Operator<A>> => {
  const hidden = hiddenCount(stack);
  const times = (t: Tensor<A>): Tensor<A> =>
    generated(ring)(t.shape, (i) => ring.mul(r[i % hidden]!, t.data[i]!));
  const { lower } = stack;
  return new Map<string, Operator<A>>([
    [
      lower.name,
      {
        ...withScalars<A, NodeOperator<A>>(lower.op, times(scalarsOf(lower.op))),
        bias: lower.op.bias && times(lower.op.bias),
      },
    ],
    ...stack.between.map(
      ({ name, op }) =>
        [name, mapWeights<A, A>(op, (t, weight) => (shifts.has(weight) ? times(t) : t))] as const,
    ),
    ...stack.uppers.map(
      ({ name, op }) => [name, scaledInputs(ring, op, hidden, (h) => inverse[h]!)] as const,
    ),
  ]);
};

/** The sum of squares of the scalars of each hidden node: into it, or out of it. */
const squares = <A>(
  { toNumber }: Reals<A>,
  op: NodeOperator<A>,
  hidden: number,
  of: (i: number) => number,
): Float64Array => {
  const sums = new Float64Array(hidden);
  const { data } = scalarsOf(op);
  for (let i = 0; i < data.length; i++) sums[of(i)]! += toNumber(data[i]!) ** 2;
  return sums;
};

/** Exponents of the factors that balance a stack: half the logarithm of the ratio of lengths, rounded. */
export const balance = <A>(reals: Reals<A>, stack: Stack<A>): readonly number[] => {
  const hidden = hiddenCount(stack);
  const into = squares(reals, stack.lower.op, hidden, (i) => i % hidden);
  const out = new Float64Array(hidden);
  for (const { op } of stack.uppers) {
    const nodes = nodeCount(op);
    squares(reals, op, hidden, (i) => Math.floor(i / nodes) % hidden).forEach((x, h) => {
      out[h]! += x;
    });
  }
  return Array.from(into, (x, h) =>
    x === 0 || out[h] === 0 ? 0 : Math.round(Math.log2(out[h]! / x) / 4),
  );
};

export const reluRescaling = technique({
  name: "ReLU rescaling",
  needs: [linear, proportional, consecutive, positiveFactors],
  does: "balances the scalars into each hidden node against those out of it, with factors that pass the activation",
  source: "Neyshabur, Salakhutdinov and Srebro, Path-SGD, NIPS 2015",
  scope: "stack",
  theorems: { inherited: ["rescaling_inherited"], refused: [] },
  defaults: {},
  law: symmetryLaw(
    "a positive factor may move from below the activation to above it",
    (t, stack) => {
      const r = Array.from({ length: hiddenCount(stack) }, () => number(t.between(1, 12) / 4));
      return rescaled(
        rational,
        stack,
        r,
        r.map((x) => divide(rational.one, x)),
      );
    },
  ),
  apply: onEachStack((reals, stack) => {
    const exponents = balance(reals, stack);
    return E.right({
      ops: rescaled(
        reals.ring,
        stack,
        exponents.map((e) => reals.of(2 ** e)),
        exponents.map((e) => reals.of(2 ** -e)),
      ),
      what: `factors from 2^${Math.min(...exponents)} to 2^${Math.max(...exponents)}`,
      figures: { nodes: exponents.length, moved: exponents.filter((e) => e !== 0).length },
    });
  }),
});
