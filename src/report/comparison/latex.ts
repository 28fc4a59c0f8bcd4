/** The tables of a report in LaTeX, with the rules of the package booktabs. */
import type { ComparisonReport } from "./report.js";
import { accuracySheets, differenceSheets, type Sheet } from "./sheets.js";

/** How every such file begins. */
export const latexOpening = "% heirloom report: LaTeX, needs \\usepackage{booktabs}";

const commands: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  // Behind a line's end a bracket would open its option.
  "[": "{[}",
  "±": "$\\pm$",
  "\u2212": "$-$",
};

/** Text that means itself. */
const plain = (text: string): string =>
  text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/[\\{}~^<>|[±\u2212#$%&_]/g, (character) => commands[character] ?? `\\${character}`);

const row = (fields: readonly string[]): string => `    ${fields.join(" & ")} \\\\`;

const sheet = ({ title, columns, rows }: Sheet): string =>
  [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${plain(title)}}`,
    `  \\begin{tabular}{${columns.map(({ align }) => (align === "right" ? "r" : "l")).join("")}}`,
    "    \\toprule",
    row(columns.map((column) => plain(column.title))),
    "    \\midrule",
    ...rows.map((fields) => row(fields.map(plain))),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n");

/** Accuracies, and the differences of the reference, as LaTeX. */
export const latex = (report: ComparisonReport): string =>
  `${[latexOpening, ...[...accuracySheets(report), ...differenceSheets(report)].map(sheet)].join(
    "\n\n",
  )}\n`;
