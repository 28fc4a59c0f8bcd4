/** Networks as the checker reads them: the records of the proofs, and where their functions look. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { arithmetic } from "../../src/certify/arithmetic.js";
import { axesOf, encode, numbering, tapOf } from "../../src/certify/encode.js";
import type { KernelWeights, List } from "../../src/certify/extracted.js";
import { arrayOf, listOf } from "../../src/certify/list.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const counting = (...shape: Shape): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => i + 1),
});
const numbers = arithmetic(float32);
const encoded = (...ops: readonly Operator[]) =>
  arrayOf(
    encode(
      float32,
      numbers,
      numbering(numbers),
      succeed(
        network(
          ops.map((op, i): LayerSpec => ({
            name: `l${i}`,
            op,
            inputs: i === 0 ? [] : [`l${i - 1}`],
          })),
        ),
      ),
    ),
  );

/** A record with its lists as arrays, and without what its functions are. */
const plain = (value: unknown): unknown => {
  if (typeof value === "function") return "weights";
  if (!Array.isArray(value)) return value;
  return value[0] === "Nil" || value[0] === "Cons"
    ? arrayOf(value as unknown as List<unknown>).map(plain)
    : value.map(plain);
};

describe("a network", () => {
  const geometry: Geometry = [
    axis({ kernel: 3, stride: 2, low: 1 }),
    axis({ kernel: 2, dilation: 3, high: 4 }),
  ];
  const kernel = counting(3, 2, 2, 6);
  it("is a list of instructions, each with its operator, extents and arguments", () => {
    const layers = encoded(
      { kind: "input", shape: [5, 4, 4] },
      {
        kind: "zeroPad",
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
      { kind: "convolution", geometry, groups: 2, kernel, bias: null },
      {
        kind: "projected",
        geometry: geometry.map(({ kernel: k }) => axis({ kernel: k })),
        groups: 3,
        kernel,
        gates: counting(2, 6),
        bias: counting(6),
      },
      { kind: "dense", weights: counting(6, 2), bias: null },
      { kind: "activation", fn: { name: "relu" } },
      { kind: "affine", scale: counting(2), shift: counting(2) },
    );
    const frame = (axes: readonly unknown[], extents: Shape, groups: number) => [
      "Frame",
      axes,
      extents,
      groups,
      2,
      6,
    ];
    const axes = [
      ["Axis", 3, 2, 1, 1, 0],
      ["Axis", 2, 1, 3, 0, 4],
    ];
    const bare = [
      ["Axis", 3, 1, 1, 0, 0],
      ["Axis", 2, 1, 1, 0, 0],
    ];
    const weights = "weights";
    expect(layers.map(plain)).toEqual(
      [
        [
          ["Opaque", 0],
          [5, 4],
        ],
        [
          ["ZeroPad", [5, 4], [1, 0], [0, 2]],
          [6, 6],
        ],
        [
          ["Conv", frame(axes, [6, 6], 2), weights, weights],
          [3, 7],
        ],
        [
          ["Proj", frame(bare, [3, 7], 3), weights, weights, weights],
          [1, 6],
        ],
        [
          ["Dense", 6, 2, weights, weights],
          [1, 6],
        ],
        [
          ["Opaque", 1],
          [1, 6],
        ],
        [
          ["Affine", 2, weights, weights],
          [1, 6],
        ],
      ].map(([op, extents], i) => ["Instr", ["Layer", op, extents], i === 0 ? [] : [i - 1]]),
    );
  });
  it("has its batch norms opaque where they compute their statistics, or the ring has no root", () => {
    const norm: Operator = {
      kind: "batchNorm",
      statistics: "frozen",
      gamma: null,
      beta: null,
      mean: counting(1),
      variance: counting(1),
      epsilon: 1,
      momentum: 0.5,
    };
    const kindOf = (op: Operator): unknown =>
      encoded({ kind: "input", shape: [1] }, op)[1]![1][1][0];
    expect(kindOf(norm)).toBe("Norm");
    expect(kindOf({ ...norm, statistics: "batch" })).toBe("Opaque");
    expect(kindOf({ ...norm, variance: { shape: [1], data: [-2] } })).toBe("Opaque");
  });
  it("has the kernel's element at a tap, an input and an output", () => {
    const [, layer] = encoded(
      { kind: "input", shape: [6, 6, 4] },
      { kind: "convolution", geometry, groups: 2, kernel, bias: null },
    )[1]!;
    const at = layer[1][2] as KernelWeights;
    for (let i = 0; i < kernel.data.length; i++) {
      const [row, j] = [Math.floor(i / 6), i % 6];
      const tap = tapOf(geometry, Math.floor(row / 2))!;
      expect(at(listOf(tap))(row % 2)(j)).toBe(i + 1);
    }
  });
});

describe("the number of a tap", () => {
  const geometry = [axis({ kernel: 3 }), axis({ kernel: 2 })];
  it("is row-major", () => {
    const taps = [0, 1, 2].flatMap((a) => [0, 1].map((b) => [a, b]));
    expect(taps.map((_, tap) => tapOf(geometry, tap))).toEqual(taps);
    expect(tapOf([], 0)).toEqual([]);
  });
  it.each([-1, -6, 6, 0.5, 2 ** 53, NaN, Infinity])("%d is none", (tap) => {
    expect(tapOf(geometry, tap)).toBeNull();
  });
  it("is none where there are no axes to tell a second tap from the first", () => {
    for (const tap of [-1, 1, 0.5]) expect(tapOf([], tap)).toBeNull();
  });
});

it("a window is an axis after the other", () => {
  expect(plain(axesOf([axis({ kernel: 3, stride: 2, dilation: 4, low: 5, high: 6 })]))).toEqual([
    ["Axis", 3, 2, 4, 5, 6],
  ]);
});

it("opaque layers are numbered from zero, alike where description and weights are", () => {
  const number = numbering(numbers);
  const weights = (...data: readonly number[]) =>
    [["gamma", { shape: [data.length], data }]] as const;
  expect([
    number("norm", weights(1, 2)),
    number("norm", weights(1, 3)),
    number("pool", weights(1, 2)),
    number("norm", weights(1, 3)),
    number("norm", weights(NaN, 3)),
    number("norm", weights(NaN, 3)),
    number("norm", weights(1, 2)),
  ]).toEqual([0, 1, 2, 1, 3, 3, 0]);
});
