/** `heirloom report` on the folder of a made-up comparison. */
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { appendFailure } from "../../src/compare/failures.js";
import { csvOpening } from "../../src/report/comparison/csv.js";
import { latexOpening } from "../../src/report/comparison/latex.js";
import { markdownOpening } from "../../src/report/comparison/markdown.js";
import { comparisonOpening } from "../../src/report/comparisonPage.js";
import { madeUpRecords, small } from "../compare/comparisons.js";
import { comparisonFolder } from "../compare/folder.js";
import { succeed } from "../generators/succeed.js";
import { scratch } from "../format/scratch.js";
import { heirloom, succeedJson } from "./recorder.js";

let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  await comparisonFolder(at("comparison"), small);
});

/** A comparison without pictures, its results these lines. */
const withLines = async (name: string, text: string): Promise<string> => {
  await mkdir(at(name), { recursive: true });
  await writeFile(at(name, "results.jsonl"), text);
  return at(name);
};

const lines = async (): Promise<readonly string[]> =>
  (await readFile(at("comparison", "results.jsonl"), "utf8")).trimEnd().split("\n");

const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, out, errors } = await heirloom("report", ...args);
  expect([code, out, errors.length]).toEqual([1, "", 1]);
  return errors[0]!;
};

describe("the report of a comparison", () => {
  it("is a page, tables on request, and a table in the terminal", async () => {
    const { code, out, messages } = await heirloom(
      ...["report", at("comparison"), "--csv", at("t.csv"), "--markdown", at("t.md")],
      ...["--latex", at("t.tex")],
    );
    expect({ code, messages }).toEqual({ code: 0, messages: [] });
    expect(out).toMatch(/^Accuracy in percent, resnet on digits$/m);
    expect(out).toMatch(/^method +trained +seeds +5 a class +all$/m);
    expect(out).toMatch(/^projection +13\.42M +2 +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+$/m);
    expect(out).toMatch(/^projection, random filters +13\.42M +2 /m);
    expect(out).toMatch(/^projection minus the others, in points of accuracy$/m);
    expect(out.split("\n").slice(-4)).toEqual(
      [at("comparison", "report.html"), at("t.csv"), at("t.md"), at("t.tex")].map(
        (path) => `written to ${path}`,
      ),
    );
    const written = await Promise.all(
      [at("comparison", "report.html"), at("t.csv"), at("t.md"), at("t.tex")].map((path) =>
        readFile(path, "utf8"),
      ),
    );
    const openings = [comparisonOpening, csvOpening, markdownOpening, latexOpening];
    for (const [i, text] of written.entries())
      expect(text.startsWith(`${openings[i]!}\n`)).toBe(true);
    expect(written[0]).toContain('<section id="mistakes">');
    expect(written[0]).toContain('<section id="gates">');
    expect((await readdir(root)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("comes as JSON too, and is the same each time", async () => {
    interface Answer {
      readonly groups: readonly {
        readonly method: string;
        readonly accuracy: { readonly mean: number };
        readonly runs: readonly string[];
      }[];
      readonly methods: readonly { readonly blocks: number }[];
    }
    const found = await succeedJson<Answer>("report", at("comparison"));
    expect(found).toMatchObject({ name: "comparison", runs: 24, cells: 24, missing: 0 });
    expect(found.methods.map(({ blocks }) => blocks)).toEqual([4, 4, 4]);
    const records = new Map(madeUpRecords(small).map((record) => [record.id, record]));
    for (const { accuracy, runs } of found.groups) {
      const accuracies = runs.map((id) => records.get(id)!.test.accuracy);
      expect(accuracy.mean).toBe(accuracies.reduce((sum, a) => sum + a, 0) / runs.length);
    }
    const page = await readFile(at("comparison", "report.html"), "utf8");
    expect(await succeedJson("report", at("comparison"))).toEqual(found);
    expect(await readFile(at("comparison", "report.html"), "utf8")).toBe(page);
  });

  it("passes over a last line that a kill left, and says so", async () => {
    const all = await lines();
    const torn = `${all.slice(0, 10).join("\n")}\n${all[10]!.slice(0, 99)}`;
    const folder = await withLines("torn", torn);
    const { code, messages } = await heirloom("report", folder);
    expect(code).toBe(0);
    expect(messages).toEqual([
      `warning: ${join(folder, "results.jsonl")}, line 11: has no end and is passed over; ` +
        "its run was killed or still writes",
    ]);
    expect(await succeedJson("report", folder)).toMatchObject({ runs: 10 });
  });

  it("may be made while a comparison runs: what is missing is said", async () => {
    const folder = await withLines("running", `${(await lines()).slice(0, 13).join("\n")}\n`);
    const { out } = await heirloom("report", folder);
    expect(out).toContain("The grid has gaps: 11 of 24 cells are not there.");
  });
});

describe("runs that failed", () => {
  it("are counted in the terminal and on the page, and are never written over", async () => {
    const folder = await withLines("failed", `${(await lines()).join("\n")}\n`);
    const failures = join(folder, "failures.jsonl");
    const { run } = madeUpRecords(small)[0]!;
    for (const seed of [0, 1]) {
      const refused = { ...run, seed, rateFactor: 30 };
      const why = { where: "epoch 1", found: "loss NaN", expected: "a number" };
      succeed(await appendFailure(failures, refused, why));
    }
    const { code, out } = await heirloom("report", folder);
    expect(code).toBe(0);
    expect(out).toContain("2 runs failed beside the 24 that stand");
    expect(out).toMatch(/^Runs that failed$/m);
    expect(out).toMatch(/^probe +30 +2 +epoch 1: found loss NaN, expected a number$/m);
    expect(await readFile(join(folder, "report.html"), "utf8")).toContain(
      "epoch 1: found loss NaN, expected a number",
    );
    expect(await succeedJson("report", folder)).toMatchObject({ failed: 2 });
    expect(await refusal(folder, "-o", failures, "--force")).toContain("the results themselves");
  });
});

describe("what stands already", () => {
  it("is replaced where it is an earlier report, and else with --force only", async () => {
    const args = ["report", at("comparison")] as const;
    expect((await heirloom(...args, "-o", at("page.html"))).code).toBe(0);
    expect((await heirloom(...args, "-o", at("page.html"))).code).toBe(0);
    await writeFile(at("mine.html"), "mine");
    expect(await refusal(at("comparison"), "-o", at("mine.html"))).toBe(
      `${at("mine.html")}: found a file of other content, expected a new path, or a file that begins with ` +
        `${comparisonOpening}; choose another path, or replace it with --force`,
    );
    // Nothing is written where one of several files is refused.
    await writeFile(at("mine.csv"), "mine");
    await refusal(at("comparison"), "-o", at("new.html"), "--csv", at("mine.csv"));
    expect(await readdir(root)).not.toContain("new.html");
    expect(await readFile(at("mine.html"), "utf8")).toBe("mine");
    expect((await heirloom(...args, "-o", at("mine.html"), "--force")).code).toBe(0);
    expect((await readFile(at("mine.html"), "utf8")).startsWith(comparisonOpening)).toBe(true);
  });

  it("is never the results themselves", async () => {
    const results = at("comparison", "results.jsonl");
    const before = await readFile(results, "utf8");
    await symlink(at("comparison"), at("link"));
    for (const path of [results, at("link", "results.jsonl"), at("comparison", "pictures", "x")])
      expect(await refusal(at("comparison"), "-o", path, "--force")).toContain(
        "found the results themselves",
      );
    expect(await readFile(results, "utf8")).toBe(before);
  });

  it("is no folder, no missing folder, and no file twice", async () => {
    await mkdir(at("folder"));
    expect(await refusal(at("comparison"), "-o", at("folder"), "--force")).toBe(
      `${at("folder")}: found a folder, expected the path of a file`,
    );
    expect(await refusal(at("comparison"), "-o", at("no", "page.html"))).toContain("no folder");
    expect(await refusal(at("comparison"), "-o", at("a"), "--csv", at("a"))).toContain(
      "found two outputs to one file",
    );
  });
});

describe("refuses in one line", () => {
  it("a folder without results, and results without a run", async () => {
    await mkdir(at("empty"));
    expect(await refusal(at("empty"))).toBe(
      `${at("empty")}: found no results.jsonl, expected the folder of a comparison; ` +
        "make one with `heirloom compare ... -o <folder>`",
    );
    expect(await refusal(await withLines("blank", ""))).toContain("found no record of a run");
  });

  it("a line that is no record, with its number", async () => {
    const all = await lines();
    const third = async (line: string): Promise<string> =>
      refusal(await withLines("bad", `${[all[0]!, all[1]!, line, all[3]!].join("\n")}\n`));
    const where = `${at("bad", "results.jsonl")}, line 3`;
    expect(await third("{")).toContain(`${where}: found `);
    expect(await third(all[2]!.replace('"seed":0', '"seed":-1'))).toContain(
      `${where}: found run.seed: -1 where a whole number of at least 0 belongs`,
    );
    expect(await third(all[0]!)).toContain(where);
    const other = all[2]!.replace(/"rateFactor":1/, '"rateFactor":2');
    expect(await third(other)).toContain("the id of the run that it describes");
  });

  it("pictures that are none", async () => {
    const folder = at("pictured");
    await comparisonFolder(folder, { ...small, methods: ["projection"], seeds: [0], budgets: [5] });
    const [name] = await readdir(join(folder, "pictures"));
    const run = madeUpRecords(small).find(
      ({ run: r }) =>
        r.method === "projection" && r.seed === 0 && r.perClass === 5 && r.filters === "pretrained",
    )!;
    const path = join(folder, "pictures", `${run.id}.json`);
    expect(name).toMatch(/^[0-9a-f]{16}\.json$/);
    const text = await readFile(path, "utf8");
    const spoilt = async (change: (text: string) => string): Promise<string> => {
      await writeFile(path, change(text));
      return refusal(folder);
    };
    expect(await spoilt((t) => t.replace('"png":"iVBOR', '"png":"R0lGO'))).toMatch(
      /mistakes: found "R0lGO.*, expected a PNG in base64$/,
    );
    expect(await spoilt((t) => t.replace(run.id, "0".repeat(16)))).toContain(
      `expected "${run.id}"`,
    );
    expect(await spoilt((t) => t.replace(/"values":\[[^,]+,/, '"values":['))).toContain(
      "gates of conv1: found",
    );
    await rm(path);
    expect((await heirloom("report", folder)).code).toBe(0);
  });

  it("failures that are none", async () => {
    const folder = await withLines("damaged", `${(await lines()).join("\n")}\n`);
    await writeFile(join(folder, "failures.jsonl"), '{"id":1}\n');
    expect(await refusal(folder)).toContain(`${join(folder, "failures.jsonl")}, line 1`);
  });

  it("a grid that is none", async () => {
    const folder = await withLines("grid", `${(await lines()).join("\n")}\n`);
    await appendFile(join(folder, "comparison.json"), "[]");
    expect(await refusal(folder)).toContain(join(folder, "comparison.json"));
  });
});
