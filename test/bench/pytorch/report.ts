/** The results as tables, for a terminal or in Markdown. */
import { showTable, type Column } from "../../../src/report/table.js";
import { showBytes, showCount } from "../../../src/report/quantity.js";
import { showSpread, type Spread } from "../spread.js";
import { comparisonOf, type Comparison, type FirstRun, type Memory } from "./comparison.js";
import type { Trial } from "./rounds.js";
import { axes, showSetting, showWork, type Setting } from "./setting.js";
import { growthExponent } from "./slope.js";

/** A table before it is laid out. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

interface Compared {
  readonly setting: Setting;
  readonly figures: Comparison;
}

const titles: Readonly<Record<string, string>> = {
  resnet18: "ResNet-18",
  resnet50: "ResNet-50",
  vgg11: "VGG-11",
  mobilenetv2: "MobileNetV2",
};

/** A network's name as people write it. */
export const networkTitle = ({ network }: Setting): string => titles[network] ?? network;

const text = (title: string): Column => ({ title });
const number = (title: string): Column => ({ title, align: "right" });

const milliseconds = (spread: Spread): string => showSpread(spread, spread.median < 20 ? 1 : 0);
const orDash = (spread: Spread | null): string => (spread === null ? "-" : showSpread(spread));
const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const showMemory = ({ peak, base }: Memory): string => `${showBytes(peak)} (${showBytes(base)})`;
const coldAndLater = ({ cold, later }: FirstRun): string =>
  `${seconds(cold)} / ${later === null ? "-" : seconds(later.median)}`;

const place = (s: Setting): readonly string[] => [
  networkTitle(s),
  showWork(s),
  `${s.batch}`,
  `${s.size}`,
  `${s.threads}`,
];
const placeColumns = [
  text("network"),
  text("trained"),
  number("batch"),
  number("pixels"),
  number("threads"),
];

const peersOf = (all: readonly Compared[]): readonly string[] => [
  ...new Set(all.flatMap(({ figures }) => figures.peers.map(({ peer }) => peer))),
];

/** One cell per PyTorch. */
const perPeer = (
  peers: readonly string[],
  { figures }: Compared,
  show: (peer: Comparison["peers"][number]) => string,
): readonly string[] =>
  peers.map((name) => {
    const found = figures.peers.find(({ peer }) => peer === name);
    return found === undefined ? "-" : show(found);
  });

const stepTable = (all: readonly Compared[], peers: readonly string[]): Table => ({
  title: "A training step: milliseconds, and ours over the fastest PyTorch; median (least-most)",
  columns: [
    ...placeColumns,
    number("trained scalars"),
    number("ours, ms"),
    ...peers.flatMap((peer) => [number(`${peer}, ms`), number("ours over it")]),
    number("ours over the fastest"),
  ],
  rows: all.map((one) => [
    ...place(one.setting),
    showCount(one.figures.trained),
    milliseconds(one.figures.milliseconds),
    ...peers.flatMap((peer) => [
      ...perPeer([peer], one, (p) => `${milliseconds(p.milliseconds)} ${p.layout}`),
      ...perPeer([peer], one, (p) => showSpread(p.ratio)),
    ]),
    showSpread(one.figures.ratio),
  ]),
});

const processTable = (all: readonly Compared[], peers: readonly string[]): Table => ({
  title:
    "The whole process: largest resident set (of it before the network is read), and seconds from its start to the end of the first run, in the first round / later",
  columns: [
    ...placeColumns,
    number("ours, memory"),
    ...peers.map((peer) => number(`${peer}, memory`)),
    number("ours, first run"),
    ...peers.map((peer) => number(`${peer}, first run`)),
  ],
  rows: all.map((one) => [
    ...place(one.setting),
    showMemory(one.figures.memory),
    ...perPeer(peers, one, (p) => showMemory(p.memory)),
    coldAndLater(one.figures.firstRun),
    ...perPeer(peers, one, (p) => coldAndLater(p.firstRun)),
  ]),
});

const inferenceTable = (all: readonly Compared[], peers: readonly string[]): Table => ({
  title: "Inference: milliseconds, and ratios within a round; median (least-most)",
  columns: [
    ...placeColumns.filter(({ title }) => title !== "trained"),
    number("original, ms"),
    number("projected over original"),
    number("merged over original"),
    ...peers.map((peer) => number(`original over ${peer}`)),
    number("original over the fastest"),
  ],
  rows: all.map((one) => [
    ...place(one.setting).filter((_, i) => placeColumns[i]!.title !== "trained"),
    milliseconds(one.figures.milliseconds),
    orDash(one.figures.projected),
    orDash(one.figures.merged),
    ...perPeer(peers, one, (p) => showSpread(p.ratio)),
    showSpread(one.figures.ratio),
  ]),
});

const grouped = <A>(all: readonly A[], key: (a: A) => string): readonly (readonly A[])[] => {
  const groups = new Map<string, A[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups.values()];
};

const axisOrder = (s: Setting): number => axes.indexOf(s.growth!.axis);

const exponent = (
  points: readonly Compared[],
  figure: (c: Comparison) => number,
  digits = 2,
): string =>
  new Set(points.map(({ setting }) => setting.growth!.value)).size < 2
    ? "-"
    : growthExponent(
        points.map(({ setting, figures }) => [setting.growth!.value, figure(figures)]),
      ).toFixed(digits);

const growthTable = (all: readonly Compared[]): Table => {
  const sorted = [...all].sort((a, b) => axisOrder(a.setting) - axisOrder(b.setting));
  const series = grouped(sorted, ({ setting: s }) =>
    JSON.stringify([s.growth!.axis, showWork(s), s.threads]),
  );
  return {
    title: "Growth of ResNet-18: the exponent a in time ~ x^a, by least squares on logarithms",
    columns: [
      text("x"),
      text("values"),
      text("trained"),
      number("threads"),
      number("ours, ms"),
      number("fastest PyTorch, ms"),
      number("a, ours"),
      number("a, PyTorch"),
      number("a, our memory"),
    ],
    rows: series.map((points) => {
      const { setting } = points[0]!;
      const list = (figure: (c: Compared) => string): string => points.map(figure).join(", ");
      return [
        setting.growth!.axis,
        list(({ setting: s }) => `${s.growth!.value}`),
        showWork(setting),
        `${setting.threads}`,
        list(({ figures }) => figures.milliseconds.median.toFixed(0)),
        list(({ figures }) => figures.fastest.median.toFixed(0)),
        exponent(points, (c) => c.milliseconds.median),
        exponent(points, (c) => c.fastest.median),
        exponent(points, (c) => c.memory.peak),
      ];
    }),
  };
};

const refusalTable = (trials: readonly Trial[]): Table => ({
  title: "Not compared",
  columns: [text("setting"), text("why")],
  rows: trials.flatMap(({ setting, refusal }) =>
    refusal === null ? [] : [[showSetting(setting), refusal]],
  ),
});

/** The trials whose sides agreed, with their figures. */
export const comparedIn = (trials: readonly Trial[]): readonly Compared[] =>
  trials.flatMap((trial) => {
    const figures = comparisonOf(trial);
    return figures === null ? [] : [{ setting: trial.setting, figures }];
  });

/** All tables that have a row. */
export const tablesOf = (trials: readonly Trial[]): readonly Table[] => {
  const compared = comparedIn(trials);
  const peers = peersOf(compared);
  const growth = compared.filter(({ setting }) => setting.growth !== null);
  const rest = compared.filter(({ setting }) => setting.growth === null);
  const steps = rest.filter(({ setting }) => setting.work.kind === "step");
  const inference = rest.filter(({ setting }) => setting.work.kind === "inference");
  return [
    stepTable(steps, peers),
    processTable(rest, peers),
    inferenceTable(inference, peers),
    growthTable(growth),
    refusalTable(trials),
  ].filter(({ rows }) => rows.length > 0);
};

const cell = (value: string): string => value.replaceAll("|", "\\|");

const markdownTable = ({ title, columns, rows }: Table): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    `**${title}**`,
    "",
    line(columns.map((column) => column.title)),
    line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(cell))),
  ].join("\n");
};

/** The tables as text. */
export const showTables = (tables: readonly Table[], markdown: boolean): string =>
  tables
    .map((table) =>
      markdown ? markdownTable(table) : `${table.title}\n${showTable(table.columns, table.rows)}`,
    )
    .join("\n\n");
