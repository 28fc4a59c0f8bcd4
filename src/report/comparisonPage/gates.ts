/** Gates as pictures: their distribution layer by layer, maps of input by output, and the outermost filters. */
import type { Group } from "../../compare/aggregate.js";
import type { GatedFilter, GateMap } from "../../compare/pictures.js";
import type { RunRecord } from "../../compare/record.js";
import type { Gallery, GateGallery } from "../comparison/gallery.js";
import type { ComparisonReport } from "../comparison/report.js";
import { showBudget } from "../comparison/words.js";
import { tag, type Content } from "../html.js";
import { scrolling } from "../page.js";
import { showCount } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import { gateDistribution, type GatedLayer } from "./gateDistribution.js";
import { heatColours, heatPicture } from "./heat.js";
import { scene, sceneTitle } from "./scene.js";

/** Layers whose map is shown, and filters of each kind. */
const mostMaps = 6;
const mostFilters = 12;

const evenly = <A>(values: readonly A[], count: number): readonly A[] =>
  values.length <= count
    ? values
    : Array.from(
        { length: count },
        (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]!,
      );

const show = (gate: number): string => `${Number(gate.toPrecision(3))}`;

/** The distance from 1 that all but the outermost fiftieth of these keep to. */
const reachOf = (values: readonly number[]): number => {
  const distances = values.map((v) => Math.abs(v - 1)).sort((a, b) => a - b);
  return distances[Math.floor(0.98 * (distances.length - 1))] ?? 0;
};

const scaleOf = (reach: number): Markup => {
  const swatches = heatColours.map((colour, i) =>
    element("rect", { x: 7 * i, y: 0, width: 8, height: 12, fill: `rgb(${colour.join(",")})` }),
  );
  return tag(
    "p",
    { class: "quiet scale" },
    `${show(1 - reach)} `,
    element(
      "svg",
      { width: 120, height: 12, viewBox: "0 0 120 12", "aria-hidden": "true" },
      ...swatches,
    ),
    ` ${show(1 + reach)}, 1 in the middle; inputs run down, outputs across`,
  );
};

const mapOf = ({ layer, inputs, outputs, map }: GateMap, reach: number): Markup =>
  tag(
    "figure",
    { class: "map" },
    element("img", {
      src: heatPicture(map.values, map.rows, map.columns, { middle: 1, reach }),
      alt: `gates of ${layer}, ${inputs} inputs by ${outputs} outputs`,
      width: "144",
      height: "144",
    }),
    tag("figcaption", {}, tag("b", {}, layer), ` ${showCount(inputs)} by ${showCount(outputs)}`),
  );

interface Placed {
  readonly layer: string;
  readonly filter: GatedFilter;
}

const tile = ({ layer, filter }: Placed): Markup => {
  const { taps, height, width, gate, input, output } = filter;
  const reach = Math.max(...taps.map(Math.abs));
  return tag(
    "figure",
    { class: "filter" },
    element("img", {
      src: heatPicture(taps, height, width, { middle: 0, reach }),
      alt: `${height} by ${width} filter of ${layer}, input ${input} to output ${output}, gate ${show(gate)}`,
      width: "44",
      height: "44",
    }),
    tag("figcaption", {}, tag("b", {}, show(gate)), ` ${layer} ${input}\u2192${output}`),
  );
};

/** The outermost filters of all layers. One of a single tap has no picture: it stands only where all are so. */
const outermost = (
  layers: readonly GateMap[],
  of: "suppressed" | "amplified",
): readonly Placed[] => {
  const all = layers.flatMap((g) => g[of].map((filter) => ({ layer: g.layer, filter })));
  const wide = all.filter(({ filter }) => filter.taps.length > 1);
  const sign = of === "suppressed" ? 1 : -1;
  return [...(wide.length === 0 ? all : wide)]
    .sort((a, b) => sign * (Math.abs(a.filter.gate) - Math.abs(b.filter.gate)))
    .slice(0, mostFilters);
};

const filters = (title: string, placed: readonly Placed[]): readonly Content[] =>
  placed.length === 0
    ? []
    : [tag("h4", {}, title), tag("div", { class: "filters" }, ...placed.map(tile))];

const picturesOf = (layers: readonly GateMap[]): readonly Content[] => {
  const shown = evenly(layers, mostMaps);
  if (shown.length === 0)
    return [tag("p", { class: "quiet" }, "No pictures of these gates stand beside the results.")];
  const reach = reachOf(shown.flatMap(({ map }) => map.values));
  return [
    tag("h4", {}, `Gates of ${shown.length} of ${layers.length} layers`),
    scaleOf(reach),
    tag("div", { class: "maps" }, ...shown.map((map) => mapOf(map, reach))),
    ...filters("The most suppressed filters of all layers", outermost(layers, "suppressed")),
    ...filters("The most amplified", outermost(layers, "amplified")),
  ];
};

const layersOf = (run: RunRecord, pictures: readonly GateMap[]): readonly GatedLayer[] =>
  (run.gates ?? []).map((gates) => ({
    ...gates,
    histogram: pictures.find(({ layer }) => layer === gates.layer)?.histogram ?? null,
  }));

const gatesOf = (report: ComparisonReport, { group, seed, layers }: GateGallery): Markup => {
  const run = group.runs.find((r) => r.run.seed === seed)!;
  const { model, data, method, perClass } = group;
  return scene(
    report,
    { model, data, method },
    tag(
      "p",
      { class: "quiet" },
      `Seed ${seed} with ${perClass === null ? "all labels" : showBudget(perClass)}.`,
    ),
    scrolling(
      `Chart: gates layer by layer, ${sceneTitle(group)}`,
      gateDistribution(layersOf(run, layers), sceneTitle(group)),
    ),
    ...picturesOf(layers),
  );
};

/** What stands for a method without pictures: its figures at the largest budget. */
const withoutPictures = (report: ComparisonReport, gallery: Gallery): readonly GateGallery[] => {
  const gated = report.groups.filter(
    (g: Group) => g.filters === "pretrained" && g.runs[0]!.gates !== null,
  );
  const key = ({ model, data, method }: Group): string => JSON.stringify([model, data, method]);
  const known = new Set(gallery.gates.map(({ group }) => key(group)));
  // Groups are ordered by their budgets: of equal keys the last one stays.
  const last = new Map(gated.map((g) => [key(g), g]));
  return [...last].flatMap(([name, group]) =>
    known.has(name) ? [] : [{ group, seed: group.runs[0]!.run.seed, layers: [] }],
  );
};

/** The methods that have gates. */
export const gatedMethods = ({ groups, extent }: ComparisonReport): readonly string[] =>
  extent.methods.filter((method) =>
    groups.some((g) => g.method === method && g.runs[0]!.gates !== null),
  );

/** The gates of every method, model and data set that has any. */
export const gates = (report: ComparisonReport, gallery: Gallery): readonly Markup[] => {
  const all = [...gallery.gates, ...withoutPictures(report, gallery)];
  const place = ({ group }: GateGallery): number =>
    report.groups.findIndex(
      (g) => g.model === group.model && g.data === group.data && g.method === group.method,
    );
  return [...all].sort((a, b) => place(a) - place(b)).map((g) => gatesOf(report, g));
};
