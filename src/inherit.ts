/**
 * `heirloom/inherit`: classes, assumptions and techniques as values, and which class inherits which technique. It is
 * a face of its own because it loads fast-check, which looks for the counterexamples.
 */
export * from "./inherit/assumption.js";
export * from "./inherit/class.js";
export * from "./inherit/technique.js";
export * from "./inherit/apply.js";
export * from "./inherit/arrow.js";
export * from "./inherit/search.js";
export * from "./inherit/reals.js";
export * from "./inherit/scalars.js";
export * from "./inherit/stack.js";
export * from "./inherit/liveness.js";
export {
  alone,
  subjectAt,
  tapeAt,
  withNodes,
  type NodeLayer,
  type Place,
} from "./inherit/place.js";
export { outputs, transformed, scalarsAt, type Subject } from "./inherit/subject.js";
export * from "./inherit/table.js";
export {
  inheritanceReport,
  type Finding,
  type InheritanceReport,
  type LayerKind,
  type LayersAlike,
} from "./report/inheritance.js";
export { inheritancePage } from "./report/inheritancePage.js";
export { techniques } from "./inherit/techniques.js";
export { magnitudePruning, type PruningOptions } from "./inherit/techniques/magnitudePruning.js";
export { connectionPruning } from "./inherit/techniques/connectionPruning.js";
export { quantisation, type QuantisationOptions } from "./inherit/techniques/quantisation.js";
export { dropConnect, type DropConnectOptions } from "./inherit/techniques/dropConnect.js";
export {
  fanInInitialisation,
  type FanInOptions,
} from "./inherit/techniques/fanInInitialisation.js";
export { weightNormalisation } from "./inherit/techniques/weightNormalisation.js";
export { lasso, type LassoOptions } from "./inherit/techniques/lasso.js";
export { groupLasso, type GroupLassoOptions } from "./inherit/techniques/groupLasso.js";
export { weightDecay, type WeightDecayOptions } from "./inherit/techniques/weightDecay.js";
export { nodePermutation, type PermutationOptions } from "./inherit/techniques/nodePermutation.js";
export { gatePermutation } from "./inherit/techniques/gatePermutation.js";
export { reluRescaling } from "./inherit/techniques/reluRescaling.js";
export { net2Wider, type Net2WiderOptions } from "./inherit/techniques/net2Wider.js";
export { leastSquares } from "./inherit/techniques/leastSquares.js";
export { sharedGram } from "./inherit/techniques/sharedGram.js";
export { elasticWeights, type ImportanceOptions } from "./inherit/techniques/elasticWeights.js";
export {
  optimalBrainDamage,
  type SaliencyOptions,
} from "./inherit/techniques/optimalBrainDamage.js";
export {
  lowRankParametrisation,
  type RankOptions,
} from "./inherit/techniques/lowRankParametrisation.js";
export { lowRankFactoring } from "./inherit/techniques/lowRankFactoring.js";
export { whitening, type WhiteningOptions } from "./inherit/techniques/whitening.js";
export { kronecker, type KroneckerOptions } from "./inherit/techniques/kronecker.js";
export * from "./inherit/moments.js";
export * from "./inherit/leastSquares.js";
export * from "./inherit/objective.js";
export * from "./inherit/fisher.js";
export * from "./inherit/saliency.js";
export { factorNames, lowRankSource, lowRankStart, withLowRank } from "./inherit/lowRankGates.js";
export { exactly, machine, type Arithmetic } from "./compile/arithmetic.js";
