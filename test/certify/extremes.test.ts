/** The rounding bounds at the ends of binary32: subnormal numbers, overflow on the way, cancellation. */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { compareLayers } from "../../src/certify/agreement.js";
import { roundingBound } from "../../src/certify/rounding.js";
import { inferShape } from "../../src/model/inference.js";
import {
  mapWeights,
  type Kernelled,
  type Operator,
  type OperatorKind,
} from "../../src/model/operator.js";
import { evaluateOperator } from "../../src/semantics/evaluate.js";
import type { Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, floats32 } from "../../src/laws/generators/ring.js";
import { drawOperator, piecewiseLinear } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { exactly, inSomeOrder, within } from "./implementations.js";

const one = (...values: readonly number[]): Tensor<number> =>
  tensor([1, values.length], Float32Array.from(values));
const weight = (shape: Shape, ...values: readonly number[]): Tensor<number> =>
  tensor(shape, Float32Array.from(values));
const boundOf = (op: Operator, x: Tensor<number>, shape: Shape): number =>
  succeed(roundingBound(op, [x], shape)).data[0]!;

/** The same numbers at another magnitude, which may be subnormal or near the largest. */
const magnified = (t: Tape, { shape, data }: Tensor<number>): Tensor<number> => {
  const factor = 2 ** (t.below(250) - 130);
  return tensor(
    shape,
    Float32Array.from(data, (v) => {
      const y = Math.fround(v * factor);
      return Number.isFinite(y) ? y : 1;
    }),
  );
};

const drawn = (t: Tape, kind: Exclude<OperatorKind, "input">) => {
  const shape: Shape = [t.between(1, 3), t.between(1, 3), t.between(1, 3)];
  const small = drawOperator(t, floats32, kind, shape, { activations: piecewiseLinear });
  const op = mapWeights(small, (w) => magnified(t, w));
  return { op, shape, x: magnified(t, drawTensor(floats32, [1, ...shape], t.bulk())) };
};

const positive = ({ shape, data }: Tensor<number>): Tensor<number> =>
  tensor(shape, Float32Array.from(data, Math.abs));

describe("at every magnitude", () => {
  it.each(["convolution", "projected", "dense"] as const)("%s stays within its bound", (kind) => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { op, x } = drawn(t, kind);
        const exact = exactly(op, [x]);
        const bound = succeed(roundingBound(op, [x], exact.shape.slice(1)));
        const uniform = t.bulk();
        const values = [
          succeed(evaluateOperator(float32)(op, [x])).data,
          ...(kind === "dense"
            ? []
            : (["product", "kernel", "input"] as const).map((into) =>
                inSomeOrder(op as Kernelled, x, uniform, into),
              )),
        ];
        for (const value of values)
          for (let i = 0; i < value.length; i++)
            expect(within(value[i]!, exact.data[i]!, bound.data[i]!)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
  it.each(["affine", "averagePool", "globalPool", "activation", "upsample"] as const)(
    "%s stays within its bound",
    (kind) => {
      fc.assert(
        fc.property(tape(), (t) => {
          const { op, x, shape } = drawn(t, kind);
          fc.pre(E.isRight(inferShape(op, [shape])));
          const exact = exactly(op, [x]);
          const bound = succeed(roundingBound(op, [x], exact.shape.slice(1)));
          const value = succeed(evaluateOperator(float32)(op, [x]));
          for (let i = 0; i < value.data.length; i++)
            expect(within(value.data[i]!, exact.data[i]!, bound.data[i]!)).toBe(true);
        }),
        { numRuns: 300 },
      );
    },
  );
  it("frozen batch norm stays within its bound in three orders of its products", () => {
    const f = Math.fround;
    fc.assert(
      fc.property(tape(), (t) => {
        // A power of two squared, so that the root is exact; epsilon is lost beside it or zero.
        const deviation = 2 ** (t.below(120) - 60);
        const draw = (): number => magnified(t, drawTensor(floats32, [1], t.bulk())).data[0]!;
        const [gamma, beta, mean, v] = [draw(), draw(), draw(), draw()];
        const op: Operator = {
          kind: "batchNorm",
          statistics: "frozen",
          gamma: weight([1], gamma),
          beta: weight([1], beta),
          mean: weight([1], mean),
          variance: weight([1], deviation ** 2),
          epsilon: 0,
          momentum: 0.9,
        };
        const exact = exactly(op, [one(v)]).data[0]!;
        const bound = boundOf(op, one(v), [1]);
        const [inverse, centred] = [f(1 / deviation), f(v - mean)];
        const scale = f(gamma * inverse);
        for (const value of [
          f(f(f(centred * inverse) * gamma) + beta),
          f(f(f(centred * gamma) * inverse) + beta),
          f(f(centred * scale) + beta),
          f(f(v * scale) + f(beta - f(mean * scale))),
        ])
          expect(within(value, exact, bound)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
  it("holds for thousands of channels that nearly cancel", () => {
    const channels = 4096;
    const [a, b] = [0, 1].map((k) =>
      Float32Array.from({ length: channels }, (_, i) => (i % 2 === k ? 1 : -1) * (1 + i / 8192)),
    );
    const op: Operator = { kind: "dense", weights: tensor([channels, 1], a!), bias: null };
    const x = tensor([1, channels], b!);
    const balanced = tensor(
      [1, channels],
      Float32Array.from(b!, (v, i) => (i < channels / 2 ? v : -v)),
    );
    for (const input of [x, balanced]) {
      const exact = exactly(op, [input]).data[0]!;
      const value = succeed(evaluateOperator(float32)(op, [input])).data[0]!;
      expect(within(value, exact, boundOf(op, input, [1]))).toBe(true);
    }
  });
});

describe("the bound is infinite where something on the way may overflow although the result does not", () => {
  const projected = (gate: number, kernel: number): Operator => ({
    kind: "projected",
    geometry: [],
    groups: 1,
    kernel: weight([1, 1], kernel),
    gates: weight([1, 1], gate),
    bias: null,
  });
  it.each([
    ["gate times kernel", projected(1e30, 1e30), one(1e-38)],
    ["gate times input", projected(1e30, 1e-38), one(1e30)],
    ["kernel times input", projected(1e-38, 1e30), one(1e30)],
    [
      "hardSwish before its division",
      { kind: "activation", fn: { name: "hardSwish" } },
      one(1.2e38),
    ],
    [
      "a slope that binary32 does not hold",
      { kind: "activation", fn: { name: "leakyRelu", slope: 1e39 } },
      one(-1e-10),
    ],
  ] as readonly (readonly [string, Operator, Tensor<number>])[])("%s", (_, op, x) => {
    expect(boundOf(op, x, [1])).toBe(Infinity);
  });
  it("the sum of a mean", () => {
    const op: Operator = { kind: "globalPool", reduce: "average", keepAxes: false };
    const x = tensor([1, 4, 1], Float32Array.of(1.6e38, 1.6e38, 1.6e38, 1.6e38));
    expect(succeed(evaluateOperator(float32)(op, [x])).data[0]).toBe(Infinity);
    expect(boundOf(op, x, [1])).toBe(Infinity);
  });
  it.each([
    ["a negative variance, which cancels against epsilon", -0.5, 0.5000001],
    ["an epsilon that is no normal binary32 number", 0, 1e-44],
  ])("nothing is known for %s", (_, variance, epsilon) => {
    const op: Operator = {
      kind: "batchNorm",
      statistics: "frozen",
      gamma: null,
      beta: null,
      mean: weight([1], 0),
      variance: weight([1], variance),
      epsilon,
      momentum: 0.9,
    };
    expect(boundOf(op, one(1), [1])).toBe(Infinity);
  });
});

describe("agreement", () => {
  it("is not found between values of different shapes, nor between no values", () => {
    const op: Operator = { kind: "add" };
    const x = one(1, 2);
    const full = { op, value: one(2, 4) };
    for (const value of [one(2), tensor([0, 2], []), tensor([2, 1], [2, 4])]) {
      expect(refused(compareLayers("s", [x, x], { op, value }, full)).where).toContain("layer s");
      expect(refused(compareLayers("s", [x, x], full, { op, value })).where).toContain("layer s");
    }
    expect(succeed(compareLayers("s", [x, x], full, full)).elements).toBe(2);
  });
  it("reads magnitudes, not signs", () => {
    const op: Operator = { kind: "dense", weights: weight([2, 1], 3, -3), bias: null };
    expect(boundOf(op, one(1, 1), [1])).toBe(
      boundOf({ ...op, weights: positive(op.weights) }, one(1, 1), [1]),
    );
  });
});
