/** CUDA's libraries are asked for float32, unless the user has asked for something. */
import { afterEach, expect, it, vi } from "vitest";
import { withFullPrecision } from "../../src/compile/fullPrecision.js";
import { openBackend } from "../../src/compile/engine.js";

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

it("is asked for where CUDA's backend is opened, and nowhere else", async () => {
  vi.stubEnv(variable, undefined);
  await openBackend("onnx", { threads: 1 });
  expect(process.env[variable]).toBeUndefined();
  await openBackend("onnx-cuda");
  expect(process.env[variable]).toBe("0");
});
