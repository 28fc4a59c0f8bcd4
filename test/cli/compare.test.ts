/** compare and methods on the command line, where no process of its own is needed. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { scratch } from "../format/scratch.js";
import { document, imageFolder } from "./material.js";
import { heirloom, succeedJson } from "./recorder.js";

let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  await document(at("model"));
  await imageFolder(at("photos"), 30);
});

const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, out, errors } = await heirloom(...args);
  expect({ code, out, count: errors.length }).toEqual({ code: 1, out: "", count: 1 });
  return errors[0]!;
};
const grid = (): readonly string[] => ["--model", at("model"), "--data", at("photos")];

describe("compare --dry-run", () => {
  it("counts the runs, and writes nothing", async () => {
    const planned = await succeedJson<{ runs: number; done: number; left: readonly unknown[] }>(
      ...["compare", ...grid(), "-o", at("c"), "--dry-run", "--controls"],
      ...["--methods", "probe,lora:rank=2", "--per-class", "5,5,all", "--rates", "1,3,3"],
    );
    // Two methods, two filters, two budgets: two rates on the first seed, one on each of the others.
    expect(planned).toMatchObject({ runs: 2 * 2 * 2 * (2 + 2), done: 0 });
    expect(planned.left).toHaveLength(planned.runs);
    expect(await readdir(root)).not.toContain("c");
  });
});

describe("compare refuses", () => {
  it("what is no comparison, and inputs that are not there", async () => {
    expect(await refusal("compare", "-o", at("nothing"))).toMatch(/no comparison to go on with/);
    await mkdir(at("foreign"));
    await writeFile(at("foreign", "thesis.tex"), "");
    expect(await refusal("compare", ...grid(), "-o", at("foreign"))).toMatch(/thesis\.tex/);
    expect(
      await refusal(
        ...["compare", "--model", at("modle"), "--data", at("photos")],
        ...["-o", at("typo"), "--backend", "cpu"],
      ),
    ).toMatch(/modle.*nothing there/);
    expect(await readdir(root)).not.toContain("typo");
  });

  it("an output within what it reads, or around it", async () => {
    expect(await refusal("compare", ...grid(), "-o", at("photos", "c"))).toMatch(
      /a folder within .*photos, which this command reads/,
    );
    expect(await refusal("compare", ...grid(), "-o", root)).toMatch(/in the folder/);
  });
});

describe("methods", () => {
  it("lists every one with its source", async () => {
    const { out } = await heirloom("methods");
    for (const { name, source } of methods) {
      expect(out).toContain(`  ${name}: `);
      expect(out).toContain(source);
    }
  });

  it("says of a model what each would train, what it costs, and what is certified", async () => {
    interface Prospects {
      readonly methods: readonly {
        readonly method: string;
        readonly trained: number;
        readonly inference: number;
        readonly certificates: readonly string[];
      }[];
      readonly refused: readonly { readonly method: string }[];
    }
    const found = await succeedJson<Prospects>("methods", at("model"), "--classes", "3");
    expect(found.refused).toEqual([]);
    expect(found.methods.map(({ method }) => method)).toEqual(methods.map(({ name }) => name));
    const of = (name: string) => found.methods.find(({ method }) => method === name)!;
    expect(of("projection").certificates).toEqual(["foldBatchNorm", "project", "merge"]);
    expect(of("probe").trained).toBeLessThan(of("projection").trained);
    expect(of("projection").trained).toBeLessThan(of("full").trained);
    expect(of("projection").inference).toBe(1);
    expect(of("conv-adapter").inference).toBeGreaterThan(1);
  });
});
