/** `heirloom verify` on what the conversions wrote, and on what was tampered with since. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withStatistics } from "../../src/adapt/statistics.js";
import { readDocument, writeDocument, type Document } from "../../src/format/document.js";
import { network, type Layer, type LayerSpec } from "../../src/model/network.js";
import { mapWeights } from "../../src/model/operator.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { pretrained } from "../train/task.js";
import { document, layersModel } from "./material.js";
import { heirloom, succeedJson } from "./recorder.js";

let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

beforeAll(async () => {
  root = await scratch();
  await layersModel(at("model"), withStatistics("frozen")(pretrained()));
  await document(at("document"), withStatistics("frozen")(pretrained()));
  expect((await heirloom("project", at("model"), "-o", at("projected"))).code).toBe(0);
  // Gates that a training might have left: not one, and not exact in their products.
  await tamper(at("projected"), at("gated"), (layer) => ({
    ...layer,
    op: mapWeights(layer.op, ({ shape, data }, name) => ({
      shape,
      data: name === "gates" ? Float32Array.from(data, (_, i) => 1 / (i + 3)) : data,
    })),
  }));
  expect((await heirloom("merge", at("gated"), "--as", "document", "-o", at("merged"))).code).toBe(
    0,
  );
});

/** A document with its layers changed, and everything else, certificate included, as it was. */
const tamper = async (
  from: string,
  to: string,
  change: (layer: Layer) => LayerSpec,
  also: (document: Document) => Partial<Document> = () => ({}),
): Promise<string> => {
  const found = succeed(await readDocument(from));
  const built = succeed(network(found.network.layers.map(change)));
  return succeed(
    await writeDocument({ ...found, network: built, ...also(found) }, to, { force: true }),
  );
};

/** The one line with which `verify` fails. */
const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, out, errors } = await heirloom("verify", ...args);
  expect({ code, out, lines: errors.length }).toEqual({ code: 1, out: "", lines: 1 });
  return errors[0]!;
};

/** One element of one weight of one layer, changed. */
const bumped =
  (name: string, weight: string, element: number) =>
  (layer: Layer): LayerSpec =>
    layer.name !== name
      ? layer
      : {
          ...layer,
          op: mapWeights(layer.op, ({ shape, data }, w) => ({
            shape,
            data:
              w === weight
                ? Float32Array.from(data, (v, i) =>
                    i === element ? Math.fround(v * 1.000001) + 1e-6 : v,
                  )
                : data,
          })),
        };

describe("a certificate that holds", () => {
  it("of a projection, with the source where the document remembers it", async () => {
    const { code, out, messages } = await heirloom("verify", at("projected"));
    expect(code).toBe(0);
    expect(out).toMatch(/^certified: project by network_projection; .* exact, in [\d.]+ s$/);
    expect(messages).toEqual([`verifying small against ${at("model")}`]);
  });

  it("of a merge, with what rounding may do to the values", async () => {
    const { code, out } = await heirloom("verify", at("merged"));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^certified: merge by network_merge; .* exact up to one rounding per weight/,
    );
    expect(out).toMatch(
      /\nrounding: .* at most \d\.\d\de-\d+ \(layer conv\d, channel \d+; \d\.\de-8 of/,
    );
  });

  it("as data with --json, and of the file as of its folder", async () => {
    const report = await succeedJson<object>("verify", at("merged", "network.json"));
    expect(report).toMatchObject({
      conversion: "merge",
      theorem: "network_merge",
      source: at("gated"),
      rounding: "once per weight",
      worstRounding: { layer: expect.stringMatching(/^conv/) as unknown },
    });
  });

  it("where both were moved together, since paths are relative", async () => {
    const moved = await scratch();
    await heirloom("project", at("document"), "-o", join(moved, "a", "projected"));
    const inside = at("inside");
    await document(join(inside, "base"), withStatistics("frozen")(pretrained()));
    await heirloom("project", join(inside, "base"), "-o", join(inside, "projected"));
    await rename(inside, at("elsewhere"));
    expect((await heirloom("verify", at("elsewhere", "projected"))).code).toBe(0);
  });
});

describe("what was changed since is found, with layer, theorem and values", () => {
  const cases: readonly (readonly [
    what: string,
    from: string,
    change: (layer: Layer) => LayerSpec,
    expected: RegExp,
  ])[] = [
    [
      "one tap",
      "merged",
      bumped("conv1", "kernel", 7),
      /layer conv1, theorem T4_merge: kernel tap \[[\d, ]+\], input \d to output \d: found -?[\d.e-]+, expected -?[\d.e-]+/,
    ],
    [
      "one gate",
      "projected",
      bumped("conv1", "gates", 3),
      /layer conv1, theorem T3_unit: gates, input \d to output \d: found 1\.0000\d+, expected 1/,
    ],
    [
      "one weight of the dense layer",
      "projected",
      bumped("top", "weights", 2),
      /layer top, theorem keep: weights, input \d to output \d: found .*, expected/,
    ],
    [
      "one bias",
      "merged",
      bumped("top", "bias", 1),
      /layer top, theorem keep: bias, channel 1: found .*, expected/,
    ],
    [
      "the geometry",
      "projected",
      (layer) =>
        layer.op.kind === "projected" && layer.name === "conv1"
          ? {
              ...layer,
              op: {
                ...layer.op,
                geometry: layer.op.geometry.map((a) => ({
                  ...a,
                  low: a.low + 1,
                  high: a.high + 1,
                })),
              },
            }
          : layer,
      /layer conv1, theorem T3_unit: extents: found 5x5x4, expected .*conv1 \(3x3x4\)/,
    ],
    [
      "an activation",
      "projected",
      (layer) =>
        layer.op.kind === "activation"
          ? { ...layer, op: { kind: "activation", fn: { name: "tanh" } } }
          : layer,
      /theorem keep: operator: found/,
    ],
  ];
  it.each(cases)("%s of %s", async (what, from, change, expected) => {
    const path = await tamper(at(from), at(`tampered ${what}`), change);
    expect(await refusal(path)).toMatch(expected);
  });

  it("a wire", async () => {
    const found = succeed(await readDocument(at("projected")));
    const names = found.network.layers.map((l) => l.name);
    const last = names.at(-1)!;
    const text = JSON.parse(await readFile(at("projected", "network.json"), "utf8")) as {
      layers: { name: string; inputs: string[] }[];
      origin: { model: string };
    };
    // The activation is left out: its reader reads what it read.
    const relu = text.layers.find((l) => /relu|activation/.test(l.name))!;
    const layers = text.layers
      .filter((l) => l !== relu)
      .map((l) => ({ ...l, inputs: l.inputs.map((i) => (i === relu.name ? relu.inputs[0]! : i)) }));
    expect(layers.at(-1)!.name).toBe(last);
    const path = await tamper(at("projected"), at("rewired"), (layer) => layer);
    await writeFile(
      join(path, "network.json"),
      JSON.stringify({ ...text, layers, origin: { ...text.origin, model: at("model") } }),
    );
    expect(await refusal(path)).toMatch(/certificate: steps: found \d+, expected \d+/);
  });

  it("a rule", async () => {
    const path = await tamper(
      at("projected"),
      at("other rule"),
      (layer) => layer,
      ({ certificate }) => ({
        certificate: {
          ...certificate!,
          steps: certificate!.steps.map((step) =>
            step.theorem === "T3_unit"
              ? { theorem: "keep", layer: step.layer, from: step.from }
              : step,
          ),
        },
      }),
    );
    expect(await refusal(path)).toMatch(
      /layer conv1, theorem keep: operator: found projected, expected .*conv1 \(convolution\)/,
    );
  });

  it("the source itself", async () => {
    await tamper(at("document"), at("other source"), bumped("conv1", "kernel", 0));
    expect(await refusal(at("projected"), "--source", at("other source"))).toMatch(
      /layer conv1, theorem T3_unit: kernel tap/,
    );
  });
});

describe("what no certificate covers is said", () => {
  it("preprocessing and labels that are not the source's", async () => {
    const path = await tamper(
      at("projected"),
      at("relabelled"),
      (layer) => layer,
      ({ network: n }) => ({
        labels: Array.from({ length: n.output[0]! }, (_, i) => `class ${i}`),
      }),
    );
    const { code, out } = await heirloom("verify", path);
    expect(code).toBe(0);
    expect(out).toContain("note: the labels are not the source's, and no certificate covers them");
  });
});

describe("what cannot be verified says why", () => {
  it("options about a source that is not given", async () => {
    expect(await refusal(at("projected"), "--cut", "conv1")).toContain("--cut: found no --source");
  });
  it("a LayersModel holds no certificate", async () => {
    expect(await refusal(at("model"))).toContain("holds no certificate");
  });
  it("a document that no conversion wrote", async () => {
    expect(await refusal(at("document"))).toContain("a document without a certificate");
  });
  it("a source that is gone", async () => {
    const path = await tamper(
      at("projected"),
      at("orphan"),
      (layer) => layer,
      ({ origin }) => ({ origin: { ...origin!, model: at("gone") } }),
    );
    expect(await refusal(path)).toMatch(/the source: .*gone.*--source/);
  });
  it("a document that does not say where it came from", async () => {
    const path = await tamper(
      at("projected"),
      at("nameless"),
      (layer) => layer,
      () => ({ origin: null }),
    );
    expect(await refusal(path)).toContain("--source");
    expect((await heirloom("verify", path, "--source", at("model"))).code).toBe(0);
  });
  it("nothing", async () => {
    expect(await refusal(at("no such thing"))).toContain("no such thing");
  });
});
