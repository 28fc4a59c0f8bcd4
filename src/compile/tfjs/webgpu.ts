/**
 * WebGPU: the browser's own, or in Node.js that of Dawn through the `webgpu` package. The adapter is asked
 * who it is; one that computes on the CPU is named a software adapter, never a GPU.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { importPeer, nodeMajor, peers } from "./peer.js";

/** What an adapter says of itself (`GPUAdapterInfo`). */
export interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

interface Adapter {
  readonly info?: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
}

interface Gpu {
  readonly requestAdapter: (options?: object) => Promise<Adapter | null>;
}

const software = /swiftshader|lavapipe|llvmpipe|softpipe|\bwarp\b|basic render|software/i;

/** Whether the adapter computes on the CPU. */
export const isSoftwareAdapter = (info: AdapterInfo): boolean =>
  info.isFallbackAdapter === true ||
  software.test([info.vendor, info.architecture, info.device, info.description].join(" "));

/** The adapter in words. */
export const showAdapter = (info: AdapterInfo): string => {
  const name =
    info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(" ");
  return `${name || "an adapter that does not say its name"}${
    isSoftwareAdapter(info) ? " (a software adapter on the CPU, not a GPU)" : ""
  }`;
};

/** The fields one by one: they are accessors of a prototype, which spreading would lose. */
const describe = ({ info, isFallbackAdapter }: Adapter): AdapterInfo => ({
  vendor: info?.vendor ?? "",
  architecture: info?.architecture ?? "",
  device: info?.device ?? "",
  description: info?.description ?? "",
  isFallbackAdapter: (info?.isFallbackAdapter ?? isFallbackAdapter) === true,
});

/** Put Dawn where the backend looks for the browser's WebGPU: `navigator.gpu` and the `GPU...` globals. */
const installDawn = (dawn: Readonly<Record<string, unknown>>): Gpu => {
  const gpu = (dawn["create"] as (flags: readonly string[]) => Gpu)([]);
  const place = globalThis as { navigator?: object };
  Object.assign(globalThis, dawn["globals"]);
  if (place.navigator === undefined)
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  Object.defineProperty(place.navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
};

/** Make `navigator.gpu` available and ask its best adapter who it is. */
export const webgpuAdapter = async (): Promise<Result<AdapterInfo>> => {
  let gpu = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (gpu === undefined) {
    if (nodeMajor() === null)
      return refuse({
        where: "webgpu",
        found: "a browser without navigator.gpu",
        expected: "a browser with WebGPU, on a page served over https",
      });
    const dawn = await importPeer(peers.dawn);
    if (E.isLeft(dawn)) return dawn;
    gpu = installDawn(dawn.right);
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  return adapter === null
    ? refuse({
        where: "webgpu",
        found: "no adapter",
        expected: "a GPU with a Vulkan, Metal or Direct3D 12 driver",
        advice: "install the GPU's driver; `vulkaninfo --summary` shows what Linux offers",
      })
    : E.right(describe(adapter));
};
