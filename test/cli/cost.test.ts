/** `heirloom cost` on small models: what it counts, what it compares, what it refuses. */
import { pipe } from "fp-ts/lib/function.js";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withStatistics } from "../../src/adapt/statistics.js";
import { inferenceCost } from "../../src/compile/inferenceCost.js";
import { decodeWith } from "../../src/format/codec.js";
import { build, conv, dense, flatten, input, relu } from "../../src/model/builder.js";
import { countNetwork } from "../../src/model/count.js";
import { CostReportCodec, type CostReport } from "../../src/report/cost.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { pretrained, side } from "../train/task.js";
import { document, layersModel } from "./material.js";
import { heirloom, succeedJson } from "./recorder.js";

const network = withStatistics("frozen")(pretrained());
let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);

/** Quick, and on one thread: what is tested are not the times. */
const quick = ["--backend", "onnx", "--threads", "1", "--seconds", "0"];

beforeAll(async () => {
  root = await scratch();
  await layersModel(at("model"), network);
  await document(at("document"), network);
  await heirloom("project", at("model"), "-o", at("projected"));
  await heirloom("merge", at("projected"), "--as", "document", "-o", at("merged"));
  await document(
    at("flat"),
    succeed(
      pipe(
        input([side, side, 1]),
        conv({ filters: 2, kernel: 3 }),
        flatten,
        dense(3),
        build({ seed: 0 }),
      ),
    ),
  );
  await document(
    at("mlp"),
    succeed(pipe(input([4]), dense(3), relu, dense(2), build({ seed: 0 }))),
  );
});

const report = async (...args: readonly string[]): Promise<CostReport> =>
  succeed(decodeWith(CostReportCodec, "cost --json")(await succeedJson("cost", ...args, ...quick)));

/** All that is no measurement. */
const counted = ({ settings, ...rest }: CostReport) => ({
  ...rest,
  settings: settings.map(({ networks, ...setting }) => ({
    ...setting,
    networks: networks.map(
      ({ name, parameters, multiplyAdds, operations, resident, activations, busiest }) => ({
        name,
        parameters,
        multiplyAdds,
        operations,
        resident,
        activations,
        busiest,
      }),
    ),
  })),
});

const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, out, errors } = await heirloom("cost", ...args, ...quick);
  expect({ code, out, count: errors.length }).toEqual({ code: 1, out: "", count: 1 });
  return errors[0]!;
};

describe("one model", () => {
  it("is measured in all forms at each batch size, and merged costs what the original does", async () => {
    const found = await report(at("model"), "--batch", "1,3");
    expect(found.networks.map(({ name }) => name)).toEqual([
      "original",
      "projected",
      "switchable",
      "merged",
    ]);
    expect(found.settings.map(({ input: shape, batch, rounds }) => [shape, batch, rounds])).toEqual(
      [
        [[side, side, 1], 1, 8],
        [[side, side, 1], 3, 8],
      ],
    );
    for (const { batch, networks } of found.settings) {
      const [original, projected, switchable, merged] = networks;
      expect(original).toMatchObject(succeed(inferenceCost(network, batch)));
      for (const count of [
        "parameters",
        "multiplyAdds",
        "operations",
        "resident",
        "activations",
      ] as const)
        expect(merged![count], count).toBe(original![count]);
      const gates = countNetwork(network).gates;
      expect(projected!.parameters - original!.parameters).toBe(gates);
      expect(projected!.operations).toBe(original!.operations);
      expect(switchable!.operations - original!.operations).toBe(
        countNetwork(network).kernelParameters,
      );
      expect(switchable!.resident - original!.resident).toBe(4 * gates);
      for (const { latency, ratio, ratioInterval } of networks.slice(1))
        for (const spread of [latency, ratio!]) {
          expect(spread.least).toBeGreaterThan(0);
          expect(ratioInterval!.least).toBeLessThanOrEqual(ratio!.median);
          expect(ratioInterval!.most).toBeGreaterThanOrEqual(ratio!.median);
        }
    }
    const bytes = found.networks.map(({ documentBytes }) => documentBytes);
    expect(bytes[3]).toBe(bytes[0]);
    expect(bytes[1]).toBeGreaterThan(bytes[0]!);
    expect(found.networks.map(({ fileBytes }) => fileBytes === null)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it("gives the same figures again, but for the times", async () => {
    const args = [at("model"), "--batch", "2", "--seed", "3"];
    expect(counted(await report(...args))).toEqual(counted(await report(...args)));
  });

  it("may be projected already: its gates are kept, and its file is the projected one", async () => {
    const [plain, gated] = [
      await report(at("model"), "--batch", "2"),
      await report(at("projected"), "--batch", "2"),
    ];
    expect(counted(gated).settings).toEqual(counted(plain).settings);
    expect(gated.networks.map(({ fileBytes }) => fileBytes === null)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it("without convolutions is measured as it is", async () => {
    const { networks } = await report(at("mlp"), "--batch", "1");
    expect(networks.map(({ name }) => name)).toEqual(["original"]);
    expect(await refusal(at("mlp"), "--forms", "merged")).toContain("none of them gated");
  });

  it("--forms and --methods choose what stands beside it, and adapters cost more", async () => {
    const found = await report(
      ...[
        at("model"),
        "--batch",
        "2",
        "--forms",
        "original",
        "--methods",
        "projection,conv-adapter",
      ],
    );
    const [original, projection, adapters] = found.settings[0]!.networks;
    expect([original!.name, projection!.name, adapters!.name]).toEqual([
      "original",
      "projection",
      "conv-adapter",
    ]);
    for (const count of ["parameters", "multiplyAdds", "operations", "resident"] as const) {
      expect(projection![count], count).toBe(original![count]);
      expect(adapters![count], count).toBeGreaterThan(original![count]);
    }
    expect(found.networks[2]!.documentBytes).toBeGreaterThan(found.networks[0]!.documentBytes);
  });
});

describe("several models", () => {
  it("are measured side by side, each as it is, named by the last part of its path", async () => {
    const found = await report(at("model"), at("projected"), at("merged"), "--batch", "1");
    expect(
      found.networks.map(({ name, class: c, fileBytes }) => [name, c, fileBytes !== null]),
    ).toEqual([
      ["model", "GCNN", true],
      ["projected", "Projected", true],
      ["merged", "GCNN", true],
    ]);
    const [model, , merged] = counted(found).settings[0]!.networks;
    expect({ ...merged, name: "model" }).toEqual(model);
  });

  it("with --forms are each measured in all of them", async () => {
    const { networks } = await report(
      ...[at("model"), at("document"), "--batch", "1", "--forms", "original,merged"],
    );
    expect(networks.map(({ name }) => name)).toEqual([
      "model original",
      "model merged",
      "document original",
      "document merged",
    ]);
  });

  it("of different inputs are refused", async () => {
    expect(await refusal(at("model"), at("mlp"), "--batch", "1")).toContain(
      `mlp: found input 4, expected ${side}x${side}x1, that of model`,
    );
  });
});

describe("--resolutions", () => {
  it("measures a LayersModel and a document at each, with multiply-adds by area", async () => {
    for (const path of [at("model"), at("document")]) {
      const { settings } = await report(
        ...[path, "--batch", "1", "--forms", "original", "--resolutions", "7,7x9"],
      );
      expect(settings.map(({ input: shape }) => shape)).toEqual([
        [7, 7, 1],
        [7, 9, 1],
      ]);
      // conv1 (valid, 3x3, 4 filters), conv2 (1x1, 3 filters) and the classifier.
      const expected = [25, 35].map((positions) => positions * (36 + 12) + 30);
      expect(settings.map(({ networks }) => networks[0]!.multiplyAdds)).toEqual(expected);
    }
  });

  it("is refused in words where a flatten fixes the size", async () => {
    expect(await refusal(at("flat"), "--batch", "1", "--resolutions", "8")).toBe(
      `${at("flat")}: layer dense1: found 8x8x2 to flatten in layer flatten1, at input 8x8x1, expected ` +
        "5x5x2, as at input 5x5x1; a flatten fixes how large the input is: cut the network before it",
    );
  });

  it("is refused where the rank is another, and where windows do not fit", async () => {
    expect(await refusal(at("document"), "--resolutions", "4x4x4")).toContain("found 4x4x4x1");
    expect(await refusal(at("model"), "--resolutions", "2")).toContain("layer conv1");
  });
});

describe("in words", () => {
  it("has the counts and the times in lines of at most 100 characters", async () => {
    const { code, out } = await heirloom("cost", at("model"), "--batch", "1,4", ...quick);
    expect(code).toBe(0);
    const { parameters } = countNetwork(network);
    expect(out).toMatch(new RegExp(`^original +${parameters} `, "m"));
    expect(out).toMatch(/^merged( +1){6}$/m);
    expect(out).toMatch(
      /^medians of 8 rounds in turns; ratios are to original in the same round$/m,
    );
    expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });
});

describe("refused is", () => {
  it("a batch that does not fit into memory, in one line", async () => {
    const wide = at("wide");
    const large = succeed(
      pipe(input([64, 64, 3]), conv({ filters: 512, kernel: 3 }), build({ seed: 0 })),
    );
    await document(wide, large);
    expect(await refusal(wide, "--batch", `${2 ** 20}`)).toMatch(
      /^batch 1048576: found about \S+ GiB for 4 networks side by side, expected at most the \S+ GiB that are free; /,
    );
  });

  it("what is no model", async () => {
    expect(await refusal(at("nothing"))).toContain("no such file or folder");
  });
});
