/** A comparison that is killed again and again, at any moment, comes to the results of one that never was. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../src/algebra/random.js";
import { readLedger } from "../../src/compare/ledger.js";
import type { RunRecord } from "../../src/compare/record.js";
import { removeTranspiled, start, transpiled, type Finished } from "../cli/built.js";
import { document, imageFolder } from "../cli/material.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";

let entry: string;
let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  entry = await transpiled();
  root = await scratch();
  await document(at("model"));
  await imageFolder(at("photos"), 60);
});
afterAll(() => removeTranspiled(entry));

const kills = 20;

const grid = (): readonly string[] => [
  ...["--model", at("model"), "--data", at("photos"), "--held-out", "6", "--per-class", "10"],
  ...["--methods", "probe,projection,lora:rank=2,projection-then-full", "--rates", "1,3"],
  ...["--seeds", "5", "--controls", "--epochs", "12", "--batch", "8", "--checkpoint-steps", "2"],
];

const compare = (
  output: string,
  more: readonly string[],
  watch?: Parameters<typeof start>[2],
): Promise<Finished> =>
  start(process.execPath, [entry, "compare", "-o", at(output), "--backend", "cpu", ...more], watch);

/** What must not depend on kills: all but times, memory, and how many steps were timed. */
const lasting = ({ provenance, phases, ...record }: RunRecord): unknown => ({
  ...record,
  data: [provenance.trainingSha256, provenance.testSha256],
  model: provenance.modelSha256,
  phases: phases.map((phase) => ({ ...phase, steps: 0, medianStep: 0, peakResident: 0 })),
});

const resultsOf = async (output: string): Promise<readonly unknown[]> =>
  succeed(await readLedger(at(output, "results.jsonl")))
    .records.map(lasting)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Whole lines of a ledger under way. */
const linesOf = async (output: string): Promise<number> => {
  const text = await readFile(at(output, "results.jsonl"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
};

/** Checkpoints of runs under way. */
const stepsOf = async (output: string): Promise<number> => {
  const names = await readdir(at(output, "checkpoints"), { recursive: true }).catch(() => []);
  return names.filter((name) => /step-\d+$/.test(name)).length;
};

test("killed twenty times at random moments, a comparison has the results of one that never was", async () => {
  expect((await compare("whole", [...grid(), "--jobs", "2"])).code).toBe(0);
  const whole = await resultsOf("whole");
  expect(whole).toHaveLength(4 * 2 * (2 + 4));

  const random = randomStream(0, "kills");
  let done = 0;
  let between = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Before anything is done, when a run is under way, or when a few more are done; and then at any moment.
    const goal = { runs: done + random.below(4), steps: random.below(2), delay: random.below(300) };
    const jobs = ["--jobs", `${1 + random.below(2)}`];
    let watching: Promise<void> | null = null;
    const more = [...(kill === 0 ? grid() : []), ...jobs];
    const finished = await compare("killed", more, (err, child) => {
      if (!err.includes("to make")) return;
      watching ??= (async () => {
        const isReached = async (): Promise<boolean> =>
          (await linesOf("killed")) >= goal.runs && (await stepsOf("killed")) >= goal.steps;
        while (child.exitCode === null && !(await isReached())) await setTimeout(5);
        await setTimeout(goal.delay);
        child.kill("SIGKILL");
      })();
    });
    await watching;
    expect(finished.code).toBeNull();
    const { records } = succeed(await readLedger(at("killed", "results.jsonl")));
    expect(records.length).toBeGreaterThanOrEqual(done);
    if (records.length > done) between++;
    done = records.length;
  }
  // The kills fell among the runs, not all before the first or after the last.
  expect(between).toBeGreaterThan(3);
  expect(done).toBeLessThan(whole.length);
  expect((await compare("killed", [])).code).toBe(0);
  expect(await resultsOf("killed")).toEqual(whole);
  expect(await readdir(at("killed", "checkpoints"))).toEqual([]);

  // Nothing is run again, and a line that was torn is written anew.
  const path = at("killed", "results.jsonl");
  const lines = await readFile(path, "utf8");
  expect((await compare("killed", [])).err).toContain("48 runs on record, 0 to make");
  expect(await readFile(path, "utf8")).toBe(lines);
  await writeFile(path, lines.slice(0, -40));
  const mended = await compare("killed", []);
  expect(mended.err).toContain("47 runs on record, 1 to make");
  expect(await resultsOf("killed")).toEqual(whole);
});
