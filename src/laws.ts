/**
 * `heirloom/laws`: the laws of the library as functions, to be run on networks of one's own, and the generators
 * they are tried with. It is a face of its own because it loads fast-check, which whoever only uses networks does
 * not need.
 */
export * from "./laws/generators/tape.js";
export * from "./laws/generators/ring.js";
export * from "./laws/generators/geometry.js";
export * from "./laws/generators/operator.js";
export * from "./laws/generators/network.js";
export { worldOf } from "./laws/generators/world.js";

export * from "./laws/equality.js";
export * from "./laws/conversion.js";
export {
  adjointLaw,
  forwardDerivative,
  gradientLaw,
  type Application,
} from "./laws/differentiation.js";
export * from "./laws/witness.js";

export { casesOf, law, lawAt, type Law, type LawParts } from "./laws/law.js";
export { lawNamed, laws, lawsNamed } from "./laws/registry.js";
export { fragmentsOf, type Fragments } from "./laws/fragment.js";
export { enclosureOf } from "./laws/enclosure.js";
export { showCase } from "./laws/show.js";
export {
  runLaw,
  trialOf,
  trials,
  type Failure,
  type LawReport,
  type RunOptions,
  type Trial,
} from "./laws/run.js";

export * from "./laws/convolution.js";
export * from "./laws/embedding.js";
export * from "./laws/strictness.js";
export * from "./laws/locality.js";
export * from "./laws/projection.js";
export * from "./laws/merging.js";
export * from "./laws/gradient.js";
export * from "./laws/rewriting.js";
export * from "./laws/graph.js";
export { refuseProject, refuseUnmerge } from "./laws/refusals.js";
