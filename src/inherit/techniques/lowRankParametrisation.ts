/** A low-rank parametrisation of the scalars as a technique (lowRankGates.ts): scalars are all that it needs. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Values } from "../../compile/interpret.js";
import { scalarWeighted } from "../assumption.js";
import { lowRankGatesLaw } from "../laws/sharing.js";
import { factorNames, lowRankStart, withLowRank } from "../lowRankGates.js";
import { stored, wideOf, type Reals } from "../reals.js";
import { nodeCount, rowCount, scalarName } from "../scalars.js";
import { inTurn, operatorOf } from "../sequence.js";
import { technique, type Applied, type Site } from "../technique.js";

/** The rank of the product. */
export interface RankOptions {
  readonly rank: number;
}

/** A rank that a matrix can have. */
export const isRank = (rank: number): Result<number> =>
  Number.isSafeInteger(rank) && rank >= 1
    ? E.right(rank)
    : refuse({ where: "rank", found: `${rank}`, expected: "a whole number of at least 1" });

export const lowRankParametrisation = technique({
  name: "low-rank parametrisation",
  needs: [scalarWeighted],
  does: "writes the matrix of scalars as a product of two thin ones, which are trained in its place",
  source: "Hu et al., LoRA, ICLR 2022; on gates arXiv 2602.06245",
  scope: "layer",
  theorems: { inherited: ["low_rank_gates_inherited"], refused: [] },
  defaults: { rank: 1 } as RankOptions,
  law: {
    statement:
      "with scalars U V each node mixes, by U, the combinations V of its own inputs, and so does the program that " +
      "trains U and V",
    holds: lowRankGatesLaw,
  },
  apply: <A>(reals: Reals<A>, site: Site<A>, { rank }: RankOptions): Result<Applied<A>> =>
    E.chain(() =>
      inTurn(site, (n, name) =>
        pipe(
          operatorOf(n, name),
          E.chain((op) =>
            E.map((factors: Values<A>) => {
              const names = factorNames(name, scalarName(op));
              const whole = rowCount(op) * nodeCount(op);
              const parameters = rank * (rowCount(op) + nodeCount(op));
              return {
                network: withLowRank(reals)(n, factors),
                what: `${whole} scalars as a product of rank ${rank}`,
                figures: { scalars: whole, parameters },
                tensors: {
                  rows: stored(reals)(factors[names.rows]!),
                  nodes: stored(reals)(factors[names.nodes]!),
                },
              };
            })(lowRankStart(wideOf(reals), rank)(n, new Set([name]))),
          ),
        ),
      ),
    )(isRank(rank)),
});
