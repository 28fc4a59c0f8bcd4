import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAdapter, writeAdapter } from "../../src/format/adapter.js";
import { readDocument, weightsSha256, writeDocument } from "../../src/format/document.js";
import type { Model } from "../../src/format/modelFile.js";
import { presets } from "../../src/format/preprocessing.js";
import { readModel } from "../../src/format/readModel.js";
import { encodeSafetensors } from "../../src/format/safetensors.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import { network, type LayerSpec, type Network } from "../../src/model/network.js";
import { channelsOf, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { floats32 } from "../../src/laws/generators/ring.js";
import { drawNetwork } from "../../src/laws/generators/network.js";
import { allActivations, orderedKinds } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";
import { folderOf, scratch } from "./scratch.js";

const networks = tape().map((t) =>
  drawNetwork(t, floats32, {
    kinds: ["convolution", "projected", "dense", "batchNorm", "layerNorm", ...orderedKinds],
    activations: allActivations,
    statistics: ["frozen", "batch"],
  }),
);

const modelOf = (n: Network, name = "m"): Model => ({
  name,
  network: n,
  preprocessing: presets.torch,
  labels: Array.from({ length: channelsOf(n.output) }, (_, i) => `c${i}`),
});

const floats = (shape: Shape, seed: number): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => seed + i / 7),
});

const input: LayerSpec = { name: "x", op: { kind: "input", shape: [3] }, inputs: [] };
const dense = (name: string, reads: string, weights: Tensor<number>): LayerSpec => ({
  name,
  op: { kind: "dense", weights, bias: null },
  inputs: [reads],
});
const base = modelOf(
  succeed(network([input, dense("a", "x", floats([3, 3], 1)), dense("b", "a", floats([3, 2], 2))])),
  "base",
);

/** A document's folder with parts of its files replaced. */
const altered = async (
  edit: (json: Record<string, unknown>) => unknown,
  weights?: ReadonlyMap<string, Tensor<number>>,
): Promise<string> => {
  const folder = join(await scratch(), "m");
  succeed(await writeDocument(base, folder));
  const file = join(folder, "network.json");
  const json = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify(edit(json)));
  if (weights !== undefined)
    await writeFile(join(folder, "weights.safetensors"), Buffer.concat(encodeSafetensors(weights)));
  return folder;
};

describe("a document", () => {
  it("gives back every network as it was", async () => {
    const folder = join(await scratch(), "m");
    await fc.assert(
      fc.asyncProperty(networks, async (n) => {
        const model = modelOf(n);
        succeed(await writeDocument(model, folder, { force: true }));
        expect(succeed(await readDocument(folder))).toEqual({
          ...model,
          certificate: null,
          origin: null,
        });
        expect(succeed(await readModel(folder)).network).toEqual(n);
      }),
      { numRuns: 60 },
    );
  });

  it("names its weights by the sha256 of the file that holds them", async () => {
    const folder = join(await scratch(), "m");
    succeed(await writeDocument(base, folder));
    const bytes = await readFile(join(folder, "weights.safetensors"));
    expect(weightsSha256(base.network)).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  const w = floats([3, 3], 1);
  const v = floats([3, 2], 2);
  const layer = (json: Record<string, unknown>, change: object) => ({
    ...json,
    layers: (json["layers"] as object[]).map((l, i) => (i === 1 ? { ...l, ...change } : l)),
  });
  const cases: readonly (readonly [
    string,
    (json: Record<string, unknown>) => unknown,
    ReadonlyMap<string, Tensor<number>> | undefined,
    string,
  ])[] = [
    ["another format", (j) => ({ ...j, format: "x" }), undefined, '"x"'],
    ["a later version", (j) => ({ ...j, version: 2 }), undefined, "2"],
    [
      "a class that the layers do not have",
      (j) => ({ ...j, class: "Projected" }),
      undefined,
      "Projected",
    ],
    [
      "an unknown operator",
      (j) => layer(j, { operator: { kind: "attention" } }),
      undefined,
      'kind "attention"',
    ],
    [
      "an operator from the prototype",
      (j) => layer(j, { operator: { kind: "constructor" } }),
      undefined,
      'kind "constructor"',
    ],
    [
      "a weight that the operator does not have",
      (j) => layer(j, { weights: ["weights", "gates"] }),
      undefined,
      '"gates" for dense',
    ],
    ["a layer without its weights", (j) => layer(j, { weights: [] }), undefined, "no weights"],
    [
      "a wrong field",
      (j) => layer(j, { inputs: [3] }),
      undefined,
      "layers.1.inputs.0: 3 where a string belongs",
    ],
    ["labels of another number", (j) => ({ ...j, labels: ["a"] }), undefined, "1 names"],
    [
      "a certificate that is none",
      (j) => ({ ...j, certificate: { theorem: "T0" } }),
      undefined,
      "",
    ],
    ["a missing tensor", (j) => j, new Map([["a/weights", w]]), 'no tensor "b/weights"'],
    [
      "a tensor too many",
      (j) => j,
      new Map([
        ["a/weights", w],
        ["b/weights", v],
        ["z", v],
      ]),
      "tensors that no layer uses: z",
    ],
    [
      "a tensor of another shape",
      (j) => j,
      new Map([
        ["a/weights", v],
        ["b/weights", v],
      ]),
      "inputs",
    ],
    [
      "NaN",
      (j) => j,
      new Map([
        ["a/weights", { shape: [3, 3], data: new Float32Array(9).fill(NaN) }],
        ["b/weights", v],
      ]),
      "9 of 9 values not finite",
    ],
  ];
  for (const [what, edit, weights, found] of cases)
    it(`is refused with ${what}`, async () => {
      const refusal = refused(await readDocument(await altered(edit, weights)));
      if (what !== "a tensor of another shape") expect(refusal.found).toContain(found);
    });

  it("says where an interrupted write left the earlier model", async () => {
    const root = await scratch();
    succeed(await writeDocument(base, join(root, "doc")));
    await rename(join(root, "doc"), join(root, ".doc.old-1"));
    const refusal = refused(await readModel(join(root, "doc")));
    expect(refusal.found).toBe("no such file or folder");
    expect(refusal.advice).toContain(join(root, ".doc.old-1"));
    expect(refused(await readModel(join(root, "other"))).advice).toBeUndefined();
  });

  it("is told from other models by content", async () => {
    const root = await scratch();
    succeed(await writeDocument(base, join(root, "doc")));
    succeed(await writeLayersModel(base, join(root, "layers")));
    succeed(await writeAdapter(base, base, join(root, "adapter")));
    for (const path of ["doc", "doc/network.json", "layers", "layers/model.json"]) {
      const model = succeed(await readModel(join(root, path), { preprocessing: presets.tf }));
      expect(weightsSha256(model.network).length).toBe(64);
      expect(model.preprocessing).toEqual(presets.tf);
    }
    expect(refused(await readModel(join(root, "adapter"))).found).toBe("an adapter");
    expect(refused(await readModel(join(root, "doc"), { input: [4] })).found).toBe("4");
    expect(refused(await readModel(root)).found).toBe("a folder without any of them");
    expect(refused(await readModel(join(root, "none"))).found).toBe("no such file or folder");
    const other = await folderOf({ "model.json": "[1]" });
    expect(refused(await readModel(other)).where).toContain("model.json");
  });
});

describe("an adapter", () => {
  const trained = modelOf(
    succeed(
      network([
        input,
        base.network.layers[1]!,
        { name: "r", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["a"] },
        dense("b", "r", floats([3, 4], 9)),
      ]),
    ),
    "trained",
  );

  it("holds only what the base does not, and gives the trained model back", async () => {
    const root = await scratch();
    const written = succeed(await writeAdapter(base, trained, join(root, "a")));
    expect(written.parameters).toBe(12);
    expect(succeed(await readAdapter(base, join(root, "a")))).toEqual(trained);
    succeed(await writeDocument(base, join(root, "base")));
    const again = succeed(await readDocument(join(root, "base")));
    expect(succeed(await readAdapter(again, join(root, "a")))).toEqual(trained);
  });

  it("gives back any trained network on any base", async () => {
    const folder = join(await scratch(), "a");
    await fc.assert(
      fc.asyncProperty(networks, networks, async (n, m) => {
        succeed(await writeAdapter(modelOf(n), modelOf(m), folder, { force: true }));
        expect(succeed(await readAdapter(modelOf(n), folder)).network).toEqual(m);
      }),
      { numRuns: 30 },
    );
  });

  it("refuses another base, quoting both hashes", async () => {
    const folder = join(await scratch(), "a");
    succeed(await writeAdapter(base, trained, folder));
    const refusal = refused(await readAdapter(trained, folder));
    expect(refusal.found).toContain(weightsSha256(trained.network));
    expect(refusal.expected).toContain(weightsSha256(base.network));
  });
});
