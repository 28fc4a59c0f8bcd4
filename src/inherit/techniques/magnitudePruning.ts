/**
 * Magnitude pruning: scalars that are small are set to zero. What a zero saves depends on the scalar. A gate or
 * a weight of a dense layer is a whole connection; when gates are merged, its kernel is zero at every tap. A
 * weight of a convolution is one tap of one kernel, whose other taps stay.
 *
 * With `keep` the pairs that stay, zeroing scalars of at most `theta` moves a node by at most `theta` times what
 * the zeroed connections carried:
 *
 *     |y_j - y'_j| = |sum_{r not in keep} w_jr z_jr| <= theta * sum_{r not in keep} |z_jr|
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { rational, type Rational } from "../../algebra/rational.js";
import { every } from "../../laws/law.js";
import { generated } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimAtMost, claimNodes, claimSame } from "../claims.js";
import { equal, magnitude, minus, mul, nodeOf, number, total } from "../exact.js";
import type { NodeLayer } from "../place.js";
import { fractions, type Reals } from "../reals.js";
import { pruning } from "../saving.js";
import { scalarsOf, scalarWord, withScalars, type NodeOperator } from "../scalars.js";
import { biasAt, outputs, scalarsAt, transformed, type Subject } from "../subject.js";
import { layerLaw, technique, type LayerOutcome } from "../technique.js";

/** How much to prune. */
export interface PruningOptions {
  /** The share of the scalars of each layer that become zero, from 0 to 1; the smallest ones. */
  readonly share: number;
}

/** Half of the scalars. */
export const pruningDefaults: PruningOptions = { share: 0.5 };

/** The largest magnitude that goes when a share of the scalars does; `null` where none goes. */
const thresholdOf = <A>(reals: Reals<A>, op: NodeOperator<A>, share: number): number | null => {
  const magnitudes = Float64Array.from(scalarsOf(op).data, (x) =>
    Math.abs(reals.toNumber(x)),
  ).sort();
  const count = Math.floor(share * magnitudes.length);
  return count === 0 ? null : magnitudes[count - 1]!;
};

/** The layer without its smallest scalars, ties by position; and the largest that went. */
export const prunedOperator = <A, Op extends NodeOperator<A>>(
  reals: Reals<A>,
  op: Op,
  share: number,
): { readonly op: Op; readonly threshold: number; readonly removed: number } => {
  const scalars = scalarsOf<A>(op);
  const threshold = thresholdOf<A>(reals, op, share);
  if (threshold === null) return { op, threshold: 0, removed: 0 };
  let left = Math.floor(share * scalars.data.length);
  for (let i = 0; i < scalars.data.length; i++)
    if (Math.abs(reals.toNumber(scalars.data[i]!)) < threshold) left--;
  let removed = 0;
  const pruned = generated(reals.ring)(scalars.shape, (i) => {
    const size = Math.abs(reals.toNumber(scalars.data[i]!));
    const goes = size < threshold || (size === threshold && left-- > 0);
    if (goes) removed++;
    return goes ? reals.ring.zero : scalars.data[i]!;
  });
  return { op: withScalars<A, Op>(op, pruned), threshold, removed };
};

const isShare = (share: number): Result<null> =>
  share >= 0 && share <= 1
    ? E.right(null)
    : refuse({ where: "share", found: `${share}`, expected: "a number from 0 to 1" });

/** Pruning of one layer. */
export const pruneScalars = <A>(
  reals: Reals<A>,
  { op }: NodeLayer<A>,
  { share }: PruningOptions,
): Result<LayerOutcome<A>> =>
  E.map((): LayerOutcome<A> => {
    const pruned = prunedOperator<A, NodeOperator<A>>(reals, op, share);
    return {
      op: pruned.op,
      what: `${pruned.removed} ${scalarWord(op)} of magnitude ${pruned.threshold} or less are zero`,
      figures: { scalars: scalarsOf(op).data.length, "scalars removed": pruned.removed },
    };
  })(isShare(share));

/** A scalar that is zero is a connection less; and small ones move the node little. */
const pruningHolds = (share: number, s: Subject): Result<null> => {
  const { op, threshold } = prunedOperator<Rational, Subject["op"]>(fractions, s.op, share);
  const pruned = { ...s, op };
  const [z, before, after] = [transformed(s), outputs(s), outputs(pruned)];
  return claimNodes(s, (j) => {
    const w = scalarsAt(pruned, j);
    const kept = w.flatMap((x, r) => (equal(x, rational.zero) ? [] : [r]));
    const gone = z[j]!.filter((_, r) => !equal(w[r]!, scalarsAt(s, j)[r]!));
    const without = nodeOf(
      kept.map((r) => w[r]!),
      kept.map((r) => z[j]![r]!),
      biasAt(s, j),
      after[j]!.length,
    );
    return every([
      () => claimSame(`pruned node ${j}`, after[j]!, without),
      () =>
        every(
          minus(before[j]!, after[j]!).map(
            (change, p) => () =>
              claimAtMost(
                `change of node ${j} at position ${p}`,
                magnitude(change),
                mul(number(threshold), total(gone.map((input) => magnitude(input[p]!)))),
              ),
          ),
        ),
    ]);
  });
};

export const magnitudePruning = technique({
  name: "magnitude pruning",
  needs: [scalarWeighted],
  does: "sets the smallest scalars of each layer to zero",
  source: "Han, Pool, Tran and Dally, Learning both weights and connections, NIPS 2015",
  scope: "layer",
  theorems: { inherited: ["pruning_inherited", "pruned_count"], refused: [] },
  defaults: pruningDefaults,
  law: layerLaw(
    "a scalar of zero is an input less, and zeroing scalars of at most theta moves a node by at most theta " +
      "times the inputs that they weighed",
    (t, s) => pruningHolds(t.between(0, 4) / 4, s),
  ),
  apply: pruning(pruneScalars),
});
