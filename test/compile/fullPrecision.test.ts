/** CUDA's libraries are asked for float32, unless the user has asked for something. */
import { afterEach, expect, it, vi } from "vitest";
import { withFullPrecision } from "../../src/compile/fullPrecision.js";
import { openBackend } from "../../src/compile/engine.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";

const variable = "NVIDIA_TF32_OVERRIDE";

afterEach(() => vi.unstubAllEnvs());

it("turns TF32 off", () => {
  vi.stubEnv(variable, undefined);
  withFullPrecision();
  expect(process.env[variable]).toBe("0");
});

it("leaves what the user says", () => {
  vi.stubEnv(variable, "1");
  withFullPrecision();
  expect(process.env[variable]).toBe("1");
});

it.each([
  ["onnx-cuda", () => openBackend("onnx-cuda")],
  ["tfjs-node-gpu", () => tfjsTarget("tfjs-node-gpu")],
  ["tfjs-node, which may be linked to CUDA", () => tfjsTarget("tfjs-node")],
])("is asked for by %s, whether or not it is here", async (_, open) => {
  vi.stubEnv(variable, undefined);
  await open();
  expect(process.env[variable]).toBe("0");
});

it("is not asked for by ONNX Runtime on the CPU", async () => {
  vi.stubEnv(variable, undefined);
  await openBackend("onnx", { threads: 1 });
  expect(process.env[variable]).toBeUndefined();
});
