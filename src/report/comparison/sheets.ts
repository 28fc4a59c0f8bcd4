/** The tables of a report as text in rows and columns, for a terminal, for Markdown and for LaTeX. */
import { verdictOf } from "../../compare/differences.js";
import { showMillions } from "../quantity.js";
import type { Column } from "../table.js";
import { differencesOf, groupOf, settingsOf, type ComparisonReport } from "./report.js";
import {
  showBudget,
  showEstimate,
  showInterval,
  showPoints,
  showProbability,
  showSide,
} from "./words.js";

/** A table with its title. */
export interface Sheet {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const number = (title: string): Column => ({ title, align: "right" });

/** Seeds as `3`, or `2-3` where the budgets differ. */
const showCounts = (counts: readonly number[]): string => {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${least}` : `${least}-${most}`;
};

const accuracySheet = (report: ComparisonReport, model: string, data: string): Sheet => {
  const { methods } = report.extent;
  const budgets = report.extent.budgets.filter((perClass) =>
    report.groups.some((g) => g.model === model && g.data === data && g.perClass === perClass),
  );
  const rows = methods.flatMap((method) =>
    (["pretrained", "random"] as const).flatMap((filters) => {
      const found = budgets.map((perClass) =>
        groupOf(report, { model, data, perClass }, method, filters),
      );
      const present = found.flatMap((g) => g ?? []);
      if (present.length === 0) return [];
      return [
        [
          showSide({ method, filters }),
          showMillions(Math.max(...present.map((g) => g.trainedParameters))),
          showCounts(present.map((g) => g.accuracy.n)),
          ...found.map((g) => (g === undefined ? "" : showEstimate(g.accuracy))),
        ],
      ];
    }),
  );
  return {
    title: `Accuracy in percent, ${model} on ${data}`,
    columns: [
      { title: "method" },
      number("trained"),
      number("seeds"),
      ...budgets.map((perClass) => number(showBudget(perClass))),
    ],
    rows,
  };
};

/** The accuracies: a sheet for each model and data set. */
export const accuracySheets = (report: ComparisonReport): readonly Sheet[] =>
  settingsOf(report).map(({ model, data }) => accuracySheet(report, model, data));

/** The reference against every other method; none where there is no other. */
export const differenceSheets = (report: ComparisonReport): readonly Sheet[] => {
  const rows = differencesOf(report, report.reference).map((d) => [
    d.b.method,
    showPoints(d.mean),
    showInterval(d.interval),
    `${d.wins}/${d.ties}/${d.losses}`,
    showProbability(d.test.p),
    showProbability(d.corrected),
    verdictOf(d),
  ]);
  return rows.length === 0
    ? []
    : [
        {
          title: `${report.reference} minus the others, in points of accuracy`,
          columns: [
            { title: "other" },
            number("mean"),
            number("95% interval"),
            number("better/equal/worse"),
            number("p"),
            number("p, Holm"),
            { title: "verdict" },
          ],
          rows,
        },
      ];
};
