/** How ONNX Runtime is asked to run, and what its messages mean. */
import { availableParallelism } from "node:os";
import type { InferenceSession } from "onnxruntime-node";
import type { Refusal } from "../../algebra/refusal.js";

/** The providers that onnxruntime-node may have. */
export const providers = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;

/** Where ONNX Runtime computes. */
export type Provider = (typeof providers)[number];

/** How to run a graph. */
export interface RuntimeOptions {
  /** Where to compute; the CPU unless told. */
  readonly provider?: Provider;
  /** Threads to compute on; all that the machine has unless told. */
  readonly threads?: number;
  /** Whether to refuse a graph of which the provider would leave a part to the CPU. */
  readonly strict?: boolean;
  /** How far the runtime may rewrite the graph; `all` unless told. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
}

/** The number of threads that will compute. */
export const threadsOf = ({ threads }: RuntimeOptions): number => threads ?? availableParallelism();

/** The runtime's log: nothing below a fatal error, since errors come back as refusals. */
const fatalOnly = 4;

/**
 * The runtime's options. Threads that wait do not spin: other work, such as the next batch, needs the cores.
 */
export const sessionOptions = (options: RuntimeOptions): InferenceSession.SessionOptions => ({
  executionProviders: [options.provider ?? "cpu"],
  intraOpNumThreads: threadsOf(options),
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: options.optimization ?? "all",
  logSeverityLevel: fatalOnly,
  extra: {
    session: {
      intra_op: { allow_spinning: "0" },
      ...(options.strict === true ? { disable_cpu_ep_fallback: "1" } : {}),
    },
  },
});

/** `Non-zero status code returned while running Add node. Name:'#7' Status Message: ...` */
const failedNode = /while running (\S+) node\. Name:'([^']*)' Status Message:\s*([^]*)/;

/** The package of the runtime, with the version that Heirloom knows. */
export const runtimePackage = {
  package: "onnxruntime-node",
  install: "npm install onnxruntime-node@1.30.0",
} as const;

/**
 * What the system says of a file of the package that it cannot load: the binding, or the runtime's own
 * library. The libraries of providers have other names.
 */
const brokenFile =
  /onnxruntime_binding\.node|libonnxruntime\.(so|[\d.]*dylib)|version `GLIBC|not a valid Win32 application/;

/** Why the package does not load; null where it is something else that failed. */
const missingRuntime = (message: string): Refusal | null => {
  const { package: where, install } = runtimePackage;
  if (/Cannot find (package|module) 'onnxruntime-node'/.test(message))
    return {
      where,
      found: "no such package",
      expected: "the package, installed for this machine",
      advice: install,
    };
  if (/Cannot find module '[^']*onnxruntime_binding\.node'/.test(message))
    return {
      where,
      found: `no library for ${process.platform} ${process.arch}`,
      expected:
        "Linux or Windows on x64 or arm64, or macOS on arm64: the package has no other library",
      advice: "use a backend of TensorFlow.js, such as wasm",
    };
  return brokenFile.test(message)
    ? {
        where,
        found: message.trim(),
        expected: "a whole package, on a system that can load its library",
        advice: `remove node_modules/${where} and run \`${install}\`, or use wasm`,
      }
    : null;
};

/** The place in the runtime's sources and the condition that did not hold there, before what they mean. */
const sourcePlace = /\S+\.(?:cc|h):\d+ [^]*?(?: was false\. |(?=Failed to allocate memory))/;

/** A failure of the runtime: the node and its operator are the place, where it names them. */
export const runtimeRefusal = (target: string, message: string): Refusal => {
  const missing = missingRuntime(message);
  if (missing !== null) return missing;
  const [, op, name, reason] = failedNode.exec(message) ?? [];
  return {
    where: op === undefined ? target : `${target}, node ${name ?? ""} (${op})`,
    found: (reason ?? message).replace(sourcePlace, "").trim(),
    expected: `a computation that ${target} can do`,
    advice: "try a smaller batch, or another backend (`heirloom doctor` lists them)",
  };
};
