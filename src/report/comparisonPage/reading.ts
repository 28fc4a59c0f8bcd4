/** How the figures are to be read: what the intervals and tests mean, and what they take for granted. */
import { resamples } from "../../compare/bootstrap.js";
import { confidence } from "../../compare/statistics.js";
import { withinCondition } from "../comparison/findings.js";
import { isSearchShared, type ComparisonReport } from "../comparison/report.js";
import { tag, type Content } from "../html.js";
import { showCount } from "../quantity.js";

const share = `${100 * confidence}%`;

/** The paragraphs, each under its term. */
const terms = (report: ComparisonReport): readonly (readonly [term: string, says: string])[] => [
  [
    "Accuracy, ± and bars",
    `The mean over seeds of the share of test images that are classified right, and half the ${share} interval of ` +
      "Student's t. A seed draws the labelled images, which of them validate, the order of the batches, the starts of " +
      "methods that start at random (LoRA, HiRA, Conv-Adapter) and random filters. The new classifier starts at zero, " +
      "and the test images are the same for all. So the interval is about other draws of these, not about other test " +
      "images, and it takes the seeds' accuracies for draws from a normal distribution. With three seeds it is 2.5 standard " +
      "deviations wide on either side. A single seed has no interval." +
      (isSearchShared(report)
        ? " The learning rate that was found on the first seed is shared by the others: their spread does not contain " +
          "that of the search."
        : ""),
  ],
  [
    "Equal budgets of training",
    "Every method has the same number of epochs in all its phases together, each phase an equal share, rounded up, and the same " +
      "number of tried rates. Training may stop early.",
  ],
  [
    "Which run stands",
    "Of the learning rates that were tried, the run with the least loss on validation images stands; the test images " +
      "have no say. The validation images are taken from the labelled ones, so they count towards the label budget.",
  ],
  [
    "Differences",
    "Two methods are compared block by block: the same model, data set, label budget and seed, hence the same labelled " +
      "and test images. Label budgets that come to the same images count as one block, with the smallest budget. " +
      `The ${share} interval is that of the bootstrap: the differences are drawn again with replacement ` +
      `${showCount(resamples)} times, with a fixed seed. Over a few blocks it tends to be too narrow.`,
  ],
  [
    "p",
    "Wilcoxon's signed-rank test, two-sided and exact: the whole distribution over the signs is computed, whatever the " +
      "number of blocks. Equal absolute differences share the mean of their ranks; differences of zero are ranked and " +
      "then left out (Pratt).",
  ],
  [
    "p, Holm",
    "The same, corrected by Holm for the number of comparisons in the table. All pairs of methods are one family, " +
      "the methods against their controls another. A difference is called real where this is at most " +
      `${(1 - confidence).toFixed(2)}: with that probability or less, a family in which nothing differs shows any ` +
      "difference at all. Where it is not, the verdict is open: there may still be one. It is open too where the mean " +
      "has not the sign of the signed ranks (a few large differences one way, many small ones the other): then the " +
      "table says that the mean and the ranks disagree.",
  ],
  [
    "What the test takes for granted",
    "That blocks are independent, and that without a difference each is as likely to favour one side as the other. " +
      "The first holds in part: blocks of one model and data set share the pretrained weights and the test images, and " +
      "their labelled images come from one pool, also across budgets. So the p-values are too small where methods " +
      'behave alike on all blocks of a data set. The column "agree" says in how many pairs of model and ' +
      "data set the mean difference has the sign of the whole; where that is not all of them, the difference is " +
      "not one of the methods alone.",
  ],
  ["One condition by itself", withinCondition(report)],
  [
    "Random filters",
    "The control: the same method, seeds and images on the same architecture, whose filters were drawn at random and " +
      "learnt nothing. What a method reaches there it owes to the architecture and its own training.",
  ],
  [
    "Parameters and multiply-adds",
    "Trained: scalars that training moves, the new classifier among them. Kept: what has to be stored beside the base " +
      "model. In use: those of the network that classifies after training; a merged one is an ordinary network again. " +
      "Step times: median of this run's own steps, on the machine and load of that day; of several runs the median of these.",
  ],
];

/** How to read the page. */
export const reading = (report: ComparisonReport): readonly Content[] => [
  tag(
    "dl",
    {},
    ...terms(report).flatMap(([term, says]) => [tag("dt", {}, term), tag("dd", {}, says)]),
  ),
];
