/** Accuracy against the label budget: a line for each method, and the same figures as a table. */
import type { Condition, Group } from "../../compare/aggregate.js";
import type { Filters, RunRecord } from "../../compare/record.js";
import { groupOf, type ComparisonReport } from "../comparison/report.js";
import { showBudget, showEstimate, showSide } from "../comparison/words.js";
import { tag } from "../html.js";
import { columnHead, dataTable, scrolling } from "../page.js";
import { element, type Markup } from "../svg.js";
import { bottomAxis, label, shareAxis, shareScale, type Scale } from "./axis.js";
import { characterWidth, spreadAlong } from "./label.js";
import { colourOf, mark, markInText } from "./mark.js";
import { scene, sceneTitle } from "./scene.js";

const left = 46;
const plotWidth = 480;
const top = 30;
const gap = 15;

type Setting = Pick<Condition, "model" | "data">;

/** The groups of one method, by budget. */
interface Line {
  readonly method: number;
  readonly name: string;
  readonly groups: readonly Group[];
}

const linesOf = (report: ComparisonReport, setting: Setting, filters: Filters): readonly Line[] =>
  report.extent.methods.flatMap((name, method) => {
    const groups = report.extent.budgets.flatMap(
      (perClass) => groupOf(report, { ...setting, perClass }, name, filters) ?? [],
    );
    return groups.length === 0 ? [] : [{ method, name, groups }];
  });

/** How many images of each class a run learnt from, on average. */
const imagesPerClass = ({ images, classes }: RunRecord): number => images / classes.length;

/**
 * Budgets on a logarithmic scale. All labels stand where the mean over classes puts them, but behind the largest
 * budget that was asked for, which some classes may not fill.
 */
const budgetScale = (budgets: readonly (number | null)[], lines: readonly Line[]): Scale => {
  const counted = budgets.flatMap((b) => b ?? []);
  const most = counted[counted.length - 1] ?? 0;
  const whole = lines.flatMap(({ groups }) =>
    groups.flatMap(({ perClass, runs }) => (perClass === null ? runs.map(imagesPerClass) : [])),
  );
  const all = Math.max(1.5 * most, 1, ...whole);
  const placed = budgets.map((b) => Math.log(b ?? all));
  const [first, last] = [placed[0]!, placed[placed.length - 1]!];
  const [from, to] = [left + 18, left + plotWidth - 14];
  return {
    at: (b) =>
      last === first
        ? (from + to) / 2
        : from + ((Math.log(b === Infinity ? all : b) - first) / (last - first)) * (to - from),
    ticks: budgets.map((b) => ({ value: b ?? Infinity, label: b === null ? "all" : `${b}` })),
  };
};

const bounds = ({ accuracy: { mean, margin } }: Group): readonly [low: number, high: number] => [
  Math.max(0, mean - (margin ?? 0)),
  Math.min(1, mean + (margin ?? 0)),
];

/** The interval of each point, moved aside a little by the method's place so that bars do not cover each other. */
const lineOf = (
  { method, groups }: Line,
  across: Scale,
  up: Scale,
  methods: number,
): readonly Markup[] => {
  const aside = methods < 2 ? 0 : ((method / (methods - 1)) * 2 - 1) * 9;
  const places = groups.map((g) => ({
    g,
    x: across.at(g.perClass ?? Infinity) + aside,
    y: up.at(g.accuracy.mean),
  }));
  return [
    element("polyline", {
      class: `curve ${colourOf(method)}${groups[0]!.filters === "random" ? " dotted" : ""}`,
      points: places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
    }),
    ...places.map(({ g, x }) => {
      const [low, high] = bounds(g);
      return element("line", {
        class: `bar ${colourOf(method)}`,
        ...{ x1: x, x2: x, y1: up.at(low), y2: up.at(high) },
      });
    }),
    ...places.map(({ g, x, y }) => mark(method, g.filters, x, y, 3.6)),
  ];
};

const chart = (
  report: ComparisonReport,
  lines: readonly Line[],
  title: string,
  says: string,
): Markup => {
  const across = budgetScale(report.extent.budgets, lines);
  const bottom = top + Math.max(330, lines.length * gap + 10);
  const up = shareScale(
    lines.flatMap(({ groups }) => groups.flatMap(bounds)),
    bottom,
    top,
    8,
  );
  const ends = lines.map(({ groups }) => up.at(groups[groups.length - 1]!.accuracy.mean));
  const heights = spreadAlong(ends, gap, top, bottom);
  const right = left + plotWidth;
  const longest = Math.max(...lines.map(({ name }) => name.length));
  const width = right + 40 + longest * characterWidth;
  return element(
    "svg",
    {
      class: "plot",
      viewBox: `0 0 ${Math.ceil(width)} ${bottom + 42}`,
      style: `max-width:${Math.ceil(width)}px`,
      role: "img",
      "aria-label": says,
    },
    label(left, 16, title, { class: "panel" }),
    ...shareAxis(up, left, right),
    ...bottomAxis(across, bottom + 4, left, right),
    label((left + right) / 2, bottom + 38, "labelled images of each class", {
      class: "tick middle",
    }),
    ...lines.map((line, i) =>
      element(
        "g",
        { "data-m": `${line.method}` },
        ...lineOf(line, across, up, report.extent.methods.length),
        element("line", {
          class: "leader",
          ...{ x1: right + 1, y1: ends[i]!, x2: right + 17, y2: heights[i]! },
        }),
        mark(line.method, line.groups[0]!.filters, right + 24, heights[i]!, 3.6),
        label(right + 34, heights[i]! + 4, line.name, { class: "name" }),
      ),
    ),
  );
};

const rowsOf = (
  report: ComparisonReport,
  filters: Filters,
  lines: readonly Line[],
): readonly Markup[] =>
  lines.map(({ method, name, groups }) =>
    tag(
      "tr",
      { "data-m": `${method}` },
      tag("th", { scope: "row" }, markInText(method, filters), showSide({ method: name, filters })),
      ...report.extent.budgets.map((perClass) => {
        const found = groups.find((g) => g.perClass === perClass);
        return tag(
          "td",
          { class: "number" },
          found === undefined ? "" : showEstimate(found.accuracy),
        );
      }),
    ),
  );

/** The charts and the table of one model and data set. */
export const budgetCurve = (report: ComparisonReport, setting: Setting): Markup => {
  const title = sceneTitle(setting);
  const pretrained = linesOf(report, setting, "pretrained");
  const random = linesOf(report, setting, "random");
  const charts = [
    { lines: pretrained, of: "pretrained filters, accuracy in %" },
    { lines: random, of: "random filters (control), accuracy in %" },
  ].filter(({ lines }) => lines.length > 0);
  return scene(
    report,
    setting,
    tag(
      "div",
      {},
      ...charts.map(({ lines, of }) =>
        scrolling(
          `Chart: accuracy against label budget, ${of}, ${title}`,
          chart(
            report,
            lines,
            of,
            `Accuracy against label budget, ${of}, ${title}: see the table below.`,
          ),
        ),
      ),
    ),
    dataTable(
      `Accuracy by label budget, ${title}`,
      [
        columnHead("accuracy, %"),
        ...report.extent.budgets.map((b) => columnHead(showBudget(b), "number")),
      ],
      [...rowsOf(report, "pretrained", pretrained), ...rowsOf(report, "random", random)],
    ),
  );
};
