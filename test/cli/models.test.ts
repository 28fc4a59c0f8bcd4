/** inspect, project, merge, predict and doctor on a small model, and what they refuse. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withStatistics } from "../../src/adapt/statistics.js";
import { float32 } from "../../src/algebra/float32.js";
import { check } from "../../src/certify/check.js";
import { readDocument } from "../../src/format/document.js";
import { readModel } from "../../src/format/readModel.js";
import { tensorsOf } from "../../src/format/operatorCodec.js";
import { missingPackage } from "../../src/compile/backendPackage.js";
import { backendNames } from "../../src/compile/backendName.js";
import { showChoice, type Choice } from "../../src/compile/ladder.js";
import { inventoryOf } from "../../src/model/inventory.js";
import { drawing } from "../../src/report/drawing.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { tensor } from "../../src/tensor/tensor.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { pretrained, side } from "../train/task.js";
import { document, imageFolder, layersModel } from "./material.js";
import { heirloom, succeedJson, type Recording } from "./recorder.js";

const network = withStatistics("frozen")(pretrained());
let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  await layersModel(at("model"), network);
  await document(at("document"), network);
  await imageFolder(at("photos"), 12);
  await heirloom("project", at("model"), "-o", at("projected"));
});

/** The one line of a refusal, in words and, with --json, as data on standard output. */
const refusal = async (...args: readonly string[]): Promise<string> => {
  const plain = await heirloom(...args);
  expect({ code: plain.code, out: plain.out }).toEqual({ code: 1, out: "" });
  expect(plain.errors).toHaveLength(1);
  expect(plain.errors[0]).not.toContain("\n");
  const { code, out, errors } = await heirloom(...args, "--json");
  expect({ code, errors }).toEqual({ code: 1, errors: [] });
  const { error } = JSON.parse(out) as { readonly error: Readonly<Record<string, string>> };
  for (const part of ["where", "found", "expected"])
    expect(plain.errors[0]).toContain(error[part]!.replace(/\s*\n\s*/g, " "));
  return plain.errors[0]!;
};

describe("inspect", () => {
  it("--json is the inventory", async () => {
    const printed = await succeedJson<object>("inspect", at("model"));
    const expected: unknown = JSON.parse(JSON.stringify(inventoryOf(network)));
    expect(printed).toMatchObject({ name: "small", warnings: expect.any(Array) as unknown });
    expect(printed).toMatchObject({
      total: (expected as { total: object }).total,
      saving: inventoryOf(network).saving,
      oneByOne: ["conv2"],
    });
    const { rows } = printed as { readonly rows: readonly object[] };
    expect(rows).toEqual((expected as { rows: readonly object[] }).rows);
  });

  it("the table has the inventory's totals and fits 100 columns", async () => {
    const { code, out, messages } = await heirloom("inspect", at("document"));
    const { total } = inventoryOf(network);
    expect({ code, messages }).toEqual({ code: 0, messages: [] });
    expect(out).toMatch(new RegExp(`^parameters +${total.parameters}$`, "m"));
    expect(out).toMatch(new RegExp(`^kernel weights +${total.kernelParameters}$`, "m"));
    expect(out).toMatch(new RegExp(`^gates +${total.gates}, saving 66.7%$`, "m"));
    expect(out).toMatch(/^conv1 +convolution +GCNN +3x3 +3x3x4 +36 +4 +88\.9%$/m);
    expect(out).toContain("4 layers without weights not shown");
    expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect((await heirloom("inspect", at("document"), "--all")).out).toMatch(/^relu1 +activation/m);
  });

  it("--cut ends the network at a layer", async () => {
    const { output } = await succeedJson<{ readonly output: readonly number[] }>(
      ...["inspect", at("model"), "--cut", "conv1"],
    );
    expect(output).toEqual([3, 3, 4]);
  });

  it("--svg draws the network, over an earlier drawing and nothing else", async () => {
    const { code, out } = await heirloom("inspect", at("model"), "--svg", at("small.svg"));
    expect(code).toBe(0);
    expect(out).toMatch(/^drawn +.*small\.svg$/m);
    expect(await readFile(at("small.svg"), "utf8")).toBe(drawing(network, { title: "small" }));
    const again = await heirloom("inspect", at("model"), "--svg", at("small.svg"), "--depth", "0");
    expect(again.code).toBe(0);
    await writeFile(at("notes.txt"), "mine");
    const model = at("model");
    expect(await refusal("inspect", model, "--svg", at("notes.txt"))).toContain("other content");
    expect(await readFile(at("notes.txt"), "utf8")).toBe("mine");
    expect(await refusal("inspect", model, "--svg", at("model"))).toContain("found a folder");
    expect(await refusal("inspect", model, "--svg", at("no", "where.svg"))).toContain(
      "no such file or folder",
    );
  });

  it("refuses what is no model", async () => {
    expect(await refusal("inspect", at("nothing"))).toContain("no such file or folder");
    expect(await refusal("inspect", at("photos"))).toContain("expected a model");
    expect(await refusal("inspect", at("photos", "rows", "0.png"))).toContain("valid JSON");
    expect(await refusal("inspect", at("model"), "--cut", "conv9")).toMatch(
      /no layer named conv9, expected one of input, conv1/,
    );
    for (const shape of ["5x5", "7x7x3"])
      expect(await refusal("inspect", at("model"), "--input", shape)).toContain(shape);
  });
});

describe("project", () => {
  it("stores the network with a certificate that can be read back and checked", async () => {
    const { certificate, network: projected } = succeed(await readDocument(at("projected")));
    const source = { ...network, class: "GCNN" as const };
    const target = { ...projected, class: "Projected" as const };
    expect(succeed(check(float32)(source, target, certificate!)).layers).toBe(8);
  });

  it("--pointwise does what it says", async () => {
    const counted = async (pointwise: string) =>
      succeedJson<object>(
        ...["project", at("model"), "--pointwise", pointwise, "-o", at(`p-${pointwise}`)],
      );
    expect(await counted("gate")).toMatchObject({ gated: 2, frozen: 0, trained: 0, gates: 16 });
    expect(await counted("freeze")).toMatchObject({ gated: 1, frozen: 1, trained: 0, gates: 4 });
    expect(await counted("train")).toMatchObject({ gated: 1, frozen: 0, trained: 1, gates: 4 });
  });

  it("writes to paths with spaces and in any language", async () => {
    const path = at("ein Ördner", "模型");
    expect(await succeedJson("project", at("model"), "-o", path)).toMatchObject({ output: path });
    expect((await heirloom("inspect", path)).code).toBe(0);
  });

  it("replaces only with --force, and only what Heirloom wrote", async () => {
    const project = (...args: readonly string[]) => ["project", at("model"), ...args];
    expect(await refusal(...project("-o", at("projected")))).toContain("an earlier output");
    expect((await heirloom(...project("-o", at("projected"), "--force"))).code).toBe(0);
    await mkdir(at("mine"));
    await writeFile(at("mine", "thesis.txt"), "years of work");
    expect(await refusal(...project("-o", at("mine"), "--force"))).toContain("thesis.txt");
    expect(await readFile(at("mine", "thesis.txt"), "utf8")).toBe("years of work");
    expect(await refusal(...project("-o", at("mine", "thesis.txt", "x")))).toContain("a file");
  });

  it("never replaces what it reads", async () => {
    const before = await readFile(at("document", "network.json"));
    await symlink(at("document"), at("alias"));
    for (const output of [at("document"), at("document", "..", "document"), at("alias"), root])
      expect(await refusal("project", at("document"), "-o", output, "--force")).toContain(
        "which this command reads",
      );
    expect(await readFile(at("document", "network.json"))).toEqual(before);
  });

  it("refuses a network that has gates", async () => {
    expect(await refusal("project", at("projected"), "-o", at("x"))).toContain("heirloom merge");
  });
});

describe("merge", () => {
  it("gives the network back, bit for bit while gates are one", async () => {
    await succeedJson("merge", at("projected"), "-o", at("merged"));
    const merged = succeed(await readModel(at("merged"))).network;
    expect(merged.class).toBe("GCNN");
    for (const [key, value] of tensorsOf(network))
      expect(tensorsOf(merged).get(key)!.data).toEqual(value.data);
  });

  it("--as document keeps the certificate", async () => {
    const printed = await succeedJson<object>(
      ...["merge", at("projected"), "--as", "document", "-o", at("merged-document")],
    );
    expect(printed).toMatchObject({
      as: "document",
      output: at("merged-document"),
      theorems: { T4_merge: 2 },
    });
    const { certificate } = succeed(await readDocument(at("merged-document")));
    expect(certificate!.conversion).toBe("merge");
  });

  it("refuses a network without gates, and to replace its source", async () => {
    expect(await refusal("merge", at("model"), "-o", at("x"))).toContain("without gates");
    expect(
      await refusal("merge", at("projected"), "--as", "document", "-o", at("projected"), "--force"),
    ).toContain("which this command reads");
  });
});

describe("predict", () => {
  const image = (): string => at("photos", "rows", "0.png");

  it("prints the probabilities of the network's definition", async () => {
    const white = at("white.png");
    const { PNG } = await import("pngjs");
    const picture = new PNG({ width: side, height: side });
    picture.data.fill(255);
    await writeFile(white, PNG.sync.write(picture));
    const { backend, predictions } = await succeedJson<{
      backend: object;
      predictions: { classes: { class: number; name: string; probability: number }[] }[];
    }>("predict", at("model"), white, "--top", "10", "--backend", "cpu");
    expect(backend).toMatchObject({ name: "tfjs/cpu", threads: null, choice: null });
    const [prediction] = predictions;
    const ones = tensor([1, side, side, 1], new Float32Array(side * side).fill(1));
    const logits = Array.from(succeed(evaluate(float32)(network, ones)).data, Math.exp);
    const sum = logits.reduce((a, b) => a + b);
    const classes = prediction!.classes;
    expect(classes).toHaveLength(10);
    expect(classes.map((c) => c.probability)).toEqual(
      classes.map((c) => c.probability).sort((a, b) => b - a),
    );
    // A dozen roundings a logit and a few more for the softmax: far less than 1e-4 of a probability.
    for (const { class: c, name, probability } of classes) {
      expect(name).toBe(`class ${c}`);
      expect(Math.abs(probability - logits[c]! / sum)).toBeLessThan(1e-4 * probability);
    }
  });

  it("prints a table of at most --top classes an image", async () => {
    const { code, out } = await heirloom(
      ...["predict", at("projected"), image(), image(), "--top", "2", "--backend", "cpu"],
    );
    expect(code).toBe(0);
    expect(out.split("\n")).toHaveLength(2 + 4);
  });

  it("refuses what is no image, no classifier, and a backend that is not there", async () => {
    const predict = (...args: readonly string[]) =>
      refusal("predict", at("model"), "--backend", "cpu", ...args);
    expect(await predict(at("nothing.png"))).toContain("nothing.png: found no such file");
    expect(await predict(at("photos"))).toContain("no regular file");
    expect(await predict(image(), at("model", "model.json"))).toContain(
      "expected a PNG or JPEG image",
    );
    expect(await predict(image(), "--cut", "conv1")).toContain("an output of shape 3x3x4");
    expect(await refusal("predict", at("model"), image(), "--backend", "tfjs-node-gpu")).toContain(
      "tfjs-node-gpu",
    );
  });
});

/** What `doctor --json` prints, as far as the tests look. */
interface Diagnosis {
  readonly backends: readonly {
    readonly name: string;
    readonly present: boolean;
    readonly selfTest: { readonly passed: boolean } | null;
  }[];
  readonly auto: Choice;
}

describe("doctor", () => {
  it("names every backend and what auto takes; what comes with Heirloom is right", async () => {
    const { backends, auto } = await succeedJson<Diagnosis>("doctor");
    expect(backends.map((b) => b.name)).toEqual(backendNames);
    for (const name of ["onnx", "cpu", "wasm", auto.name])
      expect(backends.find((b) => b.name === name)).toMatchObject({
        present: true,
        selfTest: { passed: true },
      });
    const { code, out }: Recording = await heirloom("doctor");
    expect(code).toBe(0);
    for (const { name } of backends) expect(out).toMatch(new RegExp(`^${name}\\b`, "m"));
    expect(out.split("\n")).toContain(showChoice(auto));
  });
});

describe("--backend auto", () => {
  it("says what it chose and why, and puts it into the result", async () => {
    const image = at("photos", "rows", "0.png");
    const { code, messages } = await heirloom("predict", at("model"), image);
    expect(code).toBe(0);
    const { backend } = await succeedJson<{
      readonly backend: { readonly name: string; readonly device: string; readonly choice: Choice };
    }>("predict", at("model"), image);
    expect(messages).toContain(showChoice(backend.choice));
    expect(messages).toContain(`backend: ${backend.name} on ${backend.device}`);
  });

  it("is not what a backend that was named falls back to", async () => {
    const image = at("photos", "rows", "0.png");
    for (const name of ["tfjs-node", "tfjs-node-gpu"] as const)
      if (missingPackage(name) !== null)
        expect(await refusal("predict", at("model"), image, "--backend", name)).toMatch(
          new RegExp(`^@tensorflow/${name}: found no such package, .*; npm install @tensorflow/`),
        );
  });
});

it("nothing is left half written", async () => {
  expect((await readdir(root)).filter((name) => name.startsWith("."))).toEqual([]);
});
