/** Examinations: here, in a process apart that answers, dies, hangs or has nothing to say, and of what is missing. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import { missingPackage } from "../../src/compile/backendPackage.js";
import { examineApart, examineHere } from "../../src/compile/doctor.js";
import { openTarget } from "../../src/compile/engine.js";
import { scratch } from "../format/scratch.js";
import { refused, succeed } from "../generators/succeed.js";

let folder: string;
beforeAll(async () => (folder = await scratch()));

/** A script in place of the one that examines. */
const script = async (name: string, code: string): Promise<string> => {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, code);
  return path;
};

describe("an examination in this process", () => {
  it("of a right backend", async () => {
    expect(await examineHere("wasm")).toMatchObject({
      name: "wasm",
      present: true,
      kind: "cpu",
      selfTest: { passed: true, found: null },
      problem: null,
      install: null,
    });
  });
});

describe("a backend that was named", () => {
  it("is refused with what it needs and how to get it", async () => {
    for (const name of ["onnx-coreml", "onnx-dml"] as const)
      if (process.platform === "linux")
        expect(refused(await openTarget(name)).expected).toBe(
          name === "onnx-coreml" ? "macOS" : "Windows",
        );
    const cuda = await openTarget("onnx-cuda");
    if (E.isLeft(cuda))
      expect(cuda.left.advice).toContain("ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild");
  });

  it("opens with the threads it was told", async () => {
    const { device } = succeed(await openTarget("onnx", { threads: 1 }));
    expect(device).toContain("1 thread");
  });

  it.each([0, -1, 1.5, NaN, 1025])("refuses %s threads", async (threads) => {
    expect(refused(await openTarget("onnx", { threads }))).toEqual({
      where: "threads",
      found: String(threads),
      expected: "a whole number from 1 to 1024",
    });
  });
});

describe("an examination in a process apart", () => {
  const apart = async (name: string, code: string, milliseconds = 30_000) =>
    examineApart("onnx-webgpu", { script: await script(name, code), milliseconds });

  it("is told the backend and answers with its report", async () => {
    const code = "process.send({ name: process.argv[2], present: true });";
    expect(await apart("answers", code)).toEqual({ name: "onnx-webgpu", present: true });
  });

  it.each([
    ["crashes", 'process.kill(process.pid, "SIGSEGV");', "a process that ended with SIGSEGV"],
    ["throws", 'throw new Error("no");', "a process that ended with exit code 1"],
    ["says nothing", "", "a process that ended with exit code 0"],
  ])("that %s is a finding", async (name, code, found) => {
    expect(await apart(name.replace(" ", "-"), code)).toMatchObject({
      name: "onnx-webgpu",
      present: false,
      selfTest: null,
      problem: { where: "backend onnx-webgpu", found },
    });
  });

  it("that hangs is given up", async () => {
    const report = await apart("hangs", "setInterval(() => undefined, 1000);", 500);
    expect(report.problem!.found).toBe("no answer within 0.5 s");
  });

  it("is not begun where the package is missing", async () => {
    const missing = missingPackage("tfjs-node-gpu");
    if (missing === null) return;
    const path = await script("never", 'process.send({ name: "started" });');
    expect(await examineApart("tfjs-node-gpu", { script: path, milliseconds: 500 })).toMatchObject({
      name: "tfjs-node-gpu",
      present: false,
      problem: missing,
      install: "npm install @tensorflow/tfjs-node-gpu@4.22.0",
    });
  });
});
