/** How a comparison is put in words and figures, on the page and in every table alike. */
import type { Side } from "../../compare/differences.js";
import type { Estimate, Interval } from "../../compare/statistics.js";

/** A label budget, such as `5 a class`. */
export const showBudget = (perClass: number | null): string =>
  perClass === null ? "all" : `${perClass} a class`;

/** A method on its filters. */
export const showSide = ({ method, filters }: Side): string =>
  filters === "pretrained" ? method : `${method}, random filters`;

/** A share in percent, without the sign. */
export const showPercent = (share: number, digits = 1): string =>
  Number.isFinite(share) ? (100 * share).toFixed(digits) : "-";

/** A mean share in percent and its margin: `87.4 ± 1.2`; a single value has no margin. */
export const showEstimate = ({ mean, margin }: Estimate): string =>
  margin === null ? showPercent(mean) : `${showPercent(mean)} ± ${showPercent(margin)}`;

/** A difference of shares in points, with its sign. */
export const showPoints = (difference: number, digits = 1): string => {
  const points = (100 * difference).toFixed(digits);
  return Number(points) === 0
    ? (0).toFixed(digits)
    : difference > 0
      ? `+${points}`
      : points.replace("-", "\u2212");
};

/** An interval of differences in points. */
export const showInterval = (interval: Interval | null): string =>
  interval === null ? "" : `${showPoints(interval.low)} to ${showPoints(interval.high)}`;

/** A probability, to as many digits as matter. */
export const showProbability = (p: number): string =>
  p < 0.0001 ? "< 0.0001" : p < 0.01 ? p.toFixed(4) : p.toFixed(3);

/** A rate factor: `0.1`, `1`, `3`. */
export const showFactor = (factor: number): string => `${Number(factor.toPrecision(3))}`;

/** A ratio: `1.00`. */
export const showRatio = (ratio: number): string =>
  Number.isFinite(ratio) ? ratio.toFixed(2) : "-";

/** Words as a list: `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length <= 1
    ? (words[0] ?? "")
    : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]!}`;
