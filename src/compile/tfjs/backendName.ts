/** The backends by the names Heirloom gives them; kept apart so that naming one loads none. */
export const backendNames = ["wasm", "cpu", "webgpu", "tfjs-node", "tfjs-node-gpu"] as const;

/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];
