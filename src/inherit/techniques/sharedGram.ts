/**
 * Ridge regression with one Gram matrix for the whole layer, that of node 0, as a technique (leastSquares.ts). It needs
 * the inputs of node 0 everywhere.
 */
import { homogeneous, scalarWeighted } from "../assumption.js";
import { sharedFit, type FitOptions } from "../leastSquares.js";
import { sharedGramLaw } from "../laws/leastSquares.js";
import { technique } from "../technique.js";
import { fitting } from "./leastSquares.js";

export const sharedGram = technique({
  name: "shared-Gram ridge regression",
  needs: [scalarWeighted, homogeneous],
  does: "fits all nodes of a layer with one factored Gram matrix",
  source: "Hoerl and Kennard, Ridge regression, Technometrics 1970",
  scope: "layer",
  theorems: { inherited: ["homogeneous_inherited"], refused: ["shared_gram_refused"] },
  defaults: { ridge: 1 } as FitOptions,
  law: {
    statement: "the factor of one node's Gram matrix solves the ridge regression of every node",
    holds: sharedGramLaw,
  },
  apply: fitting(sharedFit),
});
