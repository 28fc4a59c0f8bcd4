/** Opening a backend by name, whichever engine runs it. An engine is loaded when one of its backends is opened. */
import * as E from "fp-ts/lib/Either.js";
import type { Refusal, Result } from "../algebra/refusal.js";
import { installOf, missingPackage } from "./backendPackage.js";
import type { BackendName } from "./backendName.js";
import type { OpenedBackend } from "./backendReport.js";
import type { Provider } from "./onnx/provider.js";
import type { Target } from "./target.js";

/** How to open a backend. */
export interface OpenOptions {
  /** Threads to compute on, where the backend lets one say; all cores unless told. */
  readonly threads?: number;
}

/** What each provider needs, and what to do where it does not run, though its package loads. */
const needs: Readonly<Record<Provider, Pick<Refusal, "expected" | "advice">>> = {
  cpu: {
    expected: "a processor and system for which onnxruntime-node has a library",
    advice: "use wasm",
  },
  webgpu: {
    expected: "a GPU with a Vulkan, Metal or Direct3D 12 driver",
    advice: "install the GPU's driver, or use another backend",
  },
  cuda: {
    expected: "Linux x64, an NVIDIA GPU, CUDA 12, cuDNN 9 and the runtime's own CUDA libraries",
    advice: `the last come with \`${installOf("onnx-cuda") ?? ""}\``,
  },
  coreml: { expected: "macOS", advice: "use another backend" },
  dml: { expected: "Windows", advice: "use another backend" },
};

/**
 * A provider of ONNX Runtime. The runtime does not say which adapter WebGPU, CoreML or DirectML found, and
 * each of them may be a CPU; only CUDA, and WebGPU over Metal, have nothing but GPUs.
 */
const openProvider = async (
  provider: Provider,
  options: OpenOptions,
): Promise<Result<OpenedBackend>> => {
  const { openOnnx } = await import("./onnx/backend.js");
  const isKnown =
    provider === "cpu" ||
    provider === "cuda" ||
    (provider === "webgpu" && process.platform === "darwin");
  return E.bimap(
    (refusal: Refusal): Refusal =>
      refusal.where === `onnx/${provider}` ? { ...refusal, ...needs[provider] } : refusal,
    (opened: OpenedBackend): OpenedBackend => (isKnown ? opened : { ...opened, kind: null }),
  )(await openOnnx({ provider, ...options }));
};

/** Open a backend. One that is not installed or does not run here is refused, never replaced by another. */
export const openBackend = async (
  name: BackendName,
  options: OpenOptions = {},
): Promise<Result<OpenedBackend>> => {
  const missing: Refusal | null = missingPackage(name);
  if (missing !== null) return E.left(missing);
  switch (name) {
    case "onnx":
      return openProvider("cpu", options);
    case "onnx-webgpu":
      return openProvider("webgpu", options);
    case "onnx-cuda":
      return openProvider("cuda", options);
    case "onnx-coreml":
      return openProvider("coreml", options);
    case "onnx-dml":
      return openProvider("dml", options);
    default:
      return (await import("./tfjs/doctor.js")).openTfjs(name);
  }
};

/**
 * A backend as a target. One that is not installed or does not run here is refused with what it needs.
 *
 * @example
 * const target = await openTarget("onnx", { threads: 1 })
 * assert.ok(E.isLeft(target) || target.right.name === "onnx/cpu")
 */
export const openTarget = async (
  name: BackendName,
  options: OpenOptions = {},
): Promise<Result<Target>> =>
  E.map(({ target }: OpenedBackend) => target)(await openBackend(name, options));
