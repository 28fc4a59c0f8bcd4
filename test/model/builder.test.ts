import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import * as b from "../../src/model/builder.js";
import type { ModelClass, Network } from "../../src/model/network.js";
import { weightsOf } from "../../src/model/operator.js";
import type { Shape } from "../../src/tensor/shape.js";
import { tensor } from "../../src/tensor/tensor.js";

const built = <N>(result: Result<N>): N => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};

const refusalOf = (draft: b.Draft): string =>
  pipe(draft, b.build({ seed: 0 }), (result) =>
    E.isLeft(result) ? showRefusal(result.left) : `built ${result.right.layers.length} layers`,
  );

const names = (n: Network): readonly string[] => n.layers.map((layer) => layer.name);

const small = (seed: number) =>
  pipe(
    b.input([32, 32, 3]),
    b.conv({ filters: 16, kernel: 3 }),
    b.batchNorm(),
    b.relu,
    b.maxPool({ size: 2 }),
    b.residual((x) =>
      pipe(
        x,
        b.conv({ filters: 16, kernel: 3 }),
        b.batchNorm(),
        b.relu,
        b.conv({ filters: 16, kernel: 3 }),
        b.batchNorm(),
      ),
    ),
    b.relu,
    b.globalAveragePool,
    b.dense(10),
    b.build({ seed }),
  );

describe("the builder", () => {
  it("gives class, shapes and names", () => {
    const n = built(small(0));
    expect([n.class, n.input, n.output]).toEqual(["GCNN", [32, 32, 3], [10]]);
    expect(names(n)).toEqual([
      "input",
      "conv1",
      "batchNorm1",
      "relu1",
      "maxPool1",
      "conv2",
      "batchNorm2",
      "relu2",
      "conv3",
      "batchNorm3",
      "add1",
      "relu3",
      "globalAveragePool1",
      "dense1",
    ]);
    expect(n.layers[10]!.inputs).toEqual(["maxPool1", "batchNorm3"]);
  });

  it("is GFFN while only dense layers occur", () => {
    const n = built(pipe(b.input([4]), b.dense(3), b.relu, b.dense(2), b.build({ seed: 0 })));
    expect(n.class).toBe("GFFN");
  });

  it("computes at run time the shapes that its types state", () => {
    const draft = pipe(
      b.input([224, 223, 3]),
      b.conv({
        filters: 8,
        kernel: 7,
        strides: 2,
        padding: [
          [3, 3],
          [2, 4],
        ],
      }),
      b.maxPool({ size: 3, strides: 2 }),
      b.depthwise({ kernel: 3, multiplier: 2, strides: [1, 2] }),
      b.zeroPad([
        [0, 1],
        [2, 3],
      ]),
      b.conv({ filters: 4, kernel: [3, 1], dilation: 2, padding: "valid" }),
      b.averagePool({ size: 2, padding: "same" }),
      b.upsample([2, 3], { interpolation: "bilinear" }),
    );
    const stated: b.Draft<"GCNN", readonly [224, 223, 3], readonly [52, 51, 4]> = draft;
    expect(built(pipe(stated, b.build({ seed: 0 }))).output).toEqual([52, 51, 4]);
    const flat: b.Draft<"GCNN", readonly [224, 223, 3], readonly [10608]> = b.flatten(draft);
    expect(built(pipe(flat, b.build({ seed: 0 }))).output).toEqual([10608]);
  });

  it("has a combinator for every activation and arrangement", () => {
    const n = built(
      pipe(
        b.input([4, 4, 2]),
        b.relu6,
        b.leakyRelu(0.2),
        b.elu(),
        b.sigmoid,
        b.tanh,
        b.swish,
        b.gelu(),
        b.hardSigmoid(),
        b.hardSwish,
        b.softmax,
        b.affine(),
        b.dropout(0.5),
        b.squeezeMax,
        b.reshape([2, 1]),
        b.globalMaxPool,
        b.build({ seed: 0 }),
      ),
    );
    expect(n.layers).toHaveLength(16);
    expect(n.output).toEqual([1]);
  });

  it("scopes names, also in stacks, and lets branches meet", () => {
    const n = built(
      pipe(
        b.input([8, 8, 4]),
        b.named(
          "stage",
          b.stack(2, (x, i) => pipe(x, b.named(`block${i}`, b.residual(b.relu)))),
        ),
        b.concat([(x) => x, (x) => pipe(x, b.conv({ filters: 3, kernel: 3 })), b.tanh]),
        b.multiply((x) => pipe(x, b.squeezeAverage, b.conv({ filters: 11, kernel: 1 }), b.sigmoid)),
        b.build({ seed: 0 }),
      ),
    );
    expect(names(n).slice(1, 5)).toEqual([
      "stage/block0/relu1",
      "stage/block0/add1",
      "stage/block1/relu1",
      "stage/block1/add1",
    ]);
    expect(n.output).toEqual([8, 8, 11]);
    expect(n.layers.find((l) => l.name === "concat1")!.inputs).toEqual([
      "stage/block1/add1",
      "conv1",
      "tanh1",
    ]);
    expect(n.layers.at(-1)!.inputs).toEqual(["concat1", "sigmoid1"]);
  });

  it("draws the same weights for the same seed, 0 included, and others for another", () => {
    const kernel = (n: Network, layer: string) => {
      const op = n.layers.find((l) => l.name === layer)!.op;
      return new Map(weightsOf(op)).get("kernel")!.data;
    };
    expect(kernel(built(small(0)), "conv2")).toEqual(kernel(built(small(0)), "conv2"));
    expect(kernel(built(small(0)), "conv2")).not.toEqual(kernel(built(small(1)), "conv2"));
    expect(kernel(built(small(0)), "conv2")).not.toEqual(kernel(built(small(0)), "conv3"));
  });

  it("leaves the weights of a layer alone when another is inserted", () => {
    const first = b.conv({ filters: 4, kernel: 3, name: "first" });
    const last = b.conv({ filters: 4, kernel: 3, name: "last" });
    const without = built(pipe(b.input([8, 8, 4]), first, last, b.build({ seed: 7 })));
    const inserted = b.conv({ filters: 4, kernel: 1 });
    const with_ = built(pipe(b.input([8, 8, 4]), first, inserted, last, b.build({ seed: 7 })));
    expect(with_.layers.at(-1)!.op).toEqual(without.layers.at(-1)!.op);
  });

  it("initialises with the variance that the initialiser promises", () => {
    const n = built(
      pipe(
        b.input([1, 1, 400]),
        b.conv({ filters: 500, kernel: 1, weights: b.heNormal }),
        b.build({ seed: 3 }),
      ),
    );
    const data = [...(new Map(weightsOf(n.layers[1]!.op)).get("kernel")!.data as Float32Array)];
    const variance = data.reduce((s, x) => s + x * x, 0) / data.length;
    // The mean of N squares of a normal variable has standard deviation sqrt(2 / N) of the variance.
    const tolerance = 6 * Math.sqrt(2 / data.length) * (2 / 400);
    expect(Math.abs(variance - 2 / 400)).toBeLessThan(tolerance);
    const uniform = b.initialise(b.glorotUniform, [300, 100], { in: 300, out: 100 }, 0, "l", "w");
    const limit = Math.sqrt(6 / 400);
    const largest = Math.max(...Array.from(uniform.data, Math.abs));
    expect(largest).toBeLessThanOrEqual(Math.fround(limit));
    expect(largest).toBeGreaterThan(0.99 * limit);
  });

  it("counts the fans of grouped kernels within the group", () => {
    expect(b.fansOf([3, 3, 2, 12], 4)).toEqual({ in: 18, out: 27 });
    expect(b.fansOf([7, 5], 1)).toEqual({ in: 7, out: 5 });
  });

  it("repeats dense growth, and scopes what it repeats", () => {
    const n = built(
      pipe(
        b.input([4, 4, 2]),
        b.densely(2, (x) => pipe(x, b.conv({ filters: 3, kernel: 1 }), b.relu), "layer"),
        b.stack(2, b.residual(b.tanh), "block"),
        b.build({ seed: 0 }),
      ),
    );
    expect(names(n)).toEqual([
      "input",
      ...["layer1/conv1", "layer1/relu1", "layer1/concat1"],
      ...["layer2/conv1", "layer2/relu1", "layer2/concat1"],
      ...["block1/tanh1", "block1/add1", "block2/tanh1", "block2/add1"],
    ]);
    expect(n.layers.find((l) => l.name === "layer2/concat1")!.inputs).toEqual([
      "layer1/concat1",
      "layer2/relu1",
    ]);
    expect(n.output).toEqual([4, 4, 8]);
  });

  it("tells grown branches their position", () => {
    const n = built(
      pipe(
        b.input([2, 2, 1]),
        b.densely(3, (x, i) => pipe(x, b.conv({ filters: i + 1, kernel: 1 }))),
        b.build({ seed: 0 }),
      ),
    );
    expect(n.output).toEqual([2, 2, 1 + 1 + 2 + 3]);
  });

  it("begins layer norm with ones and zeros, and leaves out what is not wanted", () => {
    const n = built(
      pipe(
        b.input([2, 3]),
        b.layerNorm({ name: "whole" }),
        b.layerNorm({ gamma: false, beta: false, epsilon: 0.5, name: "bare" }),
        b.build({ seed: 0 }),
      ),
    );
    expect(n.layers[1]!.op).toEqual({
      kind: "layerNorm",
      gamma: tensor([3], new Float32Array([1, 1, 1])),
      beta: tensor([3], new Float32Array(3)),
      epsilon: 1e-6,
    });
    expect(n.layers[2]!.op).toEqual({
      kind: "layerNorm",
      gamma: null,
      beta: null,
      epsilon: 0.5,
    });
  });

  it("outlines a network without its numbers", () => {
    const draft = pipe(b.input([4, 4, 2]), b.conv({ filters: 3, kernel: 3 }), b.batchNorm());
    const outline = built(b.outline(draft));
    const whole = built(b.build({ seed: 0 })(draft));
    const shapes = (n: Network<ModelClass, Shape, Shape, never> | Network) =>
      n.layers.map(({ name, inputs, shape, op }) => [
        name,
        inputs,
        shape,
        weightsOf<number>(op).map(([weight, t]) => [weight, t.shape]),
      ]);
    expect(shapes(outline)).toEqual(shapes(whole));
    expect(E.isLeft(b.outline(b.dense(0)(draft)))).toBe(true);
  });

  it("takes given tensors", () => {
    const given = tensor([2, 1], new Float32Array([3, 4]));
    const n = built(
      pipe(b.input([2]), b.dense(1, { weights: given, bias: false }), b.build({ seed: 0 })),
    );
    expect(n.layers[1]!.op).toEqual({ kind: "dense", weights: given, bias: null });
    const listed = b.dense(1, { weights: tensor([2, 1], [0.1, 4]), bias: false });
    const op = built(pipe(b.input([2]), listed, b.build({ seed: 0 }))).layers[1]!.op;
    expect(weightsOf(op)[0]![1].data).toEqual(new Float32Array([0.1, 4]));
  });
});

/** A number that is no literal to the compiler. */
const number = (n: number): number => n;

describe("what the builder refuses, quoting it", () => {
  const image = b.input([8, 8, 4]);
  const cases: readonly (readonly [string, b.Draft, string])[] = [
    ["an input of no axes", b.input([]), "layer input: shape: found a scalar input"],
    ["a fractional extent", b.input([8.5, 8, 3]), "found 8.5x8x3"],
    [
      "fractional filters",
      b.conv({ filters: 1.5, kernel: 3 })(image),
      "layer conv1: filters: found 1.5, expected a whole number of at least 1",
    ],
    ["NaN filters", b.conv({ filters: NaN, kernel: 3 })(image), "filters: found NaN"],
    ["kernel 0", b.conv({ filters: 2, kernel: 0 })(image), "layer conv1: kernel: found 0"],
    ["stride 0", b.conv({ filters: 2, kernel: 3, strides: 0 })(image), "strides: found 0"],
    [
      "a kernel of three axes",
      b.conv({ filters: 2, kernel: [3, 3, 3] })(image),
      "kernel: found 3 numbers (3, 3, 3) for 2 spatial axes",
    ],
    [
      "padding of one axis",
      b.conv({ filters: 2, kernel: 3, padding: [[1, 1]] })(image),
      "padding: found 1 pairs for 2 spatial axes",
    ],
    [
      "negative padding",
      b.conv({
        filters: 2,
        kernel: 3,
        padding: [
          [1, -1],
          [0, 0],
        ],
      })(image),
      "padding 1 before and -1 after",
    ],
    [
      "groups that do not divide",
      b.conv({ filters: 6, kernel: 3, groups: 3 })(image),
      "groups: found 3 groups for 4 input channels",
    ],
    [
      "filters that groups do not divide",
      b.conv({ filters: 3, kernel: 3, groups: 2 })(image),
      "2 groups for 4 input and 3 output channels",
    ],
    [
      "a window too large",
      b.conv({ filters: 2, kernel: 9, padding: "valid" })(image),
      "a window of 9 positions over 8 positions",
    ],
    ["multiplier 0", b.depthwise({ kernel: 3, multiplier: 0 })(image), "multiplier: found 0"],
    ["outputs -1", b.dense(-1)(image), "layer dense1: outputs: found -1"],
    ["rate 1", b.dropout(1)(image), "layer dropout1: rate: found 1"],
    ["pool size 0", b.maxPool({ size: 0 })(image), "layer maxPool1: size: found 0"],
    ["factor 0", b.upsample(0)(image), "layer upsample1: factors: found 0"],
    [
      "a reshape of another size",
      b.reshape([5])(image),
      "found 5 with 5 elements, expected 256 elements",
    ],
    [
      "a second layer of a name",
      pipe(image, b.dense(2, { name: "a" }), b.dense(2, { name: "a" })),
      "layer a: found a second layer of this name",
    ],
    ["an empty name", b.dense(2, { name: "" })(image), "found an empty name"],
    [
      "a given tensor of another shape",
      b.dense(2, { bias: tensor([3], [1, 2, 3]) })(image),
      "layer dense1: bias: found a tensor of shape 3 with 3 elements, expected shape 2",
    ],
    ["stack 0", pipe(image, b.stack(0, b.relu)), "stack: found 0"],
    [
      "a growth of 1.5",
      pipe(image, b.densely(1.5, b.conv({ filters: 1, kernel: 1 }))),
      "densely: found 1.5, expected a whole number of at least 1",
    ],
    [
      "a convolution's stated inputs, with the layer's path",
      pipe(image, b.named("stage", b.conv({ filters: 2, kernel: 3, inputs: number(3) }))),
      "layer stage/conv1: inputs: found 4 input channels, expected 3 input channels",
    ],
    [
      "a dense layer's stated inputs",
      b.dense(2, { inputs: number(5) })(image),
      "layer dense1: inputs: found 4 input channels, expected 5 input channels",
    ],
    [
      "a block's stated inputs, with the layer before it",
      pipe(image, b.named("a", b.dense(6)), b.inputChannels(number(4))),
      "after layer a/dense1: inputs: found 6 input channels, expected 4 input channels",
    ],
    [
      "a branch of other channels, where their number is not in the type, with the layer's path",
      pipe(image, b.named("stage", b.residual(b.conv({ filters: number(5), kernel: 3 })))),
      "layer stage/add1: inputs: found 8x8x4 and 8x8x5, expected inputs of one shape",
    ],
    [
      "extents that do not meet, where they are not in the type",
      pipe(
        b.input([number(5), 5, 1]),
        b.concat([(x) => x, (x) => pipe(x, b.maxPool({ size: [2, 1] }), b.upsample([2, 1]))]),
      ),
      "layer concat1: inputs: found 5x5x1 and 4x5x1, expected equal spatial extents",
    ],
    [
      "a branch that does not continue its argument",
      b.residual(() => image)(b.relu(image)),
      "branch after layer relu1: found a draft that does not continue it, ending in layer input",
    ],
    [
      "an initialiser of no number",
      b.dense(2, { weights: b.normal(NaN) })(image),
      "layer dense1: weights: found a normal initialiser with deviation NaN",
    ],
    ["infinite slope", b.leakyRelu(Infinity)(image), "layer leakyRelu1: slope: found Infinity"],
  ];
  it.each(cases)("%s", (_, draft, message) => {
    expect(refusalOf(draft)).toContain(message);
  });

  it("a seed that is no number", () => {
    const result = pipe(image, b.relu, b.build({ seed: NaN }));
    expect(E.isLeft(result) && showRefusal(result.left)).toBe(
      "seed: found NaN, expected a finite number",
    );
  });

  it("the first of several, and goes no further", () => {
    const draft = pipe(image, b.conv({ filters: 0, kernel: 3 }), b.dense(-1), b.relu);
    expect(refusalOf(draft)).toContain("layer conv1: filters: found 0");
  });
});
