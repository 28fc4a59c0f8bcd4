/** Low-rank computation as a technique (lowRank.ts): two thin layers, the first computed once for all nodes. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../../algebra/refusal.js";
import { homogeneous, scalarWeighted } from "../assumption.js";
import { lowRankLaw } from "../laws/sharing.js";
import { factoredLayer, sharedName } from "../lowRank.js";
import { wideOf, type Reals } from "../reals.js";
import { nodeCount, rowCount, type NodeOperator } from "../scalars.js";
import { inTurn, operatorOf, storedLayers } from "../sequence.js";
import { technique, type Applied, type Site } from "../technique.js";
import { isRank, type RankOptions } from "./lowRankParametrisation.js";

/** Numbers of a matrix, and of two thin ones. */
const counts = <A>(op: NodeOperator<A>, rank: number) => ({
  whole: rowCount(op) * nodeCount(op),
  thin: Math.min(rank, rowCount(op), nodeCount(op)) * (rowCount(op) + nodeCount(op)),
});

export const lowRankFactoring = technique({
  name: "low-rank factoring",
  needs: [scalarWeighted, homogeneous],
  does: "puts two thin layers in place of one, the first of which is computed once for all nodes",
  source:
    "Sainath et al., Low-rank matrix factorization for deep neural network training, ICASSP 2013; for kernels Denton " +
    "et al., Exploiting linear structure within convolutional networks, NIPS 2014",
  scope: "layer",
  theorems: { inherited: ["homogeneous_inherited"], refused: ["low_rank_refused"] },
  defaults: { rank: 1 } as RankOptions,
  law: {
    statement:
      "the layer of scalars U V is the layer U after the layer V, whose values all nodes share",
    holds: lowRankLaw,
  },
  apply: <A>(reals: Reals<A>, site: Site<A>, { rank }: RankOptions): Result<Applied<A>> =>
    E.chain(() =>
      inTurn(site, (n, name) =>
        pipe(
          operatorOf(n, name),
          E.chain((op) =>
            E.map((network: typeof n) => {
              const { whole, thin } = counts(op, rank);
              return {
                network: storedLayers(reals)(network, [sharedName(name), name]),
                what: `${whole} scalars as two layers of rank ${rank}`,
                figures: { "products a position": whole, "products a position after": thin },
              };
            })(factoredLayer(wideOf(reals))(n, name, rank)),
          ),
        ),
      ),
    )(isRank(rank)),
});
