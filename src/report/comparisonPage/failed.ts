/** The runs that failed, as a table of the page. */
import { failedSheets } from "../comparison/failed.js";
import type { ComparisonReport } from "../comparison/report.js";
import { tag } from "../html.js";
import { columnHead, dataTable } from "../page.js";
import type { Markup } from "../svg.js";

/** The table; nothing where no run failed. */
export const failed = (report: ComparisonReport): readonly Markup[] =>
  failedSheets(report).map(({ title, columns, rows }) =>
    dataTable(
      `${title}, by method and rate`,
      columns.map((column) =>
        columnHead(column.title, column.align === "right" ? "number" : undefined),
      ),
      rows.map(([method = "", ...fields]) =>
        tag(
          "tr",
          {},
          tag("th", { scope: "row" }, method),
          ...fields.map((field, i) =>
            tag("td", { class: columns[i + 1]!.align === "right" ? "number" : "refusal" }, field),
          ),
        ),
      ),
    ),
  );
