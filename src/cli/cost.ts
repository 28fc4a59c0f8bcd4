/** `heirloom cost`: what inference costs, counted and measured, of several networks side by side. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { formNames, type FormName } from "../adapt/form.js";
import { methods } from "../adapt/methods.js";
import { showCosts, type CostReport, type MeasuredNetwork } from "../report/cost.js";
import { showShape, type Shape } from "../tensor/shape.js";
import { measureCost, type SettingCost } from "../train/cost.js";
import { openBackend, withBackendOption, type BackendOptions } from "./backendOption.js";
import { batchList, formList, namesAmong, resolutionList } from "./costOptions.js";
import { readSubjects } from "./costSubjects.js";
import { chooseMethod } from "./methodOptions.js";
import { withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, numberWithin, orUsage, wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface CostOptions extends ModelOptions, BackendOptions {
  readonly forms?: readonly FormName[];
  readonly methods: readonly string[];
  readonly resolutions?: readonly Shape[];
  readonly batch: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Rounds that are run first and dropped. */
const warmUp = 2;

/** Fewer rounds say nothing about the median with 99% confidence. */
const leastRounds = 8;

/** The same path twice would be two rows of one name. */
const distinct = (paths: readonly string[]): Result<null> => {
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  return twice === undefined
    ? E.right(null)
    : refuse({ where: "models", found: `${twice} twice`, expected: "each model once" });
};

const work = async (
  terminal: Terminal,
  paths: readonly string[],
  options: CostOptions,
): Promise<Result<Outcome>> => {
  const { rounds, seconds, seed, batch: batches, resolutions } = options;
  const chosen = E.traverseArray((method: string) => chooseMethod({ method, set: {} }))(
    options.methods,
  );
  if (E.isLeft(chosen)) return chosen;
  const backend = await openBackend(terminal, options);
  if (E.isLeft(backend)) return backend;
  const { target, record } = backend.right;
  const settings: SettingCost[] = [];
  let networks: readonly MeasuredNetwork[] = [];
  const inputs: readonly (Shape | null)[] = resolutions ?? [null];
  let left = inputs.length * batches.length;
  let secondsLeft = seconds;
  for (const resolution of inputs) {
    terminal.say(
      `reading ${paths.join(", ")}${resolution === null ? "" : ` at ${showShape(resolution)}`}`,
    );
    const subjects = await readSubjects(paths, { ...options, methods: chosen.right }, resolution);
    if (E.isLeft(subjects)) return subjects;
    // What a network is called and what it takes on the disk is said once, at the first resolution.
    if (networks.length === 0) networks = subjects.right.networks;
    for (const batch of batches) {
      const input = subjects.right.forms[0]!.network.input;
      const progress = terminal.progress(`input ${showShape(input)}, batch ${batch}`, 100);
      const began = performance.now();
      const cost = await measureCost(target, subjects.right.forms, {
        batch,
        warmUp,
        least: Math.min(leastRounds, rounds),
        most: rounds,
        seconds: secondsLeft / left,
        seed,
        memory: process.availableMemory(),
        progress: (round, share) => progress.update(Math.floor(100 * share), `round ${round}`),
      });
      progress.stop();
      if (E.isLeft(cost)) return cost;
      secondsLeft = Math.max(0, secondsLeft - (performance.now() - began) / 1000);
      left -= 1;
      settings.push(cost.right);
    }
  }
  const report: CostReport = {
    format: "heirloom-cost",
    version: 1,
    backend: { name: record.name, device: record.device, threads: record.threads },
    seed,
    networks,
    settings,
  };
  return E.right({ text: showCosts(report), json: report });
};

const paths = (text: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  givenPath(text),
];

export const addCost = (parent: Command, conclude: Conclude): Command => {
  const command = parent
    .command("cost")
    .optionsGroup("Models:")
    .summary("what inference costs: counted, and measured in turns")
    .description(
      "Count what it takes to run a model (parameters, multiply-adds, memory, bytes on the disk) and measure " +
        "how long it takes, at each batch size. Networks are measured in turns, in an order drawn anew each " +
        "round, and compared by their ratios inside rounds: what disturbs the machine disturbs them all.",
    )
    .argument(
      "<models...>",
      "LayersModels or documents; the first is what others are compared with",
      paths,
    );
  withModelOptions(command)
    .option(
      "--forms <list>",
      `what is measured of each model, of ${formNames.join(", ")}; unless told, all of one model, and of ` +
        "several each as it is",
      formList,
    )
    .addOption(
      new Option(
        "--methods <list>",
        "and what these methods leave to be run (see `heirloom train --help`)",
      )
        .argParser(namesAmong(methods.map(({ name }) => name)))
        .default([], "none"),
    )
    .option(
      "--resolutions <list>",
      "spatial extents of the input, as in 32,64,128x96, instead of the model's or --input's",
      resolutionList,
    );
  command
    .optionsGroup("Measuring:")
    .addOption(
      new Option("--batch <list>", "batch sizes")
        .argParser(batchList)
        .default([1, 8, 32], "1,8,32"),
    )
    .option("--rounds <n>", "the most rounds at each batch size", wholeNumber(1), 30)
    .option(
      "--seconds <s>",
      `about how long to measure altogether; ${leastRounds} rounds at each batch size are run in any case`,
      numberWithin(0, 1e6),
      40,
    )
    .option(
      "--seed <s>",
      "of random gates, inputs and the order in rounds",
      wholeNumber(0, 2 ** 31 - 1),
      0,
    );
  return withBackendOption(command.optionsGroup("Run:"))
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Forms:
  original    the network without gates
  projected   gates and kernels stored apart; the compiler multiplies them before the first run
  switchable  the same, but gates can be replaced between runs, so every run multiplies them
  merged      an ordinary network, whose kernels are the products
  A model without gates gets random ones, near one. All forms but the original compute the same.

Columns:
  multiply-adds  of kernels and dense weights, for one image
  operations     of the whole program, for the batch
  values         the most bytes that are alive at once during a run, besides the weights

Examples:
  $ heirloom cost resnet50/ --input 64x64x3
  $ heirloom cost resnet50/ --resolutions 32,64,128 --batch 1 --forms original,merged
  $ heirloom cost original/ merged/ adapters/ --batch 1,32 --json`,
    )
    .action((models: readonly string[], options: CostOptions) => {
      orUsage(command, distinct(models));
      return conclude(options.json, (terminal) => work(terminal, models, options));
    });
};
