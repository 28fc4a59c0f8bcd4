/** Tables for a terminal and for a log: a header, a rule, and rows aligned by column. */
import Table from "cli-table3";

/** One column: its title and, for numbers, alignment to the right. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const frame = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/**
 * The rows under their columns, as lines of plain text.
 *
 * @example
 * import { showTable } from "heirloom"
 *
 * assert.deepStrictEqual(
 *   showTable([{ title: "layer" }, { title: "gates", align: "right" }], [["conv1", "192"], ["conv2", "4,096"]]).split("\n"),
 *   ["layer  gates", "-----  -----", "conv1    192", "conv2  4,096"],
 * )
 */
export const showTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => {
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const table = new Table({
    chars: frame,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: columns.map((column) => column.align ?? "left"),
  });
  table.push(columns.map((column) => column.title));
  table.push(widths.map((width) => "-".repeat(width)));
  for (const row of rows) table.push(columns.map((_, i) => row[i] ?? ""));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};
