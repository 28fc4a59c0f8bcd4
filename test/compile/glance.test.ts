/** What is said against a GPU backend without starting it. */
import { describe, expect, it } from "vitest";
import { installOf, missingPackage } from "../../src/compile/backendPackage.js";
import { backendNames } from "../../src/compile/backendName.js";
import { glance, surroundings, type Surroundings } from "../../src/compile/glance.js";
import { needsGpu, rungs } from "../../src/compile/ladder.js";

const plenty: Surroundings = {
  platform: "linux",
  arch: "x64",
  isInstalled: () => true,
  hasGpuDevice: true,
  hasCudaLibraries: true,
};

describe("a glance", () => {
  it("has nothing to say where everything is there", () => {
    for (const name of backendNames) expect(glance(name, plenty)).toBeNull();
  });

  it("names the package that is not installed, each of those a backend needs", () => {
    const without = (name: string): Surroundings => ({
      ...plenty,
      isInstalled: (installed) => installed !== name,
    });
    const lacking = (name: string): readonly string[] =>
      backendNames.filter(
        (backend) => glance(backend, without(name)) === `${name} is not installed`,
      );
    expect(lacking("onnxruntime-node")).toEqual(backendNames.filter((n) => n.startsWith("onnx")));
    expect(lacking("webgpu")).toEqual(["webgpu"]);
    expect(lacking("@tensorflow/tfjs-backend-webgpu")).toEqual(["webgpu"]);
    expect(lacking("@tensorflow/tfjs-node")).toEqual(["tfjs-node"]);
    expect(lacking("@tensorflow/tfjs-node-gpu")).toEqual(["tfjs-node-gpu"]);
  });

  it("needs a GPU, and for CUDA its libraries on linux x64", () => {
    for (const name of rungs.filter(needsGpu))
      expect(glance(name, { ...plenty, hasGpuDevice: false })).toBe("the machine shows no GPU");
    expect(glance("onnx-cuda", { ...plenty, hasCudaLibraries: false })).toContain("CUDA libraries");
    expect(glance("onnx-webgpu", { ...plenty, hasCudaLibraries: false })).toBeNull();
    for (const other of [{ platform: "darwin" }, { arch: "arm64" }] as const)
      expect(glance("onnx-cuda", { ...plenty, ...other })).toMatch(
        /^onnxruntime-node has CUDA for/,
      );
  });

  it("sees the packages of this machine", () => {
    const seen = surroundings();
    expect(seen.isInstalled("onnxruntime-node")).toBe(true);
    expect(seen.isInstalled("@tensorflow/no-such-package")).toBe(false);
  });
});

describe("a missing package", () => {
  it("is refused with the command that gets it", () => {
    for (const name of backendNames) {
      const missing = missingPackage(name, () => false);
      if (name === "wasm" || name === "cpu")
        expect([missing, installOf(name)]).toEqual([null, null]);
      else expect(missing).toMatchObject({ found: "no such package" });
      if (missing !== null) expect(missing.advice).toMatch(/^npm install .*\d+\.\d+\.\d+$/);
    }
  });
});
