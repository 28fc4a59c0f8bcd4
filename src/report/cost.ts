/** The costs of inference as data (`heirloom cost --json`) and as text. */
import * as t from "io-ts";
import { Natural } from "../format/codec.js";
import { showShape, sameShape } from "../tensor/shape.js";
import { SettingCostCodec, type NetworkCost, type SettingCost } from "../train/cost.js";
import type { Spread } from "../train/spread.js";
import { showBytes, showCount, showCounted, showMillions } from "./quantity.js";
import { showTable } from "./table.js";

const MeasuredNetworkCodec = t.readonly(
  t.strict({
    name: t.string,
    /** The path that it was read from, or made of what was read there. */
    model: t.string,
    class: t.keyof({ GFFN: null, GCNN: null, Projected: null }),
    /** Bytes as a Heirloom document, in float32. */
    documentBytes: Natural,
    /** Bytes of the files that were read; null for what was made of them. */
    fileBytes: t.union([Natural, t.null]),
  }),
);

/** A network whose costs were measured. */
export type MeasuredNetwork = t.TypeOf<typeof MeasuredNetworkCodec>;

/** The codec of {@link CostReport}. */
export const CostReportCodec = t.readonly(
  t.strict({
    format: t.literal("heirloom-cost"),
    version: t.literal(1),
    backend: t.readonly(
      t.strict({ name: t.string, device: t.string, threads: t.union([Natural, t.null]) }),
    ),
    seed: Natural,
    /** The first is what the others are compared with. */
    networks: t.readonlyArray(MeasuredNetworkCodec),
    /** For each input shape and batch size, the networks in the same order. */
    settings: t.readonlyArray(SettingCostCodec),
  }),
);

/** The costs of several networks on one backend, at several input shapes and batch sizes. */
export type CostReport = t.TypeOf<typeof CostReportCodec>;

/** Three digits of a number of milliseconds, or as many as it has before the point. */
const milliseconds = (ms: number): string =>
  ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);

const between = (least: string, most: string): string => `${least}-${most}`;

const quartiles = ({ lower, upper }: Spread, show: (x: number) => string): string =>
  between(show(lower), show(upper));

const times = (ratio: number): string => ratio.toFixed(ratio >= 10 ? 1 : 2);

const rate = (perSecond: number): string =>
  perSecond >= 10 ? showCount(Math.round(perSecond)) : perSecond.toFixed(2);

const counts = (networks: readonly MeasuredNetwork[], costs: readonly NetworkCost[]): string => {
  const hasFiles = networks.some(({ fileBytes }) => fileBytes !== null);
  return showTable(
    [
      { title: "network" },
      { title: "parameters", align: "right" },
      { title: "multiply-adds", align: "right" },
      { title: "weights", align: "right" },
      { title: "as document", align: "right" },
      ...(hasFiles ? [{ title: "files read", align: "right" } as const] : []),
    ],
    networks.map(({ name, documentBytes, fileBytes }, i) => [
      name,
      showCount(costs[i]!.parameters),
      showMillions(costs[i]!.multiplyAdds),
      showBytes(costs[i]!.resident),
      showBytes(documentBytes),
      ...(hasFiles ? [fileBytes === null ? "" : showBytes(fileBytes)] : []),
    ]),
  );
};

const timings = (settings: readonly SettingCost[], hasOthers: boolean): string =>
  showTable(
    [
      { title: "batch", align: "right" },
      { title: "network" },
      { title: "operations", align: "right" },
      { title: "values", align: "right" },
      { title: "ms", align: "right" },
      { title: "quartiles", align: "right" },
      { title: "range", align: "right" },
      { title: "images/s", align: "right" },
      ...(hasOthers
        ? ([
            { title: "ratio", align: "right" },
            { title: "quartiles", align: "right" },
          ] as const)
        : []),
    ],
    settings.flatMap(({ batch, networks }) =>
      networks.map((cost, i) => [
        i === 0 ? `${batch}` : "",
        cost.name,
        showMillions(cost.operations),
        showBytes(cost.activations),
        milliseconds(cost.latency.median),
        quartiles(cost.latency, milliseconds),
        between(milliseconds(cost.latency.least), milliseconds(cost.latency.most)),
        rate(cost.throughput),
        ...(cost.ratio === null ? [] : [times(cost.ratio.median), quartiles(cost.ratio, times)]),
      ]),
    ),
  );

/** The settings of one input shape after those of another. */
const byInput = (settings: readonly SettingCost[]): readonly (readonly SettingCost[])[] => {
  const groups: SettingCost[][] = [];
  for (const setting of settings) {
    const group = groups.find(([s]) => sameShape(s!.input, setting.input));
    if (group === undefined) groups.push([setting]);
    else group.push(setting);
  }
  return groups;
};

/** How many times the first network's figures are a network's, over all settings; 1 where all are equal. */
const timesAsMuch = (own: readonly number[], first: readonly number[]): string => {
  if (own.every((value, i) => value === first[i])) return "1";
  const ratios = own.map((value, i) => value / first[i]!);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((r) =>
    r.toFixed(r >= 10 ? 1 : 3),
  );
  return least === most ? least! : between(least!, most!);
};

/** Where the median ratio surely is, and what that says where 1 lies outside. */
const sureRatio = ({ ratioInterval }: NetworkCost): string => {
  if (ratioInterval === null) return "too few rounds";
  const { least, most } = ratioInterval;
  const said = least > 1 ? ", slower" : most < 1 ? ", faster" : "";
  return `${between(times(least), times(most))}${said}`;
};

/** A row for each network but the first and each input, a column for each batch size. */
const sureRatios = ({ networks, settings }: CostReport): string => {
  const batches = [...new Set(settings.map(({ batch }) => batch))];
  const inputs = byInput(settings);
  return showTable(
    [
      { title: "network" },
      ...(inputs.length > 1 ? [{ title: "input" }] : []),
      ...batches.map((batch) => ({ title: `batch ${batch}` })),
    ],
    networks.slice(1).flatMap(({ name }, k) =>
      inputs.map((group, i) => [
        i === 0 ? name : "",
        ...(inputs.length > 1 ? [showShape(group[0]!.input)] : []),
        ...batches.map((batch) => {
          const setting = group.find((s) => s.batch === batch);
          return setting === undefined ? "" : sureRatio(setting.networks[k + 1]!);
        }),
      ]),
    ),
  );
};

/** What is said of each network but the first: how many times the first's figures its own are. */
const comparisons = (report: CostReport): readonly string[] => {
  const { networks, settings } = report;
  const [first, ...others] = networks;
  if (first === undefined || others.length === 0) return [];
  const rows = others.map((network, k) => {
    const figure = (of: (cost: NetworkCost) => number): string =>
      timesAsMuch(
        settings.map((s) => of(s.networks[k + 1]!)),
        settings.map((s) => of(s.networks[0]!)),
      );
    return [
      network.name,
      figure((c) => c.parameters),
      timesAsMuch([network.documentBytes], [first.documentBytes]),
      figure((c) => c.multiplyAdds),
      figure((c) => c.operations),
      figure((c) => c.resident),
      figure((c) => c.activations),
    ];
  });
  return [
    "",
    `times as much as ${first.name}; 1 is exactly as much`,
    "",
    showTable(
      [
        { title: "network" },
        { title: "parameters", align: "right" },
        { title: "document", align: "right" },
        { title: "multiply-adds", align: "right" },
        { title: "operations", align: "right" },
        { title: "weights", align: "right" },
        { title: "values", align: "right" },
      ],
      rows,
    ),
    "",
    "the median of the ratios of latency lies, with 99% confidence, within",
    "",
    sureRatios(report),
  ];
};

const showRounds = (settings: readonly SettingCost[]): string => {
  const rounds = settings.map((s) => s.rounds);
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  return least === most ? showCounted(most, "round") : `${between(`${least}`, `${most}`)} rounds`;
};

/**
 * The costs as text: for each input shape what is counted and what was measured, and then how each network
 * compares with the first.
 */
export const showCosts = (report: CostReport): string => {
  const { networks, settings, backend } = report;
  return [
    `on ${backend.name}: ${backend.device}`,
    ...byInput(settings).flatMap((group) => [
      "",
      `input ${showShape(group[0]!.input)}`,
      "",
      counts(networks, group[0]!.networks),
      "",
      timings(group, networks.length > 1),
    ]),
    "",
    `medians of ${showRounds(settings)}` +
      (networks.length === 1
        ? ""
        : ` in turns; ratios are to ${networks[0]!.name} in the same round`),
    ...comparisons(report),
  ].join("\n");
};
