/** What a comparison says, in sentences: no more than the tests bear out. */
import { sameImages } from "../../compare/aggregate.js";
import { verdictOf, type Difference, type Verdict } from "../../compare/differences.js";
import { leastP } from "../../compare/signedRank.js";
import { confidence } from "../../compare/statistics.js";
import { showCount, showCounted } from "../quantity.js";
import { askedRuns } from "./asked.js";
import { differencesOf, type ComparisonReport } from "./report.js";
import { listed, showBudget, showPoints, showProbability } from "./words.js";

const range = (numbers: readonly number[]): string => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${showCount(least)}` : `${showCount(least)} to ${showCount(most)}`;
};

const named = (differences: readonly Difference[]): string =>
  listed(differences.map((d) => `${d.b.method} (${showPoints(d.mean)})`));

/** Differences by what is said of them; `split`: the mean and the ranks disagree. */
const byVerdict = (
  all: readonly Difference[],
): Readonly<Record<"better" | "worse" | "open" | "split", readonly Difference[]>> => {
  const of = (verdict: Verdict): readonly Difference[] =>
    all.filter((d) => verdictOf(d) === verdict);
  return {
    better: of("better"),
    worse: of("worse"),
    open: of("open"),
    split: of("open: the mean and the ranks disagree"),
  };
};

const ofReference = (report: ComparisonReport): readonly string[] => {
  const all = differencesOf(report, report.reference);
  if (all.length === 0) return [];
  const counts = all.map(({ differences }) => differences.length);
  const blocks = `${range(counts)} shared block${Math.max(...counts) === 1 ? "" : "s"}`;
  const { better, worse, open, split } = byVerdict(all);
  const parts = [
    ...(better.length === 0 ? [] : [`is better than ${named(better)}`]),
    ...(worse.length === 0 ? [] : [`is worse than ${named(worse)}`]),
    ...(open.length === 0 ? [] : [`shows no real difference from ${named(open)}`]),
    ...(split.length === 0
      ? []
      : [`is open against ${named(split)}: there the mean and the ranks disagree`]),
  ];
  return [
    `Over ${blocks}, ${report.reference} ${parts.join("; it ")}. Differences are means in points of ` +
      "accuracy.",
  ];
};

const ofControls = ({ controls }: ComparisonReport): readonly string[] => {
  if (controls.length === 0)
    return ["Nothing was run on random filters: no figure here shows that anything transfers."];
  const { better, worse, split } = byVerdict(controls);
  const means = controls.map((d) => d.mean);
  return [
    `The pretrained network minus the same method on random filters: ${showPoints(Math.min(...means))} to ` +
      `${showPoints(Math.max(...means))} points. That is a real gain for ${better.length} of ` +
      [
        showCounted(controls.length, "method"),
        ...(worse.length === 0 ? [] : [`a real loss for ${worse.length}`]),
        ...(split.length === 0
          ? []
          : [`open for ${split.length} where the mean and the ranks disagree`]),
      ].join(", ") +
      ".",
  ];
};

/** Where even differences that are all of one sign would not count as real. */
const ofPower = (what: string, family: readonly Difference[]): readonly string[] => {
  if (family.length === 0) return [];
  const least = leastP(Math.max(...family.map(({ differences }) => differences.length)));
  const corrected = Math.min(1, family.length * least);
  return corrected <= 1 - confidence
    ? []
    : [
        `There are too few blocks for the tests of ${what}: differences all of one sign would come to p = ` +
          `${showProbability(least)}, and with ${showCounted(family.length, "comparison")} to ` +
          `${showProbability(corrected)}. That no difference is called real here says nothing about the methods.`,
      ];
};

const ofProgress = ({ grid, records, failures }: ComparisonReport): readonly string[] => {
  const asked = grid === null ? 0 : askedRuns(grid, failures);
  return records.length + failures.length >= asked
    ? []
    : [
        `${showCount(records.length)} of the ${showCount(asked)} runs that were asked for stand: the comparison is ` +
          "not at its end.",
      ];
};

const ofFailures = ({ failures, records }: ComparisonReport): readonly string[] =>
  failures.length === 0
    ? []
    : [
        `${showCounted(failures.length, "run")} failed beside the ${showCount(records.length)} that stand; "Runs that ` +
          'failed" has their methods, rates and refusals.',
      ];

const ofSameImages = ({ groups }: ComparisonReport): readonly string[] => [
  ...new Set(
    sameImages(groups).map(
      ({ data, budgets, images }) =>
        `Of ${data}, the label budgets ${listed(budgets.map(showBudget))} come to the same ${showCount(images)} images: ` +
        "the tests count such blocks once, with the smallest of these budgets.",
    ),
  ),
];

const ofGaps = ({ missing, cells }: ComparisonReport): readonly string[] =>
  missing === 0
    ? []
    : [
        `The grid has gaps: ${showCount(missing)} of ${showCounted(missing + cells, "cell")} are not there. ` +
          "Differences are of blocks that both sides have.",
      ];

/** The sentences, the most important first. */
export const findings = (report: ComparisonReport): readonly string[] => [
  ...ofReference(report),
  ...ofControls(report),
  ...ofPower("methods against each other", report.methods),
  ...ofPower("methods against their controls", report.controls),
  ...ofProgress(report),
  ...ofFailures(report),
  ...ofGaps(report),
  ...ofSameImages(report),
];

/** What a test within one condition could come to at best: a warning for those who would make one. */
export const withinCondition = ({ groups }: ComparisonReport): string => {
  const seeds = Math.max(...groups.map((g) => g.accuracy.n));
  return (
    `Within one condition there ${seeds === 1 ? "is" : "are"} at most ${showCounted(seeds, "seed")}, and with so many ` +
    `this test cannot come below p = ${showProbability(leastP(seeds))}, however the methods differ` +
    (leastP(seeds) > 1 - confidence ? ": no single condition can decide anything." : ".")
  );
};
