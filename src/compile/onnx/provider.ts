/**
 * Where ONNX Runtime computes. A provider is there when a tiny program runs on it, all of it: the runtime
 * otherwise leaves to the CPU what a provider cannot do, without a word.
 */
import { createRequire } from "node:module";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { tensor } from "../../tensor/tensor.js";
import type { Feed } from "../target.js";
import type { EmittedProgram } from "./emitted.js";
import { onnxExecutable } from "./executable.js";
import type { Edge } from "./graph.js";
import { graphBuilder, type GraphBuilder } from "./graphBuilder.js";
import { add } from "./operators.js";
import { runtimePackage, type Provider, type RuntimeOptions } from "./runtime.js";

export { providers, type Provider } from "./runtime.js";

/**
 * The device in words. The runtime does not say which adapter or which chip it found, so this says no more
 * than the interface.
 */
export const providerDevice: Readonly<Record<Provider, string>> = {
  cpu: "the CPU",
  webgpu: "WebGPU",
  cuda: "an NVIDIA GPU with CUDA",
  coreml: "CoreML",
  dml: "DirectML",
};

/** A program without residents that makes `y` of `x`. */
export const probe = (
  shape: readonly number[],
  build: (g: GraphBuilder, x: Edge) => Edge,
): EmittedProgram => {
  const g = graphBuilder();
  const x = g.input("x", shape);
  const y = build(g, x);
  g.output("y", y);
  return {
    graph: g.finish(),
    residents: [],
    frozen: [],
    feeds: [{ name: "x", shape, edge: x }],
    results: [{ name: "y", shape: y.shape, edge: { ...y, name: "y" } }],
    block: null,
  };
};

/** What a probe makes of these elements. */
export const runProbe = async (
  program: EmittedProgram,
  data: Float32Array,
  options: RuntimeOptions,
): Promise<Result<ArrayLike<number>>> => {
  const loaded = await onnxExecutable(program, {}, options);
  if (E.isLeft(loaded)) return loaded;
  const executable = loaded.right;
  const output = await executable.step({ x: tensor(program.feeds[0]!.shape, data) });
  executable.dispose();
  return E.map((values: Feed) => values["y"]!.data)(output);
};

/** The version of the installed package; null where there is none. */
export const runtimeVersion = (): string | null => {
  try {
    const { version } = createRequire(import.meta.url)(
      `${runtimePackage.package}/package.json`,
    ) as { readonly version: string };
    return version;
  } catch {
    return null;
  }
};

/** Whether a provider is there: `x + x` on it. */
export const findProvider = async (provider: Provider): Promise<Result<null>> => {
  const isElsewhere = provider !== "cpu";
  const doubled = await runProbe(
    probe([4], (g, x) => add(g, x, x)),
    Float32Array.of(1, 2, 3, 4),
    { provider, threads: 1, ...(isElsewhere ? { strict: true } : {}) },
  );
  if (E.isLeft(doubled)) return doubled;
  const found = Array.from(doubled.right);
  return found.join() === "2,4,6,8"
    ? E.right(null)
    : refuse({
        where: `onnx/${provider}`,
        found: `1,2,3,4 doubled is ${found.join()}`,
        expected: "2,4,6,8",
        advice: "use another backend (`heirloom doctor` lists them)",
      });
};
