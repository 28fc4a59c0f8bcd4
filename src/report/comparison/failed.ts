/** Runs that failed, by method, rate and kind of refusal; a refusal's kind is what it expected. */
import type { Failure } from "../../compare/failures.js";
import { showRefusal } from "../../algebra/refusal.js";
import { showCount, showCounted } from "../quantity.js";
import type { ComparisonReport } from "./report.js";
import type { Sheet } from "./sheets.js";
import { showFactor, showSide } from "./words.js";

/** Rows that are shown, and characters of a refusal. */
const mostRows = 20;
const mostCharacters = 160;

/** Failures of one kind. */
interface Kind {
  readonly first: Failure;
  readonly runs: number;
}

const kindsOf = (failures: readonly Failure[]): readonly Kind[] => {
  const kinds = new Map<string, Kind>();
  for (const failure of failures) {
    const { run, refusal } = failure;
    const key = JSON.stringify([run.method, run.filters, run.rateFactor, refusal.expected]);
    const known = kinds.get(key);
    kinds.set(
      key,
      known === undefined ? { first: failure, runs: 1 } : { ...known, runs: known.runs + 1 },
    );
  }
  const ordered = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...kinds.values()].sort(
    ({ first: { run: a } }, { first: { run: b } }) =>
      ordered(a.method, b.method) || ordered(a.filters, b.filters) || a.rateFactor - b.rateFactor,
  );
};

const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters)}...`;
};

/** The table of them; none where none failed. */
export const failedSheets = ({ failures }: ComparisonReport): readonly Sheet[] => {
  if (failures.length === 0) return [];
  const kinds = kindsOf(failures);
  const rest = kinds.slice(mostRows);
  return [
    {
      title: "Runs that failed",
      columns: [
        { title: "method" },
        { title: "rate factor", align: "right" },
        { title: "runs", align: "right" },
        { title: "the first refusal" },
      ],
      rows: [
        ...kinds
          .slice(0, mostRows)
          .map(({ first: { run, refusal }, runs }) => [
            showSide(run),
            showFactor(run.rateFactor),
            showCount(runs),
            shortened(showRefusal(refusal)),
          ]),
        ...(rest.length === 0
          ? []
          : [
              [
                `and ${showCounted(rest.length, "row")} more`,
                "",
                showCount(rest.reduce((sum, { runs }) => sum + runs, 0)),
                "",
              ],
            ]),
      ],
    },
  ];
};
