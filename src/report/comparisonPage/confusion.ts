/** Confusion matrices, summed over seeds: tables whose cells are shaded by the share of their row. */
import type { Group } from "../../compare/aggregate.js";
import { groupsUnder, conditionsOf, type ComparisonReport } from "../comparison/report.js";
import { showPercent } from "../comparison/words.js";
import { tag } from "../html.js";
import { scrolling } from "../page.js";
import { showCounted } from "../quantity.js";
import type { Markup } from "../svg.js";
import { scene, sceneTitle } from "./scene.js";

/** Classes of which a whole matrix is shown. */
const mostClasses = 24;

const summed = ({ runs }: Group): readonly (readonly number[])[] =>
  runs
    .map(({ test }) => test.confusion)
    .reduce((sum, next) => sum.map((row, i) => row.map((n, k) => n + next[i]![k]!)));

const thresholds = {
  right: [0.3, 0.5, 0.7, 0.8, 0.9, 0.95],
  wrong: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
} as const;

/** The shade of a share: blue steps for what is right, orange ones for what is not. */
const shade = (share: number, isRight: boolean): string => {
  const level = thresholds[isRight ? "right" : "wrong"].filter((least) => share >= least).length;
  return level === 0 ? "" : `${isRight ? "r" : "w"}${level}`;
};

const matrix = (confusion: readonly (readonly number[])[], classes: readonly string[]): Markup => {
  const cell = (n: number, total: number, isRight: boolean): Markup => {
    const look = shade(total === 0 ? 0 : n / total, isRight);
    return tag("td", look === "" ? {} : { class: look }, n === 0 ? "" : `${n}`);
  };
  return tag(
    "table",
    { class: "confusion" },
    tag(
      "thead",
      {},
      tag(
        "tr",
        {},
        tag("th", { scope: "col" }, "label, prediction"),
        ...classes.map((name) => tag("th", { scope: "col" }, tag("span", {}, name))),
      ),
    ),
    tag(
      "tbody",
      {},
      ...confusion.map((row, i) => {
        const total = row.reduce((sum, n) => sum + n, 0);
        return tag(
          "tr",
          {},
          tag("th", { scope: "row" }, classes[i]!),
          ...row.map((n, k) => cell(n, total, i === k)),
        );
      }),
    ),
  );
};

interface Mix {
  readonly label: string;
  readonly prediction: string;
  readonly n: number;
  readonly share: number;
}

const commonest = (
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): readonly Mix[] =>
  confusion
    .flatMap((row, i) => {
      const total = row.reduce((sum, n) => sum + n, 0);
      return row.flatMap((n, k) =>
        i === k || n === 0
          ? []
          : [{ label: classes[i]!, prediction: classes[k]!, n, share: n / total }],
      );
    })
    .sort((a, b) => b.share - a.share || b.n - a.n);

const confusionOf = (report: ComparisonReport, group: Group): Markup => {
  const { classes } = group.runs[0]!;
  const confusion = summed(group);
  const mixes = commonest(confusion, classes).slice(0, classes.length > mostClasses ? 20 : 5);
  const total = confusion.flat().reduce((sum, n) => sum + n, 0);
  return scene(
    report,
    group,
    ...(classes.length > mostClasses
      ? []
      : [scrolling(`Confusion matrix of ${sceneTitle(group)}`, matrix(confusion, classes))]),
    tag(
      "p",
      { class: "quiet" },
      `${showCounted(total, "prediction")} over ${showCounted(group.runs.length, "seed")}. `,
      mixes.length === 0
        ? "None was wrong."
        : `Most often: ${mixes
            .map((m) => `${m.label} taken for ${m.prediction} (${showPercent(m.share)}%)`)
            .join("; ")}.`,
    ),
  );
};

/** The matrices of every method on pretrained filters. */
export const confusions = (report: ComparisonReport): readonly Markup[] =>
  conditionsOf(report).flatMap((condition) =>
    groupsUnder(report, condition)
      .filter(({ filters }) => filters === "pretrained")
      .map((group) => confusionOf(report, group)),
  );
