/**
 * What can be said against a GPU backend at a glance, without starting anything: its package is not
 * installed, or the machine has no GPU. Nothing said here means that it is worth a start.
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isInstalled, missingPackage } from "./backendPackage.js";
import type { BackendName } from "./backendName.js";

/** What a glance sees. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly isInstalled: (packageName: string) => boolean;
  /** Whether the system shows a device that drivers of GPUs speak to. */
  readonly hasGpuDevice: boolean;
  /** Whether onnxruntime-node's CUDA libraries, which are not part of the package, are there. */
  readonly hasCudaLibraries: boolean;
}

/**
 * Where Linux shows the devices of GPUs: NVIDIA's driver, WSL's, AMD's compute driver, Arm's Mali, Qualcomm's
 * Adreno, NVIDIA's Jetson, PowerVR; and the render nodes of all that use the kernel's own graphics layer.
 */
const deviceFiles: readonly string[] = [
  "/dev/nvidiactl",
  "/dev/nvidia0",
  "/dev/dxg",
  "/dev/kfd",
  "/dev/mali0",
  "/dev/kgsl-3d0",
  "/dev/nvhost-gpu",
  "/dev/nvgpu",
  "/dev/pvr_sync",
];

const hasRenderNode = (): boolean => {
  try {
    return readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
  } catch {
    return false;
  }
};

/** Other systems always have a graphics driver to ask. */
const hasGpuDevice = (): boolean =>
  process.platform !== "linux" || hasRenderNode() || deviceFiles.some((path) => existsSync(path));

const cudaLibrary = "libonnxruntime_providers_cuda.so";

const hasCudaLibraries = (): boolean => {
  try {
    const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
    const folder = join(dirname(entry), "..", "bin", "napi-v6", process.platform, process.arch);
    return existsSync(join(folder, cudaLibrary));
  } catch {
    return false;
  }
};

/** This machine. */
export const surroundings = (): Surroundings => ({
  platform: process.platform,
  arch: process.arch,
  isInstalled,
  hasGpuDevice: hasGpuDevice(),
  hasCudaLibraries: hasCudaLibraries(),
});

/** Which package a backend lacks, in a few words; null where it has all of them. */
export const notInstalled = (name: BackendName, seen: Surroundings): string | null => {
  const missing = missingPackage(name, seen.isInstalled);
  return missing === null ? null : `${missing.where} is not installed`;
};

/** Why a GPU backend need not be started, in a few words; null where it may work. */
export const glance = (name: BackendName, seen: Surroundings): string | null => {
  const missing = notInstalled(name, seen);
  if (missing !== null) return missing;
  if (name === "onnx-cuda" && (seen.platform !== "linux" || seen.arch !== "x64"))
    return `onnxruntime-node has CUDA for linux x64, not for ${seen.platform} ${seen.arch}`;
  if (!seen.hasGpuDevice) return "the machine shows no GPU";
  return name === "onnx-cuda" && !seen.hasCudaLibraries
    ? "onnxruntime-node's CUDA libraries are not installed"
    : null;
};
