/** One run of a comparison: a method trained at one rate, tested, and what came of it put on record. */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Outcome } from "../adapt/method.js";
import { replaceHead } from "../adapt/head.js";
import { randomFilters } from "../adapt/randomFilters.js";
import type { Target } from "../compile/target.js";
import { countNetwork } from "../model/count.js";
import type { Network } from "../model/network.js";
import { digestOfExamples } from "../train/digest.js";
import { predict, upToLogits } from "../train/evaluate.js";
import { meanSquare, type Examples } from "../train/examples.js";
import type { Observer } from "../train/event.js";
import { metricsOf, tallyOf, type Metrics } from "../train/metrics.js";
import { runMethod, type MethodRun, type PhaseRun } from "../train/runMethod.js";
import { gateMapsOf, gatesOf } from "./gateMaps.js";
import { methodNamed, type Grid } from "./grid.js";
import type { Material } from "./material.js";
import { mistakesOf } from "./mistakes.js";
import type { RunPictures } from "./pictures.js";
import { runId, type RunRecord, type RunSpec } from "./record.js";

/** Where and by whom a run is made. */
export interface RunSettings {
  readonly target: Target;
  readonly threads: number | null;
  readonly heirloom: string;
  readonly command: readonly string[];
  /** The folder for the run's checkpoints. */
  readonly folder: string;
  readonly pictures: boolean;
  readonly observer: Observer;
  /** Ends the run after the present step, with a checkpoint. */
  readonly signal: AbortSignal;
}

/** What a run leaves. */
export interface RunResult {
  readonly record: RunRecord;
  readonly pictures: RunPictures | null;
}

/** A checkpoint after an epoch is worth its while every so many seconds. */
const checkpointSeconds = 30;

const evaluationBatch = 32;

const startingNetwork = async (
  network: Network,
  { filters, seed }: RunSpec,
  examples: Examples,
): Promise<Result<Network>> => {
  const backbone: Result<Network> =
    filters === "pretrained"
      ? E.right(network)
      : E.chain((scale: number) => randomFilters(seed, scale)(network))(await meanSquare(examples));
  return E.chain(replaceHead(examples.classes.length))(backbone);
};

/** As much of a score as goes on record. */
const scoreOf = (metrics: Metrics | null): RunRecord["validation"] =>
  metrics === null
    ? null
    : { examples: metrics.examples, loss: metrics.loss, accuracy: metrics.accuracy };

const phaseRecord = ({ name, run }: PhaseRun): RunRecord["phases"][number] => ({
  name,
  status: run.status === "stopped early" ? "stopped early" : "finished",
  rate: run.rate,
  trainedParameters: run.trainedParameters,
  storedParameters: run.storedParameters,
  history: run.history.map(({ validation, ...epoch }) => ({
    ...epoch,
    validation: scoreOf(validation),
  })),
  restored: run.restored,
  steps: run.cost.steps,
  medianStep: run.cost.medianStep,
  peakResident: run.cost.peakResident,
});

const validationOf = ({ phases }: MethodRun): RunRecord["validation"] => {
  const { history, restored } = phases.at(-1)!.run;
  return scoreOf(history.at(restored ?? -1)?.validation ?? null);
};

const logitsOf = async (
  target: Target,
  { merged }: Outcome,
  examples: Examples,
): Promise<Result<Float32Array>> => {
  const network = upToLogits(merged);
  return E.isLeft(network)
    ? network
    : predict(target, network.right, examples, { batch: evaluationBatch });
};

/**
 * Make a run, or go on with it where its folder has a checkpoint; null where it was interrupted. The same
 * specification and material come to the same figures, timings apart.
 */
export const makeRun = async (
  grid: Grid,
  material: Material,
  spec: RunSpec,
  settings: RunSettings,
): Promise<Result<RunResult | null>> => {
  const started = performance.now();
  const { target, folder, observer } = settings;
  const id = runId(spec);
  const inRun = E.mapLeft(within(`${spec.method} on ${spec.data}, ${spec.model}`));

  const method = methodNamed(spec.method, spec.seed);
  if (E.isLeft(method)) return method;
  const backbone = await material.backbone(spec.model);
  if (E.isLeft(backbone)) return backbone;
  const { model } = backbone.right;
  const images = await material.images(spec.data, spec.model);
  if (E.isLeft(images)) return images;
  const { classes, test, testExamples } = images.right;
  const examples = images.right.training(spec.perClass, spec.seed);
  const start = await startingNetwork(model.network, spec, examples);
  if (E.isLeft(start)) return inRun(start);

  // Every method gets the same number of epochs, in however many phases.
  const epochs = Math.ceil(grid.plan.epochs / method.right.phases.length);
  const plan = { ...grid.plan, epochs, seed: spec.seed };
  const run = await runMethod(target, method.right, start.right, examples, {
    plan,
    rateFactor: spec.rateFactor,
    observer,
    signal: settings.signal,
    folder,
    checkpointSeconds,
    resume: "where possible",
  });
  if (E.isLeft(run)) return inRun(run);
  const { phases } = run.right;
  const { outcome } = run.right;
  if (outcome === null) return E.right(null);

  const trainingSha256 = await digestOfExamples(examples);
  if (E.isLeft(trainingSha256)) return inRun(trainingSha256);
  const testSha256 = await images.right.testSha256();
  if (E.isLeft(testSha256)) return inRun(testSha256);
  const logits = await logitsOf(target, outcome, testExamples);
  if (E.isLeft(logits)) return inRun(logits);
  const labels = Array.from(test.labels);
  const metrics = metricsOf(tallyOf(classes.length, logits.right, labels));
  const mistakes = settings.pictures ? await mistakesOf(test, logits.right) : E.right([]);
  if (E.isLeft(mistakes)) return inRun(mistakes);
  const before = countNetwork(start.right);
  const after = countNetwork(outcome.merged);
  const most = (of: (p: PhaseRun) => number): number => Math.max(...phases.map(of));
  return E.right({
    record: {
      format: "heirloom-run",
      version: 1,
      id,
      run: spec,
      options: method.right.options,
      images: examples.size,
      phases: phases.map(phaseRecord),
      trainedParameters: most((p) => p.run.trainedParameters),
      storedParameters: phases.at(-1)!.run.storedParameters,
      inference: {
        parameters: after.parameters,
        multiplyAdds: after.multiplyAdds,
        merged: after.multiplyAdds === before.multiplyAdds,
      },
      validation: validationOf(run.right),
      test: metrics,
      classes,
      gates: gatesOf(outcome.adapted),
      provenance: {
        heirloom: settings.heirloom,
        node: process.version,
        backend: target.name,
        device: target.device,
        threads: settings.threads,
        command: settings.command,
        plan,
        modelSha256: backbone.right.sha256,
        trainingSha256: trainingSha256.right,
        testSha256: testSha256.right,
        finishedAt: new Date().toISOString(),
        seconds: (performance.now() - started) / 1000,
      },
    },
    pictures: settings.pictures
      ? {
          format: "heirloom-pictures",
          version: 1,
          id,
          gates: gateMapsOf(outcome.adapted),
          mistakes: mistakes.right,
        }
      : null,
  });
};
