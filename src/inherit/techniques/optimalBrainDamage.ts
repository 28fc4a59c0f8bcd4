/** Optimal Brain Damage as a technique: the least salient scalars of each layer go (saliency.ts). */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Values } from "../../compile/interpret.js";
import { replaceOperator } from "../../model/edit.js";
import { generated, type Tensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { saliencyLaw } from "../laws/importance.js";
import type { Reals } from "../reals.js";
import { saliencies } from "../saliency.js";
import { scalarName, scalarsOf, withScalars, type NodeOperator } from "../scalars.js";
import { inTurn, operatorOf } from "../sequence.js";
import { technique, type Applied, type Site } from "../technique.js";
import { importanceOf, type ImportanceOptions } from "./elasticWeights.js";

/** How much to prune, of a network that predicts what. */
export interface SaliencyOptions extends ImportanceOptions {
  /** The share of the scalars of each layer that become zero, from 0 to 1; the least salient ones. */
  readonly share: number;
}

/** The tensor with the elements of the smallest scores set to zero, ties by position. */
export const withoutLeast = <A>(
  { ring, compare }: Reals<A>,
  values: Tensor<A>,
  scores: Tensor<A>,
  count: number,
): Tensor<A> => {
  const order = Array.from({ length: values.data.length }, (_, i) => i).sort(
    (a, b) => compare(scores.data[a]!, scores.data[b]!) || a - b,
  );
  const gone = new Set(order.slice(0, count));
  return generated(ring)(values.shape, (i) => (gone.has(i) ? ring.zero : values.data[i]!));
};

const pruneBySaliency = <A>(
  reals: Reals<A>,
  site: Site<A>,
  { likelihood, share }: SaliencyOptions,
): Result<Applied<A>> =>
  share >= 0 && share <= 1
    ? E.chain((importance: Values<A>) => {
        const scores = saliencies(reals.ring)(site.network, importance);
        return inTurn(site, (n, name) =>
          pipe(
            operatorOf(n, name),
            E.chain((op) => {
              const scalars = scalarsOf(op);
              const removed = Math.floor(share * scalars.data.length);
              const saliency = scores[`${name}/${scalarName(op)}`]!;
              const left = withoutLeast(reals, scalars, saliency, removed);
              return E.map((network: typeof n) => ({
                network,
                what: `the ${removed} least salient of ${scalars.data.length} scalars are zero`,
                figures: { scalars: scalars.data.length, "scalars removed": removed },
                tensors: { saliency },
              }))(
                replaceOperator(name, withScalars<A, NodeOperator<A>>(op, left))(n) as Result<
                  typeof n
                >,
              );
            }),
          ),
        );
      })(importanceOf(reals, site, likelihood))
    : refuse({ where: "share", found: `${share}`, expected: "a number from 0 to 1" });

export const optimalBrainDamage = technique({
  name: "Optimal Brain Damage",
  needs: [scalarWeighted],
  does: "sets those scalars of each layer to zero that raise the loss least, to second order",
  source: "LeCun, Denker and Solla, Optimal Brain Damage, NIPS 1989",
  scope: "layer",
  theorems: { inherited: ["saliency_inherited"], refused: [] },
  defaults: { likelihood: "normal", share: 0.5 } as SaliencyOptions,
  law: {
    statement:
      "at the minimum of a squared loss, deleting a scalar raises it by the scalar's saliency exactly",
    holds: saliencyLaw,
  },
  apply: pruneBySaliency,
});
