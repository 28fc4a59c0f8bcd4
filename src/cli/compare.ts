/** `heirloom compare`: a grid of runs, every method on every model and data set, resumable at any moment. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { availableParallelism } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../algebra/refusal.js";
import { methods } from "../adapt/methods.js";
import { takesThreads } from "../compile/backendName.js";
import { runComparison, gridFor, type Comparison } from "../compare/comparison.js";
import { leftOf, methodNamed, runsOf, type Grid } from "../compare/grid.js";
import { readFailures, type Failure } from "../compare/failures.js";
import { readLedger } from "../compare/ledger.js";
import { showCount, showCounted } from "../report/quantity.js";
import {
  settleBackend,
  withBackendOption,
  type BackendOptions,
  type SettledBackend,
} from "./backendOption.js";
import { comparisonBoard, showRun, standings } from "./comparisonBoard.js";
import { interruption } from "./interruption.js";
import { withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, numberWithin, orUsage, wholeNumber } from "./option.js";
import { apartFrom } from "./outputOption.js";
import type { Conclude, Outcome } from "./outcome.js";
import { planOf, withPlanOptions, type PlanOptions } from "./planOptions.js";
import type { Terminal } from "./terminal.js";
import { version } from "./version.js";

interface CompareOptions extends ModelOptions, PlanOptions, BackendOptions {
  readonly model?: readonly string[];
  readonly data?: readonly string[];
  readonly methods: readonly string[];
  readonly perClass: readonly (number | null)[];
  readonly seeds: number;
  readonly rates: readonly number[];
  readonly search: Grid["search"];
  readonly controls: boolean;
  readonly heldOut: number;
  readonly jobs: number;
  readonly retry: boolean;
  readonly dryRun: boolean;
  readonly output: string;
  readonly json: boolean;
}

/** The methods that are compared where none are named: all of them. */
const everyMethod: readonly string[] = methods.map((m) => m.name);

/** The parts of a list; commas in braces belong to JSON. */
const parts = (text: string): readonly string[] => {
  const list = text.split(/,(?![^{]*\})/).map((part) => part.trim());
  if (list.some((part) => part === ""))
    throw new InvalidArgumentError("Expected values between commas.");
  return list;
};

const methodList = (text: string): readonly string[] =>
  parts(text).map((part) => {
    const chosen = methodNamed(part);
    if (E.isLeft(chosen)) throw new InvalidArgumentError(showRefusal(chosen.left));
    return part;
  });

const distinct = <A>(values: readonly A[]): readonly A[] => [...new Set(values)];

const budgetList = (text: string): readonly (number | null)[] =>
  distinct(parts(text).map((part) => (part === "all" ? null : wholeNumber(1)(part))));

const rateList = (text: string): readonly number[] =>
  distinct(parts(text).map(numberWithin(1e-6, 1e6)));

const paths = (text: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  givenPath(text),
];

/** The grid that the options describe; null where they name neither a model nor data. */
const askedGrid = (o: CompareOptions): Result<Grid | null> => {
  if (o.model === undefined && o.data === undefined) return E.right(null);
  if (o.model === undefined || o.data === undefined)
    return refuse({
      where: "compare",
      found: o.model === undefined ? "--data without --model" : "--model without --data",
      expected: "both, or neither to go on with the comparison in --output",
    });
  const fromFolder = (path: string): string => relative(resolve(o.output), resolve(path));
  return E.map((plan: Grid["plan"]): Grid => ({
    format: "heirloom-comparison",
    version: 1,
    models: o.model!.map(fromFolder),
    data: o.data!.map(fromFolder),
    filters: o.controls ? ["pretrained", "random"] : ["pretrained"],
    methods: o.methods,
    perClass: o.perClass,
    seeds: Array.from({ length: o.seeds }, (_, i) => o.seed + i),
    rateFactors: o.rates,
    search: o.search,
    heldOut: o.heldOut,
    reading: {
      input: o.input ?? null,
      preprocessing: o.preprocessing ?? null,
      cut: o.cut ?? null,
    },
    plan: { ...plan, seed: 0 },
  }))(planOf(o));
};

/** What a dry run says: the runs that are left. */
const forecast = async (folder: string, grid: Grid): Promise<Result<Outcome>> => {
  const ledger = await readLedger(join(folder, "results.jsonl"));
  if (E.isLeft(ledger)) return ledger;
  const failures = await readFailures(join(folder, "failures.jsonl"));
  return E.map((refused: readonly Failure[]): Outcome => {
    const { records } = ledger.right;
    const known = { records, refused: new Set(refused.map(({ id }) => id)) };
    const all = runsOf(grid, known).length;
    const left = leftOf(grid, known);
    return {
      text: [
        `${showCounted(all, "run")}, ${showCount(records.length)} on record and ${showCount(left.length)} left`,
        ...left
          .slice(0, 20)
          .map(
            ({ spec, ready }) =>
              `  ${showRun(spec)}${ready ? "" : ", once the search has found its rate"}`,
          ),
        ...(left.length > 20 ? [`  and ${showCount(left.length - 20)} more`] : []),
      ].join("\n"),
      json: { runs: all, done: records.length, refused: refused.length, left },
    };
  })(failures);
};

/** The output is no part of what is read, and nothing that is read is part of it. */
const checkApart = async (output: string, grid: Grid): Promise<Result<null>> => {
  const inputs = [...grid.models, ...grid.data].map((path) => resolve(output, path));
  const apart = await apartFrom(output, inputs);
  if (E.isLeft(apart)) return apart;
  const within = inputs.find((input) => `${resolve(output)}${sep}`.startsWith(`${input}${sep}`));
  return within === undefined
    ? E.right(null)
    : refuse({
        where: `--output ${output}`,
        found: `a folder within ${within}, which this command reads`,
        expected: "a folder of its own",
      });
};

const outcomeOf = (folder: string, { records, failures, interrupted }: Comparison): Outcome => ({
  ok: failures.length === 0 && !interrupted,
  text: [
    ...(records.length === 0 ? [] : [standings(records), ""]),
    ...(failures.length === 0
      ? []
      : [
          `${showCounted(failures.length, "run")} failed:`,
          ...failures.map(({ spec, refusal }) => `  ${showRun(spec)}: ${showRefusal(refusal)}`),
        ]),
    interrupted
      ? `interrupted; go on with \`heirloom compare -o ${folder}\``
      : `written to ${folder}; \`heirloom report ${folder}\` makes the page`,
  ].join("\n"),
  json: {
    output: resolve(folder),
    interrupted,
    runs: records.length,
    failures: failures.map(({ spec, refusal }) => ({ run: spec, refusal })),
  },
});

/** Threads of each process: what was asked for, else an equal share of the cores. */
const threadsOf = ({ name, threads }: SettledBackend, jobs: number): number | null =>
  threads ?? (takesThreads(name) ? Math.max(1, Math.floor(availableParallelism() / jobs)) : null);

const work = async (
  terminal: Terminal,
  options: CompareOptions,
  asked: Grid | null,
): Promise<Result<Outcome>> => {
  const folder = options.output;
  const grid = await gridFor(folder, asked);
  if (E.isLeft(grid)) return grid;
  const apart = await checkApart(folder, grid.right);
  if (E.isLeft(apart)) return apart;
  if (options.dryRun) return forecast(folder, grid.right);
  const backend = await settleBackend(terminal, options);
  if (E.isLeft(backend)) return backend;
  const board = comparisonBoard(terminal, options.jobs);
  const stop = interruption(terminal);
  const comparison = await runComparison({
    folder,
    grid: grid.right,
    jobs: options.jobs,
    setup: {
      backend: backend.right.name,
      threads: threadsOf(backend.right, options.jobs),
      heirloom: version,
      command: process.argv.slice(2),
    },
    observer: board,
    signal: stop.signal,
    retry: options.retry,
  });
  stop.release();
  board.stop();
  return E.map((c: Comparison) => outcomeOf(folder, c))(comparison);
};

export const addCompare = (parent: Command, conclude: Conclude): Command => {
  const command = parent
    .command("compare")
    .optionsGroup("What:")
    .summary("every method on the same models and images")
    .description(
      "Run a grid: every method on every model, data set, label budget and seed, at every learning rate of the " +
        "search. Each run that is done is a line of results.jsonl. Stop it at any moment, by Ctrl-C or by force: " +
        "`heirloom compare -o DIR` goes on, and nothing that is done is run again. Runs longer than half a " +
        "minute go on from their own checkpoints.",
    )
    .option("--model <path>", "a LayersModel or a Heirloom document; repeatable", paths)
    .option("--data <path>", "labelled images, as for `heirloom train`; repeatable", paths)
    .addOption(
      new Option(
        "--methods <list>",
        "methods between commas, options behind colons (default: all of them)",
      )
        .argParser(methodList)
        .default(everyMethod, "all"),
    )
    .addOption(
      new Option(
        "--per-class <list>",
        "label budgets: images of each class to learn from, or `all`",
      )
        .argParser(budgetList)
        .default([20], "20"),
    )
    .option("--seeds <n>", "runs of each cell, with seeds from --seed on", wholeNumber(1, 1000), 3)
    .addOption(
      new Option(
        "--rates <list>",
        "the search: each method's own learning rate times each of these; the least validation loss decides",
      )
        .argParser(rateList)
        .default([0.3, 1, 3], "0.3,1,3"),
    )
    .addOption(
      new Option(
        "--search <seeds>",
        "which seeds search: every one, or the first, whose rate the others take",
      )
        .choices(["every seed", "first seed"])
        .default("first seed"),
    )
    .option("--controls", "run everything with random filters too", false)
    .option(
      "--held-out <n>",
      "images of each class to test on, the same for all runs; at most a third of a class",
      wholeNumber(1),
      50,
    );
  withModelOptions(command.optionsGroup("Model:"));
  withPlanOptions(command.optionsGroup("Plan:"), { epochs: 30, validation: 0.2, patience: 6 });
  withBackendOption(command.optionsGroup("Run:"))
    .option("--jobs <n>", "runs at a time, each in a process of its own", wholeNumber(1, 256), 1)
    .option("--retry", "try runs again that were refused, such as those that diverged", false)
    .option("--dry-run", "say which runs are left, and run none", false);
  return command
    .requiredOption("-o, --output <folder>", "where the comparison goes, or goes on", givenPath)
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom compare --model resnet/ --data photos/ --methods probe,projection,full -o comparison/
  $ heirloom compare --model a/ --model b/ --data digits/ --per-class 5,20,80 --controls -o c/
  $ heirloom compare --model a/ --data d/ --methods lora:rank=4,projection:pointwise=freeze -o c/
  $ heirloom compare -o comparison/                     go on with what was stopped
  $ heirloom report comparison/                         one page with everything`,
    )
    .action((options: CompareOptions) => {
      const asked = orUsage(command, askedGrid(options));
      return conclude(options.json, (terminal) => work(terminal, options, asked));
    });
};
