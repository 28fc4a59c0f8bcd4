/**
 * The public face of Heirloom. What is exported here is what a program may rely on; everything else is
 * sealed by the `exports` map of the package. The TensorFlow.js target is `heirloom/tfjs`.
 */
export { refuse, showRefusal, within, type Refusal, type Result } from "./algebra/refusal.js";
export type { AllFunctions, FunctionName, Functions, Ring, Storage } from "./algebra/ring.js";
export { float32, isFloat32, roundToFloat32 } from "./algebra/float32.js";
export { float64 } from "./algebra/float64.js";
export { integer } from "./algebra/integer.js";
export { ratio, rational, toNumber, type Rational } from "./algebra/rational.js";
export { primeField } from "./algebra/primeField.js";
export { formalField } from "./algebra/formalField.js";
export { polynomial, type Polynomial, type PolynomialRing } from "./algebra/polynomial.js";
export { formalPolynomial } from "./algebra/formalPolynomial.js";
export {
  ball,
  boundsOf,
  encloses,
  exactBoundsOf,
  floatError,
  radius,
  settled,
  type Ball,
} from "./algebra/ball.js";
export { dual, withTangent, type Dual } from "./algebra/dual.js";
export { fromState, randomStream, stateOf, type RandomStream } from "./algebra/random.js";

export * from "./tensor/shape.js";
export * from "./tensor/tensor.js";
export * from "./tensor/geometry.js";

export * from "./model/activation.js";
export * from "./model/operator.js";
export { inferShape } from "./model/inference.js";
export * from "./model/network.js";
export * from "./model/nodes.js";
export { gatesOf, withGates, type Gates } from "./model/gates.js";
export { compose, cutAt, waistsOf } from "./model/compose.js";
export { atResolution } from "./model/resolution.js";
export * from "./model/count.js";
export * from "./model/inventory.js";
export * from "./model/edit.js";
export * from "./model/select.js";
export * from "./model/traverse.js";
export * from "./model/builder.js";

export { evaluate, evaluateLayers, evaluateOperator } from "./semantics/evaluate.js";
export { readIn } from "./semantics/reading.js";

export * from "./transform/certificate.js";
export { digestOf } from "./transform/digest.js";
export { agreeNetworks, equalNetworks } from "./transform/equality.js";
export * from "./transform/project.js";
export { merge } from "./transform/merge.js";
export { unmerge } from "./transform/unmerge.js";
export * from "./transform/embed.js";
export { recognise } from "./transform/recognise.js";
export { foldBatchNorm } from "./transform/fold.js";
export { absorbPadding } from "./transform/absorbPadding.js";
export type { KernelledLayer } from "./transform/kernelled.js";
export * from "./transform/ungroup.js";
export * from "./transform/enlarge.js";

export { check, type CheckReport } from "./certify/check.js";
export { roundingBound } from "./certify/rounding.js";
export { mergeRounding, type MergeRounding } from "./certify/mergeRounding.js";
export { compareLayers, type Agreement, type Implementation } from "./certify/agreement.js";

export * from "./compile/program.js";
export * from "./compile/target.js";
export { programBuilder, type Builder } from "./compile/builder.js";
export { primitiveShape } from "./compile/shape.js";
export { interpret } from "./compile/interpret.js";
export { differentiate } from "./compile/derivative.js";
export { stepProgram, type StepOptions, type StepProgram } from "./compile/step.js";
export { footprint, peakBytes, type Footprint } from "./compile/footprint.js";
export { recompute, recomputeWithin, type Recomputed } from "./compile/recompute.js";
export { inferenceProgram, tracedProgram } from "./compile/inference.js";
export { inferenceCost, type InferenceCost } from "./compile/inferenceCost.js";
export { withParameters } from "./compile/parameters.js";
export type { Optimizer } from "./compile/optimizer.js";

export * from "./adapt/method.js";
export { methods } from "./adapt/methods.js";
export { formAfter, formNames, formsOf, type Form, type FormName } from "./adapt/form.js";
export {
  countNew,
  newParameters,
  realise,
  reparametrise,
  startOf,
  weightSourceOf,
  type LayerReparametrisation,
  type NewParameter,
  type Psi,
  type Reparametrisation,
} from "./adapt/reparametrisation.js";
export { replaceHead, withProbabilities } from "./adapt/head.js";
export { randomFilters } from "./adapt/randomFilters.js";

export * from "./format/modelFile.js";
export { readModel } from "./format/readModel.js";
export { readLayersModel } from "./format/layersModel.js";
export { writeLayersModel } from "./format/writeLayersModel.js";
export { readDocument, writeDocument, type Document, type Origin } from "./format/document.js";
export { bytesOnDisk, documentBytes } from "./format/modelBytes.js";
export { readAdapter, writeAdapter } from "./format/adapter.js";
export * from "./format/safetensors.js";
export * from "./format/image.js";
export { decodeImage } from "./format/decodeImage.js";
export * from "./format/preprocessing.js";
export * from "./format/dataset.js";
export { openDataset } from "./format/openDataset.js";

export * from "./train/plan.js";
export * as schedules from "./train/schedule.js";
export * from "./train/event.js";
export * from "./train/examples.js";
export * from "./train/metrics.js";
export { train, type Run, type TrainOptions } from "./train/train.js";
export { runMethod, type MethodRun, type MethodOptions } from "./train/runMethod.js";
export { predict, evaluate as evaluateClassifier } from "./train/evaluate.js";
export { interleaved, type Rounds, type Runner } from "./train/latency.js";
export { medianInterval, spreadOf, type Interval, type Spread } from "./train/spread.js";
export {
  measureCost,
  type MeasureOptions,
  type NetworkCost,
  type SettingCost,
} from "./train/cost.js";
export { perClass, select as selectExamples } from "./train/selection.js";

export { GridCodec, methodNamed, runsOf, type Grid, type PlannedRun } from "./compare/grid.js";
export { readLedger, type Ledger } from "./compare/ledger.js";
export { RunRecordCodec, type RunRecord, type RunSpec } from "./compare/record.js";
export { RunPicturesCodec, type RunPictures } from "./compare/pictures.js";
export {
  gridFor,
  runComparison,
  type Comparison,
  type ComparisonObserver,
  type ComparisonOptions,
} from "./compare/comparison.js";
export { cellsOf, type Cell } from "./compare/selection.js";
export { estimate, type Estimate } from "./compare/statistics.js";
export { signedRank, type SignedRank } from "./compare/signedRank.js";

export { drawing, type DrawingOptions } from "./report/drawing.js";
export { showOperator } from "./report/operator.js";
export { CostReportCodec, showCosts, type CostReport } from "./report/cost.js";
export { summary } from "./report/summary.js";
export * from "./report/quantity.js";
export * from "./report/table.js";
