/** What each backend of TensorFlow.js is on this machine, examined in this process or page. */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import { examine, type BackendReport as Report, type OpenedBackend } from "../backendReport.js";
import { openBackend, targetOn, type OpenBackend } from "./backend.js";
import { backendNames, type BackendName } from "./backendName.js";
import { peers, type Peer } from "./peer.js";

/** One backend of TensorFlow.js on this machine. */
export type BackendReport = Report<BackendName>;

const peerOf: Record<BackendName, Peer | null> = {
  cpu: null,
  wasm: null,
  webgpu: peers.webgpuBackend,
  "tfjs-node": peers.node,
  "tfjs-node-gpu": peers.nodeGpu,
};

/** Open a backend, which becomes the current one of the process, and its target. */
export const openTfjs = async (name: BackendName): Promise<Result<OpenedBackend>> =>
  E.map((backend: OpenBackend): OpenedBackend => ({
    version: backend.version,
    device: backend.device,
    kind: backend.kind,
    target: targetOn(name, backend),
  }))(await openBackend(name));

/** Examine every backend of TensorFlow.js, one after another. */
export const diagnose = async (): Promise<readonly BackendReport[]> => {
  const reports: BackendReport[] = [];
  for (const name of backendNames)
    reports.push(await examine(name, peerOf[name]?.install ?? null, () => openTfjs(name)));
  return reports;
};
