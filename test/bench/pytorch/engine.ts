/** Our engines, by the name that `--engine` takes. */
import type { Result } from "../../../src/algebra/refusal.js";
import { openTarget } from "../../../src/compile/engine.js";
import type { Target } from "../../../src/compile/target.js";

export const engineNames = ["onnx", "wasm", "onnx-cuda", "webgpu"] as const;
export type EngineName = (typeof engineNames)[number];

/** What both sides compute on. */
export type Device = "cpu" | "cuda";

/** The device of an engine; a GPU is measured against PyTorch's CUDA. */
export const deviceOf = (name: EngineName): Device =>
  name === "onnx" || name === "wasm" ? "cpu" : "cuda";

/** Open an engine on this many threads; of our engines on the CPU only ONNX Runtime's has more than one. */
export const openEngine = (name: EngineName, threads: number): Promise<Result<Target>> =>
  openTarget(name, { threads });
