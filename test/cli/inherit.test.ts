/** `heirloom inherit` on a convolutional, a projected and a dense model; what it prints to run again does so. */
import { pipe } from "fp-ts/lib/function.js";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { build, dense, input, relu } from "../../src/model/builder.js";
import { techniques } from "../../src/inherit/techniques.js";
import type { Finding, InheritanceReport } from "../../src/report/inheritance.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { document, layersModel } from "./material.js";
import { heirloom, succeedJson } from "./recorder.js";

let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  await layersModel(at("model"));
  await heirloom("project", at("model"), "-o", at("projected"));
  const mlp = succeed(pipe(input([4]), dense(3), relu, dense(10), build({ seed: 0 })));
  await document(at("mlp"), mlp);
});

const results = ({ findings }: InheritanceReport): Readonly<Record<string, Finding["result"]>> =>
  Object.fromEntries(findings.map(({ technique, result }) => [technique, result]));

const report = (...args: readonly string[]): Promise<InheritanceReport> =>
  succeedJson<InheritanceReport>("inherit", ...args);

const needy = [
  "low-rank factoring",
  "input whitening",
  "Kronecker-factored curvature",
  "shared-Gram ridge regression",
];

describe("the table", () => {
  it("of a dense network accepts everything", async () => {
    const found = await report(at("mlp"));
    expect([found.class, found.layers, found.scalars]).toEqual(["GFFN", 2, 42]);
    expect(Object.keys(results(found))).toEqual(techniques.map(({ name }) => name));
    expect(new Set(Object.values(results(found)))).toEqual(new Set(["accepted"]));
  });

  it("of a convolutional network refuses what takes out whole connections", async () => {
    const found = results(await report(at("model")));
    expect(found["connection pruning"]).toBe("in part");
    for (const name of needy) expect(found[name]).toBe("accepted");
  });

  it("of a projected network refuses what needs one input vector", async () => {
    const found = await report(at("projected"), "--technique", ...needy, "magnitude pruning");
    expect(results(found)).toEqual({
      "magnitude pruning": "accepted",
      ...Object.fromEntries(needy.map((name) => [name, "in part"])),
    });
    for (const { technique, groups } of found.findings)
      for (const { verdict, unmet, counterexample } of groups) {
        expect(unmet.map(({ assumption }) => assumption)).toEqual(
          verdict === "refused" ? ["homogeneous"] : [],
        );
        expect(counterexample === null).toBe(verdict !== "refused");
        if (needy.includes(technique) && verdict === "refused")
          expect(counterexample!.shown).toContain("= projected");
      }
  });

  it("in words keeps to lines of 100 characters", async () => {
    const { code, out, messages } = await heirloom(
      ...["inherit", at("projected"), "--technique", "magnitude-pruning", "Input-Whitening"],
    );
    expect({ code, messages }).toEqual({ code: 0, messages: [] });
    expect(out).toMatch(/^magnitude pruning +accepted +3 of 3 +100\.0%$/m);
    expect(out).toMatch(/^input whitening +in part +1 of 3 +[\d.]+% +homogeneous inputs$/m);
    expect(out).toMatch(/^conv1 and 1 more +Projected +2 +16 +1 +1 +0$/m);
    expect(out).toMatch(/^magnitude pruning saves: weights \d+ to \d+, multiply-adds \d+ to \d+$/m);
    expect(out).toContain("input whitening is refused by 2 Projected layers (conv1, conv2)");
    const prose = out.split("\n").filter((line) => !/^ {4}|to find it again/.test(line));
    expect(prose.filter((line) => line.length > 100)).toEqual([]);
  });
});

describe("a counterexample", () => {
  it("is found again by the command that is printed with it", async () => {
    const named = ["inherit", at("projected"), "--technique", "low-rank-factoring", "--seed", "5"];
    const first = await heirloom(...named);
    const [, command] = /to find it again: heirloom (.*)/.exec(first.out)!;
    const again = await heirloom(...command!.split(" "));
    const excerpt = /it fails on this excerpt[\s\S]*/;
    expect(again.code).toBe(0);
    expect(excerpt.exec(again.out)![0]).toBe(excerpt.exec(first.out)![0]);
  });
});

describe("--html", () => {
  it("writes a page, over an earlier one with --force only, and over nothing else", async () => {
    const args = ["inherit", at("mlp"), "--technique", "lasso", "--html"];
    const { code, out } = await heirloom(...args, at("page.html"));
    expect(code).toBe(0);
    expect(out.split("\n").at(-1)).toBe(`page written to ${at("page.html")}`);
    const page = await readFile(at("page.html"), "utf8");
    expect(page).toContain("<h1>What small inherits</h1>");

    const again = await heirloom(...args, at("page.html"));
    expect([again.code, again.out]).toEqual([1, ""]);
    expect(again.errors).toEqual([
      `${at("page.html")}: found something that stands there, expected a new path; ` +
        "choose another path, or replace an earlier page with --force",
    ]);
    expect((await heirloom(...args, at("page.html"), "--force")).code).toBe(0);

    await writeFile(at("notes.html"), "mine");
    const foreign = await heirloom(...args, at("notes.html"), "--force");
    expect(foreign.code).toBe(1);
    expect(foreign.errors[0]).toContain("found a file of other content");
    expect(await readFile(at("notes.html"), "utf8")).toBe("mine");

    await mkdir(at("pages"));
    expect((await heirloom(...args, at("pages"), "--force")).errors[0]).toContain("a folder");
    expect((await heirloom(...args, at("no", "page.html"))).errors[0]).toContain("no folder");
    expect((await readdir(root)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("refuses in one line", () => {
  it("a technique that there is not, with exit code 2 and the list", async () => {
    const { code, errors } = await heirloom("inherit", at("mlp"), "--technique", "magic");
    expect(code).toBe(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("technique: found magic, expected one of magnitude-pruning, ");
  });

  it("a layer without nodes, a model without any, and what is no model", async () => {
    const refusal = async (...args: readonly string[]): Promise<string> => {
      const { code, out, errors } = await heirloom("inherit", ...args);
      expect([code, out, errors.length]).toEqual([1, "", 1]);
      return errors[0]!;
    };
    expect(await refusal(at("mlp"), "--layer", "relu1")).toContain(
      "layer: found relu1, expected a layer with nodes: dense1, dense2",
    );
    expect(await refusal(at("mlp"), "--cut", "input")).toContain("no layer with nodes");
    expect(await refusal(at("nothing"))).toContain("no such file or folder");
  });
});
