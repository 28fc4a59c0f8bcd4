/** One line about a certificate that was checked. */
import type { CheckReport } from "../certify/check.js";
import { showCount } from "../report/quantity.js";

/** A fold computes in binary64 before it rounds; a merged product is exact until then. */
const exactness = ({ rounding, conversion }: CheckReport): string =>
  rounding === "exact"
    ? "exact"
    : conversion === "foldBatchNorm"
      ? "as computed in binary64 and rounded once"
      : "exact up to one rounding per weight";

export const sayCertified = (report: CheckReport): string =>
  `certified: ${report.conversion} by ${report.theorem}; ${report.layers} layers (` +
  [...report.theorems].map(([theorem, n]) => `${theorem} ${n}`).join(", ") +
  `), ${showCount(report.weights)} weights compared, ${exactness(report)}`;
