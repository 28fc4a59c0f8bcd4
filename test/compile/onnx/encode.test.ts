/** Models as ONNX Runtime reads them: every kind of attribute, stored, frozen and external tensors. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import type { FrozenInput } from "../../../src/compile/onnx/emitted.js";
import { encodeExternal, encodeModel, storedBytes } from "../../../src/compile/onnx/encode.js";
import type { OnnxGraph } from "../../../src/compile/onnx/graph.js";
import { graphBuilder } from "../../../src/compile/onnx/graphBuilder.js";
import { concat, multiply, reshape, transpose } from "../../../src/compile/onnx/operators.js";

const place = mkdtempSync(join(tmpdir(), "heirloom-encode-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const count = (length: number, from = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => from + i);

/**
 * y = LeakyRelu(transpose(x * scale) with the tail attached, 0.25), exact in float32. Uses int, ints, float
 * and string attributes, an empty optional input, int64 indices, a scalar and a frozen matrix.
 */
const example = (): { graph: OnnxGraph; frozen: readonly FrozenInput[] } => {
  const g = graphBuilder();
  const x = g.input("x", [2, 3]);
  const scale = g.input("scale", [2, 3]);
  const tail = g.initializer(count(4, -4), [4]);
  const turned = transpose(g, multiply(g, x, scale), [1, 0]);
  const whole = concat(g, [turned, reshape(g, tail, [2, 2])], 0);
  const clipped = g.node("Clip", [whole, null, g.number(20)], whole.shape);
  const leaky = g.node("LeakyRelu", [clipped], whole.shape, {
    attributes: { alpha: { float: 0.25 } },
  });
  const product = g.node("Einsum", [leaky], [2, 5], {
    attributes: { equation: { string: "ij->ji" } },
  });
  g.output("y", product);
  return {
    graph: g.finish(),
    frozen: [{ edge: scale, data: Float32Array.of(1, 2, 3, -1, 1, 6), owned: true }],
  };
};

/** x * scale = [[0, 2, 6], [-3, 4, 30]], below it the tail, clipped at 20, a quarter of what is negative. */
const expected = [0, 2, 6, -1, -0.5, -0.75, 4, 20, -0.75, -0.25];

const quiet = { logSeverityLevel: 3 } as const;

const run = async (
  model: Uint8Array | string,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<{ inputs: readonly string[]; y: Tensor }> => {
  const session = await (typeof model === "string"
    ? InferenceSession.create(model, quiet)
    : InferenceSession.create(model, quiet));
  const { y } = await session.run(feeds);
  const inputs = [...session.inputNames];
  await session.release();
  return { inputs, y: y! };
};

const x = new Tensor("float32", count(6), [2, 3]);

describe("an encoded model", () => {
  it("computes what its graph says, with frozen tensors as inputs", async () => {
    const { graph, frozen } = example();
    const scale = new Tensor("float32", frozen[0]!.data, [2, 3]);
    const { inputs, y } = await run(encodeModel(graph), { x, scale });
    expect(inputs).toEqual(["x", "scale"]);
    expect(y.dims).toEqual([2, 5]);
    expect([...(y.data as Float32Array)]).toEqual(expected);
  });

  it("stands alone where they are stored", async () => {
    const { graph, frozen } = example();
    const { inputs, y } = await run(encodeModel(graph, frozen), { x });
    expect(inputs).toEqual(["x"]);
    expect([...(y.data as Float32Array)]).toEqual(expected);
  });

  it("stores elements that are a part of a larger buffer", async () => {
    const { graph, frozen } = example();
    const buffer = new Float32Array(20).fill(NaN);
    buffer.set(frozen[0]!.data, 7);
    const part = { ...frozen[0]!, data: buffer.subarray(7, 13) };
    const { y } = await run(encodeModel(graph, [part]), { x });
    expect([...(y.data as Float32Array)]).toEqual(expected);
  });

  it("asks for the operator sets that occur", async () => {
    const g = graphBuilder();
    const input = g.input("x", [1, 16, 1, 1]);
    g.output(
      "y",
      g.node("FastGelu", [input], input.shape, { domain: "com.microsoft", attributes: {} }),
    );
    const model = encodeModel(g.finish());
    expect(Buffer.from(model).toString("latin1")).toContain("com.microsoft");
    expect(Buffer.from(encodeModel(example().graph)).toString("latin1")).not.toContain("com.micro");
    const zeros = new Tensor("float32", new Float32Array(16), [1, 16, 1, 1]);
    const { y } = await run(model, { x: zeros });
    expect([...(y.data as Float32Array)]).toEqual(Array(16).fill(0));
  });

  it("has messages of all length classes: 127, 128 and 16384 bytes and more", async () => {
    for (const length of [1, 31, 32, 4095, 4096, 600_000]) {
      const g = graphBuilder();
      const input = g.input("x", [length]);
      const data = count(length, 1);
      g.output("y", multiply(g, input, g.initializer(data, [length])));
      const ones = new Tensor("float32", new Float32Array(length).fill(1), [length]);
      const { y } = await run(encodeModel(g.finish()), { x: ones });
      expect(
        Buffer.compare(Buffer.from((y.data as Float32Array).buffer), Buffer.from(data.buffer)),
      ).toBe(0);
    }
  });
});

describe("an external model", () => {
  const fileLength = (chunks: Iterable<Uint8Array>): number =>
    [...chunks].reduce((n, chunk) => n + chunk.byteLength, 0);

  it.each([0, 17, 1000])("from %i bytes on keeps tensors in a second file", async (threshold) => {
    const { graph, frozen } = example();
    const file = `weights-${threshold}.bin`;
    const { model, data } = encodeExternal(graph, frozen, file, threshold);
    const path = join(place, `model-${threshold}.onnx`);
    writeFileSync(path, model);
    writeFileSync(join(place, file), Buffer.concat([...data]));
    const { y } = await run(path, { x });
    expect([...(y.data as Float32Array)]).toEqual(expected);
  });

  it("puts every tensor but the indices at a multiple of 4096", () => {
    const { graph, frozen } = example();
    const floats = graph.initializers.filter(({ edge }) => edge.type === "float32");
    const tensors = floats.length + frozen.length;
    expect(graph.initializers.length).toBeGreaterThan(floats.length);
    const { data } = encodeExternal(graph, frozen, "weights", 0);
    expect(fileLength(data)).toBe((tensors - 1) * 4096 + frozen[0]!.data.byteLength);
    expect(fileLength(encodeExternal(graph, frozen, "weights", 24).data)).toBe(24);
    expect(fileLength(encodeExternal(graph, frozen, "weights", 25).data)).toBe(0);
  });

  it("counts the bytes of elements", () => {
    const { graph, frozen } = example();
    expect(storedBytes(graph, frozen) - storedBytes(graph)).toBe(24);
  });
});
