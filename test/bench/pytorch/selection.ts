/** What the command line of `npm run bench -- pytorch` selects. */
import { parseArgs } from "node:util";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../../src/algebra/refusal.js";
import {
  architectures,
  basicResNet,
  takes,
  type Architecture,
  type NetworkName,
} from "../networks.js";
import { layouts, type Layout } from "./contender.js";
import { engineNames, type EngineName } from "./engine.js";
import {
  axes,
  modes,
  optimizerNames,
  statisticsKinds,
  type Axis,
  type Mode,
  type OptimizerName,
  type Setting,
  type StatisticsKind,
  type Work,
} from "./setting.js";

/** The parts of the benchmark; memory and the time to the first run are those of the same processes. */
export const parts = ["steps", "inference", "growth"] as const;
export type Part = (typeof parts)[number];

/** A selection, read. */
export interface Selection {
  readonly parts: readonly Part[];
  readonly networks: readonly NetworkName[];
  readonly modes: readonly Mode[];
  readonly statistics: readonly StatisticsKind[];
  readonly batches: readonly number[];
  readonly sizes: readonly number[];
  readonly threads: readonly number[];
  readonly axes: readonly Axis[];
  readonly optimizer: OptimizerName;
  readonly rounds: number;
  readonly steps: number;
  readonly engine: EngineName;
  readonly layouts: readonly Layout[];
  /** Empty for those of `python3` on the path that import torch. */
  readonly pythons: readonly string[];
  readonly markdown: boolean;
  readonly json: string | null;
  readonly svg: string | null;
  /** Earlier results to report instead of measuring. */
  readonly from: readonly string[];
}

const networkNames = Object.keys(architectures) as readonly NetworkName[];

/** A line for each flag: what it takes, and what holds without it. */
export const help = `npm run bench -- pytorch [flags]; lists are separated by commas
  --part ${parts.join(",")}: all of them
  --net ${networkNames.join(",")}: all of them
  --mode ${modes.join(",")}: all of them; growth has projection
  --bn ${statisticsKinds.join(",")}: both; growth has frozen statistics
  --batch 1,16,32: 16
  --size 32,64: 64
  --threads 1,2: 1,2
  --axis ${axes.join(",")}: all of them: what growth varies
  --optimizer ${optimizerNames.join(" | ")}: sgd
  --rounds N: 5
  --steps N: 10 timed ones in a process
  --engine ${engineNames.join(" | ")}: onnx; those of a GPU are measured against PyTorch on CUDA
  --layout ${layouts.join(",")}: the first two
  --python PATH, repeatable: every python3 on the path that imports torch
  --quick: ResNet-18 at 32 pixels on one thread, 3 rounds: about a minute
  --json FILE: write the results as data after every setting
  --svg FILE: draw the training steps
  --markdown: print the tables in Markdown
  --from FILE, repeatable: report results of --json, measure nothing`;

const flags = {
  part: { type: "string", multiple: true },
  net: { type: "string", multiple: true },
  mode: { type: "string", multiple: true },
  bn: { type: "string", multiple: true },
  batch: { type: "string", multiple: true },
  size: { type: "string", multiple: true },
  threads: { type: "string", multiple: true },
  axis: { type: "string", multiple: true },
  optimizer: { type: "string" },
  rounds: { type: "string" },
  steps: { type: "string" },
  engine: { type: "string" },
  layout: { type: "string", multiple: true },
  python: { type: "string", multiple: true },
  quick: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
  json: { type: "string" },
  svg: { type: "string" },
  from: { type: "string", multiple: true },
} as const;

/** What a mistake on the command line is told by: thrown inside this file, a refusal outside. */
class Misuse extends Error {
  constructor(
    readonly where: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(where);
  }
}

type Given = readonly string[] | string | undefined;

const items = (given: Given): readonly string[] | undefined =>
  given === undefined ? undefined : [given].flat().flatMap((text) => text.split(","));

const some = <A extends string>(
  flag: string,
  known: readonly A[],
  given: Given,
  otherwise: readonly A[],
): readonly A[] =>
  items(given)?.map((text) => {
    const found = known.find((name) => name === text);
    if (found === undefined) throw new Misuse(`--${flag}`, text, `some of ${known.join(", ")}`);
    return found;
  }) ?? otherwise;

const numbers = (flag: string, given: Given, otherwise: readonly number[]): readonly number[] =>
  items(given)?.map((text) => {
    const n = Number(text);
    if (!Number.isSafeInteger(n) || n < 1)
      throw new Misuse(`--${flag}`, text, "whole numbers of at least 1");
    return n;
  }) ?? otherwise;

/** What `--quick` has where nothing else is asked. */
const quickly = {
  parts: ["steps"],
  networks: ["resnet18"],
  statistics: ["frozen"],
  sizes: [32],
  threads: [1],
  rounds: 3,
  steps: 5,
} as const;

const usually = {
  parts,
  networks: networkNames,
  statistics: statisticsKinds,
  sizes: [64],
  threads: [1, 2],
  rounds: 5,
  steps: 10,
} as const;

const read = (args: readonly string[]): Selection => {
  const { values } = parseArgs({ args: [...args], options: flags, strict: true });
  const otherwise = values.quick ? quickly : usually;
  return {
    parts: some("part", parts, values.part, otherwise.parts),
    networks: some("net", networkNames, values.net, otherwise.networks),
    modes: some("mode", modes, values.mode, modes),
    statistics: some("bn", statisticsKinds, values.bn, otherwise.statistics),
    batches: numbers("batch", values.batch, [16]),
    sizes: numbers("size", values.size, otherwise.sizes),
    threads: numbers("threads", values.threads, otherwise.threads),
    axes: some("axis", axes, values.axis, axes),
    optimizer: some("optimizer", optimizerNames, values.optimizer, ["sgd"])[0]!,
    rounds: numbers("rounds", values.rounds, [otherwise.rounds])[0]!,
    steps: numbers("steps", values.steps, [otherwise.steps])[0]!,
    engine: some("engine", engineNames, values.engine, ["onnx"])[0]!,
    layouts: some("layout", layouts, values.layout, ["contiguous", "channels_last"]),
    pythons: values.python ?? [],
    markdown: values.markdown,
    json: values.json ?? null,
    svg: values.svg ?? null,
    from: values.from ?? [],
  };
};

/** Read the command line. */
export const readSelection = (args: readonly string[]): Result<Selection> => {
  try {
    return E.right(read(args));
  } catch (error) {
    return error instanceof Misuse
      ? refuse({ where: error.where, found: error.found, expected: error.expected })
      : refuse({
          where: "command line",
          found: error instanceof Error ? error.message : String(error),
          expected: help,
        });
  }
};

const published = (
  name: NetworkName,
  size: number,
  batch: number,
  threads: number,
  work: Work,
): Setting => ({
  network: name,
  published: name,
  architecture: architectures[name],
  size,
  batch,
  threads,
  work,
  growth: null,
});

const product = <A, B, C>(
  as: readonly A[],
  bs: readonly B[],
  f: (a: A, b: B) => readonly C[],
): readonly C[] => as.flatMap((a) => bs.flatMap((b) => f(a, b)));

/** A probe has frozen statistics whatever is asked, and a network without batch norm is trained in one way. */
const statisticsOf = (
  { statistics }: Selection,
  name: NetworkName,
  mode: Mode,
): readonly StatisticsKind[] =>
  mode === "probe" || name === "vgg11" ? (["frozen"] as const) : statistics;

const fitting = (s: Selection, work: (name: NetworkName) => readonly Work[]): readonly Setting[] =>
  product(s.networks, s.sizes, (name, size) =>
    takes(architectures[name], size)
      ? product(s.batches, s.threads, (batch, threads) =>
          work(name).map((one) => published(name, size, batch, threads, one)),
        )
      : [],
  );

const stepSettings = (s: Selection): readonly Setting[] =>
  fitting(s, (name) =>
    s.modes.flatMap((mode) =>
      statisticsOf(s, name, mode).map((statistics): Work => ({
        kind: "step",
        mode,
        statistics,
        optimizer: s.optimizer,
      })),
    ),
  );

const inferenceSettings = (s: Selection): readonly Setting[] =>
  fitting(s, () => [{ kind: "inference" }]);

interface Point {
  readonly value: number;
  readonly architecture?: Architecture;
  readonly size?: number;
  readonly batch?: number;
}

/** ResNet-18 with one thing varied; a stage of `n` basic blocks makes a network of `8 n + 2` layers. */
const series: Readonly<Record<Axis, readonly Point[]>> = {
  width: [16, 32, 64, 128].map((value) => ({
    value,
    architecture: basicResNet([2, 2, 2, 2], value),
  })),
  depth: [1, 2, 3, 4].map((n) => ({
    value: 8 * n + 2,
    architecture: basicResNet([n, n, n, n]),
  })),
  size: [32, 64, 96, 128].map((value) => ({ value, size: value })),
  batch: [4, 8, 16, 32].map((value) => ({ value, batch: value })),
};

const growthSettings = (s: Selection): readonly Setting[] => {
  const trained = s.modes.length === modes.length ? (["projection"] as const) : s.modes;
  return product(s.axes, trained, (axis, mode) =>
    product(series[axis], s.threads, ({ value, architecture, size, batch }, threads) => [
      {
        network: `resnet18-${axis}-${value}`,
        published: null,
        architecture: architecture ?? architectures.resnet18,
        size: size ?? s.sizes[0]!,
        batch: batch ?? s.batches[0]!,
        threads,
        work: { kind: "step", mode, statistics: "frozen", optimizer: s.optimizer },
        growth: { axis, value },
      },
    ]),
  );
};

const settingsOfPart: Readonly<Record<Part, (s: Selection) => readonly Setting[]>> = {
  steps: stepSettings,
  inference: inferenceSettings,
  growth: growthSettings,
};

/** Everything to measure. Settings of one network and size follow each other. */
export const settingsOf = (s: Selection): readonly Setting[] => {
  const all = s.parts.flatMap((part) => settingsOfPart[part](s));
  const keys = [...new Set(all.map(({ network, size }) => `${network} ${size}`))];
  return keys.flatMap((key) => all.filter(({ network, size }) => `${network} ${size}` === key));
};
