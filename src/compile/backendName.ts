/**
 * Every backend by the name people give it, whichever engine runs it; kept apart so that naming one loads
 * none.
 */

/** `onnx` names are ONNX Runtime's, by where it computes; the others are TensorFlow.js's. */
export const backendNames = [
  "onnx",
  "onnx-webgpu",
  "onnx-cuda",
  "onnx-coreml",
  "onnx-dml",
  "wasm",
  "cpu",
  "webgpu",
  "tfjs-node",
  "tfjs-node-gpu",
] as const;

/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

/** What a person may ask for: a backend, or `auto` for the best one that works here (`ladder.ts`). */
export const backendChoices = ["auto", ...backendNames] as const;

/** A backend or `auto`. */
export type BackendChoice = (typeof backendChoices)[number];

/** Whether the backend lets one say how many threads it computes on. */
export const takesThreads = (name: BackendName): boolean => name === "onnx";

/**
 * The most threads that may be asked for. ONNX Runtime starts as many as it is told, all at once, and with
 * several thousand it does not come to an end.
 */
export const mostThreads = 1024;
