/** Our engines, by the name that `--engine` takes. */
import type { Result } from "../../../src/algebra/refusal.js";
import type { Target } from "../../../src/compile/target.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";

export const engineNames = ["onnx", "wasm"] as const;
export type EngineName = (typeof engineNames)[number];

/** Open an engine on this many threads; TensorFlow.js's WebAssembly has one in Node.js. */
export const openEngine = (name: EngineName, threads: number): Promise<Result<Target>> =>
  engines[name](threads);

const engines: Readonly<Record<EngineName, (threads: number) => Promise<Result<Target>>>> = {
  onnx: async (threads) =>
    (await import("../../../src/compile/onnx/backend.js")).onnxTarget({ threads }),
  wasm: () => tfjsTarget("wasm"),
};
