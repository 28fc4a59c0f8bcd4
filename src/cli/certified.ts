/** One line about a certificate that was checked. */
import type { CheckReport } from "../certify/check.js";
import { showCount } from "../report/quantity.js";

export const sayCertified = (report: CheckReport): string =>
  `certified: ${report.conversion} by ${report.theorem}; ${report.layers} layers (` +
  [...report.theorems].map(([theorem, n]) => `${theorem} ${n}`).join(", ") +
  `), ${showCount(report.weights)} weights compared, ${
    report.rounding === "exact" ? "exact" : "exact up to one rounding per weight"
  }`;
