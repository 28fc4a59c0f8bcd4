/**
 * The packages that backends come from, and whether they are installed: a look at the disk that loads none
 * of them.
 */
import { createRequire } from "node:module";
import type { Refusal } from "../algebra/refusal.js";
import type { BackendName } from "./backendName.js";
import { peers, type Peer } from "./tfjs/peer.js";

const onnxruntime: Peer = {
  package: "onnxruntime-node",
  install: "npm install onnxruntime-node@1.30.0",
};

/** What each backend needs beyond Heirloom's own code; cpu and wasm always come with it. */
const packagesOf: Record<BackendName, readonly Peer[]> = {
  onnx: [onnxruntime],
  "onnx-webgpu": [onnxruntime],
  "onnx-cuda": [onnxruntime],
  "onnx-coreml": [onnxruntime],
  "onnx-dml": [onnxruntime],
  wasm: [],
  cpu: [],
  webgpu: [peers.webgpuBackend, peers.dawn],
  "tfjs-node": [peers.node],
  "tfjs-node-gpu": [peers.nodeGpu],
};

/**
 * The install script of onnxruntime-node fetches the CUDA libraries; the environment variable has the say
 * over an `.npmrc` that skips it.
 */
const cudaInstall = "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node";

/** The command that gets a backend; null where none does, because the system or Heirloom brings it. */
export const installOf = (name: BackendName): string | null => {
  switch (name) {
    case "onnx-cuda":
      return cudaInstall;
    case "onnx-webgpu":
    case "onnx-coreml":
    case "onnx-dml":
      return null;
    default:
      return packagesOf[name][0]?.install ?? null;
  }
};

const require = createRequire(import.meta.url);

/** Whether a package is installed where Heirloom would import it from. One that seals its files is. */
export const isInstalled = (name: string): boolean => {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== "MODULE_NOT_FOUND";
  }
};

/** The first package that a backend lacks. */
export const missingPackage = (
  name: BackendName,
  installed: (name: string) => boolean = isInstalled,
): Refusal | null => {
  const missing = packagesOf[name].find((peer) => !installed(peer.package));
  return missing === undefined
    ? null
    : {
        where: missing.package,
        found: "no such package",
        expected: "the package, installed for this machine",
        advice: missing.install,
      };
};
