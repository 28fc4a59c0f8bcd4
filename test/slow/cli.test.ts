/** The command line over a real Ctrl-C: a run that was interrupted and resumed is the run that was not. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { removeTranspiled, start, transpiled, type Finished } from "../cli/built.js";
import { imageFolder, layersModel } from "../cli/material.js";
import { scratch } from "../format/scratch.js";

let entry: string;
let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  entry = await transpiled();
  root = await scratch();
  await layersModel(at("model"));
  await imageFolder(at("photos"), 36);
});
afterAll(() => removeTranspiled(entry));

const heirloom = (
  args: readonly string[],
  watch?: Parameters<typeof start>[2],
  env?: NodeJS.ProcessEnv,
): Promise<Finished> => start(process.execPath, [entry, ...args], watch, env);

const epochs = 40;
const train = (output: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--model", at("model"), "--data", at("photos"), "-o", at(output)],
  ...["--backend", "cpu", "--epochs", `${epochs}`, "--batch", "8", "--flip", ...more],
];

interface Record {
  readonly result: {
    readonly phases: readonly { readonly status: string; readonly history: readonly object[] }[];
  };
}

const phases = async (run: string): Promise<Record["result"]["phases"]> =>
  (JSON.parse(await readFile(at(run, "run.json"), "utf8")) as Record).result.phases;

it("Ctrl-C leaves a checkpoint from which --resume comes to the uninterrupted run", async () => {
  let sent = false;
  const interrupted = await heirloom(train("stopped", "--json"), (err, child) => {
    if (!sent && err.includes(`epoch 3/${epochs}`)) sent = child.kill("SIGINT");
  });
  expect(interrupted.code).toBe(1);
  expect(JSON.parse(interrupted.out)).toMatchObject({ interrupted: true });
  expect(interrupted.err).toContain("stopping as soon as possible, with a checkpoint");
  expect(interrupted.err).toMatch(/interrupted after step \d+/);
  expect(interrupted.err).not.toContain(`epoch ${epochs}/${epochs}`);

  const resumed = await heirloom(train("stopped", "--resume"));
  expect(resumed.code).toBe(0);
  expect(resumed.err).toMatch(/resumed at step [1-9]/);
  expect((await heirloom(train("whole"))).code).toBe(0);
  const [stopped, whole] = [await phases("stopped"), await phases("whole")];
  expect(whole[0]!.history).toHaveLength(epochs);
  expect(stopped.map((p) => p.history)).toEqual(whole.map((p) => p.history));
  for (const file of ["model/weights.safetensors", "adapter/gates.safetensors"])
    expect(await readFile(at("stopped", file))).toEqual(await readFile(at("whole", file)));
});
