/**
 * Least squares as a technique: each layer for which the data say what is wanted gets the scalars and the bias
 * that come nearest to it, node by node, in closed form (leastSquares.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { scalarWeighted } from "../assumption.js";
import { fitLayer, fitted, type FitOptions } from "../leastSquares.js";
import { leastSquaresLaw } from "../laws/leastSquares.js";
import { wideOf, type Reals } from "../reals.js";
import { nodeCount, rowCount } from "../scalars.js";
import { dataOf, inTurn, operatorOf, storedLayers } from "../sequence.js";
import { technique, type Applied, type Data, type Site } from "../technique.js";

const wantedOf = <A>(data: Data<A>, site: Site<A>) => {
  const wanted = site.layers.filter((name) => data.wanted?.has(name) ?? false);
  return wanted.length > 0
    ? E.right(wanted)
    : refuse({
        where: "data",
        found: `nothing wanted of ${site.layers.join(", ")}`,
        expected: "values that at least one of them should have on the batch",
      });
};

/** `apply` of a technique that fits layers to what the data want of them. */
export const fitting =
  (fit: typeof fitted) =>
  <A>(reals: Reals<A>, site: Site<A>, options: FitOptions): Result<Applied<A>> =>
    pipe(
      dataOf(site),
      E.chain((data) =>
        pipe(
          wantedOf(data, site),
          E.chain((layers) =>
            inTurn({ ...site, layers }, (n, name) =>
              pipe(
                fitLayer(wideOf(reals).ring, fit(wideOf(reals), options))(n, name, [
                  { inputs: data.batch, targets: data.wanted!.get(name)! },
                ]),
                E.chain((network) =>
                  E.map((op: Parameters<typeof rowCount<A>>[0]) => ({
                    network: storedLayers(reals)(network, [name]),
                    what: `${nodeCount(op)} nodes of ${rowCount(op)} scalars fitted`,
                    figures: { equations: nodeCount(op) * rowCount(op) },
                  }))(operatorOf(network, name)),
                ),
              ),
            ),
          ),
        ),
      ),
    );

export const leastSquares = technique({
  name: "least squares",
  needs: [scalarWeighted],
  does: "solves for the scalars of each node that come nearest to given values, in closed form",
  source:
    "normal equations of Legendre (1805) and Gauss (1809); ridge of Hoerl and Kennard, Technometrics 1970",
  scope: "layer",
  theorems: { inherited: ["least_squares_inherited"], refused: [] },
  defaults: { ridge: 0 } as FitOptions,
  law: {
    statement:
      "the residual of each node is orthogonal to its own inputs, the gradient of the loss is zero, and the loss is " +
      "no larger than before",
    holds: leastSquaresLaw,
  },
  apply: fitting(fitted),
});
