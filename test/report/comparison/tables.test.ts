/** The tables of a comparison: CSV, Markdown, LaTeX, and the words that they share with the page. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csv, csvOpening } from "../../../src/report/comparison/csv.js";
import { findings, withinCondition } from "../../../src/report/comparison/findings.js";
import { latex, latexOpening } from "../../../src/report/comparison/latex.js";
import { markdown, markdownOpening } from "../../../src/report/comparison/markdown.js";
import {
  comparisonReport,
  differencesOf,
  reversed,
} from "../../../src/report/comparison/report.js";
import { accuracySheets } from "../../../src/report/comparison/sheets.js";
import {
  listed,
  showEstimate,
  showFactor,
  showPoints,
  showProbability,
} from "../../../src/report/comparison/words.js";
import { gridOf, madeUpRecords, small, type MadeUp } from "../../compare/comparisons.js";
import { refused, succeed } from "../../generators/succeed.js";
import { torn } from "./torn.js";

const reportOf = (of: MadeUp) =>
  succeed(comparisonReport("it", "results.jsonl", madeUpRecords(of)));

const report = reportOf(small);

/** The fields of CSV, by the rules of RFC 4180. */
const parsed = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = [[""]];
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = rows[rows.length - 1]!;
    const character = text[i]!;
    if (isQuoted && character === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i]!;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === ",") row.push("");
    else if (!isQuoted && character === "\n") rows.push([""]);
    else row[row.length - 1] += character;
  }
  return rows.slice(0, -1);
};

describe("CSV", () => {
  it("has a line for each cell, and gives back what it was given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (model) => {
        const made = reportOf({ ...small, models: [model], epochs: 1, seeds: [0] });
        const text = csv(made);
        expect(text.startsWith(`${csvOpening}\n`)).toBe(true);
        const [head, ...rows] = parsed(text);
        expect(rows).toHaveLength(made.cells);
        const [byModel, byAccuracy] = ["model", "accuracy"].map((name) => head!.indexOf(name));
        const runs = made.groups.flatMap((g) => g.runs);
        expect(rows.map((row) => row[byModel!])).toEqual(runs.map((run) => run.run.model));
        expect(rows.map((row) => Number(row[byAccuracy!]))).toEqual(
          runs.map((run) => run.test.accuracy),
        );
        for (const row of rows) expect(row).toHaveLength(head!.length);
      }),
      { numRuns: 20 },
    );
  });
});

describe("Markdown and LaTeX", () => {
  const hostile = reportOf({ ...small, methods: ["a|b_c*`<x>\n&", "100% $\\x{}#~^"], epochs: 1 });

  it("say the same as the terminal", () => {
    const [sheet] = accuracySheets(report);
    expect(sheet!.columns.map(({ title }) => title)).toEqual([
      ...["method", "trained", "seeds", "5 a class", "all"],
    ]);
    expect(sheet!.rows.map(([method]) => method)).toEqual([
      ...["probe", "probe, random filters", "projection", "projection, random filters"],
      ...["full", "full, random filters"],
    ]);
    const group = report.groups.find((g) => g.method === "full" && g.filters === "pretrained")!;
    const shown = showEstimate(group.accuracy);
    expect(sheet!.rows[4]![3]).toBe(shown);
    expect(markdown(report)).toContain(`| full | 23.53M | 2 | ${shown} |`);
    expect(latex(report)).toContain(`full & 23.53M & 2 & ${shown.replace("±", "$\\pm$")} &`);
  });

  it("have as many columns in every row, whatever the names", () => {
    const text = markdown(hostile);
    expect(text.startsWith(`${markdownOpening}\n`)).toBe(true);
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) expect([6, 8]).toContain(row.split(/(?<!\\)\|/).length - 1);
    expect(text).toContain("a\\|b\\_c\\*\\`\\<x\\> \\&");
  });

  it("leave nothing that LaTeX would take for a command", () => {
    const text = latex(hostile);
    expect(text.startsWith(`${latexOpening}\n`)).toBe(true);
    expect(text).toContain(
      "100\\% \\$\\textbackslash{}x\\{\\}\\#\\textasciitilde{}\\textasciicircum{}",
    );
    expect(text).toContain("a$|$b\\_c*`$<$x$>$ \\&");
    expect(text.match(/\\begin\{tabular\}/g)).toHaveLength(2);
    for (const rule of ["\\toprule", "\\midrule", "\\bottomrule"])
      expect(text.split(rule)).toHaveLength(3);
  });
});

describe("the report", () => {
  it("refuses results without a run", () => {
    expect(refused(comparisonReport("it", "results.jsonl", []))).toMatchObject({
      where: "results.jsonl",
      found: "no record of a run",
    });
  });

  it("counts what is missing from the grid of what occurs", () => {
    const records = madeUpRecords(small);
    expect([report.cells, report.missing]).toEqual([records.length, 0]);
    const some = succeed(comparisonReport("it", "results.jsonl", records.slice(5)));
    expect([some.cells, some.missing]).toEqual([records.length - 5, 5]);
    expect(findings(some).join(" ")).toContain("The grid has gaps: 5 of 24 cells are not there.");
  });

  it("sees a method's differences from its own side", () => {
    for (const method of report.extent.methods)
      for (const d of differencesOf(report, method)) {
        expect(d.a.method).toBe(method);
        const other = differencesOf(report, d.b.method).find((x) => x.b.method === method)!;
        expect(other).toEqual(reversed(d));
        expect([other.mean, other.wins, other.losses]).toEqual([0 - d.mean, d.losses, d.wins]);
      }
  });
});

describe("the findings", () => {
  it("say that few seeds decide nothing, and how few they are", () => {
    // Four blocks: at best p = 1/8, with three pairs 3/8.
    expect(findings(report).join("\n")).toContain(
      "There are too few blocks for the tests of methods against each other: differences all of one sign would come " +
        "to p = 0.125, and with 3 comparisons to 0.375.",
    );
    expect(withinCondition(reportOf({ ...small, seeds: [0, 1, 2], epochs: 1 }))).toBe(
      "Within one condition there are at most 3 seeds, and with so many this test cannot come below p = 0.250, " +
        "however the methods differ: no single condition can decide anything.",
    );
  });

  it("say how far a comparison is that has not come to its end", () => {
    const records = madeUpRecords(small);
    const of = (some: typeof records): string =>
      findings(succeed(comparisonReport("it", "r", some, gridOf(small)))).join(" ");
    expect(of(records.slice(0, 10))).toContain(
      "10 of the 24 runs that were asked for stand: the comparison is not at its end.",
    );
    expect(of(records)).not.toContain("not at its end");
  });

  it("say which label budgets are the same images", () => {
    const records = madeUpRecords(small);
    const same = records.map((record) => ({ ...record, images: 50 }));
    const made = succeed(comparisonReport("it", "r", same));
    expect(findings(made)).toContain(
      "Of digits, the label budgets 5 a class and all come to the same 50 images: the tests count such blocks once, " +
        "with the smallest of these budgets.",
    );
    expect(made.methods.map(({ differences }) => differences.length)).toEqual([2, 2, 2]);
    expect(findings(report).join(" ")).not.toContain("come to the same");
  });

  it("give no direction where the mean and the ranks disagree, in any table", () => {
    const made = {
      ...report,
      methods: report.methods.map(torn),
      controls: report.controls.map(torn),
    };
    expect(findings(made)[0]).toBe(
      "Over 4 shared blocks, projection is open against probe (\u221210.0) and full (+10.0): there the mean and the " +
        "ranks disagree. Differences are means in points of accuracy.",
    );
    expect(findings(made)[1]).toContain(
      "That is a real gain for 0 of 3 methods, open for 3 where the mean and the ranks disagree.",
    );
    for (const text of [markdown(made), latex(made)])
      expect(text.match(/open: the mean and the ranks disagree/g)).toHaveLength(2);
  });

  it("count a single block as one, and give it no interval", () => {
    const one = reportOf({ ...small, seeds: [0], budgets: [5], epochs: 1 });
    expect(findings(one)[0]).toMatch(/^Over 1 shared block, projection /);
    expect(differencesOf(one, "full").map(({ interval }) => interval)).toEqual([null, null]);
  });

  it("call real what the tests bear out, and nothing else", () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i);
    const wide = reportOf({ ...small, seeds, epochs: 1 });
    const [first, second] = findings(wide);
    expect(second).toContain("That is a real gain for 3 of 3 methods.");
    for (const d of differencesOf(wide, "projection")) {
      const part = d.corrected > 0.05 ? "no real difference" : d.mean > 0 ? "better" : "worse";
      expect(first).toMatch(new RegExp(`${part}[^;]*${d.b.method}`));
    }
  });

  it("say that nothing is known of transfer where there is no control", () => {
    const bare = reportOf({ ...small, filters: ["pretrained"], epochs: 1 });
    expect(findings(bare).join(" ")).toContain("no figure here shows that anything transfers");
  });
});

describe("words", () => {
  it("show figures as they are read", () => {
    expect([0.0123, -0.0123, 0.0001, -0.0004].map((d) => showPoints(d))).toEqual([
      ...["+1.2", "\u22121.2", "0.0", "0.0"],
    ]);
    expect([0.25, 0.03125, 0.0078125, 0.00001, 1].map(showProbability)).toEqual([
      ...["0.250", "0.031", "0.0078", "< 0.0001", "1.000"],
    ]);
    expect(showEstimate({ n: 3, mean: 0.8749, deviation: 0.01, margin: 0.0124 })).toBe(
      "87.5 ± 1.2",
    );
    expect(showEstimate({ n: 1, mean: 0.5, deviation: null, margin: null })).toBe("50.0");
    expect([0.1 + 0.2, 3, 1 / 3].map(showFactor)).toEqual(["0.3", "3", "0.333"]);
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual([
      ...["", "a", "a and b", "a, b and c"],
    ]);
  });
});
