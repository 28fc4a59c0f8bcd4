/** The distribution of gates, layer by layer: mean, deviation and range, and the histogram where one was kept. */
import type { GateMap } from "../../compare/pictures.js";
import { element, type Markup } from "../svg.js";
import { label } from "./axis.js";
import { characterWidth } from "./label.js";

/** The gates of one layer in figures. */
export interface GatedLayer {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  readonly histogram: GateMap["histogram"] | null;
}

const pitch = 19;
const plotWidth = 460;
const top = 8;

/** Where the axis ends: at the outermost gate, or six deviations beyond the mean where single gates are farther. */
const rangeOf = (layers: readonly GatedLayer[]): readonly [low: number, high: number] => {
  const reach = Math.max(...layers.map((g) => Math.abs(g.mean - 1) + 6 * g.deviation), 1e-3);
  const low = Math.max(Math.min(1, ...layers.map(({ least }) => least)), 1 - reach);
  const high = Math.min(Math.max(1, ...layers.map(({ most }) => most)), 1 + reach);
  const margin = 0.03 * Math.max(high - low, 1e-3);
  return [low - margin, high + margin];
};

const silhouette = (
  { least, most, counts }: GateMap["histogram"],
  across: (gate: number) => number,
  baseline: number,
): Markup => {
  const highest = Math.max(1, ...counts);
  const width = (most - least) / Math.max(1, counts.length);
  const steps = counts.map((count, i) => {
    const y = (baseline - (count / highest) * (pitch - 5)).toFixed(1);
    return `V${y}H${across(least + (i + 1) * width).toFixed(1)}`;
  });
  return element("path", {
    class: "silhouette",
    d: `M${across(least).toFixed(1)},${baseline}${steps.join("")}V${baseline}Z`,
  });
};

/** Round values for an axis. */
const ticksOf = (low: number, high: number): readonly number[] => {
  const raw = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw)!;
  const first = Math.ceil((low - 1) / step);
  const last = Math.floor((high - 1) / step);
  return Array.from({ length: last - first + 1 }, (_, i) => 1 + (first + i) * step);
};

const rowOf = (
  g: GatedLayer,
  index: number,
  across: (gate: number) => number,
  left: number,
): readonly Markup[] => {
  const baseline = top + (index + 1) * pitch - 4;
  return [
    label(left - 8, baseline, g.layer, { class: "tick end" }),
    ...(g.histogram === null ? [] : [silhouette(g.histogram, across, baseline)]),
    element("line", {
      class: "axis",
      ...{ x1: across(g.least), x2: across(g.most), y1: baseline, y2: baseline },
    }),
    element("line", {
      class: "spread",
      ...{ x1: across(g.mean - g.deviation), x2: across(g.mean + g.deviation) },
      ...{ y1: baseline, y2: baseline },
    }),
    element("circle", { class: "centre", cx: across(g.mean), cy: baseline, r: 2.5 }),
  ];
};

/** The chart of all layers, from the first down. */
export const gateDistribution = (layers: readonly GatedLayer[], of: string): Markup => {
  const [low, high] = rangeOf(layers);
  const left =
    20 + Math.min(30, Math.max(...layers.map((g) => g.layer.length), 4)) * characterWidth;
  const right = left + plotWidth;
  const held = (gate: number): number => Math.max(low, Math.min(high, gate));
  const across = (gate: number): number => left + ((held(gate) - low) / (high - low)) * plotWidth;
  const bottom = top + layers.length * pitch + 2;
  const width = Math.ceil(right + 14);
  const means = layers.map(({ mean }) => mean);
  return element(
    "svg",
    {
      class: "plot",
      viewBox: `0 0 ${width} ${bottom + 40}`,
      style: `max-width:${width}px`,
      role: "img",
      "aria-label":
        `Gates layer by layer, ${of}: means from ${Math.min(...means).toFixed(3)} to ` +
        `${Math.max(...means).toFixed(3)} over ${layers.length} layers.`,
    },
    ...ticksOf(low, high).flatMap((value) => [
      element("line", {
        class: Math.abs(value - 1) < 1e-9 ? "one" : "rule",
        ...{ x1: across(value), x2: across(value), y1: top, y2: bottom },
      }),
      label(across(value), bottom + 16, `${Number(value.toFixed(4))}`, { class: "tick middle" }),
    ]),
    ...layers.flatMap((g, i) => rowOf(g, i, across, left)),
    label((left + right) / 2, bottom + 34, "gate", { class: "tick middle" }),
  );
};
