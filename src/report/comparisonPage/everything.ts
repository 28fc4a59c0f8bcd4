/** Every group of cells with all its figures, and which learning rates were chosen. */
import type { Cell } from "../../compare/selection.js";
import type { Group } from "../../compare/aggregate.js";
import type { RunRecord } from "../../compare/record.js";
import { estimate } from "../../compare/statistics.js";
import {
  conditionsOf,
  groupsUnder,
  isSearchShared,
  type ComparisonReport,
} from "../comparison/report.js";
import { showEstimate, showFactor, showSide } from "../comparison/words.js";
import { tag, type Content } from "../html.js";
import { columnHead, dataTable } from "../page.js";
import { showCount, showMillions, showSeconds } from "../quantity.js";
import type { Markup } from "../svg.js";
import { sceneTitle } from "./scene.js";

const number = (words: string): Markup => tag("td", { class: "number" }, words);

const heads = [
  columnHead("method"),
  columnHead("seeds", "number"),
  columnHead("images", "number"),
  columnHead("accuracy, %", "number"),
  columnHead("each seed, %", "number"),
  columnHead("macro F1, %", "number"),
  columnHead("loss", "number"),
  columnHead("validation, %", "number"),
  columnHead("trained", "number"),
  columnHead("kept", "number"),
  columnHead("multiply-adds", "number"),
  columnHead("rate factors", "number"),
  columnHead("seconds a run", "number"),
];

const meanOf = (runs: readonly RunRecord[], of: (run: RunRecord) => number): number =>
  estimate(runs.map(of)).mean;

const rowOf = (group: Group): Markup => {
  const { runs } = group;
  const validated = runs.flatMap(({ validation }) => validation?.accuracy ?? []);
  const factors = [...new Set(runs.map(({ run }) => run.rateFactor))].sort((a, b) => a - b);
  return tag(
    "tr",
    {},
    tag("th", { scope: "row" }, showSide(group)),
    number(`${group.accuracy.n}`),
    number(showCount(Math.max(...runs.map(({ images }) => images)))),
    number(showEstimate(group.accuracy)),
    number(runs.map(({ test }) => (100 * test.accuracy).toFixed(1)).join(" ")),
    number(showEstimate(estimate(runs.map(({ test }) => test.macroF1)))),
    number(meanOf(runs, ({ test }) => test.loss).toFixed(3)),
    number(validated.length === 0 ? "" : showEstimate(estimate(validated))),
    number(showCount(group.trainedParameters)),
    number(showCount(group.storedParameters)),
    number(showMillions(runs[0]!.inference.multiplyAdds)),
    number(factors.map(showFactor).join(" ")),
    number(showSeconds(meanOf(runs, ({ provenance }) => provenance.seconds))),
  );
};

/** The table of everything, under a heading for each condition. */
export const everything = (report: ComparisonReport): Markup =>
  tag(
    "div",
    {
      class: "scroll tall",
      role: "region",
      tabindex: "0",
      "aria-label": "Every model, data set, budget and method with all figures",
    },
    tag(
      "table",
      { class: "everything" },
      tag("thead", {}, tag("tr", {}, ...heads)),
      ...conditionsOf(report).map((condition) =>
        tag(
          "tbody",
          {},
          tag(
            "tr",
            { class: "condition" },
            tag("th", { scope: "rowgroup", colspan: `${heads.length}` }, sceneTitle(condition)),
          ),
          ...groupsUnder(report, condition).map(rowOf),
        ),
      ),
    ),
  );

/** How often each rate factor was chosen, and whether the search was as wide everywhere. */
export const rates = (report: ComparisonReport): readonly Content[] => {
  const { groups, extent, records } = report;
  const factors = [...new Set(records.map(({ run }) => run.rateFactor))].sort((a, b) => a - b);
  const cells = groups.flatMap((g) => g.cells);
  const isFirst = ({ chosen }: Cell): boolean => chosen.run.seed === extent.seeds[0];
  const inherited = isSearchShared(report);
  const searches = inherited ? cells.filter(isFirst) : cells;
  const narrow = searches.filter(({ runs }) => runs.length < factors.length).length;
  const ends = searches.filter(
    ({ chosen, runs }) =>
      runs.length > 1 && (chosen === runs[0] || chosen === runs[runs.length - 1]),
  ).length;
  return [
    tag(
      "p",
      { class: "quiet" },
      factors.length === 1
        ? "One learning rate was tried: each method's own."
        : `${factors.length} multiples of each method's own learning rate were tried, and the one with the least ` +
            `validation loss stands${inherited ? ", searched on the first seed and kept for the others, whose spread does not contain that of the search" : ""}. ` +
            `It was the smallest or the largest in ${ends} of ${showCount(searches.length)} ` +
            "searches: there a wider one might have found a better rate." +
            (narrow === 0
              ? ""
              : ` In ${showCount(narrow)} of them fewer rates were tried than elsewhere: they were narrower.`),
    ),
    dataTable(
      "How often each multiple of the learning rate was chosen",
      [
        columnHead("cells in which it stands"),
        ...factors.map((factor) => columnHead(`\u00d7 ${showFactor(factor)}`, "number")),
      ],
      extent.methods.map((method) =>
        tag(
          "tr",
          {},
          tag("th", { scope: "row" }, method),
          ...factors.map((factor) => {
            const chosen = cells.filter(
              ({ chosen: { run } }) => run.method === method && run.rateFactor === factor,
            );
            return number(chosen.length === 0 ? "" : `${chosen.length}`);
          }),
        ),
      ),
    ),
  ];
};
