/** The tables of a report in Markdown. */
import type { ComparisonReport } from "./report.js";
import { accuracySheets, differenceSheets, type Sheet } from "./sheets.js";

/** How every such file begins. */
export const markdownOpening = "<!-- heirloom report: Markdown -->";

/** Text that means itself: nothing in it is taken for markup or for the end of a column. */
const plain = (text: string): string =>
  text.replace(/\s*[\r\n]+\s*/g, " ").replace(/[\\`*_{}[\]<>|#&~]/g, "\\$&");

const row = (fields: readonly string[]): string => `| ${fields.join(" | ")} |`;

const sheet = ({ title, columns, rows }: Sheet): string =>
  [
    `**${plain(title)}**`,
    "",
    row(columns.map((column) => plain(column.title))),
    row(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map((fields) => row(fields.map(plain))),
  ].join("\n");

/** Accuracies, and the differences of the reference, as Markdown. */
export const markdown = (report: ComparisonReport): string =>
  `${[markdownOpening, ...[...accuracySheets(report), ...differenceSheets(report)].map(sheet)].join(
    "\n\n",
  )}\n`;
