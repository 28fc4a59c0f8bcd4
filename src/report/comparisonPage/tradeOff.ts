/** Accuracy against the parameters that a method trains: a chart and the same figures as a table. */
import type { Condition, Group } from "../../compare/aggregate.js";
import type { ComparisonReport } from "../comparison/report.js";
import { groupsUnder } from "../comparison/report.js";
import { showEstimate, showPoints } from "../comparison/words.js";
import { tag } from "../html.js";
import { columnHead, dataTable, scrolling } from "../page.js";
import { showCount } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import { bottomAxis, countScale, label, shareAxis, shareScale, type Scale } from "./axis.js";
import { characterWidth, placeNames, type Box } from "./label.js";
import { colourOf, mark, markInText } from "./mark.js";
import { scene, sceneTitle } from "./scene.js";

const width = 760;
const left = 46;
const right = width - 12;
const radius = 5.5;

const low = ({ accuracy: { mean, margin } }: Group): number => Math.max(0, mean - (margin ?? 0));
const high = ({ accuracy: { mean, margin } }: Group): number => Math.min(1, mean + (margin ?? 0));

/** A group where it is drawn. */
interface Spot {
  readonly group: Group;
  readonly method: number;
  readonly x: number;
  readonly y: number;
  readonly bar: Box;
}

/** Nearer than this, one mark would cover the other. */
const apart = 1.5 * radius;

/** Marks that would cover an earlier one step aside to the right. */
const besideEachOther = (spots: readonly Spot[]): readonly Spot[] => {
  const placed: Spot[] = [];
  for (const spot of spots) {
    let { x } = spot;
    while (placed.some((p) => Math.abs(p.x - x) < apart && Math.abs(p.y - spot.y) < apart))
      x += apart;
    placed.push({ ...spot, x, bar: { ...spot.bar, left: x - 1, right: x + 1 } });
  }
  return placed;
};

const spotsOf = (
  groups: readonly Group[],
  methods: readonly string[],
  across: Scale,
  up: Scale,
): readonly Spot[] =>
  groups.map((group) => {
    const x = across.at(group.trainedParameters);
    return {
      group,
      method: methods.indexOf(group.method),
      x,
      y: up.at(group.accuracy.mean),
      bar: { left: x - 1, right: x + 1, top: up.at(high(group)), bottom: up.at(low(group)) },
    };
  });

const around = ({ x, y }: Spot): Box => ({
  left: x - radius - 1,
  right: x + radius + 1,
  top: y - radius - 1,
  bottom: y + radius + 1,
});

/** The names of marks, with a line to a mark that is far. */
const names = (spots: readonly Spot[], bounds: Box): ReadonlyMap<Spot, readonly Markup[]> => {
  const anchors = spots.map(({ x, y, group }) => ({
    x,
    y,
    width: group.method.length * characterWidth,
    height: 13,
  }));
  const boxes = placeNames(
    anchors,
    spots.map(around),
    spots.map(({ bar }) => bar),
    bounds,
  );
  return new Map(
    spots.map((spot, i) => {
      const box = boxes[i]!;
      const toX = Math.max(box.left, Math.min(box.right, spot.x));
      const toY = Math.max(box.top + 3, Math.min(box.bottom - 3, spot.y));
      const isFar = Math.hypot(toX - spot.x, toY - spot.y) > 13;
      const line = element("line", {
        class: "leader",
        ...{ x1: spot.x, y1: spot.y, x2: toX, y2: toY },
      });
      const name = label(box.left, box.bottom - 3, spot.group.method, { class: "name" });
      return [spot, isFar ? [line, name] : [name]];
    }),
  );
};

const drawn = (spot: Spot, name: readonly Markup[]): Markup =>
  element(
    "g",
    { "data-m": `${spot.method}` },
    element("line", {
      class: `bar ${colourOf(spot.method)}`,
      ...{ x1: spot.x, x2: spot.x, y1: spot.bar.top, y2: spot.bar.bottom },
    }),
    ...name,
    mark(spot.method, spot.group.filters, spot.x, spot.y, radius),
  );

const panel = (
  title: string,
  groups: readonly Group[],
  methods: readonly string[],
  across: Scale,
  bounds: Box,
  isNamed: boolean,
): readonly Markup[] => {
  const up = shareScale(
    groups.flatMap((g) => [low(g), high(g)]),
    bounds.bottom,
    bounds.top,
    isNamed ? 7 : 4,
  );
  const spots = besideEachOther(spotsOf(groups, methods, across, up));
  const named = isNamed ? names(spots, bounds) : new Map<Spot, readonly Markup[]>();
  return [
    label(left, bounds.top - 12, title, { class: "panel" }),
    ...shareAxis(up, left, right),
    ...spots.map((spot) => drawn(spot, named.get(spot) ?? [])),
  ];
};

const chart = (groups: readonly Group[], methods: readonly string[], says: string): Markup => {
  const pretrained = groups.filter(({ filters }) => filters === "pretrained");
  const random = groups.filter(({ filters }) => filters === "random");
  const across = countScale(
    groups.map(({ trainedParameters }) => trainedParameters),
    left,
    right,
  );
  const upper = pretrained.length === 0 ? 0 : 360;
  const lower = random.length === 0 ? 0 : 150;
  const panels = [
    ...(pretrained.length === 0
      ? []
      : panel(
          "pretrained filters, accuracy in %",
          pretrained,
          methods,
          across,
          { left, right, top: 26, bottom: 26 + upper - 30 },
          true,
        )),
    ...(random.length === 0
      ? []
      : panel(
          "the same on random filters (control), accuracy in %",
          random,
          methods,
          across,
          { left, right, top: upper + 32, bottom: upper + lower },
          upper === 0,
        )),
  ];
  const bottom = lower === 0 ? upper : upper + lower + 4;
  const height = bottom + 40;
  return element(
    "svg",
    { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": says },
    ...panels,
    ...bottomAxis(across, bottom, left, right),
    label((left + right) / 2, bottom + 34, "trained parameters (logarithmic)", {
      class: "tick middle",
    }),
  );
};

const rowOf = (
  methods: readonly string[],
  method: string,
  groups: readonly Group[],
): readonly Markup[] => {
  const [own, control] = (["pretrained", "random"] as const).map((filters) =>
    groups.find((g) => g.method === method && g.filters === filters),
  );
  const some = own ?? control;
  if (some === undefined) return [];
  const gain =
    own === undefined || control === undefined
      ? ""
      : showPoints(own.accuracy.mean - control.accuracy.mean);
  const index = methods.indexOf(method);
  return [
    tag(
      "tr",
      { "data-m": `${index}` },
      tag("th", { scope: "row" }, markInText(index, some.filters), method),
      tag("td", { class: "number" }, showCount(some.trainedParameters)),
      tag("td", { class: "number" }, own === undefined ? "" : showEstimate(own.accuracy)),
      tag("td", { class: "number" }, control === undefined ? "" : showEstimate(control.accuracy)),
      tag("td", { class: "number" }, gain),
      tag("td", { class: "number" }, `${some.accuracy.n}`),
    ),
  ];
};

/** The chart and the table of one condition. */
export const tradeOff = (report: ComparisonReport, condition: Condition): Markup => {
  const { methods } = report.extent;
  const groups = groupsUnder(report, condition);
  const title = sceneTitle(condition);
  return scene(
    report,
    condition,
    scrolling(
      `Chart: accuracy against trained parameters, ${title}`,
      chart(groups, methods, `Accuracy against trained parameters, ${title}: see the table below.`),
    ),
    dataTable(
      `Accuracy and trained parameters, ${title}`,
      [
        columnHead("method"),
        columnHead("trained", "number"),
        columnHead("accuracy, %", "number"),
        columnHead("random filters, %", "number"),
        columnHead("gain", "number"),
        columnHead("seeds", "number"),
      ],
      methods.flatMap((method) => rowOf(methods, method, groups)),
    ),
  );
};
