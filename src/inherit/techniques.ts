/** All techniques that ship with the library: one file each, and one row here. */
import type { Technique } from "./technique.js";
import { magnitudePruning } from "./techniques/magnitudePruning.js";
import { connectionPruning } from "./techniques/connectionPruning.js";
import { quantisation } from "./techniques/quantisation.js";
import { dropConnect } from "./techniques/dropConnect.js";
import { fanInInitialisation } from "./techniques/fanInInitialisation.js";
import { weightNormalisation } from "./techniques/weightNormalisation.js";
import { lasso } from "./techniques/lasso.js";
import { groupLasso } from "./techniques/groupLasso.js";
import { weightDecay } from "./techniques/weightDecay.js";
import { nodePermutation } from "./techniques/nodePermutation.js";
import { gatePermutation } from "./techniques/gatePermutation.js";
import { reluRescaling } from "./techniques/reluRescaling.js";
import { net2Wider } from "./techniques/net2Wider.js";
import { leastSquares } from "./techniques/leastSquares.js";
import { elasticWeights } from "./techniques/elasticWeights.js";
import { optimalBrainDamage } from "./techniques/optimalBrainDamage.js";
import { lowRankParametrisation } from "./techniques/lowRankParametrisation.js";
import { lowRankFactoring } from "./techniques/lowRankFactoring.js";
import { whitening } from "./techniques/whitening.js";
import { kronecker } from "./techniques/kronecker.js";
import { sharedGram } from "./techniques/sharedGram.js";

/** Every technique. */
export const techniques: readonly Technique[] = [
  magnitudePruning,
  connectionPruning,
  dropConnect,
  weightDecay,
  lasso,
  groupLasso,
  fanInInitialisation,
  weightNormalisation,
  quantisation,
  net2Wider,
  nodePermutation,
  reluRescaling,
  gatePermutation,
  leastSquares,
  elasticWeights,
  optimalBrainDamage,
  lowRankParametrisation,
  lowRankFactoring,
  whitening,
  kronecker,
  sharedGram,
];
