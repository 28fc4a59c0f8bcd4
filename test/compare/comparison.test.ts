/** Comparisons in their folder: what is kept, gone on with, refused and reported. */
import { appendFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import {
  gridFor,
  readGrid,
  runComparison,
  type Comparison,
  type ComparisonObserver,
} from "../../src/compare/comparison.js";
import type { Grid } from "../../src/compare/grid.js";
import { readLedger } from "../../src/compare/ledger.js";
import { materialOf } from "../../src/compare/material.js";
import { RunPicturesCodec } from "../../src/compare/pictures.js";
import type { RunSpec } from "../../src/compare/record.js";
import { makeRun } from "../../src/compare/run.js";
import type { Worker } from "../../src/compare/team.js";
import type { WorkerSetup } from "../../src/compare/message.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import type { Target } from "../../src/compile/target.js";
import { decodeWith } from "../../src/format/codec.js";
import { defaultPlan } from "../../src/train/plan.js";
import { document, imageFolder } from "../cli/material.js";
import { scratch } from "../format/scratch.js";
import { refused, succeed } from "../generators/succeed.js";

let root: string;
let target: Target;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  target = succeed(await tfjsTarget("cpu"));
  await document(at("model"));
  await imageFolder(at("photos"), 45);
});

const grid: Grid = {
  format: "heirloom-comparison",
  version: 1,
  models: ["../model"],
  data: ["../photos"],
  filters: ["pretrained"],
  methods: ["probe", "projection"],
  perClass: [8],
  seeds: [0, 1],
  rateFactors: [1, 3],
  search: "every seed",
  heldOut: 5,
  reading: { input: null, preprocessing: null, cut: null },
  plan: { ...defaultPlan, epochs: 2, batch: 8, validation: 0.2 },
};

const quiet: ComparisonObserver = {
  begun: () => undefined,
  started: () => undefined,
  event: () => undefined,
  finished: () => undefined,
  failed: () => undefined,
};

/** A worker in this process; `spoil` may refuse a run. */
const inProcess =
  (made: RunSpec[], spoil: (spec: RunSpec) => boolean = () => false) =>
  (setup: WorkerSetup): Worker => {
    const material = materialOf(setup.grid);
    return {
      make: async ({ spec, folder, pictures }, onEvent) => {
        made.push(spec);
        if (spoil(spec))
          return {
            kind: "refused",
            refusal: { where: "test", found: "a spoilt run", expected: "none" },
          };
        const run = succeed(
          await makeRun(setup.grid, material, spec, {
            ...{ target, threads: null, heirloom: "0", command: [], folder, pictures },
            observer: onEvent,
            signal: new AbortController().signal,
          }),
        );
        return run === null ? { kind: "interrupted" } : { kind: "done", result: run };
      },
      stop: () => undefined,
      dismiss: () => undefined,
    };
  };

const compare = async (
  folder: string,
  asked: Grid,
  hire: (setup: WorkerSetup) => Worker,
  signal = new AbortController().signal,
  retry = false,
): Promise<Comparison> =>
  succeed(
    await runComparison({
      folder: at(folder),
      grid: asked,
      jobs: 1,
      setup: { backend: "cpu", threads: null, heirloom: "0", command: [] },
      observer: quiet,
      signal,
      retry,
      hire,
    }),
  );

describe("a comparison", () => {
  it("makes every run once, and grows", async () => {
    const made: RunSpec[] = [];
    const first = await compare("grown", grid, inProcess(made));
    expect(made).toHaveLength(8);
    expect(first).toMatchObject({ failures: [], interrupted: false });
    expect(first.records).toHaveLength(8);
    for (const { test, images, validation } of first.records) {
      expect([test.examples, images, validation?.examples]).toEqual([15, 24, 6]);
    }

    const asked = { ...grid, methods: ["lora:rank=2"], filters: ["random" as const] };
    const grown = succeed(await gridFor(at("grown"), asked));
    const second = await compare("grown", grown, inProcess(made));
    expect(second.records).toHaveLength(3 * 2 * 2 * 2);
    expect(made).toHaveLength(24);
    await compare("grown", succeed(await gridFor(at("grown"), null)), inProcess(made));
    expect(made).toHaveLength(24);
    expect(succeed(await readGrid(at("grown")))).toEqual(grown);
  });

  it("keeps pictures of the first seed, and no checkpoint of what is done", async () => {
    const { records } = succeed(await readLedger(at("grown", "results.jsonl")));
    const seeds = new Map(records.map(({ id, run }) => [id, run.seed]));
    const pictures = await readdir(at("grown", "pictures"));
    expect(new Set(pictures.map((name) => seeds.get(name.slice(0, -5))))).toEqual(new Set([0]));
    expect(pictures).toHaveLength(12);
    for (const name of pictures) {
      const text = await readFile(at("grown", "pictures", name), "utf8");
      const found = succeed(decodeWith(RunPicturesCodec, name)(JSON.parse(text)));
      const { run, gates } = records.find(({ id }) => id === found.id)!;
      expect(found.gates.length > 0).toBe(run.method === "projection");
      expect(found.gates.length).toBe(gates?.length ?? 0);
    }
    expect(await readdir(at("grown", "checkpoints"))).toEqual([]);
    expect((await readdir(at("grown"))).includes("running")).toBe(false);
  });

  it("searches on the first seed alone where it is told to, and the others take its rate", async () => {
    const made: RunSpec[] = [];
    const frugal = { ...grid, search: "first seed" as const };
    const { records } = await compare("frugal", frugal, inProcess(made));
    expect(made.map(({ seed }) => seed)).toEqual([0, 0, 0, 0, 1, 1]);
    for (const method of grid.methods) {
      const own = records.filter(({ run }) => run.method === method);
      const [a, b] = own.filter(({ run }) => run.seed === 0);
      const better = b!.validation!.loss < a!.validation!.loss ? b! : a!;
      const [other] = own.filter(({ run }) => run.seed === 1);
      expect(other!.run.rateFactor).toBe(better.run.rateFactor);
    }
  });

  it("counts a rate that was refused as searched, and none where all were", async () => {
    const made: RunSpec[] = [];
    const frugal = { ...grid, search: "first seed" as const };
    const bad = ({ method, rateFactor }: RunSpec) => method === "projection" || rateFactor === 3;
    const { records, failures } = await compare("diverging", frugal, inProcess(made, bad));
    expect(failures).toHaveLength(3);
    expect(records.map(({ run }) => [run.method, run.seed, run.rateFactor])).toEqual([
      ["probe", 0, 1],
      ["probe", 1, 1],
    ]);
  });

  it("goes on past a run that is refused, and tries it again only where it is told to", async () => {
    const made: RunSpec[] = [];
    const spoilt = await compare(
      "spoilt",
      grid,
      inProcess(made, ({ method, seed }) => method === "probe" && seed === 1),
    );
    expect(spoilt.records).toHaveLength(6);
    expect(spoilt.failures.map(({ spec }) => spec.method)).toEqual(["probe", "probe"]);
    const untried = await compare("spoilt", grid, inProcess(made));
    expect(untried.failures.map(({ refusal }) => refusal.found)).toEqual([
      "a spoilt run",
      "a spoilt run",
    ]);
    expect(made).toHaveLength(8);
    const again = await compare("spoilt", grid, inProcess(made), undefined, true);
    expect(again).toMatchObject({ failures: [] });
    expect(again.records).toHaveLength(8);
    expect(made).toHaveLength(10);
  });

  it("starts nothing once it was told to stop", async () => {
    const made: RunSpec[] = [];
    const stopped = await compare("stopped", grid, inProcess(made), AbortSignal.abort());
    expect(stopped).toMatchObject({ records: [], interrupted: true });
    expect(made).toEqual([]);
  });

  it("comes to equal figures from equal specifications, whatever the order", async () => {
    const figures = async (folder: string): Promise<ReadonlyMap<string, unknown>> =>
      new Map(
        succeed(await readLedger(at(folder, "results.jsonl"))).records.map((r) => [
          r.id,
          [r.test, r.validation, r.gates, r.phases.map(({ history }) => history)],
        ]),
      );
    const grown = await figures("grown");
    for (const [id, figure] of await figures("spoilt")) expect(grown.get(id)).toEqual(figure);
  });
});

describe("a folder is refused", () => {
  it("that holds other things, or nothing to go on with", async () => {
    await mkdir(at("foreign"));
    await writeFile(at("foreign", "thesis.tex"), "");
    expect(refused(await gridFor(at("foreign"), grid)).found).toBe("thesis.tex in the folder");
    expect(refused(await gridFor(at("nothing"), null)).found).toBe("no comparison to go on with");
    expect(refused(await gridFor(at("foreign", "thesis.tex"), grid)).found).toBe("a file");
  });

  it("that another process works in, but not one that a dead process left", async () => {
    await mkdir(at("busy"));
    await writeFile(at("busy", "running"), `${process.ppid}\n`);
    const options = {
      ...{ folder: at("busy"), grid, jobs: 1, observer: quiet },
      setup: { backend: "cpu" as const, threads: null, heirloom: "0", command: [] },
      signal: AbortSignal.abort(),
    };
    expect(refused(await runComparison(options)).found).toBe(
      `process ${process.ppid} at work on this comparison`,
    );
    await writeFile(at("busy", "running"), "999999999\n");
    expect(E.isRight(await runComparison(options))).toBe(true);
  });
});

describe("a ledger", () => {
  it("is refused by the line that is wrong, and mended where only its end is torn", async () => {
    const path = at("spoilt", "results.jsonl");
    const text = await readFile(path, "utf8");
    const lines = text.split("\n");
    await mkdir(at("wrong"));
    const wrong = at("wrong", "results.jsonl");
    await writeFile(wrong, [lines[0], '{"format":"heirloom-run"}', ""].join("\n"));
    expect(refused(await readLedger(wrong)).where).toContain("line 2");
    await writeFile(wrong, [lines[0], lines[0], ""].join("\n"));
    expect(refused(await readLedger(wrong)).found).toMatch(/a second time$/);
    // An id is the name of a folder that is removed: one that is none of ours must not get that far.
    await writeFile(wrong, `${lines[0]!.replace(/"id":"[^"]*"/, '"id":"../../photos"')}\n`);
    expect(refused(await readLedger(wrong)).found).toBe('id "../../photos"');
    await appendFile(path, lines[0]!.slice(0, 100));
    const torn = succeed(await readLedger(path));
    expect(torn).toMatchObject({ torn: true, bytes: Buffer.byteLength(text) });
    expect(torn.records).toHaveLength(8);
  });
});
