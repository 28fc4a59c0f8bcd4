/** What a comparison says, in sentences: no more than the tests bear out. */
import { isReal, type Difference } from "../../compare/differences.js";
import { runsOf } from "../../compare/grid.js";
import { leastP } from "../../compare/signedRank.js";
import { confidence } from "../../compare/statistics.js";
import { showCount, showCounted } from "../quantity.js";
import { differencesOf, type ComparisonReport } from "./report.js";
import { listed, showPoints, showProbability } from "./words.js";

const range = (numbers: readonly number[]): string => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${showCount(least)}` : `${showCount(least)} to ${showCount(most)}`;
};

const named = (differences: readonly Difference[]): string =>
  listed(differences.map((d) => `${d.b.method} (${showPoints(d.mean)})`));

const ofReference = (report: ComparisonReport): readonly string[] => {
  const all = differencesOf(report, report.reference);
  if (all.length === 0) return [];
  const counts = all.map(({ differences }) => differences.length);
  const blocks = `${range(counts)} shared block${Math.max(...counts) === 1 ? "" : "s"}`;
  const better = all.filter((d) => isReal(d) && d.mean > 0);
  const worse = all.filter((d) => isReal(d) && d.mean < 0);
  const open = all.filter((d) => !better.includes(d) && !worse.includes(d));
  const parts = [
    ...(better.length === 0 ? [] : [`is better than ${named(better)}`]),
    ...(worse.length === 0 ? [] : [`is worse than ${named(worse)}`]),
    ...(open.length === 0 ? [] : [`shows no real difference from ${named(open)}`]),
  ];
  return [
    `Over ${blocks}, ${report.reference} ${parts.join("; it ")}. Differences are means in points of ` +
      "accuracy.",
  ];
};

const ofControls = ({ controls }: ComparisonReport): readonly string[] => {
  if (controls.length === 0)
    return ["Nothing was run on random filters: no figure here shows that anything transfers."];
  const real = controls.filter((d) => isReal(d) && d.mean > 0);
  const means = controls.map((d) => d.mean);
  return [
    `Against the same method on random filters, the pretrained network is better by ` +
      `${showPoints(Math.min(...means))} to ${showPoints(Math.max(...means))} points; the difference is real for ` +
      `${real.length} of ${showCounted(controls.length, "method")}.`,
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

const ofProgress = ({ grid, records }: ComparisonReport): readonly string[] => {
  const asked = grid === null ? 0 : runsOf(grid).length;
  return records.length >= asked
    ? []
    : [
        `${showCount(records.length)} of the ${showCount(asked)} runs that were asked for stand: the comparison is ` +
          "not at its end.",
      ];
};

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
  ...ofGaps(report),
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
