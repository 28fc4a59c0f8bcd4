/** What schedule.ts relies on: two habits of the runtime that no documentation promises. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockSize } from "../../../src/compile/onnx/blockSize.js";
import { emit } from "../../../src/compile/onnx/emit.js";
import type { EmittedProgram } from "../../../src/compile/onnx/emitted.js";
import { encodeModel } from "../../../src/compile/onnx/encode.js";
import type { OnnxGraph } from "../../../src/compile/onnx/graph.js";
import { graphBuilder } from "../../../src/compile/onnx/graphBuilder.js";
import { arrange } from "../../../src/compile/onnx/layout.js";
import { add, multiply } from "../../../src/compile/onnx/operators.js";
import { barrier, barrierMessage, scheduled } from "../../../src/compile/onnx/schedule.js";
import type { StepProgram } from "../../../src/compile/step.js";
import type { Feed } from "../../../src/compile/target.js";
import { size } from "../../../src/tensor/shape.js";
import { succeed } from "../../generators/succeed.js";
import { adamw, batchOf, digits, digitsStep, sgd } from "./digits.js";

const place = mkdtempSync(join(tmpdir(), "heirloom-schedule-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const options = {
  intraOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 3,
} as const;

const float = (data: Float32Array, shape: readonly number[]): OrtTensor =>
  new OrtTensor("float32", data, [...shape]);

describe("the barrier", () => {
  /** y = x + w, z = y * w. */
  const graph = (): OnnxGraph => {
    const g = graphBuilder();
    const [x, w] = [g.input("x", [3]), g.input("w", [3])];
    const y = add(g, x, w);
    g.output("z", multiply(g, y, w));
    g.output("y", y);
    return g.finish();
  };
  const feeds = () => ({
    x: float(Float32Array.of(1, 2, 3), [3]),
    w: float(Float32Array.of(10, 20, 30), [3]),
  });

  it("is the first output, and the outputs follow in their order", () => {
    const { outputs, nodes } = scheduled(graph(), true);
    expect(outputs.map(({ name }) => name)).toEqual([barrier, "z", "y"]);
    expect(nodes.map(({ op }) => op)).toEqual(["Mul", "Add", "SequenceEmpty"]);
    const open = scheduled(graph(), false);
    expect(open.outputs).toEqual(graph().outputs);
    expect(open.nodes.map(({ op }) => op)).toEqual(["Mul", "Add"]);
  });

  it("stops the binding by its message, when everything has been written", async () => {
    const session = await InferenceSession.create(encodeModel(scheduled(graph(), true)), options);
    const [y, z] = [new Float32Array(3).fill(NaN), new Float32Array(3).fill(NaN)];
    const fetches = { [barrier]: null, y: float(y, [3]), z: float(z, [3]) };
    // Twice: an error must not leave the session unusable.
    for (let i = 0; i < 2; i++) {
      y.fill(NaN);
      z.fill(NaN);
      await expect(session.run(feeds(), fetches)).rejects.toThrow(barrierMessage);
      expect([...y]).toEqual([11, 22, 33]);
      expect([...z]).toEqual([110, 440, 990]);
    }
    await session.release();
  });

  it("does not stop a run that leaves it out", async () => {
    const session = await InferenceSession.create(encodeModel(scheduled(graph(), true)), options);
    const { y } = await session.run(feeds(), ["y"]);
    expect([...(y!.data as Float32Array)]).toEqual([11, 22, 33]);
    await session.release();
  });
});

/** Everything a graph is fed. */
const feedsOf = (emitted: EmittedProgram, initial: Feed, batch: Feed) => {
  const single = (values: Feed, name: string): Float32Array =>
    Float32Array.from(values[name]!.data);
  return Object.fromEntries([
    ...emitted.frozen.map(({ edge, data }) => [edge.name, float(data, edge.shape)] as const),
    ...emitted.residents.map(({ name, layout, input, shape }) => {
      const value = { shape, data: single(initial, name) };
      const data = arrange(layout, value, emitted.block ?? 1);
      return [input.name, float(data, input.shape)] as const;
    }),
    ...emitted.feeds.map(
      ({ name, edge, shape }) => [edge.name, float(single(batch, name), shape)] as const,
    ),
  ]);
};

/** Run once, up to the barrier if there is one, with the names of the nodes in the order of their kernels. */
const profiled = async (
  graph: OnnxGraph,
  feeds: Readonly<Record<string, OrtTensor>>,
): Promise<{
  readonly ran: readonly string[];
  readonly results: ReadonlyMap<string, Float32Array>;
}> => {
  const prefix = mkdtempSync(join(place, "run-"));
  const session = await InferenceSession.create(encodeModel(graph), {
    ...options,
    enableProfiling: true,
    profileFilePrefix: join(prefix, "profile"),
  });
  const floats = graph.outputs.filter(({ type }) => type === "float32");
  const results = new Map(
    floats.map(({ name, shape }) => [name, new Float32Array(size(shape)).fill(NaN)]),
  );
  const fetches = Object.fromEntries<OrtTensor | null>([
    ...(graph.outputs.length > floats.length ? [[barrier, null] as const] : []),
    ...floats.map(({ name, shape }) => [name, float(results.get(name)!, shape)] as const),
  ]);
  const run = session.run({ ...feeds }, fetches);
  if (barrier in fetches) await expect(run).rejects.toThrow(barrierMessage);
  else await run;
  session.endProfiling();
  await session.release();
  const [file] = readdirSync(prefix);
  const events = JSON.parse(readFileSync(join(prefix, file!), "utf8")) as readonly {
    readonly cat: string;
    readonly name: string;
    readonly ts: number;
  }[];
  const kernels = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
  return {
    ran: [...kernels]
      .sort((a, b) => a.ts - b.ts)
      .map(({ name }) => name.slice(0, -"_kernel_time".length)),
    results,
  };
};

const namesOf = (graph: OnnxGraph): string[] => graph.nodes.map(({ outputs }) => outputs[0]!);

/**
 * Where a run leaves the order of the program. Take the final results in the program's order: the loss, then the
 * update of the last layer's parameters, of the layer's before it, and so on. Nothing that only a later result
 * needs (the gradient of an earlier layer) may run before all of the results so far have been computed.
 */
const strays = (graph: OnnxGraph, ran: readonly string[]): readonly string[] => {
  const maker = new Map(graph.nodes.flatMap((node) => node.outputs.map((o) => [o, node] as const)));
  const position = new Map(ran.map((name, i) => [name, i]));
  const found: string[] = [];
  const done = new Set<string>();
  // A moment that the update itself reads is no end; where it runs among the update's nodes does not matter.
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const ends = new Set(graph.outputs.map(({ name }) => name).filter((name) => !read.has(name)));
  let end = -1;
  for (const result of namesOf(graph).filter((name) => ends.has(name))) {
    const needed: string[] = [];
    const visit = (edge: string): void => {
      const node = maker.get(edge);
      if (node === undefined || done.has(node.outputs[0]!)) return;
      done.add(node.outputs[0]!);
      needed.push(node.outputs[0]!);
      node.inputs.forEach(visit);
    };
    visit(result);
    const at = needed.map((name) => position.get(name) ?? Infinity);
    if (at.some((i) => i < end)) found.push(result);
    end = at.reduce((last, i) => Math.max(last, i), end);
  }
  return found;
};

describe("the order of a training step", () => {
  let block: number | null;
  const steps: (readonly [string, StepProgram, Feed])[] = [];
  beforeAll(async () => {
    block = succeed(await blockSize());
    const data = await digits();
    for (const [method, fn, optimizer] of [
      ["projection", { name: "relu" }, sgd],
      ["full", { name: "relu" }, adamw],
    ] as const) {
      const step = digitsStep(method, fn, 8, optimizer);
      steps.push([method, step, await batchOf(data, step, optimizer, 0.01, 1)]);
    }
  });

  it.each(["blocked", "plain"])("%s: is that of the program", async (lowering) => {
    for (const [method, { program, initial }, batch] of steps) {
      const emitted = emit(program, { block: lowering === "blocked" ? block : null });
      const feeds = feedsOf(emitted, initial, batch);
      const { graph } = emitted;
      const { ran, results } = await profiled(scheduled(graph, true), feeds);
      expect(ran.filter((name) => name !== barrier).sort(), method).toEqual(namesOf(graph).sort());
      expect(strays(graph, ran), method).toEqual([]);
      const alone = await profiled(graph, feeds);
      // Were this empty too, the runtime would keep the order by itself, and nothing need be reversed.
      expect(strays(graph, alone.ran), method).not.toEqual([]);
      expect(results.size).toBeGreaterThan(2);
      for (const [name, data] of results) expect(data, name).toEqual(alone.results.get(name));
    }
  });
});
