/** Shapes of every operator, and refusals that quote the values. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { inferShape } from "../../src/model/inference.js";
import type { Operator } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";

const zeros = (...shape: number[]): Tensor<number> => tensor(shape, new Float32Array(size(shape)));

const conv = (
  kernel: Tensor<number>,
  rest: Partial<Extract<Operator, { kind: "convolution" }>> = {},
): Operator => ({
  kind: "convolution",
  geometry: [axis({ kernel: 3 }), axis({ kernel: 3 })],
  groups: 1,
  kernel,
  bias: null,
  ...rest,
});
const norm = (rest: Partial<Extract<Operator, { kind: "batchNorm" }>> = {}): Operator => ({
  kind: "batchNorm",
  statistics: "frozen",
  gamma: null,
  beta: null,
  mean: zeros(2),
  variance: zeros(2),
  epsilon: 1e-3,
  momentum: 0.9,
  ...rest,
});
const layerNorm = (rest: Partial<Extract<Operator, { kind: "layerNorm" }>> = {}): Operator => ({
  kind: "layerNorm",
  gamma: zeros(2),
  beta: null,
  epsilon: 1e-6,
  ...rest,
});
const pool = [axis({ kernel: 2, stride: 2, low: 1 }), axis({ kernel: 2 })];
const padded = [axis({ kernel: 2, stride: 2, low: 2 }), axis({ kernel: 2 })];

describe("the shape of", () => {
  const cases: readonly (readonly [string, Operator, readonly Shape[], Shape])[] = [
    ["a valid convolution", conv(zeros(3, 3, 2, 5)), [[6, 8, 2]], [4, 6, 5]],
    ["a grouped convolution", conv(zeros(3, 3, 1, 4), { groups: 2 }), [[6, 8, 2]], [4, 6, 4]],
    [
      "a dense layer",
      { kind: "dense", weights: zeros(2, 3), bias: zeros(3) },
      [[4, 4, 2]],
      [4, 4, 3],
    ],
    ["batch norm", norm(), [[4, 2]], [4, 2]],
    ["layer norm", layerNorm(), [[4, 3, 2]], [4, 3, 2]],
    ["max pooling", { kind: "maxPool", geometry: pool }, [[5, 5, 3]], [3, 4, 3]],
    [
      "global pooling",
      { kind: "globalPool", reduce: "max", keepAxes: true },
      [[5, 4, 3]],
      [1, 1, 3],
    ],
    [
      "a product with a vector's channels on the left",
      { kind: "multiply" },
      [
        [1, 1, 3],
        [4, 5, 3],
      ],
      [4, 5, 3],
    ],
    [
      "a concatenation",
      { kind: "concat" },
      [
        [2, 2, 1],
        [2, 2, 4],
      ],
      [2, 2, 5],
    ],
    [
      "zero padding",
      {
        kind: "zeroPad",
        padding: [
          [1, 2],
          [0, 3],
        ],
      },
      [[4, 4, 1]],
      [7, 7, 1],
    ],
    ["flattening", { kind: "flatten" }, [[4, 3, 2]], [24]],
    [
      "up-sampling",
      { kind: "upsample", factors: [2, 3], interpolation: "nearest" },
      [[4, 3, 2]],
      [8, 9, 2],
    ],
  ];
  it.each(cases)("%s", (_, op, inputs, shape) => {
    expect(inferShape(op, inputs)).toEqual(E.right(shape));
  });
});

describe("refused, quoting the values:", () => {
  const x: Shape = [6, 8, 2];
  const cases: readonly (readonly [string, Operator, readonly Shape[], string])[] = [
    [
      "a kernel for other channels",
      conv(zeros(3, 3, 3, 5)),
      [x],
      "kernel: found shape 3x3x3x5 with 135 elements, expected shape 3x3x2x5 with 90 elements",
    ],
    [
      "a kernel of no channels",
      conv(zeros(3, 3, 2, 0)),
      [x],
      "kernel: found 3x3x2x0, expected whole extents of at least 1",
    ],
    [
      "too few elements",
      conv(tensor([3, 3, 2, 5], [1])),
      [x],
      "kernel: found shape 3x3x2x5 with 1 elements",
    ],
    [
      "groups that do not divide",
      conv(zeros(3, 3, 1, 5), { groups: 2 }),
      [x],
      "groups: found 2 groups for 2 input and 5 output channels",
    ],
    [
      "a bias of another length",
      conv(zeros(3, 3, 2, 5), { bias: zeros(4) }),
      [x],
      "bias: found shape 4 with 4 elements, expected shape 5",
    ],
    [
      "gates of another shape",
      { ...(conv(zeros(3, 3, 2, 5)) as object), kind: "projected", gates: zeros(5, 2) } as Operator,
      [x],
      "gates: found shape 5x2 with 10 elements, expected shape 2x5",
    ],
    [
      "dense weights for other channels",
      { kind: "dense", weights: zeros(3, 3), bias: null },
      [x],
      "weights: found shape 3x3",
    ],
    ["statistics of other channels", norm({ mean: zeros(3) }), [x], "mean: found shape 3"],
    ["negative epsilon", norm({ epsilon: -1 }), [x], "epsilon: found -1"],
    ["a layer norm's gamma of other channels", layerNorm({ gamma: zeros(3) }), [x], "gamma: found"],
    ["a layer norm's epsilon", layerNorm({ epsilon: NaN }), [x], "epsilon: found NaN"],
    ["momentum above 1", norm({ momentum: 1.5 }), [x], "momentum: found 1.5"],
    [
      "an activation's parameter that is no number",
      { kind: "activation", fn: { name: "elu", alpha: NaN } },
      [x],
      "alpha: found NaN, expected a finite number",
    ],
    [
      "a pool that reads padding only",
      { kind: "maxPool", geometry: padded },
      [x],
      "padding: found 2 + 0 for 2 taps, 0 + 0 for 2 taps, expected no window that lies wholly in the padding",
    ],
    [
      "global pooling of a vector",
      { kind: "globalPool", reduce: "max", keepAxes: false },
      [[3]],
      "inputs: found 3, expected at least one spatial axis",
    ],
    ["a sum of one", { kind: "add" }, [x], "inputs: found 1 inputs to add, expected at least 2"],
    [
      "a product of three",
      { kind: "multiply" },
      [x, x, x],
      "inputs: found 3 inputs to multiply, expected 2",
    ],
    [
      "a product of unlike shapes",
      { kind: "multiply" },
      [x, [1, 8, 2]],
      "inputs: found 6x8x2 and 1x8x2",
    ],
    [
      "a concatenation of unlike extents",
      { kind: "concat" },
      [x, [6, 7, 2]],
      "inputs: found 6x8x2 and 6x7x2, expected equal spatial extents",
    ],
    ["padding of one axis", { kind: "zeroPad", padding: [[1, 1]] }, [x], "padding: found [[1,1]]"],
    [
      "a reshape of another size",
      { kind: "reshape", shape: [5, 5] },
      [x],
      "shape: found 5x5 with 25 elements, expected 96 elements, as in 6x8x2",
    ],
    [
      "a reshape with negative extents",
      { kind: "reshape", shape: [-8, -12] },
      [x],
      "shape: found -8x-12",
    ],
    [
      "factors for other axes",
      { kind: "upsample", factors: [2], interpolation: "nearest" },
      [x],
      "inputs: found 6x8x2, expected 1 spatial axes",
    ],
    [
      "a fractional factor",
      { kind: "upsample", factors: [2, 1.5], interpolation: "nearest" },
      [x],
      "factors: shape: found 2x1.5",
    ],
    [
      "a drop-out of everything",
      { kind: "dropout", rate: 1 },
      [x],
      "rate: found 1, expected at least 0 and below 1",
    ],
    [
      "an input that is too large to count",
      { kind: "input", shape: [2 ** 27, 2 ** 27] },
      [],
      "found 134217728x134217728",
    ],
  ];
  it.each(cases)("%s", (_, op, inputs, message) => {
    const result = inferShape(op, inputs);
    expect(E.isLeft(result) ? showRefusal(result.left) : "no refusal").toContain(message);
  });
});

describe("hostile values are refused and never thrown", () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const kernel = zeros(1, 1, 1);
  const hostile: readonly (readonly [string, Operator, readonly Shape[]])[] = [
    ["an input of NaN", { kind: "input", shape: [NaN, 2] }, []],
    ["an input of a fraction", { kind: "input", shape: [1.5, 2] }, []],
    ["an input beyond 2^53", { kind: "input", shape: [2 ** 27, 2 ** 27] }, []],
    [
      "a pool over a far padding",
      { kind: "maxPool", geometry: [axis({ kernel: 2, high: 2 ** 45 })] },
      [[4, 1]],
    ],
    [
      "padding whose sum is no safe number",
      {
        kind: "convolution",
        groups: 1,
        bias: null,
        kernel,
        geometry: [axis({ kernel: 1, low: huge, high: huge })],
      },
      [[4, 1]],
    ],
    [
      "a span that is no safe number",
      { kind: "averagePool", divisor: "valid", geometry: [axis({ kernel: huge, dilation: 9 })] },
      [[4, 1]],
    ],
    [
      "a value with more than 2^53 elements",
      {
        kind: "convolution",
        groups: 1,
        bias: null,
        kernel: zeros(1, 1, 8),
        geometry: [axis({ kernel: 1, high: 2 ** 52 })],
      },
      [[4, 1]],
    ],
    ["channels beyond 2^53", { kind: "concat" }, [[huge], [huge]]],
    ["zeros beyond 2^53", { kind: "zeroPad", padding: [[huge, huge]] }, [[4, 1]]],
    ["a negative factor", { kind: "upsample", factors: [-2], interpolation: "nearest" }, [[4, 1]]],
    [
      "factors beyond 2^53",
      { kind: "upsample", factors: [huge], interpolation: "nearest" },
      [[4, 1]],
    ],
    ["a shape of negative extents", { kind: "reshape", shape: [-2, -2] }, [[4, 1]]],
    ["a shape of halves", { kind: "reshape", shape: [0.5, 8] }, [[4, 1]]],
    ["a dropout of NaN", { kind: "dropout", rate: NaN }, [[4]]],
    [
      "groups of NaN",
      { kind: "convolution", groups: NaN, bias: null, kernel, geometry: [axis({ kernel: 1 })] },
      [[4, 1]],
    ],
  ];
  it.each(hostile)("%s", (_, op, inputs) => {
    expect(E.isLeft(inferShape(op, inputs))).toBe(true);
  });
});
