/**
 * Elastic weight consolidation as a technique: it finds how much each scalar matters (fisher.ts). The importance and
 * the scalars as they are make the anchor of `objectiveStep`, by which a later task is trained (objective.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../../algebra/refusal.js";
import { exactly } from "../../compile/arithmetic.js";
import type { Values } from "../../compile/interpret.js";
import { scalarWeighted } from "../assumption.js";
import { fisherDiagonal, type Likelihood } from "../fisher.js";
import { fisherLaw } from "../laws/importance.js";
import type { Reals } from "../reals.js";
import { scalarName, scalarsOf, type NodeOperator } from "../scalars.js";
import { dataOf, inTurn, operatorOf } from "../sequence.js";
import { technique, type Site } from "../technique.js";

/** What the network is taken to predict. */
export interface ImportanceOptions {
  readonly likelihood: Likelihood;
}

/** The importance of the scalars of all layers of a site, by the weight's name. */
export const importanceOf = <A>(
  reals: Reals<A>,
  site: Site<A>,
  likelihood: Likelihood,
): Result<Values<A>> =>
  pipe(
    dataOf(site),
    E.chain(({ batch }) =>
      pipe(
        site.layers,
        E.traverseArray((name) =>
          E.map((op: NodeOperator<A>) => `${name}/${scalarName(op)}`)(
            operatorOf(site.network, name),
          ),
        ),
        E.chain((names) =>
          fisherDiagonal(exactly(reals.ring))(site.network, new Set(names), batch, likelihood),
        ),
      ),
    ),
  );

export const elasticWeights = technique({
  name: "elastic weight consolidation",
  needs: [scalarWeighted],
  does: "finds the diagonal of the Fisher information, by which an anchor holds each scalar where it was",
  source: "Kirkpatrick et al., Overcoming catastrophic forgetting in neural networks, PNAS 2017",
  scope: "layer",
  theorems: { inherited: ["fisher_inherited"], refused: [] },
  defaults: { likelihood: "normal" } as ImportanceOptions,
  law: {
    statement:
      "the importance of a scalar is the mean square of its own input, and the anchor pulls it back by that, times " +
      "how far it is from its centre",
    holds: fisherLaw,
  },
  apply: <A>(reals: Reals<A>, site: Site<A>, { likelihood }: ImportanceOptions) =>
    E.chain((importance: Values<A>) =>
      inTurn(site, (network, name) =>
        E.map((op: NodeOperator<A>) => {
          const own = importance[`${name}/${scalarName(op)}`]!;
          return {
            network,
            what: `importance of ${own.data.length} scalars`,
            figures: { scalars: own.data.length },
            tensors: { importance: own, centre: scalarsOf(op) },
          };
        })(operatorOf(network, name)),
      ),
    )(importanceOf(reals, site, likelihood)),
});
