/** Input whitening as a technique (whitening.ts). */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { homogeneous, scalarWeighted } from "../assumption.js";
import { whiteningLaw } from "../laws/sharing.js";
import { sharedName } from "../lowRank.js";
import { wideOf, type Reals } from "../reals.js";
import { rowCount } from "../scalars.js";
import { dataOf, inputAt, inTurn, operatorOf, storedLayers } from "../sequence.js";
import { technique, type Applied, type Data, type Site } from "../technique.js";
import { whitenedLayer, type Whitening } from "../whitening.js";
import type { Result } from "../../algebra/refusal.js";

/** What white inputs are. */
export interface WhiteningOptions {
  readonly inputs: Whitening;
}

export const whitening = technique({
  name: "input whitening",
  needs: [scalarWeighted, homogeneous],
  does: "puts a layer before each that makes its inputs uncorrelated on a batch, and undoes it in the weights",
  source:
    "LeCun, Bottou, Orr and Mueller, Efficient BackProp, in Neural Networks: Tricks of the Trade, 1998",
  scope: "layer",
  theorems: { inherited: ["homogeneous_inherited"], refused: ["whitening_refused"] },
  defaults: { inputs: "unit" } as WhiteningOptions,
  law: {
    statement:
      "the network means the same, and what its nodes now read is uncorrelated on the batch",
    holds: whiteningLaw,
  },
  apply: <A>(reals: Reals<A>, site: Site<A>, options: WhiteningOptions): Result<Applied<A>> =>
    E.chain(({ batch }: Data<A>) =>
      inTurn(site, (n, name) =>
        pipe(
          operatorOf(n, name),
          E.chain((op) =>
            pipe(
              inputAt(reals.ring)(n, name, batch),
              E.chain((x) => whitenedLayer(wideOf(reals), options.inputs)(n, name, x)),
              E.map((network) => ({
                network: storedLayers(reals)(network, [sharedName(name), name]),
                what: `${rowCount(op)} inputs whitened`,
                figures: { "white inputs": rowCount(op) },
              })),
            ),
          ),
        ),
      ),
    )(dataOf(site)),
});
