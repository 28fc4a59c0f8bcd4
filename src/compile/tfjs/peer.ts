/**
 * Optional packages, found at run time. Their names never appear in a static import, so Heirloom installs,
 * type-checks and bundles without them.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";

/** An optional package and the one command that gets it. */
export interface Peer {
  readonly package: string;
  readonly install: string;
  /** What helps where the package is there and does not load. */
  readonly repair?: string;
}

/** Without its install script, or where its download is out of reach, tfjs-node has no native addon. */
const relink =
  "link it to the TensorFlow of a Python wheel with tools/link-tensorflow.sh (docs/tfjs-node.md)";

/** The packages that backends beyond cpu and wasm come from. */
export const peers = {
  webgpuBackend: {
    package: "@tensorflow/tfjs-backend-webgpu",
    install: "npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0",
  },
  dawn: {
    package: "webgpu",
    install: "npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0",
  },
  node: {
    package: "@tensorflow/tfjs-node",
    install: "npm install @tensorflow/tfjs-node@4.22.0",
    repair: relink,
  },
  nodeGpu: {
    package: "@tensorflow/tfjs-node-gpu",
    install: "npm install @tensorflow/tfjs-node-gpu@4.22.0",
    repair: relink,
  },
} as const satisfies Record<string, Peer>;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

/** Import a package, or say that it is missing or why it does not load. */
export const importPeer = async (
  peer: Peer,
): Promise<Result<Readonly<Record<string, unknown>>>> => {
  try {
    return E.right((await import(peer.package)) as Readonly<Record<string, unknown>>);
  } catch (error) {
    const isMissing =
      (error as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND" &&
      firstLine(error).includes(`'${peer.package}'`);
    return refuse({
      where: peer.package,
      found: isMissing ? "no such package" : `a package that does not load: ${firstLine(error)}`,
      expected: "the package, installed for this machine",
      advice: isMissing ? peer.install : (peer.repair ?? peer.install),
    });
  }
};

/** The major version of Node.js; null in browsers. */
export const nodeMajor = (): number | null => {
  const version = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions
    ?.node;
  return version === undefined ? null : Number(version.split(".")[0]);
};
