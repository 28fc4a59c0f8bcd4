/** `heirloom report`: the results of a comparison as a page, as tables, and in the terminal. */
import type { Command } from "commander";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Group } from "../compare/aggregate.js";
import { verdictOf, type Difference } from "../compare/differences.js";
import { readFailures } from "../compare/failures.js";
import { GridCodec, type Grid } from "../compare/grid.js";
import { readLedger } from "../compare/ledger.js";
import { readPictures } from "../compare/readPictures.js";
import { decodeWith } from "../format/codec.js";
import { kindOf, readText } from "../format/file.js";
import { jsonLimit, parseJson } from "../format/json.js";
import { mayWrite, writeTextFile } from "../format/textFile.js";
import { csv, csvOpening } from "../report/comparison/csv.js";
import { failedSheets } from "../report/comparison/failed.js";
import { findings } from "../report/comparison/findings.js";
import { emptyGallery, withPictures, type Gallery } from "../report/comparison/gallery.js";
import { latex, latexOpening } from "../report/comparison/latex.js";
import { markdown, markdownOpening } from "../report/comparison/markdown.js";
import { comparisonReport, type ComparisonReport } from "../report/comparison/report.js";
import { accuracySheets, differenceSheets } from "../report/comparison/sheets.js";
import { comparisonOpening, comparisonPage } from "../report/comparisonPage.js";
import { showTable } from "../report/table.js";
import { givenPath } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface ReportOptions {
  readonly output?: string;
  readonly csv?: string;
  readonly markdown?: string;
  readonly latex?: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** A file to write, and what it has to begin with to be replaced without `--force`. */
interface Target {
  readonly path: string;
  readonly opening: string;
  readonly text: (report: ComparisonReport, gallery: Gallery) => string;
}

const targetsOf = (folder: string, options: ReportOptions): readonly Target[] => {
  const page = {
    path: options.output ?? join(folder, "report.html"),
    opening: comparisonOpening,
    text: comparisonPage,
  };
  const tables = [
    { path: options.csv, opening: csvOpening, text: csv },
    { path: options.markdown, opening: markdownOpening, text: markdown },
    { path: options.latex, opening: latexOpening, text: latex },
  ].flatMap(({ path, ...rest }) => (path === undefined ? [] : [{ path, ...rest }]));
  // Any file begins with the empty text.
  return [page, ...tables].map((target) => (options.force ? { ...target, opening: "" } : target));
};

/** Where a path leads, the links in its folder followed. */
const placeOf = async (path: string): Promise<string> => {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    return join(await realpath(dirname(whole)).catch(() => dirname(whole)), basename(whole));
  }
};

/** Refuse files that cannot go where they should, before there is any work to lose. */
const mayWriteAll = async (folder: string, targets: readonly Target[]): Promise<Result<null>> => {
  const results = await Promise.all(
    ["results.jsonl", "comparison.json", "failures.jsonl", "pictures"].map((name) =>
      placeOf(join(folder, name)),
    ),
  );
  const taken = new Set<string>();
  for (const { path, opening } of targets) {
    const place = await placeOf(path);
    if (results.some((result) => `${place}${sep}`.startsWith(`${result}${sep}`)))
      return refuse({
        where: path,
        found: "the results themselves",
        expected: "another path",
        advice: "not even --force replaces what is being read",
      });
    if (taken.has(place))
      return refuse({ where: path, found: "two outputs to one file", expected: "one file each" });
    taken.add(place);
    if ((await kindOf(dirname(place))) !== "folder")
      return refuse({
        where: path,
        found: "no folder to put it in",
        expected: "a path in a folder",
      });
    const allowed = await mayWrite(path, opening);
    if (E.isLeft(allowed))
      return (await kindOf(path)) === "file"
        ? refuse({ ...allowed.left, advice: "choose another path, or replace it with --force" })
        : allowed;
  }
  return E.right(null);
};

/** The grid as it was asked for; null where it was not kept. */
const readGrid = async (folder: string): Promise<Result<Grid | null>> => {
  const path = join(folder, "comparison.json");
  if ((await kindOf(path)) === "nothing") return E.right(null);
  const text = await readText(path, jsonLimit);
  if (E.isLeft(text)) return text;
  return E.chain(decodeWith(GridCodec, path))(parseJson(text.right, path));
};

const readReport = async (
  terminal: Terminal,
  folder: string,
): Promise<Result<ComparisonReport>> => {
  const path = join(folder, "results.jsonl");
  if ((await kindOf(path)) === "nothing")
    return refuse({
      where: folder,
      found: "no results.jsonl",
      expected: "the folder of a comparison",
      advice: "make one with `heirloom compare ... -o <folder>`",
    });
  const ledger = await readLedger(path);
  if (E.isLeft(ledger)) return ledger;
  if (ledger.right.torn)
    terminal.warn(
      `${path}, line ${ledger.right.records.length + 1}: has no end and is passed over; its run was killed or still writes`,
    );
  const grid = await readGrid(folder);
  if (E.isLeft(grid)) return grid;
  const failures = await readFailures(join(folder, "failures.jsonl"));
  if (E.isLeft(failures)) return failures;
  return comparisonReport(
    basename(resolve(folder)),
    path,
    ledger.right.records,
    grid.right,
    failures.right,
  );
};

/** The pictures of a group: those of its first seed that has any. */
const addPictures = async (
  folder: string,
  gallery: Gallery,
  group: Group,
): Promise<Result<Gallery>> => {
  if (group.filters === "random") return E.right(gallery);
  for (const { id, run } of group.runs) {
    const pictures = await readPictures(folder, id);
    if (E.isLeft(pictures)) return pictures;
    if (pictures.right !== null)
      return E.right(withPictures(gallery, { group, seed: run.seed, pictures: pictures.right }));
  }
  return E.right(gallery);
};

const readGallery = async (
  terminal: Terminal,
  folder: string,
  { groups }: ComparisonReport,
): Promise<Result<Gallery>> => {
  const progress = terminal.progress("pictures", groups.length);
  let gallery: Result<Gallery> = E.right(emptyGallery);
  for (const [i, group] of groups.entries()) {
    if (E.isLeft(gallery)) break;
    gallery = await addPictures(folder, gallery.right, group);
    progress.update(i + 1);
  }
  progress.stop();
  return gallery;
};

const textOf = (report: ComparisonReport, paths: readonly string[]): string =>
  [
    ...[...accuracySheets(report), ...differenceSheets(report), ...failedSheets(report)].flatMap(
      (sheet) => [sheet.title, "", showTable(sheet.columns, sheet.rows), ""],
    ),
    ...findings(report),
    "",
    ...paths.map((path) => `written to ${path}`),
  ].join("\n");

const differenceJson = (difference: Difference): unknown => {
  const { differences, ...rest } = difference;
  return { ...rest, verdict: verdictOf(difference), blocks: differences.length };
};

const jsonOf = (report: ComparisonReport, paths: readonly string[]): unknown => ({
  name: report.name,
  runs: report.records.length,
  cells: report.cells,
  missing: report.missing,
  failed: report.failures.length,
  groups: report.groups.map(({ cells: _cells, runs, ...rest }) => ({
    ...rest,
    runs: runs.map(({ id }) => id),
  })),
  reference: report.reference,
  methods: report.methods.map(differenceJson),
  controls: report.controls.map(differenceJson),
  findings: findings(report),
  written: paths,
});

const work = async (
  terminal: Terminal,
  folder: string,
  options: ReportOptions,
): Promise<Result<Outcome>> => {
  const targets = targetsOf(folder, options);
  const report = await readReport(terminal, folder);
  if (E.isLeft(report)) return report;
  const allowed = await mayWriteAll(folder, targets);
  if (E.isLeft(allowed)) return allowed;
  const gallery = await readGallery(terminal, folder, report.right);
  if (E.isLeft(gallery)) return gallery;
  for (const { path, opening, text } of targets) {
    const written = await writeTextFile(path, text(report.right, gallery.right), opening);
    if (E.isLeft(written)) return written;
  }
  const paths = targets.map(({ path }) => path);
  return E.right({ text: textOf(report.right, paths), json: jsonOf(report.right, paths) });
};

export const addReport = (parent: Command, conclude: Conclude): Command =>
  parent
    .command("report")
    .summary("the results of a comparison as one page and as tables")
    .description(
      "Read the folder of a comparison, print its tables and write one HTML page that needs nothing else. A " +
        "comparison may be reported while it runs. An earlier report is replaced; any other file only with --force.",
    )
    .argument("<folder>", "the folder of a comparison, with results.jsonl", givenPath)
    .option(
      "-o, --output <file>",
      "where the page goes (default: report.html in the folder)",
      givenPath,
    )
    .option("--csv <file>", "write every cell as comma-separated values too", givenPath)
    .option("--markdown <file>", "write the tables as Markdown too", givenPath)
    .option("--latex <file>", "write the tables as LaTeX too, for booktabs", givenPath)
    .option("--force", "replace files that are no reports", false)
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom report comparison/
  $ heirloom report comparison/ -o page.html --csv cells.csv --latex table.tex
  $ heirloom report comparison/ --json | jq '.findings[]'`,
    )
    .action((folder: string, options: ReportOptions) =>
      conclude(options.json, (terminal) => work(terminal, folder, options)),
    );
