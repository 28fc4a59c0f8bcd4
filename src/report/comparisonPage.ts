/**
 * A comparison as a page: one HTML file that needs nothing else and may load nothing, in light and dark. Everything is
 * on it without its script too; the script shows one model, data set, label budget and method at a time.
 */
import { budgetCurve } from "./comparisonPage/budgetCurve.js";
import { choice, contentPolicy, script } from "./comparisonPage/choice.js";
import { confusions } from "./comparisonPage/confusion.js";
import { costs } from "./comparisonPage/cost.js";
import { controlDifferences, methodDifferences } from "./comparisonPage/differences.js";
import { everything, rates } from "./comparisonPage/everything.js";
import { failed } from "./comparisonPage/failed.js";
import { gatedMethods, gates } from "./comparisonPage/gates.js";
import { learningCurves } from "./comparisonPage/learningCurves.js";
import { mistakes } from "./comparisonPage/mistakes.js";
import { provenance } from "./comparisonPage/provenance.js";
import { reading } from "./comparisonPage/reading.js";
import { section } from "./comparisonPage/scene.js";
import { comparisonStyle } from "./comparisonPage/style.js";
import { tradeOff } from "./comparisonPage/tradeOff.js";
import { findings } from "./comparison/findings.js";
import type { Gallery } from "./comparison/gallery.js";
import { conditionsOf, settingsOf, type ComparisonReport } from "./comparison/report.js";
import { tag, type Content } from "./html.js";
import { showPage } from "./page.js";
import { showCounted } from "./quantity.js";
import type { Markup } from "./svg.js";

/** How every such page begins. */
export const comparisonOpening = "<!doctype html><!-- heirloom report -->";

const summaryOf = ({ extent, records }: ComparisonReport): string =>
  [
    showCounted(extent.methods.length, "method"),
    showCounted(extent.models.length, "model"),
    showCounted(extent.data.length, "data set"),
    showCounted(extent.budgets.length, "label budget"),
    showCounted(extent.seeds.length, "seed"),
    showCounted(records.length, "run"),
  ].join(" \u00b7 ");

const nothing = "Nothing is recorded for this choice.";

interface Part {
  readonly id: string;
  readonly title: string;
  readonly introduction?: readonly Content[];
  /** What to say where no scene fits the choice. */
  readonly otherwise?: string;
  readonly content: readonly Content[];
}

const ifAny = (part: Part): readonly Part[] => (part.content.length === 0 ? [] : [part]);

const partsOf = (report: ComparisonReport, gallery: Gallery): readonly Part[] => [
  {
    id: "parameters",
    title: "Accuracy against trained parameters",
    introduction: [
      "Bars are 95% intervals over seeds; marks that would cover each other stand side by side. The gain is that of " +
        "pretrained filters over random ones, in points.",
    ],
    content: conditionsOf(report).map((condition) => tradeOff(report, condition)),
  },
  {
    id: "budget",
    title: "Accuracy against label budget",
    introduction: [
      "Points of one budget are moved aside so that bars do not cover each other. Dotted: random filters.",
    ],
    content: settingsOf(report).map((setting) => budgetCurve(report, setting)),
  },
  {
    id: "differences",
    title: "Which differences are real",
    introduction: [
      [
        "Paired over all shared blocks (model, data set, budget, seed), tested by Wilcoxon's signed ranks and corrected " +
          "by Holm. ",
        tag("a", { href: "#reading" }, "What that means and takes for granted"),
        ".",
      ],
    ],
    content: methodDifferences(report),
  },
  {
    id: "controls",
    title: "Random filters: the control",
    introduction: [
      "Each method minus itself on filters that learnt nothing, over the blocks that both have.",
    ],
    content: controlDifferences(report),
  },
  {
    id: "curves",
    title: "Learning curves",
    introduction: [
      "Accuracy in % by epoch, a line for each seed. Coloured: on validation images; pale: on the batches of training; " +
        "dotted: random filters. The dot is the epoch whose weights were kept; an upright line parts two phases.",
    ],
    content: conditionsOf(report).map((condition) => learningCurves(report, condition)),
  },
  {
    id: "confusion",
    title: "Confusion matrices",
    introduction: [
      "On the test images, summed over seeds. Rows are labels, columns predictions. Blue: right; orange: wrong; the " +
        "darker, the larger its share of the row.",
    ],
    content: confusions(report),
  },
  ...ifAny({
    id: "mistakes",
    title: "Misclassified images",
    introduction: [
      "From the surest mistakes of one seed of each method on pretrained filters, with what they were taken for, by which methods, and how " +
        "surely. Those that misled most methods come first.",
    ],
    content: mistakes(report, gallery),
  }),
  ...ifAny({
    id: "gates",
    title: "Gates",
    introduction: [
      "A gate multiplies a pretrained filter: at 1 the filter is as it was, at 0 it is off. For each layer the line " +
        "spans all gates, its thick part one standard deviation on either side of the mean, the shape is the histogram.",
    ],
    otherwise: `There are no gates for this choice. Methods with gates: ${gatedMethods(report).join(", ")}.`,
    content: gates(report, gallery),
  }),
  {
    id: "cost",
    title: "Cost",
    introduction: [
      "Of the network that is used after training, for one image; what is kept of it; and of training: " +
        "step times are the median of this run's own steps, on the machine and load of that day.",
    ],
    content: costs(report),
  },
  { id: "rates", title: "Learning rates", content: rates(report) },
  ...ifAny({
    id: "failed",
    title: "Runs that failed",
    introduction: [
      `${showCounted(report.failures.length, "run")} came to no result and stand nowhere else on this page.`,
    ],
    content: failed(report),
  }),
  { id: "all", title: "Everything", content: [everything(report)] },
  { id: "provenance", title: "Provenance", content: provenance(report) },
  { id: "reading", title: "How to read this", content: reading(report) },
];

const contents = (parts: readonly Part[]): Markup =>
  tag(
    "nav",
    { "aria-label": "Contents" },
    ...parts.map(({ id, title }) => tag("a", { href: `#${id}` }, title)),
  );

/** The page of a report, with the pictures that were gathered for it. */
export const comparisonPage = (report: ComparisonReport, gallery: Gallery): string => {
  const title = `Comparison: ${report.name}`;
  const parts = partsOf(report, gallery);
  return showPage({
    opening: comparisonOpening,
    title,
    style: comparisonStyle,
    head: [contentPolicy],
    body: [
      tag(
        "main",
        {},
        tag("h1", {}, title),
        tag("p", { class: "quiet" }, summaryOf(report)),
        tag("ul", { class: "findings" }, ...findings(report).map((words) => tag("li", {}, words))),
        contents(parts),
        choice(report),
        ...parts.map(({ id, title: heading, introduction = [], otherwise = nothing, content }) =>
          section(id, heading, introduction, otherwise, ...content),
        ),
      ),
      script,
    ],
  });
};
