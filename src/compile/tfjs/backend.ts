/**
 * Backends of TensorFlow.js as targets. A backend is loaded when it is asked for; one that is missing or
 * does not run is refused with what is missing and the one command that gets it.
 *
 * TensorFlow.js keeps one registry and one current backend per process. Nothing here imports a Node.js
 * module statically, so browsers load it too; there, import the webgpu backend's package beforehand (so
 * that a bundler sees it) and tell wasm where its files are with `setWasmPaths`. In Node.js the wasm
 * package finds its own files.
 */
import * as E from "fp-ts/lib/Either.js";
import * as tf from "@tensorflow/tfjs-core";
import { refuse, type Result } from "../../algebra/refusal.js";
import { withFullPrecision } from "../fullPrecision.js";
import type { Target } from "../target.js";
import type { BackendName } from "./backendName.js";
import { constantPool } from "./constants.js";
import { executable } from "./executable.js";
import { importPeer, nodeMajor, peers, type Peer } from "./peer.js";
import { guardAllocator, type WasmAllocator } from "./wasmMemory.js";
import { isSoftwareAdapter, showAdapter, webgpuAdapter } from "./webgpu.js";

/** A backend that has been loaded. */
export interface OpenBackend {
  /** The name under which TensorFlow.js registered it. */
  readonly registered: string;
  /** The version of its package; null where the package does not say. */
  readonly version: string | null;
  /** The device it runs on, in words. */
  readonly device: string;
  /** `software` is a graphics adapter that computes on the CPU. */
  readonly kind: "cpu" | "gpu" | "software";
}

const start = async (name: string): Promise<Result<null>> => {
  try {
    if (await tf.setBackend(name)) return E.right(null);
  } catch (error) {
    return refuse({
      where: `tfjs/${name}`,
      found: error instanceof Error ? error.message : String(error),
      expected: "a backend that starts",
    });
  }
  return refuse({
    where: `tfjs/${name}`,
    found: "a backend that did not start",
    expected: "a backend that starts",
    advice: "the lines TensorFlow.js printed above say why",
  });
};

const isRegistered = (name: string): boolean => tf.findBackendFactory(name) !== null;

/** The cpu backend advertises tfjs-node at its first tensor unless this is production. */
const silenceAdvertisement = (): void => {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  tf.tidy(() => tf.scalar(0));
  tf.env().set("PROD", before);
};

const openCpu = async (): Promise<Result<OpenBackend>> => {
  const module = await import("@tensorflow/tfjs-backend-cpu");
  const started = await start("cpu");
  if (E.isLeft(started)) return started;
  silenceAdvertisement();
  return E.right({
    registered: "cpu",
    version: module.version_cpu,
    device: "one thread of plain JavaScript",
    kind: "cpu",
  });
};

const openWasm = async (): Promise<Result<OpenBackend>> => {
  const module = await import("@tensorflow/tfjs-backend-wasm");
  const started = await start("wasm");
  if (E.isLeft(started)) return started;
  tf.tidy(() => tf.scalar(0));
  guardAllocator((tf.backend() as unknown as { readonly wasm: WasmAllocator }).wasm);
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
  const threads = module.getThreadsCount();
  return E.right({
    registered: "wasm",
    version: module.version_wasm,
    device: `WebAssembly ${simd ? "with" : "without"} SIMD, ${threads} thread${threads === 1 ? "" : "s"}`,
    kind: "cpu",
  });
};

const openWebgpu = async (): Promise<Result<OpenBackend>> => {
  const adapter = await webgpuAdapter();
  if (E.isLeft(adapter)) return adapter;
  if (!isRegistered("webgpu")) {
    const module = await importPeer(peers.webgpuBackend);
    if (E.isLeft(module)) return module;
  }
  if (!isRegistered("webgpu"))
    return refuse({
      where: peers.webgpuBackend.package,
      found: "a package that registered no backend",
      expected: `the package at version ${tf.version_core}, sharing this @tensorflow/tfjs-core`,
      advice: peers.webgpuBackend.install,
    });
  return E.map((): OpenBackend => ({
    registered: "webgpu",
    version: null,
    device: showAdapter(adapter.right),
    kind: isSoftwareAdapter(adapter.right) ? "software" : "gpu",
  }))(await start("webgpu"));
};

/** The first major version of Node.js without `util.isNullOrUndefined`, which tfjs-node 4.22 calls. */
const tooNewForTfjsNode = 23;

/** What tfjs-node's backend knows about its library and its device. */
interface NativeBackend {
  readonly isGPUPackage?: boolean;
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

const nativeBackend = (): NativeBackend => tf.findBackend("tensorflow") as unknown as NativeBackend;

/** What the package exports; nothing where the program loaded it from another folder beforehand. */
const loadNative = async (
  peer: Peer,
  wantsGpu: boolean,
): Promise<Result<Readonly<Record<string, unknown>>>> => {
  const isLoaded =
    isRegistered("tensorflow") && (nativeBackend().isGPUPackage === true) === wantsGpu;
  const module = await importPeer(peer);
  return isLoaded && E.isLeft(module) ? E.right({}) : module;
};

const openNative = async (peer: Peer, wantsGpu: boolean): Promise<Result<OpenBackend>> => {
  const major = nodeMajor();
  if (major === null || major >= tooNewForTfjsNode)
    return refuse({
      where: peer.package,
      found: major === null ? "a browser" : `Node.js ${major}`,
      expected: `Node.js below ${tooNewForTfjsNode}: version 4.22 calls functions that ${tooNewForTfjsNode} removed`,
      advice: "use Node.js 20 or 22 for this backend, or the wasm backend",
    });
  withFullPrecision();
  const module = await loadNative(peer, wantsGpu);
  if (E.isLeft(module)) return module;
  const started = await start("tensorflow");
  if (E.isLeft(started)) return started;
  const native = nativeBackend();
  if ((native.isGPUPackage === true) !== wantsGpu)
    return refuse({
      where: peer.package,
      found: "the other of tfjs-node and tfjs-node-gpu, loaded earlier in this process",
      expected: "one of them in a process",
      advice: "start a new process",
    });
  if (wantsGpu && native.isUsingGpuDevice !== true)
    return refuse({
      where: peer.package,
      found: "libtensorflow running on the CPU: it found no GPU that it can use",
      expected:
        "an NVIDIA GPU, and the CUDA and cuDNN that this libtensorflow was built for " +
        "(11.2 and 8.1 for the one the package downloads)",
      advice: "compare `nvidia-smi` and LD_LIBRARY_PATH, or use webgpu",
    });
  const library = `libtensorflow ${native.binding?.TF_Version ?? ""}`.trim();
  const isGpu = native.isUsingGpuDevice === true;
  const versions = module.right["version"] as Readonly<Record<string, string>> | undefined;
  return E.right({
    registered: "tensorflow",
    version: versions?.[wantsGpu ? "tfjs-node-gpu" : "tfjs-node"] ?? null,
    device: `${library} on ${isGpu ? "an NVIDIA GPU" : "the CPU"}`,
    kind: isGpu ? "gpu" : "cpu",
  });
};

/** Load a backend and make it the current one. */
export const openBackend = (name: BackendName): Promise<Result<OpenBackend>> => {
  switch (name) {
    case "cpu":
      return openCpu();
    case "wasm":
      return openWasm();
    case "webgpu":
      return openWebgpu();
    case "tfjs-node":
      return openNative(peers.node, false);
    case "tfjs-node-gpu":
      return openNative(peers.nodeGpu, true);
  }
};

/** The target of an open backend; all that it loads shares one pool of constants. */
export const targetOn = (name: BackendName, backend: OpenBackend): Target => {
  const pool = constantPool();
  return {
    name: `tfjs/${name}`,
    device: backend.device,
    load: (program, initial) =>
      Promise.resolve(executable(backend.registered, pool, program, initial)),
  };
};

/**
 * A backend of TensorFlow.js as a target. Refuses one that is not installed or does not run here.
 *
 * @example
 * const target = await tfjsTarget("wasm");
 * // right({ name: "tfjs/wasm", device: "WebAssembly with SIMD, 1 thread", load })
 */
export const tfjsTarget = async (name: BackendName): Promise<Result<Target>> =>
  E.map((backend: OpenBackend) => targetOn(name, backend))(await openBackend(name));
