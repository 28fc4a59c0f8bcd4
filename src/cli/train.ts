/** `heirloom train`: adapt a pretrained model to labelled images by one of the methods. */
import { Option, type Command } from "commander";
import { resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { ChosenMethod } from "../adapt/method.js";
import { replaceHead } from "../adapt/head.js";
import { randomFilters } from "../adapt/randomFilters.js";
import type { Target } from "../compile/target.js";
import type { Dataset } from "../format/dataset.js";
import type { Model } from "../format/modelFile.js";
import type { Network } from "../model/network.js";
import { size } from "../tensor/shape.js";
import { evaluate } from "../train/evaluate.js";
import { examplesFromDataset, meanSquare, type Examples } from "../train/examples.js";
import type { Metrics } from "../train/metrics.js";
import type { Plan } from "../train/plan.js";
import { runMethod } from "../train/runMethod.js";
import { openBackend, withBackendOption, type BackendOptions } from "./backendOption.js";
import { interruption } from "./interruption.js";
import {
  chooseMethod,
  methodList,
  withMethodOptions,
  type MethodOptions,
} from "./methodOptions.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import type { Conclude, Outcome } from "./outcome.js";
import { apartFrom, withOutputOptions, type OutputOptions } from "./outputOption.js";
import { givenPath, orUsage, wholeNumber } from "./option.js";
import { planOf, withPlanOptions, type PlanOptions } from "./planOptions.js";
import { runFolder } from "./runFolder.js";
import type { Terminal } from "./terminal.js";
import { openData, withDataOptions, type DataOptions } from "./trainingData.js";
import { trainingDisplay } from "./trainingDisplay.js";
import { trainingSummary } from "./trainingSummary.js";

interface TrainOptions
  extends ModelOptions, DataOptions, MethodOptions, PlanOptions, BackendOptions, OutputOptions {
  readonly model: string;
  readonly randomFilters: boolean;
  readonly keepHead: boolean;
  readonly resume: boolean;
  /** In units of 2^20 bytes. */
  readonly memoryLimit?: number;
  readonly json: boolean;
}

/** The network to start from: the model's own filters or random ones, its own classifier or a new one. */
const startingNetwork = async (
  network: Network,
  examples: Examples,
  options: TrainOptions,
): Promise<Result<Network>> => {
  const backbone = options.randomFilters
    ? E.chain((scale: number) => randomFilters(options.seed, scale)(network))(
        await meanSquare(examples),
      )
    : E.right<never, Network>(network);
  if (options.keepHead && examples.classes.length !== size(network.output))
    return refuse({
      where: "--keep-head",
      found: `${examples.classes.length} classes in ${examples.name}`,
      expected: `${size(network.output)}, one per output of the model, which does not name its classes`,
    });
  return options.keepHead ? backbone : E.chain(replaceHead(examples.classes.length))(backbone);
};

const evaluationBatch = 32;

const testMetrics = async (
  target: Target,
  terminal: Terminal,
  preprocessing: Model["preprocessing"],
  merged: Network,
  dataset: Dataset | null,
): Promise<Result<Metrics | null>> => {
  if (dataset === null) return E.right(null);
  const examples = examplesFromDataset(dataset, merged.input, preprocessing);
  if (E.isLeft(examples)) return examples;
  const progress = terminal.progress("testing", examples.right.size);
  const metrics = await evaluate(target, merged, examples.right, {
    batch: evaluationBatch,
    progress: (done) => progress.update(done),
  });
  progress.stop();
  return E.mapLeft(within("test"))(metrics);
};

const work = async (
  terminal: Terminal,
  options: TrainOptions,
  plan: Plan,
  method: ChosenMethod,
): Promise<Result<Outcome>> => {
  const { output, resume, force, test: testPath } = options;
  const inputs = [options.model, options.data, ...(testPath === undefined ? [] : [testPath])];
  const apart = await apartFrom(output, inputs);
  if (E.isLeft(apart)) return apart;
  const folder = runFolder(output, { resume, force });
  const usable = await folder.check();
  if (E.isLeft(usable)) return usable;

  const model = await loadModel(options.model, options);
  if (E.isLeft(model)) return model;
  const { network, preprocessing, labels } = model.right;
  const data = await openData(terminal, options, options.keepHead ? labels : null);
  if (E.isLeft(data)) return data;
  const { training, test: testing } = data.right;
  const examples = examplesFromDataset(training, network.input, preprocessing);
  if (E.isLeft(examples)) return examples;
  const start = await startingNetwork(network, examples.right, options);
  if (E.isLeft(start)) return start;
  const backend = await openBackend(terminal, options);
  if (E.isLeft(backend)) return backend;
  const { target, record: computedOn } = backend.right;

  const ready = await folder.prepare();
  if (E.isLeft(ready)) return ready;
  const stop = interruption(terminal);
  const run = await runMethod(target, method, start.right, examples.right, {
    plan,
    observer: trainingDisplay(terminal, options.method),
    signal: stop.signal,
    folder: folder.checkpoints,
    resume,
    memoryLimit: options.memoryLimit === undefined ? null : options.memoryLimit * 2 ** 20,
  });
  stop.release();
  if (E.isLeft(run)) {
    await folder.abandon();
    return run;
  }
  const { outcome } = run.right;
  if (outcome === null)
    return E.right(trainingSummary(run.right, null, computedOn, resolve(output)));
  const test = await testMetrics(target, terminal, preprocessing, outcome.merged, testing);
  if (E.isLeft(test)) return test;
  const result = trainingSummary(run.right, test.right, computedOn, resolve(output));
  const kept = await folder.keep({
    base: model.right,
    labels: training.classes,
    outcome,
    record: {
      command: process.argv.slice(2),
      model: options.model,
      data: { path: options.data, examples: training.size, classes: training.classes },
      plan,
      method: { name: options.method, options: method.options },
      result: result.json,
    },
  });
  return E.map(() => result)(kept);
};

export const addTrain = (parent: Command, conclude: Conclude): Command => {
  const command = parent
    .command("train")
    .optionsGroup("Model:")
    .summary("adapt a pretrained model to labelled images")
    .description(
      "Train a method on labelled images, starting from a pretrained model. The classifier is replaced " +
        "by a new one with as many outputs as the data has classes. Ctrl-C leaves a checkpoint; the same " +
        "command with --resume continues to the very same losses.",
    )
    .requiredOption("--model <path>", "a LayersModel or a Heirloom document", givenPath);
  withModelOptions(command.optionsGroup("Model:"))
    .option("--keep-head", "keep the model's own classifier", false)
    .option(
      "--random-filters",
      "a control: the same architecture with filters that learnt nothing",
      false,
    );
  withDataOptions(command.optionsGroup("Data:"));
  withMethodOptions(command.optionsGroup("Method:"));
  withPlanOptions(command.optionsGroup("Plan:"));
  withBackendOption(command.optionsGroup("Run:")).option(
    "--memory-limit <MB>",
    "the most memory that the tensors of a training step may take, in MB of 2^20 bytes",
    wholeNumber(1),
  );
  return withOutputOptions(command, "run")
    .addOption(
      new Option("--resume", "continue an interrupted run").default(false).conflicts("force"),
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Methods, and the options that --set changes:
${methodList}

Examples:
  $ heirloom train --model resnet50/ --preprocessing caffe --input 64x64x3 --data photos/ -o run/
  $ heirloom train --model resnet50/ --data photos/ --method probe --epochs 20 --patience 3 -o run/
  $ heirloom train --model resnet50/ --data photos/ --set pointwise=freeze --seed 1 -o run/
  $ heirloom train ... -o run/ --resume`,
    )
    .action((options: TrainOptions) => {
      const plan = orUsage(command, planOf(options));
      const method = orUsage(command, chooseMethod(options));
      return conclude(options.json, (terminal) => work(terminal, options, plan, method));
    });
};
