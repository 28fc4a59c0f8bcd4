import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { presets } from "../../src/format/preprocessing.js";
import { weightsSha256 } from "../../src/format/document.js";
import { readLayersModel } from "../../src/format/layersModel.js";
import type { Model } from "../../src/format/modelFile.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import type { ActivationFunction } from "../../src/model/activation.js";
import { network, type LayerSpec, type Network } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import type { Geometry } from "../../src/tensor/geometry.js";
import { axis } from "../../src/tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { cases } from "../../src/laws/generators/network.js";
import { refused, succeed } from "../generators/succeed.js";
import { scratch } from "./scratch.js";
import { loadStock, predictStock } from "./stock.js";
import { exactly, staysWhole, wholes } from "./whole.js";

const modelOf = (n: Network): Model => ({
  name: "net",
  network: n,
  preprocessing: presets.none,
  labels: null,
});

const sample = (shape: Shape, f: (i: number) => number): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: size(shape) }, (_, i) => f(i)),
});

/** Whole numbers from -2 to 2 in an order without a short period. */
const scattered = (shape: Shape): Tensor<number> =>
  sample(shape, (i) => ((i * i * 7 + 3 * i) % 5) - 2);

const single = (input: Shape, op: Operator): Network =>
  succeed(
    network([
      { name: "x", op: { kind: "input", shape: input }, inputs: [] },
      { name: "y", op, inputs: ["x"] },
    ]),
  );

const written = async (n: Network) => {
  const folder = join(await scratch(), "out");
  return { folder, ...succeed(await writeLayersModel(modelOf(n), folder)) };
};

/** Stock TensorFlow.js and our reader both give exactly the network's value. */
const expectExact = async (n: Network, batch: Tensor<number>): Promise<readonly string[]> => {
  expect(staysWhole(n, batch)).toBe(true);
  const { folder, notes } = await written(n);
  const value = Array.from(exactly(n, batch).data);
  const stock = Array.from(predictStock(await loadStock(folder), batch));
  expect(stock.map((x) => x + 0)).toEqual(value.map((x) => x + 0));
  const back = succeed(await readLayersModel(folder)).network;
  expect(Array.from(exactly(back, batch).data, (x) => x + 0)).toEqual(value.map((x) => x + 0));
  return notes;
};

const convolution = (geometry: Geometry, input: number, output: number, groups = 1): Operator => ({
  kind: "convolution",
  geometry,
  groups,
  kernel: scattered([...geometry.map((a) => a.kernel), input / groups, output]),
  bias: scattered([output]),
});

describe("a written LayersModel", () => {
  it("is what stock TensorFlow.js evaluates to the same numbers, for random networks", async () => {
    let tested = 0;
    await fc.assert(
      fc.asyncProperty(
        cases(wholes, {
          kinds: [
            "convolution",
            "convolution",
            "dense",
            "affine",
            "activation",
            "add",
            "multiply",
            "concat",
            "zeroPad",
            "flatten",
            "reshape",
            "dropout",
            "globalPool",
          ],
          activations: [{ name: "relu" }, { name: "relu6" }],
          ranks: [2],
          layers: 4,
        }),
        async ({ network: n, batch }) => {
          const averages = n.layers.some(
            (l) => l.op.kind === "globalPool" && l.op.reduce === "average",
          );
          const flat = n.layers.every(
            (l) => l.op.kind !== "convolution" || l.op.geometry.length === 2,
          );
          const pools = n.layers.every(
            (l) =>
              l.op.kind !== "globalPool" ||
              n.layers.find((m) => m.name === l.inputs[0])!.shape.length === 3,
          );
          const pads = n.layers.every((l) => l.op.kind !== "zeroPad" || l.shape.length === 3);
          const few = n.layers.every((l) => l.shape.length <= 3);
          fc.pre(few && !averages && flat && pools && pads && staysWhole(n, batch));
          tested++;
          await expectExact(n, batch);
        },
      ),
      { numRuns: 40 },
    );
    expect(tested).toBeGreaterThanOrEqual(40);
  });

  const a = axis;
  const geometries: readonly (readonly [string, Geometry])[] = [
    ["same", [a({ kernel: 3, low: 1, high: 1 }), a({ kernel: 3, low: 1, high: 1 })]],
    ["valid", [a({ kernel: 2 }), a({ kernel: 3 })]],
    ["asymmetric", [a({ kernel: 3, low: 2, high: 0 }), a({ kernel: 2, low: 0, high: 3 })]],
    [
      "same with stride 2",
      [a({ kernel: 3, stride: 2, low: 1, high: 1 }), a({ kernel: 2, stride: 2, high: 0 })],
    ],
    ["dilated", [a({ kernel: 2, dilation: 2, low: 1, high: 1 }), a({ kernel: 3, dilation: 2 })]],
    [
      "dilated and strided",
      [a({ kernel: 2, dilation: 2, stride: 2 }), a({ kernel: 2, dilation: 3 })],
    ],
  ];
  for (const [name, geometry] of geometries)
    for (const [groups, input, output] of [
      [1, 3, 2],
      [2, 4, 6],
      [3, 3, 3],
      [3, 3, 6],
    ] as const)
      it(`expresses a ${name} convolution of ${groups} groups, ${input} to ${output}`, async () => {
        const notes = await expectExact(
          single([7, 8, input], convolution(geometry, input, output, groups)),
          scattered([2, 7, 8, input]),
        );
        const dilated = geometry.some((g) => g.dilation > 1);
        const strided = geometry.some((g) => g.stride > 1);
        const depthwise = groups > 1 && groups === input;
        expect(notes.join()).toBe(
          [
            ...(dilated && (depthwise || strided)
              ? ["its dilation is written out as zeros between the taps"]
              : []),
            ...(groups > 1 && !depthwise
              ? [`its ${groups} groups are written out as zeros in a dense kernel`]
              : []),
          ]
            .map((note, i) => (i === 0 ? `layer y: ${note}` : note))
            .join("; "),
        );
      });

  const pool = (low: number, high: number): Geometry => [
    a({ kernel: 2, stride: 2, low, high }),
    a({ kernel: 2, stride: 2 }),
  ];
  it("expresses pooling, up-sampling and hard activations", async () => {
    const x: Shape = [4, 6, 2];
    // Multiples of 24 keep every mean and every sixth whole.
    const batch = sample([2, ...x], (i) => 24 * (((i * 5) % 7) - 3));
    await expectExact(single(x, { kind: "maxPool", geometry: pool(0, 0) }), batch);
    await expectExact(
      single([3, 6, 2], { kind: "maxPool", geometry: pool(0, 1) }),
      scattered([1, 3, 6, 2]),
    );
    for (const divisor of ["valid", "window"] as const)
      for (const geometry of [pool(0, 0), pool(1, 1)])
        if (divisor === "window" || geometry[0]!.low === 0)
          await expectExact(single(x, { kind: "averagePool", geometry, divisor }), batch);
    for (const keepAxes of [true, false])
      for (const reduce of ["average", "max"] as const)
        await expectExact(single(x, { kind: "globalPool", reduce, keepAxes }), batch);
    await expectExact(
      single(x, { kind: "upsample", factors: [2, 3], interpolation: "nearest" }),
      batch,
    );
  });

  it("refuses affine maps over more axes than TensorFlow.js normalises", async () => {
    const ones = sample([2], () => 1);
    const n = single([2, 2, 2, 2], { kind: "affine", scale: ones, shift: ones });
    const refusal = refused(await writeLayersModel(modelOf(n), join(await scratch(), "out")));
    expect(refusal.found).toContain("a map per channel over 2x2x2x2");
  });

  it("lets one layer read a value twice and another read it again", async () => {
    const specs: readonly LayerSpec[] = [
      { name: "x", op: { kind: "input", shape: [3] }, inputs: [] },
      { name: "d", op: { kind: "dense", weights: scattered([3, 3]), bias: null }, inputs: ["x"] },
      { name: "twice", op: { kind: "add" }, inputs: ["d", "d"] },
      { name: "y", op: { kind: "multiply" }, inputs: ["twice", "d"] },
    ];
    await expectExact(succeed(network(specs)), scattered([2, 3]));
  });

  it("keeps the running statistics of batch norm", async () => {
    const n = single([2, 2, 3], {
      kind: "batchNorm",
      statistics: "frozen",
      gamma: sample([3], (i) => i + 1),
      beta: null,
      mean: sample([3], (i) => i),
      variance: sample([3], () => 0.25),
      epsilon: 0.75,
      momentum: 0.5,
    });
    await expectExact(n, scattered([2, 2, 2, 3]));
    const { folder } = await written(n);
    const back = succeed(await readLayersModel(folder)).network.layers[1]!.op;
    expect(back).toEqual(n.layers[1]!.op);
  });

  it.each([
    [[2, 2, 4], true],
    [[3, 4], true],
    [[4], false],
  ] as const)("keeps layer norm over %s", async (shape, learned) => {
    const n = single(shape, {
      kind: "layerNorm",
      gamma: learned ? sample([4], (i) => i + 1) : null,
      beta: learned ? sample([4], (i) => i - 2) : null,
      epsilon: 0,
    });
    // Two channels of a position above its mean and two below, by the same power of two.
    const signs = [1, -1, -1, 1];
    const batch = sample([2, ...shape], (i) => {
      const position = Math.floor(i / 4);
      return (position % 5) + signs[i % 4]! * 2 ** (position % 3);
    });
    const { folder } = await written(n);
    const stock = Array.from(predictStock(await loadStock(folder), batch));
    expect(stock).toEqual(Array.from(exactly(n, batch).data));
    expect(succeed(await readLayersModel(folder)).network.layers[1]!.op).toEqual(n.layers[1]!.op);
  });

  it("refuses layer norm over more axes than TensorFlow.js normalises", async () => {
    const n = single([2, 2, 2, 4], { kind: "layerNorm", gamma: null, beta: null, epsilon: 1 });
    const refusal = refused(await writeLayersModel(modelOf(n), join(await scratch(), "out")));
    expect(refusal.found).toContain("over 2x2x2x4");
  });

  const u = 2 ** -24;
  const approximate: readonly (readonly [ActivationFunction, (x: number) => number])[] = [
    [{ name: "leakyRelu", slope: 0.3 }, (x) => 2 * u * Math.abs(x)],
    [{ name: "elu", alpha: 1 }, () => 4 * u],
    [{ name: "sigmoid" }, () => 4 * u],
    [{ name: "tanh" }, () => 4 * u],
    [{ name: "swish" }, (x) => 6 * u * Math.abs(x)],
    // Stock TensorFlow.js has the erf of Abramowitz and Stegun 7.1.26, off by at most 1.5e-7.
    [{ name: "gelu", approximate: false }, (x) => (1.5e-7 + 8 * u) * Math.abs(x)],
    // Written as x * sigmoid(x * (a x^2 + b)), a and b rounded: 6 roundings of an argument of at most
    // 1.6 |x| (1 + 0.05 x^2), a slope of the sigmoid of at most 1/4, and 3 roundings more.
    [
      { name: "gelu", approximate: true },
      (x) => u * Math.abs(x) * (4 + 2.4 * Math.abs(x) * (1 + 0.05 * x * x)),
    ],
    [{ name: "hardSigmoid", slope: 0.2, offset: 0.5 }, (x) => 4 * u * (1 + Math.abs(x))],
    [{ name: "hardSigmoid", slope: 1 / 6, offset: 0.5 }, (x) => 4 * u * (1 + Math.abs(x))],
    [{ name: "hardSwish" }, (x) => 6 * u * Math.abs(x) * (1 + Math.abs(x))],
    // The exponentials, their sum of four, and the quotient; every result is at most 1.
    [{ name: "softmax" }, () => 12 * u],
  ];
  for (const [fn, bound] of approximate)
    it(`expresses ${JSON.stringify(fn)} within its roundings`, async () => {
      // Behind a layer, because TensorFlow.js treats the model's own input with more care.
      const specs: readonly LayerSpec[] = [
        { name: "x", op: { kind: "input", shape: [4] }, inputs: [] },
        { name: "r", op: { kind: "reshape", shape: [4] }, inputs: ["x"] },
        { name: "y", op: { kind: "activation", fn }, inputs: ["r"] },
      ];
      const n = succeed(network(specs));
      const batch = sample([40, 4], (i) => (i - 80) / 13);
      const { folder } = await written(n);
      const value = exactly(n, batch).data;
      const stock = predictStock(await loadStock(folder), batch);
      const back = exactly(succeed(await readLayersModel(folder)).network, batch).data;
      for (let i = 0; i < stock.length; i++) {
        const allowed = bound(batch.data[i]!) + 2 ** -149;
        expect(Math.abs(stock[i]! - value[i]!)).toBeLessThanOrEqual(allowed);
        expect(Math.abs(back[i]! - value[i]!)).toBeLessThanOrEqual(allowed);
      }
    });

  it("carries labels and preprocessing", async () => {
    const n = single([2], { kind: "dense", weights: scattered([2, 3]), bias: null });
    const folder = join(await scratch(), "out");
    const model: Model = {
      name: "little",
      network: n,
      preprocessing: presets.caffe,
      labels: ["a", "b", "c"],
    };
    succeed(await writeLayersModel(model, folder));
    const back = succeed(await readLayersModel(folder));
    expect(back).toEqual(model);
    const other = succeed(
      await readLayersModel(folder, { preprocessing: presets.tf, labels: ["x", "y", "z"] }),
    );
    expect(other.preprocessing).toEqual(presets.tf);
    expect(other.labels).toEqual(["x", "y", "z"]);
    expect(refused(await readLayersModel(folder, { labels: ["x"] }))).toMatchObject({
      found: "1 names",
      expected: "3, one per output channel",
    });
  });

  it("is cut into shards of 4 MiB, across weights", async () => {
    const n = single([1200], {
      kind: "dense",
      weights: scattered([1200, 1000]),
      bias: scattered([1000]),
    });
    const { folder } = await written(n);
    expect((await readdir(folder)).sort()).toEqual([
      "group1-shard1of2.bin",
      "group1-shard2of2.bin",
      "model.json",
    ]);
    expect((await readFile(join(folder, "group1-shard1of2.bin"))).length).toBe(4 * 2 ** 20);
    const back = succeed(await readLayersModel(folder)).network;
    expect(weightsSha256(back)).toBe(weightsSha256(n));
  });

  it("gives every layer a name that TensorFlow accepts, once", async () => {
    const relu: Operator = { kind: "activation", fn: { name: "relu" } };
    const specs: readonly LayerSpec[] = [
      { name: "_in", op: { kind: "input", shape: [2] }, inputs: [] },
      { name: "a/b", op: relu, inputs: ["_in"] },
      { name: "a_b", op: relu, inputs: ["a/b"] },
      { name: "é", op: relu, inputs: ["a_b"] },
    ];
    const { folder } = await written(succeed(network(specs)));
    const names = (await loadStock(folder)).layers.map((l) => l.name);
    expect(names).toEqual(["l_in", "a_b", "a_b_1", "l_"]);
  });

  it("refuses kernels whose zeros would fill the memory", async () => {
    const far = { kernel: 2, dilation: 2 ** 25, low: 2 ** 24, high: 2 ** 24 };
    const n = 20_000;
    const cases: readonly (readonly [Shape, Operator, string])[] = [
      [
        [2, 2, 1],
        convolution([a({ ...far, stride: 2 }), a(far)], 1, 1, 1),
        "dilation 33554432 x 33554432",
      ],
      [
        [1, 1, 2 * n],
        convolution([a({ kernel: 1 }), a({ kernel: 1 })], 2 * n, n, n),
        "20000 groups",
      ],
    ];
    for (const [x, op, found] of cases) {
      const model = modelOf(single(x, op));
      const refusal = refused(await writeLayersModel(model, join(await scratch(), "out")));
      expect(refusal.found).toContain(found);
    }
  });

  it("names a hundred thousand layers of one plain name in little time", async () => {
    const relu: Operator = { kind: "activation", fn: { name: "relu" } };
    const name = (i: number): string => String.fromCodePoint(0x10000 + i);
    const specs: readonly LayerSpec[] = [
      { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
      ...Array.from({ length: 100_000 }, (_, i) => ({
        name: name(i),
        op: relu,
        inputs: [i === 0 ? "x" : name(i - 1)],
      })),
    ];
    const folder = join(await scratch(), "out");
    succeed(await writeLayersModel(modelOf(succeed(network(specs))), folder));
    const { modelTopology } = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
    const names = modelTopology.model_config.config.layers.map((l: { name: string }) => l.name);
    expect(new Set(names).size).toBe(100_001);
  });

  it("refuses everything that TensorFlow.js does not express, all at once", async () => {
    const x: Shape = [4, 4, 2];
    const max: Geometry = [a({ kernel: 3, low: 2 }), a({ kernel: 3, low: 2 })];
    const specs: readonly LayerSpec[] = [
      { name: "x", op: { kind: "input", shape: x }, inputs: [] },
      { name: "pool", op: { kind: "maxPool", geometry: max }, inputs: ["x"] },
      {
        name: "gated",
        op: {
          kind: "projected",
          geometry: [a({ kernel: 1 }), a({ kernel: 1 })],
          groups: 1,
          kernel: scattered([1, 1, 2, 2]),
          gates: scattered([2, 2]),
          bias: null,
        },
        inputs: ["pool"],
      },
      {
        name: "up",
        op: { kind: "upsample", factors: [2, 2], interpolation: "bilinear" },
        inputs: ["gated"],
      },
    ];
    const folder = join(await scratch(), "out");
    const refusal = refused(await writeLayersModel(modelOf(succeed(network(specs))), folder));
    expect(refusal.found).toContain("3 layers");
    expect(refusal.found).toContain("pool: padding: found 2 + 0, 2 + 0 for maxPool over 4x4x2");
    expect(refusal.found).toContain("merge the network first");
    expect(refusal.found).toContain("up: interpolation");
    expect(channelsOf(x)).toBe(2);
  });
});
