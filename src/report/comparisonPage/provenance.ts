/** Where the figures come from: versions, machines, hashes, command lines, plans. */
import type { RunRecord } from "../../compare/record.js";
import type { ComparisonReport } from "../comparison/report.js";
import { tag, type Content } from "../html.js";
import { columnHead, dataTable } from "../page.js";
import { showCount, showCounted, showSeconds } from "../quantity.js";
import type { Markup } from "../svg.js";

/** Characters of a plan that are shown, and command lines. */
const mostCharacters = 4000;
const mostCommands = 12;

/** A word of a command line as a shell wants it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;

const counted = (
  records: readonly RunRecord[],
  of: (record: RunRecord) => string,
): readonly (readonly [value: string, runs: number])[] => {
  const counts = new Map<string, number>();
  for (const record of records) counts.set(of(record), (counts.get(of(record)) ?? 0) + 1);
  return [...counts];
};

const facts: readonly (readonly [name: string, of: (record: RunRecord) => string])[] = [
  ["heirloom", ({ provenance }) => provenance.heirloom],
  ["node", ({ provenance }) => provenance.node],
  ["backend", ({ provenance: { backend, device } }) => `${backend}: ${device}`],
  ["threads", ({ provenance: { threads } }) => (threads === null ? "not known" : `${threads}`)],
  ["model, sha256", ({ run, provenance }) => `${run.model}: ${provenance.modelSha256}`],
  [
    "test inputs, sha256",
    ({ run, provenance }) => `${run.data}, ${run.model}: ${provenance.testSha256}`,
  ],
  ["command", ({ provenance }) => ["heirloom", ...provenance.command].map(quoted).join(" ")],
];

const table = (records: readonly RunRecord[]): Markup =>
  dataTable(
    "What the runs were made with",
    [columnHead("what"), columnHead("value"), columnHead("runs", "number")],
    facts.flatMap(([name, of]) => {
      const values = counted(records, of);
      const shown = values.slice(0, mostCommands);
      return [
        ...shown.map(([value, runs], i) =>
          tag(
            "tr",
            {},
            tag("th", { scope: "row" }, i === 0 ? name : `${name}, too`),
            tag("td", {}, tag("code", {}, value)),
            tag("td", { class: "number" }, showCount(runs)),
          ),
        ),
        ...(values.length === shown.length
          ? []
          : [
              tag(
                "tr",
                {},
                tag("th", { scope: "row" }, name),
                tag("td", {}, `and ${values.length - shown.length} more`),
                tag("td", {}),
              ),
            ]),
      ];
    }),
  );

const shortened = (value: unknown): string => {
  const text = JSON.stringify(value, null, 1) ?? "nothing";
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}\n...`;
};

const folded = (title: string, value: unknown): Markup =>
  tag("details", {}, tag("summary", {}, title), tag("pre", { tabindex: "0" }, shortened(value)));

/** The first run of each method says how it was planned. */
const plans = ({ groups, extent }: ComparisonReport): Markup => {
  const each = extent.methods.map((method) => {
    const run = groups.find((g) => g.method === method)!.runs[0]!;
    return folded(`${method}: options, and the plan of run ${run.id}`, {
      options: run.options,
      plan: run.provenance.plan,
    });
  });
  return tag(
    "details",
    {},
    tag("summary", {}, "Options and plan of each method"),
    tag("div", { class: "inner" }, ...each),
  );
};

/** All of it. */
export const provenance = (report: ComparisonReport): readonly Content[] => {
  const { records, grid } = report;
  const finished = records.map((r) => r.provenance.finishedAt).sort();
  const seconds = records.reduce((sum, r) => sum + r.provenance.seconds, 0);
  return [
    tag(
      "p",
      {},
      `${showCounted(records.length, "run")}, finished between ${finished[0]!} and ` +
        `${finished[finished.length - 1]!}; ${showSeconds(seconds)} of runs together. ` +
        `They make ${showCounted(report.cells, "cell")}` +
        (report.missing === 0
          ? "; no cell of the grid is missing."
          : `; ${showCount(report.missing)} of the grid of what occurs are missing.`),
    ),
    table(records),
    ...(grid === null ? [] : [folded("The grid as it was asked for", grid)]),
    plans(report),
  ];
};
