/** ONNX Runtime as a target. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { mostThreads } from "../backendName.js";
import type { OpenedBackend } from "../backendReport.js";
import { withFullPrecision } from "../fullPrecision.js";
import type { Target } from "../target.js";
import { blockSize } from "./blockSize.js";
import { emit } from "./emit.js";
import { onnxExecutable } from "./executable.js";
import { findProvider, providerDevice, runtimeVersion, type Provider } from "./provider.js";
import { threadsOf } from "./runtime.js";
import { suitsBlocks } from "./suitability.js";
import { withoutTelemetry } from "./telemetry.js";

/** How to compute. */
export interface OnnxOptions {
  /** Threads to compute on; all that the machine has unless told. */
  readonly threads?: number;
  /** Where to compute; the CPU unless told. */
  readonly provider?: Provider;
  /**
   * `blocked` writes programs in the runtime's own dialect, which only the CPU has; `plain` in standard ONNX.
   * Unless told, blocked where the runtime has it and it suits the program (suitability.ts).
   */
  readonly lowering?: "blocked" | "plain";
}

/** The block to emit for. Finding it proves that the runtime runs; null is plain ONNX. */
const blockFor = async (
  provider: Provider,
  lowering: OnnxOptions["lowering"],
): Promise<Result<number | null>> => {
  const isBlocked = provider === "cpu" && lowering !== "plain";
  const block = isBlocked ? await blockSize() : E.map(() => null)(await findProvider(provider));
  return E.isRight(block) && block.right === null && lowering === "blocked"
    ? refuse({
        where: `onnx/${provider}`,
        found: "no blocked dialect",
        expected: "a runtime that stores channels in blocks",
        advice: "use the plain lowering",
      })
    : block;
};

const checkThreads = (threads: number): Result<number> =>
  Number.isInteger(threads) && threads >= 1 && threads <= mostThreads
    ? E.right(threads)
    : refuse({
        where: "threads",
        found: String(threads),
        expected: `a whole number from 1 to ${mostThreads}`,
      });

/** ONNX Runtime with what is to be told about it. */
export const openOnnx = async (options: OnnxOptions = {}): Promise<Result<OpenedBackend>> => {
  const { provider = "cpu", lowering } = options;
  const checked = checkThreads(threadsOf(options));
  if (E.isLeft(checked)) return checked;
  const threads = checked.right;
  withoutTelemetry();
  if (provider === "cuda") withFullPrecision();
  const found = await blockFor(provider, lowering);
  if (E.isLeft(found)) return found;
  const block = found.right;
  const version = runtimeVersion();
  const details =
    provider === "cpu"
      ? [
          `${threads} thread${threads === 1 ? "" : "s"}`,
          block === null ? "standard operators" : `blocks of ${block}`,
        ]
      : [];
  const where = `onnx/${provider}`;
  const device = [`ONNX Runtime ${version ?? ""} on ${providerDevice[provider]}`, ...details];
  const load: Target["load"] = (program, initial) => {
    const isSuited = block !== null && (lowering === "blocked" || suitsBlocks(program, block));
    return onnxExecutable(emit(program, { block: isSuited ? block : null }), initial, {
      provider,
      threads,
      // What the blocked lowering writes is as it should run; rewriting it would only take time.
      optimization: isSuited ? "disabled" : "all",
    });
  };
  return E.right({
    version,
    device: device.join(", "),
    kind: provider === "cpu" ? "cpu" : "gpu",
    target: { name: where, device: device.join(", "), load },
  });
};

/**
 * ONNX Runtime as a target. Refuses a provider that the installed runtime lacks or that does not run here.
 *
 * @example
 * const target = await onnxTarget({ threads: 2 });
 * // right({ name: "onnx/cpu", device: "ONNX Runtime 1.30.0 on the CPU, 2 threads, blocks of 16", load })
 */
export const onnxTarget = async (options: OnnxOptions = {}): Promise<Result<Target>> =>
  E.map(({ target }: OpenedBackend) => target)(await openOnnx(options));
