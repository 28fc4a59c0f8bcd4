/**
 * L2 on scalars: the penalty `lambda sum w^2` adds `2 lambda w` to the gradient, scalar by scalar, so that a step of
 * gradient descent multiplies each by `1 - 2 rate lambda` (weight decay). Small scalars are wanted because their
 * length bounds what a node can make of its inputs (Cauchy and Schwarz):
 *
 *     (y_j - b_j)^2 <= sum_r w_jr^2 * sum_r z_jr^2.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import { constant, dual, withTangent, type Dual } from "../../algebra/dual.js";
import { rational, type Rational } from "../../algebra/rational.js";
import { every } from "../../laws/law.js";
import { mapWeights, type Operator } from "../../model/operator.js";
import { evaluateOperator } from "../../semantics/evaluate.js";
import { generated, mapTensor, type Tensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimAtMost, claimEqual, claimNodes } from "../claims.js";
import { drawNumber } from "../draw.js";
import { add, dot, minus, mul, number, scaled, square, sub, total } from "../exact.js";
import type { NodeLayer } from "../place.js";
import type { Reals } from "../reals.js";
import { nodeCount, scalarsOf, scalarWord, withScalars, type NodeOperator } from "../scalars.js";
import { biasAt, outputs, scalarsAt, transformed, type Subject } from "../subject.js";
import { layerLaw, onEachLayer, technique, type LayerOutcome } from "../technique.js";
import { isStrength } from "./lasso.js";

/** The penalty, and the step. */
export interface WeightDecayOptions {
  readonly lambda: number;
  /** Of gradient descent. */
  readonly rate: number;
}

const decay = <A>(
  { ring, of, toNumber }: Reals<A>,
  { op }: NodeLayer<A>,
  { lambda, rate }: WeightDecayOptions,
): Result<LayerOutcome<A>> =>
  E.map((): LayerOutcome<A> => {
    const old = scalarsOf(op);
    const gradient = mapTensor(ring)(old, (w) => ring.mul(of(2 * lambda), w));
    const scalars = generated(ring)(old.shape, (i) =>
      ring.sub(old.data[i]!, ring.mul(of(rate), gradient.data[i]!)),
    );
    const squares = Array.from(old.data).reduce((sum, w) => sum + toNumber(w) ** 2, 0);
    return {
      op: withScalars<A, NodeOperator<A>>(op, scalars),
      what: `${scalarWord(op)} times ${1 - 2 * rate * lambda}`,
      figures: { scalars: old.data.length, penalty: lambda * squares },
      tensors: { gradient },
    };
  })(E.chain(() => isStrength(rate))(isStrength(lambda)));

const D = dual(rational);

/** The outputs, moving as the scalar `i` of the layer moves by `d(i)`. */
const moving = (s: Subject, d: (i: number) => Rational): Result<Tensor<Dual<Rational>>> => {
  const scalars =
    s.op.kind === "dense" ? "weights" : s.op.kind === "projected" ? "gates" : "kernel";
  const op: Operator<Dual<Rational>> = mapWeights<Rational, Dual<Rational>>(s.op, (w, name) =>
    generated(D)(w.shape, (i) =>
      name === scalars ? withTangent(w.data[i]!, d(i)) : constant(rational)(w.data[i]!),
    ),
  );
  return evaluateOperator(D)(op, [mapTensor(D)(s.x, constant(rational))]);
};

export const weightDecay = technique({
  name: "weight decay",
  needs: [scalarWeighted],
  does: "draws each scalar towards zero by a share of itself (gradient step of an L2 penalty)",
  source: "Hoerl and Kennard, Ridge regression, 1970; Krogh and Hertz, NIPS 1991",
  scope: "layer",
  theorems: { inherited: ["l2_decay_inherited", "l2_bound_inherited"], refused: [] },
  defaults: { lambda: 0.0001, rate: 1 } as WeightDecayOptions,
  law: layerLaw(
    "the penalised loss has the gradient <G, z_jr> + 2 lambda w_jr, and the length of the scalars bounds the node",
    (t, s) => {
      const nodes = nodeCount(s.op);
      const lambda = drawNumber(t);
      const directions = Array.from(scalarsOf(s.op).data, () => drawNumber(t));
      const [y, z] = [outputs(s), transformed(s)];
      // A squared loss with targets at random; its gradient at the outputs is twice the residual.
      const targets = y.map((values) => values.map(() => drawNumber(t)));
      return E.chain((moved: Tensor<Dual<Rational>>) =>
        claimNodes(s, (j) => {
          const w = scalarsAt(s, j);
          const d = w.map((_, r) => directions[r * nodes + j]!);
          const values = y[j]!.map((_, p) => moved.data[p * nodes + j]!);
          const squares = (xs: readonly Dual<Rational>[]): Dual<Rational> =>
            xs.reduce((sum, x) => D.add(sum, D.mul(x, x)), D.zero);
          const penalised = D.add(
            squares(values.map((v, p) => D.sub(v, constant(rational)(targets[j]![p]!)))),
            D.mul(constant(rational)(lambda), squares(w.map((x, r) => withTangent(x, d[r]!)))),
          );
          const g = scaled(number(2), minus(y[j]!, targets[j]!));
          const slope = w.map((x, r) =>
            mul(d[r]!, add(dot(g, z[j]![r]!), mul(add(lambda, lambda), x))),
          );
          return every([
            () =>
              claimEqual(
                `slope of the penalised loss of node ${j}`,
                penalised.tangent,
                total(slope),
              ),
            ...y[j]!.map(
              (value, p) => () =>
                claimAtMost(
                  `squared value of node ${j} at position ${p}`,
                  square(sub(value, biasAt(s, j))),
                  mul(dot(w, w), total(z[j]!.map((input) => square(input[p]!)))),
                ),
            ),
          ]);
        }),
      )(moving(s, (i) => directions[i]!));
    },
  ),
  apply: onEachLayer(decay),
});
