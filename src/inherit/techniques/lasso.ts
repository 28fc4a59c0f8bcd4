/**
 * The lasso (L1) on scalars, as the proximal step of gradient descent: each scalar is drawn towards zero by
 * `lambda`, and is zero where its magnitude is no more. That is the minimum of `(u - v)^2 + 2 lambda |u|`: the lasso
 * of a group of one.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Tape } from "../../laws/generators/tape.js";
import { every } from "../../laws/law.js";
import { mapTensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimAtMost, claimNodes, claimSame } from "../claims.js";
import { drawNumber } from "../draw.js";
import { add, equal, magnitude, mul, nodeOf, number, square, sub } from "../exact.js";
import type { NodeLayer } from "../place.js";
import { fractions, magnitudeIn, type Reals } from "../reals.js";
import { pruning } from "../saving.js";
import { scalarsOf, scalarWord, withScalars, type NodeOperator } from "../scalars.js";
import { biasAt, outputs, rescalared, scalarsAt, transformed, type Subject } from "../subject.js";
import { layerLaw, technique, type LayerOutcome } from "../technique.js";

/** The strength of a penalty. */
export interface LassoOptions {
  /** By how much a scalar, or the length of a group, is shortened; at least 0. */
  readonly lambda: number;
}

/** A length shortened by `lambda`, to zero where it is no more. */
export const shortened = <A>({ ring, compare }: Reals<A>, length: A, lambda: A): A =>
  compare(length, lambda) <= 0 ? ring.zero : ring.sub(length, lambda);

/** Soft thresholding: the proximal step of one scalar. */
export const softened = <A>(reals: Reals<A>, v: A, lambda: A): A => {
  const { ring, compare } = reals;
  const length = shortened(reals, magnitudeIn(reals)(v), lambda);
  return compare(v, ring.zero) < 0 ? ring.sub(ring.zero, length) : length;
};

/** A strength that penalties allow. */
export const isStrength = (lambda: number): Result<null> =>
  lambda >= 0 && Number.isFinite(lambda)
    ? E.right(null)
    : refuse({ where: "lambda", found: `${lambda}`, expected: "a number of at least 0" });

/** The sum of magnitudes. */
const normOf = <A>({ toNumber }: Reals<A>, op: NodeOperator<A>): number =>
  Array.from(scalarsOf(op).data).reduce((sum, x) => sum + Math.abs(toNumber(x)), 0);

const soften = <A>(
  reals: Reals<A>,
  { op }: NodeLayer<A>,
  { lambda }: LassoOptions,
): Result<LayerOutcome<A>> =>
  E.map((): LayerOutcome<A> => {
    const { ring, of } = reals;
    const old = scalarsOf(op);
    const scalars = mapTensor(ring)(old, (v) => softened(reals, v, of(lambda)));
    const after = withScalars<A, NodeOperator<A>>(op, scalars);
    const zeros = Array.from(scalars.data).filter((x) => ring.equals(x, ring.zero)).length;
    return {
      op: after,
      what: `${scalarWord(op)} drawn towards zero by ${lambda}; ${zeros} of ${old.data.length} are zero`,
      figures: {
        scalars: old.data.length,
        zeros,
        "L1 norm": normOf(reals, op),
        "L1 norm left": normOf(reals, after),
      },
    };
  })(isStrength(lambda));

/** That inputs of which the scalars are zero are gone from the nodes. */
export const disconnected = (s: Subject): Result<null> => {
  const [z, y] = [transformed(s), outputs(s)];
  return claimNodes(s, (j) => {
    const w = scalarsAt(s, j);
    const kept = w.flatMap((x, r) => (equal(x, rational.zero) ? [] : [r]));
    const without = nodeOf(
      kept.map((r) => w[r]!),
      kept.map((r) => z[j]![r]!),
      biasAt(s, j),
      y[j]!.length,
    );
    return claimSame(`node ${j}`, y[j]!, without);
  });
};

/** A strength for a law, at least zero. */
export const drawStrength = (t: Tape): Rational => magnitude(drawNumber(t));

export const lasso = technique({
  name: "lasso",
  needs: [scalarWeighted],
  does: "draws each scalar towards zero by the same amount, which makes zeros (proximal step of an L1 penalty)",
  source:
    "Tibshirani, Regression shrinkage and selection via the lasso, 1996; Daubechies, Defrise and De Mol 2004",
  scope: "layer",
  theorems: { inherited: ["lasso_inherited"], refused: [] },
  defaults: { lambda: 0.01 } as LassoOptions,
  law: layerLaw(
    "the step minimises (u - v)^2 + 2 lambda |u| for each scalar, and a scalar of zero is an input less",
    (t, s) => {
      const lambda = drawStrength(t);
      const twice = add(lambda, lambda);
      const objective = (u: Rational, v: Rational): Rational =>
        add(square(sub(u, v)), mul(twice, magnitude(u)));
      const others = Array.from({ length: 4 }, () => drawNumber(t));
      return every([
        () =>
          claimNodes(s, (j) =>
            every(
              scalarsAt(s, j).flatMap((v, r) =>
                [...others, v, number(0)].map(
                  (u) => () =>
                    claimAtMost(
                      `objective of scalar ${r} of node ${j}`,
                      objective(softened(fractions, v, lambda), v),
                      objective(u, v),
                    ),
                ),
              ),
            ),
          ),
        () =>
          disconnected(rescalared(s, (j, r) => softened(fractions, scalarsAt(s, j)[r]!, lambda))),
      ]);
    },
  ),
  apply: pruning(soften),
});
