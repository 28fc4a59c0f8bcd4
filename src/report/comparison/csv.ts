/** A comparison as comma-separated values (RFC 4180): one line a cell, the run that stands for it. */
import type { Cell } from "../../compare/selection.js";
import type { ComparisonReport } from "./report.js";

type Value = string | number | boolean | null;

const columns: readonly (readonly [name: string, of: (cell: Cell) => Value])[] = [
  ["model", ({ chosen }) => chosen.run.model],
  ["data", ({ chosen }) => chosen.run.data],
  ["per_class", ({ chosen }) => chosen.run.perClass],
  ["images", ({ chosen }) => chosen.images],
  ["method", ({ chosen }) => chosen.run.method],
  ["filters", ({ chosen }) => chosen.run.filters],
  ["seed", ({ chosen }) => chosen.run.seed],
  ["rate_factor", ({ chosen }) => chosen.run.rateFactor],
  ["rates_tried", ({ runs }) => runs.length],
  ["test_images", ({ chosen }) => chosen.test.examples],
  ["accuracy", ({ chosen }) => chosen.test.accuracy],
  ["top_five", ({ chosen }) => chosen.test.topFive],
  ["macro_f1", ({ chosen }) => chosen.test.macroF1],
  ["loss", ({ chosen }) => chosen.test.loss],
  ["validation_accuracy", ({ chosen }) => chosen.validation?.accuracy ?? null],
  ["validation_loss", ({ chosen }) => chosen.validation?.loss ?? null],
  ["trained_parameters", ({ chosen }) => chosen.trainedParameters],
  ["stored_parameters", ({ chosen }) => chosen.storedParameters],
  ["inference_parameters", ({ chosen }) => chosen.inference.parameters],
  ["inference_multiply_adds", ({ chosen }) => chosen.inference.multiplyAdds],
  ["merged", ({ chosen }) => chosen.inference.merged],
  ["steps", ({ chosen }) => chosen.phases.reduce((sum, { steps }) => sum + steps, 0)],
  ["seconds", ({ chosen }) => chosen.provenance.seconds],
  ["run", ({ chosen }) => chosen.id],
];

const field = (value: Value): string => {
  const text = value === null ? "" : `${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** How every such file begins. */
export const csvOpening = columns.map(([name]) => name).join(",");

/** The cells of a report as CSV. */
export const csv = ({ groups }: ComparisonReport): string => {
  const lines = groups
    .flatMap(({ cells }) => cells)
    .map((cell) => columns.map(([, of]) => field(of(cell))).join(","));
  return `${[csvOpening, ...lines].join("\n")}\n`;
};
