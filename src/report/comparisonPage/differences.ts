/** Which differences are real: the reference against every other, all pairs, conditions one by one, the controls. */
import { conditionKey } from "../../compare/aggregate.js";
import { isReal, verdictOf, type Difference } from "../../compare/differences.js";
import { mean } from "../../compare/statistics.js";
import {
  conditionsOf,
  differencesOf,
  groupOf,
  type ComparisonReport,
} from "../comparison/report.js";
import {
  showBudget,
  showInterval,
  showPoints,
  showProbability,
  showSide,
} from "../comparison/words.js";
import { tag, type Content } from "../html.js";
import { columnHead, dataTable, scrolling } from "../page.js";
import { showCounted } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import { markInText } from "./mark.js";

const look = (d: Difference): string => (isReal(d) ? `number ${verdictOf(d)}` : "number");

/** Where the test finds a difference whose direction is open. */
const disagrees = (d: Difference): boolean =>
  verdictOf(d) === "open: the mean and the ranks disagree";

const number = (words: string): Markup => tag("td", { class: "number" }, words);

const figures = (d: Difference): readonly Markup[] => [
  tag("td", { class: look(d) }, showPoints(d.mean)),
  number(showInterval(d.interval)),
  number(`${d.wins} / ${d.ties} / ${d.losses}`),
  number(`${d.agreeing} of ${d.settings}`),
  number(showProbability(d.test.p)),
  number(showProbability(d.corrected)),
  tag("td", { class: "verdict" }, verdictOf(d)),
];

const heads: readonly Markup[] = [
  columnHead("points", "number"),
  columnHead("95% interval", "number"),
  columnHead("better / equal / worse", "number"),
  columnHead("agree", "number"),
  columnHead("p", "number"),
  columnHead("p, Holm", "number"),
  columnHead("verdict"),
];

const against = (report: ComparisonReport): Markup =>
  dataTable(
    `${report.reference} minus each other method`,
    [columnHead(`${report.reference} against`), ...heads],
    differencesOf(report, report.reference).map((d) => {
      const index = report.extent.methods.indexOf(d.b.method);
      return tag(
        "tr",
        { "data-m": `${index}` },
        tag("th", { scope: "row" }, markInText(index, "pretrained"), d.b.method),
        ...figures(d),
      );
    }),
  );

const matrix = (report: ComparisonReport): Markup => {
  const { methods } = report.extent;
  return scrolling(
    "Mean difference of every pair of methods, row minus column",
    tag(
      "table",
      { class: "pairs" },
      tag(
        "thead",
        {},
        tag(
          "tr",
          {},
          columnHead("row minus column"),
          ...methods.map((name) => columnHead(tag("span", {}, name), "upright")),
        ),
      ),
      tag(
        "tbody",
        {},
        ...methods.map((name, i) => {
          const byOther = new Map(differencesOf(report, name).map((d) => [d.b.method, d]));
          return tag(
            "tr",
            { "data-m": `${i}` },
            tag("th", { scope: "row" }, name),
            ...methods.map((other) => {
              const d = byOther.get(other);
              return d === undefined
                ? tag("td", { class: "number" }, "")
                : tag("td", { class: look(d) }, `${showPoints(d.mean)}${disagrees(d) ? " ?" : ""}`);
            }),
          );
        }),
      ),
    ),
  );
};

const everyPair = (report: ComparisonReport): Markup =>
  tag(
    "details",
    {},
    tag(
      "summary",
      {},
      `All ${showCounted(report.methods.length, "pair")} with intervals and tests`,
    ),
    dataTable(
      "Every pair of methods",
      [columnHead("pair"), ...heads],
      report.methods.map((d) =>
        tag(
          "tr",
          {},
          tag("th", { scope: "row" }, `${d.a.method} minus ${d.b.method}`),
          ...figures(d),
        ),
      ),
    ),
  );

/** The mean over shared seeds of the reference minus another, under each condition. */
const byCondition = (report: ComparisonReport): Markup => {
  const conditions = conditionsOf(report);
  const differenceAt = (method: string, key: string): string => {
    const condition = conditions.find((c) => conditionKey(c) === key)!;
    const [own, other] = [report.reference, method].map((name) =>
      groupOf(report, condition, name, "pretrained"),
    );
    const shared = (own?.runs ?? []).flatMap((run) => {
      const rival = other?.runs.find((r) => r.run.seed === run.run.seed);
      return rival === undefined ? [] : [run.test.accuracy - rival.test.accuracy];
    });
    return shared.length === 0 ? "" : showPoints(mean(shared));
  };
  return dataTable(
    `${report.reference} minus each other method under each condition`,
    [
      columnHead(`${report.reference} minus`),
      ...conditions.map((c) =>
        columnHead(
          [c.model, element("br", {}), c.data, element("br", {}), showBudget(c.perClass)],
          "number",
        ),
      ),
    ],
    report.extent.methods.flatMap((method, index) =>
      method === report.reference
        ? []
        : [
            tag(
              "tr",
              { "data-m": `${index}` },
              tag("th", { scope: "row" }, markInText(index, "pretrained"), method),
              ...conditions.map((c) => number(differenceAt(method, conditionKey(c)))),
            ),
          ],
    ),
  );
};

/** The tables of the methods against each other. */
export const methodDifferences = (report: ComparisonReport): readonly Content[] =>
  report.methods.length === 0
    ? [tag("p", {}, "There are no two methods that share a model, data set, budget and seed.")]
    : [
        against(report),
        tag("h3", {}, "Every pair"),
        tag(
          "p",
          { class: "quiet" },
          "Mean difference in points; bold where it is real, with a question mark where the mean and the ranks disagree.",
        ),
        matrix(report),
        everyPair(report),
        tag("h3", {}, `${report.reference} under each condition`),
        tag(
          "p",
          { class: "quiet" },
          "Mean differences in points over the seeds of one condition. No test is made within one condition.",
        ),
        byCondition(report),
      ];

/** The table of each method against its control. */
export const controlDifferences = (report: ComparisonReport): readonly Content[] =>
  report.controls.length === 0
    ? [
        tag(
          "p",
          {},
          "No method was run on random filters: nothing here tells transfer from training.",
        ),
      ]
    : [
        dataTable(
          "Every method minus itself on random filters",
          [columnHead("method"), ...heads],
          report.controls.map((d) => {
            const index = report.extent.methods.indexOf(d.a.method);
            return tag(
              "tr",
              { "data-m": `${index}` },
              tag("th", { scope: "row" }, markInText(index, "pretrained"), showSide(d.a)),
              ...figures(d),
            );
          }),
        ),
      ];
