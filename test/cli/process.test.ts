/** The command line as a process: signals, pipes, colours and what stands on which stream. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendNames } from "../../src/compile/backendName.js";
import type { Report } from "../../src/compile/doctor.js";
import { scratch } from "../format/scratch.js";
import { removeTranspiled, start, transpiled, type Finished } from "./built.js";
import { imageFolder, layersModel } from "./material.js";

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

const epochs = 60;
const train = (output: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--model", at("model"), "--data", at("photos"), "-o", at(output)],
  ...["--backend", "cpu", "--epochs", `${epochs}`, "--batch", "8", "--flip", ...more],
];

it("Ctrl-C twice ends the process at once, without a stack", async () => {
  let sent = false;
  const { code, out, err } = await heirloom(train("killed"), (text, child) => {
    // Two signals of different names: two of one name may arrive as one.
    if (!sent && text.includes(`epoch 2/${epochs}`))
      sent = child.kill("SIGINT") && child.kill("SIGTERM");
  });
  expect(code).toBe(1);
  expect(out).toBe("");
  expect(err).not.toMatch(/^\s+at /m);
});

it("doctor examines what starts a driver in processes of their own", async () => {
  const { code, out, err } = await heirloom(["doctor", "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const { backends } = JSON.parse(out) as { readonly backends: readonly Report[] };
  expect(backends.map((b) => b.name)).toEqual(backendNames);
  // A report that came back from another process, and one of a process that never started.
  expect(backends.find((b) => b.name === "onnx-webgpu")!.problem?.found ?? "").not.toMatch(
    /process that ended|no answer/,
  );
  for (const { present, problem, selfTest } of backends)
    expect(problem === null).toBe(present && selfTest !== null);
});

it("ONNX Runtime is not left to report its use: nothing of it appears in the home folder", async () => {
  const home = await scratch();
  // The runtime reports nothing where it sees a CI.
  const env = {
    HOME: home,
    XDG_CACHE_HOME: undefined,
    CI: undefined,
    ORT_DISABLE_TELEMETRY: undefined,
  };
  const { code } = await heirloom(
    ["predict", at("model"), at("photos", "rows", "0.png"), "--backend", "onnx", "--threads", "1"],
    undefined,
    env,
  );
  expect({ code, left: await readdir(home) }).toEqual({ code: 0, left: [] });
});

describe("streams", () => {
  it("a reader that leaves early is no failure", async () => {
    const inspect = `"${process.execPath}" "${entry}" inspect "${at("model")}" --all`;
    for (const reader of ["head -1", "true"]) {
      const script = `${inspect} | ${reader}; echo "\${PIPESTATUS[0]}"`;
      const { out, err } = await start("bash", ["-c", script]);
      expect(err).toBe("");
      expect(out.trim().split("\n").at(-1)).toBe("0");
    }
  });

  it("messages are plain in a log, and coloured only where that is asked for", async () => {
    const missing = ["inspect", at("nothing")];
    const plain = await heirloom(missing, undefined, { FORCE_COLOR: "", CI: "1" });
    expect(plain.err).toMatch(/^error: .*nothing: found no such file or folder/);
    const forced = { FORCE_COLOR: "1" };
    expect((await heirloom(missing, undefined, forced)).err).toContain("\u001b[31merror:");
    const refused = await heirloom(missing, undefined, { ...forced, NO_COLOR: "1" });
    expect(refused.err).toBe(plain.err);
  });

  it("names that would steer the terminal are shown instead", async () => {
    const { code, err } = await heirloom(["inspect", at("\u001b[2Jnothing\nat all")]);
    expect(code).toBe(1);
    expect(err).toContain("\\u001b[2Jnothing at all: found");
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});
