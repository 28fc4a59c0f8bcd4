import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as layers from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { encodeFloat16 } from "../../src/format/float16.js";
import { readLayersModel, type LayersModelOptions } from "../../src/format/layersModel.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";
import { folderOf, scratch } from "./scratch.js";
import { predictStock, saveStock } from "./stock.js";
import { exactly, staysWhole } from "./whole.js";

const bytes = (data: ArrayLike<number>): Uint8Array =>
  new Uint8Array(Float32Array.from(data).buffer);

const wholes = (shape: Shape, seed = 7): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: size(shape) }, (_, i) => ((i * i * seed + 3 * i) % 5) - 2),
});

const layer = (class_name: string, config: object, ...inputs: readonly string[]) => ({
  class_name,
  name: (config as { name: string }).name,
  config,
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((name) => [name, 0, 0, {}])],
});

const entrance = (shape: readonly (number | null)[]) =>
  layer("InputLayer", { name: "x", batch_input_shape: [null, ...shape] });

type Weights = Readonly<Record<string, Tensor<number>>>;

/** A LayersModel of these Keras layers, the last of them the output. */
const modelFiles = (
  keras: readonly ReturnType<typeof layer>[],
  weights: Weights = {},
  more: object = {},
): Record<string, string | Uint8Array> => ({
  "model.json": JSON.stringify({
    format: "layers-model",
    modelTopology: {
      keras_version: "2.4.0",
      model_config: {
        class_name: "Functional",
        config: {
          name: "m",
          layers: keras,
          input_layers: [["x", 0, 0]],
          output_layers: [[keras.at(-1)?.name ?? "x", 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: ["w.bin"],
        weights: Object.entries(weights).map(([name, { shape }]) => ({
          name,
          shape,
          dtype: "float32",
        })),
      },
    ],
    ...more,
  }),
  "w.bin": Buffer.concat(Object.values(weights).map((t) => bytes(t.data))),
});

const read = async (files: Record<string, string | Uint8Array>, options: LayersModelOptions = {}) =>
  readLayersModel(await folderOf(files), options);

const dense = (name: string, units: number, input: string, config: object = {}) =>
  layer("Dense", { name, units, use_bias: false, activation: "linear", ...config }, input);

describe("reading a LayersModel", () => {
  it("agrees with stock TensorFlow.js on everything that it can build, to the last bit", async () => {
    await tf.setBackend("cpu");
    const {
      sequential,
      model,
      input,
      layers: l,
    } = layers as unknown as {
      sequential: typeof layers.sequential;
      model: typeof layers.model;
      input: typeof layers.input;
      layers: typeof layers.layers;
    };
    const inner = sequential({
      name: "inner",
      layers: [
        l.separableConv2d({
          inputShape: [7, 6, 3],
          filters: 4,
          kernelSize: [3, 2],
          depthMultiplier: 2,
          padding: "same",
          strides: 2,
          activation: "relu",
        }),
        l.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, useBias: true }),
      ],
    });
    const x = input({ shape: [7, 6, 3] });
    const a = inner.apply(x) as layers.SymbolicTensor;
    const b = l
      .conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: "same", name: "b" })
      .apply(x) as layers.SymbolicTensor;
    const c = l
      .zeroPadding2d({
        padding: [
          [1, 0],
          [0, 1],
        ],
      })
      .apply(a) as layers.SymbolicTensor;
    const d = l.add().apply([b, c]) as layers.SymbolicTensor;
    const e = l.concatenate().apply([d, b]) as layers.SymbolicTensor;
    const f = l
      .maxPooling2d({ poolSize: 2, strides: 2, padding: "same" })
      .apply(e) as layers.SymbolicTensor;
    const g = l.upSampling2d({ size: [2, 1] }).apply(f) as layers.SymbolicTensor;
    const h = l.reshape({ targetShape: [8, 16] }).apply(g) as layers.SymbolicTensor;
    const i = l.flatten().apply(h) as layers.SymbolicTensor;
    const j = l.dropout({ rate: 0.5 }).apply(i) as layers.SymbolicTensor;
    const out = l.dense({ units: 3 }).apply(j) as layers.SymbolicTensor;
    const whole = model({ inputs: x, outputs: out });
    whole.setWeights(
      whole
        .getWeights()
        .map((w, k) => tf.tensor(wholes(w.shape, k + 2).data as Float32Array, w.shape)),
    );
    const folder = await scratch();
    await saveStock(whole, folder);
    const n = succeed(await readLayersModel(folder)).network;
    expect(n.layers.map((layer) => layer.op.kind)).toEqual([
      ...["input", "convolution", "convolution", "activation", "convolution", "convolution"],
      ...["zeroPad", "add", "concat", "maxPool", "upsample", "reshape", "flatten", "dropout"],
      "dense",
    ]);
    const batch = wholes([2, 7, 6, 3]);
    expect(staysWhole(n, batch)).toBe(true);
    const expected = Array.from(predictStock(whole, batch));
    expect(new Set(expected).size).toBeGreaterThan(2);
    expect(Array.from(exactly(n, batch).data)).toEqual(expected);
  });

  it("reads Sequential models, as a list of layers or an object, and takes the shape from the first", async () => {
    const chain = [dense("d", 2, "x"), layer("Activation", { name: "r", activation: "relu" })];
    const first = { ...chain[0]!, config: { ...chain[0]!.config, batch_input_shape: [null, 3] } };
    const w = { "d/kernel": wholes([3, 2]) };
    for (const config of [[first, chain[1]], { name: "s", layers: [first, chain[1]] }]) {
      const files = modelFiles(chain, w, {
        modelTopology: { model_config: { class_name: "Sequential", config } },
      });
      const n = succeed(await read(files)).network;
      expect(n.layers.map((l) => l.name)).toEqual(["input", "d", "r"]);
      expect(n.input).toEqual([3]);
    }
  });

  it("reads Keras 3's form of calls and shapes", async () => {
    const tensor = (name: string) => ({
      class_name: "__keras_tensor__",
      config: { shape: [null, 2], keras_history: [name, 0, 0] },
    });
    const files = modelFiles(
      [],
      {},
      {
        modelTopology: {
          keras_version: "3.4.1",
          model_config: {
            class_name: "Functional",
            config: {
              layers: [
                {
                  class_name: "InputLayer",
                  name: "x",
                  config: { batch_shape: [null, 2], name: "x" },
                  inbound_nodes: [],
                },
                {
                  class_name: "Activation",
                  name: "h",
                  config: { name: "h", activation: "hard_sigmoid" },
                  inbound_nodes: [{ args: [tensor("x")], kwargs: {} }],
                },
                {
                  class_name: "Add",
                  name: "a",
                  config: { name: "a" },
                  inbound_nodes: [{ args: [[tensor("x"), tensor("h")]], kwargs: {} }],
                },
              ],
              input_layers: ["x", 0, 0],
              output_layers: [["a", 0, 0]],
            },
          },
        },
      },
    ) as Record<string, string>;
    const n = succeed(await read(files)).network;
    expect(n.layers[1]!.op).toEqual({
      kind: "activation",
      fn: { name: "hardSigmoid", slope: 1 / 6, offset: 0.5 },
    });
    expect(n.layers[2]!.inputs).toEqual(["x", "h"]);
  }, 20_000);

  it("widens float16 and undoes quantisation as TensorFlow.js does", async () => {
    const manifest = [
      {
        paths: ["a/one.bin", "two.bin"],
        weights: [
          {
            name: "d/kernel",
            shape: [2, 2],
            dtype: "float32",
            quantization: { dtype: "uint8", scale: 0.1, min: -1.5 },
          },
          {
            name: "d/bias",
            shape: [2],
            dtype: "float32",
            quantization: { dtype: "float16", original_dtype: "float32" },
          },
          {
            name: "e/kernel",
            shape: [2, 2],
            dtype: "float32",
            quantization: { dtype: "uint16", scale: 0.25, min: 3 },
          },
          { name: "e/bias", shape: [2], dtype: "int32" },
        ],
      },
    ];
    const stretch = Buffer.concat([
      Uint8Array.of(0, 1, 128, 255),
      new Uint8Array(encodeFloat16([0.1, -65504]).buffer),
      new Uint8Array(Uint16Array.of(0, 1, 65535, 7).buffer),
      new Uint8Array(Int32Array.of(-3, 40000).buffer),
    ]);
    const files = modelFiles(
      [
        entrance([2]),
        dense("d", 2, "x", { use_bias: true }),
        dense("e", 2, "d", { use_bias: true }),
      ],
      {},
      { weightsManifest: manifest },
    );
    const n = succeed(
      await read({
        "model.json": files["model.json"]!,
        "a/one.bin": stretch.subarray(0, 11),
        "two.bin": stretch.subarray(11),
      }),
    ).network;
    const [, d, e] = n.layers.map((l) => l.op) as unknown as {
      weights: Tensor<number>;
      bias: Tensor<number>;
    }[];
    expect(Array.from(d!.weights.data)).toEqual(
      [-1.5, 0.1 - 1.5, 128 * 0.1 - 1.5, 255 * 0.1 - 1.5].map(Math.fround),
    );
    expect(Array.from(d!.bias.data)).toEqual([0.0999755859375, -65504]);
    expect(Array.from(e!.weights.data)).toEqual([3, 3.25, 65535 * 0.25 + 3, 4.75]);
    expect(Array.from(e!.bias.data)).toEqual([-3, 40000]);
  });

  it("resolves open extents and overrides closed ones with the option", async () => {
    const conv = layer(
      "Conv2D",
      {
        name: "c",
        filters: 1,
        kernel_size: [3, 3],
        strides: [2, 2],
        padding: "same",
        use_bias: false,
        activation: "relu",
      },
      "x",
    );
    const files = modelFiles([entrance([null, null, 2]), conv], {
      "c/kernel": wholes([3, 3, 2, 1]),
    });
    expect(refused(await read(files))).toMatchObject({
      found: "[?, ?, 2], with open extents",
      advice: 'say them with the option "input" (--input 224x224x3)',
    });
    const geometry = async (input: Shape) => {
      const { op } = succeed(await read(files, { input })).network.layers[1]!;
      return op.kind === "convolution" ? op.geometry.map((a) => [a.low, a.high]) : null;
    };
    expect(await geometry([4, 5, 2])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(await geometry([5, 4, 2])).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(refused(await read(files, { input: [4, 4, 3] })).found).toBe(
      "[?, ?, 2] in the file, 4x4x3 asked for",
    );
  });

  it("lists everything unsupported in one refusal", async () => {
    const refusal = refused(
      await read(
        modelFiles([
          entrance([4, 4, 2]),
          layer("Lambda", { name: "l", function: "os.system" }, "x"),
          layer(
            "Conv2D",
            { name: "c", filters: 2, kernel_size: [1, 1], data_format: "channels_first" },
            "l",
          ),
          layer("Activation", { name: "s", activation: "selu" }, "c"),
          layer("ReLU", { name: "r", max_value: 3 }, "s"),
          layer("UpSampling2D", { name: "u", size: [2, 2], interpolation: "bilinear" }, "r"),
        ]),
      ),
    );
    expect(refusal.found).toContain("5 unsupported");
    for (const part of [
      "l (Lambda)",
      'c (Conv2D: data_format "channels_first", only "channels_last")',
      's (Activation: activation "selu"',
      "r (ReLU: max_value 3, only none, 6 or 1)",
      'u (UpSampling2D: interpolation "bilinear", only "nearest")',
    ])
      expect(refusal.found).toContain(part);
  });

  const one = () => [entrance([2]), dense("d", 2, "x")];
  const w = { "d/kernel": wholes([2, 2]) };
  const hostile: readonly (readonly [string, Record<string, string | Uint8Array>, string])[] = [
    [
      "a shard named twice",
      {
        "model.json": (modelFiles(one(), w)["model.json"] as string).replace(
          '["w.bin"]',
          '["w.bin","w.bin"]',
        ),
        "w.bin": new Uint8Array(8),
      },
      "a second use of this shard",
    ],
    [
      "two layers of one path",
      modelFiles(
        [
          entrance([2]),
          layer("Sequential", { name: "d", layers: [dense("e", 2, "x")] }, "x"),
          layer("Dropout", { name: "d/e", rate: 0 }, "d"),
        ],
        { "d/e/kernel": wholes([2, 2]) },
      ),
      "a second layer of this path",
    ],
    ["a missing weight", modelFiles(one()), "no weights for d/kernel"],
    [
      "an unknown weight",
      modelFiles(one(), { ...w, "z/kernel": wholes([2]) }),
      "weights that no layer uses: z/kernel",
    ],
    ["a kernel of another shape", modelFiles(one(), { "d/kernel": wholes([4, 1]) }), "shape 4x1"],
    [
      "too few bytes",
      { ...modelFiles(one(), w), "w.bin": new Uint8Array(15) },
      "15 bytes in 1 files",
    ],
    [
      "too many bytes",
      { ...modelFiles(one(), w), "w.bin": new Uint8Array(17) },
      "17 bytes in 1 files",
    ],
    [
      "NaN among the weights",
      modelFiles(one(), { "d/kernel": { shape: [2, 2], data: [1, NaN, 2, Infinity] } }),
      "2 of 4 values not finite, the first NaN at 1",
    ],
    ["no JSON", { "model.json": '{"modelTopology": NaN}' }, "Unexpected token"],
    ["a repeated key", { "model.json": '{"a":1,"a":2}' }, 'the key "a" twice'],
    ["a graph model", { "model.json": '{"format":"graph-model"}' }, '"graph-model"'],
    [
      "a wrong field",
      modelFiles([entrance([2]), dense("d", -1, "x")], w),
      "-1 where a whole number of at least 1 belongs",
    ],
    [
      "a reference to nowhere",
      modelFiles([entrance([2]), dense("d", 2, "q")], w),
      'a reference to "q"',
    ],
    [
      "a circle",
      modelFiles([entrance([2]), dense("d", 2, "e"), dense("e", 2, "d")], {
        ...w,
        "e/kernel": wholes([2, 2]),
      }),
      "a circle through d, e",
    ],
    [
      "a second layer of one name",
      modelFiles([entrance([2]), dense("d", 2, "x"), dense("d", 2, "x")], w),
      "a second layer of this name",
    ],
    [
      "a layer called twice",
      modelFiles(
        [
          entrance([2]),
          { ...dense("d", 2, "x"), inbound_nodes: [[["x", 0, 0, {}]], [["d", 0, 0, {}]]] },
        ],
        w,
      ),
      "2 calls of one layer",
    ],
  ];
  for (const [what, files, found] of hostile)
    it(`refuses ${what}`, async () => {
      expect(refused(await read(files)).found).toContain(found);
    });

  it("takes names of Object.prototype for names, and odd versions for none", async () => {
    const relu = (name: string, from: string) => layer("ReLU", { name }, from);
    const files = modelFiles([
      entrance([2]),
      relu("constructor", "x"),
      relu("__proto__", "constructor"),
      relu("toString", "__proto__"),
    ]);
    const text = (files["model.json"] as string).replace('"2.4.0"', '{"toString":1,"valueOf":1}');
    const { network } = succeed(await read({ ...files, "model.json": text }));
    expect(network.layers.map((l) => l.name)).toEqual([
      "x",
      "constructor",
      "__proto__",
      "toString",
    ]);
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect(
        refused(await read(modelFiles([entrance([2]), layer(name, { name: "a" }, "x")]))).found,
      ).toBe(`1 unsupported: a (${name})`);
    }
  });

  it("reads a container of very many layers, and assigns very many like names", async () => {
    const many = Array.from({ length: 150_000 }, (_, i) => ({
      class_name: "Dropout",
      config: { name: `d${i}`, rate: 0 },
    }));
    const files = modelFiles([
      entrance([2]),
      layer("Sequential", { name: "s", layers: many }, "x"),
    ]);
    expect(succeed(await read(files)).network.layers.length).toBe(1);
    const n = 2000;
    const alike = Array.from({ length: n }, (_, i) => i);
    const weights = Object.fromEntries(
      alike.map((i) => [`s${i}/d/kernel`, { shape: [1, 1], data: Float32Array.of(i) }]),
    );
    const nested = alike.map((i) =>
      layer(
        "Sequential",
        { name: `s${i}`, layers: [dense("d", 1, "x")] },
        i === 0 ? "x" : `s${i - 1}`,
      ),
    );
    const { network } = succeed(await read(modelFiles([entrance([1]), ...nested], weights)));
    expect(network.layers.length).toBe(n + 1);
  });

  it("refuses a giant weight before it allocates anything", async () => {
    const giant = (shape: readonly number[]) =>
      modelFiles(
        one(),
        {},
        {
          weightsManifest: [
            { paths: ["w.bin"], weights: [{ name: "d/kernel", shape, dtype: "float32" }] },
          ],
        },
      );
    expect(refused(await read(giant([2 ** 20, 2 ** 20]))).expected).toContain(`${2 ** 42} bytes`);
    expect(refused(await read(giant([2 ** 50, 2 ** 50]))).found).toContain("shape");
  });

  it("refuses several inputs and several outputs", async () => {
    const files = (input_layers: unknown, output_layers: unknown) =>
      modelFiles([], w, {
        modelTopology: {
          model_config: {
            class_name: "Model",
            config: { layers: one(), input_layers, output_layers },
          },
        },
      });
    const two = [
      ["x", 0, 0],
      ["d", 0, 0],
    ];
    expect(refused(await read(files(two, [["d", 0, 0]]))).found).toBe("2 inputs: x, d");
    expect(refused(await read(files([["x", 0, 0]], two))).found).toBe("2 outputs: x, d");
  });

  it("keeps shard paths inside the model's folder", async () => {
    const outside = await folderOf({ "secret.bin": bytes(wholes([2, 2]).data) });
    const withPath = async (path: string) => {
      const folder = await folderOf(
        modelFiles(one(), w, {
          weightsManifest: [
            { paths: [path], weights: [{ name: "d/kernel", shape: [2, 2], dtype: "float32" }] },
          ],
        }),
      );
      await symlink(join(outside, "secret.bin"), join(folder, "link.bin"));
      await symlink(outside, join(folder, "dir"));
      await symlink(join(folder, "w.bin"), join(folder, "fine.bin"));
      await mkdir(join(folder, "folder"));
      return readLayersModel(folder);
    };
    for (const path of [
      "../secret.bin",
      "a/../../secret.bin",
      join(outside, "secret.bin"),
      "C:\\w.bin",
      "..\\w.bin",
      "",
      "w.bin\0",
    ])
      expect(refused(await withPath(path)).found).toBe("a path that leaves the model's folder");
    for (const path of ["link.bin", "dir/secret.bin"])
      expect(refused(await withPath(path)).found).toBe(
        "a symbolic link that leaves the model's folder",
      );
    expect(refused(await withPath("absent.bin")).found).toBe("no such file or folder");
    expect(refused(await withPath("folder")).found).toBe("no regular file");
    expect(E.isRight(await withPath("fine.bin"))).toBe(true);
  });

  it("refuses what is no model at all", async () => {
    const root = await scratch();
    expect(refused(await readLayersModel(join(root, "absent"))).found).toBe(
      "no such file or folder",
    );
    expect(refused(await readLayersModel(root)).found).toBe("no such file or folder");
    await writeFile(join(root, "model.json"), "");
    await truncate(join(root, "model.json"), 2 ** 29);
    expect(refused(await readLayersModel(root)).found).toBe(`${2 ** 29} bytes`);
  });
});
