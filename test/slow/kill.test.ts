/** A run that is killed again and again, at any moment, comes to the history of one that never was. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../src/algebra/random.js";
import { removeTranspiled, start, transpiled } from "../cli/built.js";
import { document, imageFolder } from "../cli/material.js";
import { scratch } from "../format/scratch.js";

let entry: string;
let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  entry = await transpiled();
  root = await scratch();
  await document(at("model"));
  await imageFolder(at("photos"), 36);
});
afterAll(() => removeTranspiled(entry));

const kills = 6;

const command = (output: string, ...more: readonly string[]): readonly string[] => [
  ...[entry, "train", "--model", at("model"), "--data", at("photos"), "-o", at(output)],
  ...["--backend", "cpu", "--epochs", "40", "--batch", "8", "--checkpoint-steps", "1"],
  ...["--validation", "0.2", "--patience", "40", "--flip", ...more],
];

/** The step of the newest checkpoint of a run's only phase, 0 without one. */
const newestStep = async (run: string): Promise<number> => {
  const phases = await readdir(at(run, "checkpoints")).catch(() => []);
  const names = await Promise.all(
    phases.map((phase) => readdir(at(run, "checkpoints", phase)).catch(() => [])),
  );
  return Math.max(0, ...names.flat().map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? 0)));
};

const historyOf = async (run: string): Promise<unknown> => {
  const record = JSON.parse(await readFile(at(run, "run.json"), "utf8")) as {
    readonly result: { readonly phases: readonly { readonly history: readonly unknown[] }[] };
  };
  return record.result.phases.map(({ history }) => history);
};

test("killed six times, a run has the history of one that never was", async () => {
  expect((await start(process.execPath, command("whole"))).code).toBe(0);
  const random = randomStream(0, "kills");
  for (let kill = 0; kill < kills; kill++) {
    const resume = kill === 0 ? [] : ["--resume"];
    const goal = (await newestStep("killed")) + 1 + random.below(12);
    const delay = random.below(12);
    let watching: Promise<void> | null = null;
    const finished = await start(process.execPath, command("killed", ...resume), (_, child) => {
      watching ??= (async () => {
        while (child.exitCode === null && (await newestStep("killed")) < goal) await setTimeout(1);
        await setTimeout(delay);
        child.kill("SIGKILL");
      })();
    });
    await watching;
    expect(finished).toMatchObject({ code: null });
  }
  const last = await start(process.execPath, command("killed", "--resume"));
  expect(last.code).toBe(0);
  expect(last.err).toMatch(/resumed at step [1-9]/);
  expect(await historyOf("killed")).toEqual(await historyOf("whole"));
  for (const file of ["model/weights.safetensors", "adapter/gates.safetensors"])
    expect(await readFile(at("killed", file))).toEqual(await readFile(at("whole", file)));
});
