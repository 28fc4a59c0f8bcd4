/** The bounds of convolutions, projected and dense layers are those stated, and hardly wider. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational } from "../../../src/algebra/rational.js";
import { roundingBound } from "../../../src/certify/rounding.js";
import type { Convolution, Operator, Projected } from "../../../src/model/operator.js";
import { axis, taps } from "../../../src/tensor/geometry.js";
import { channelsOf, type Shape } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { drawOperator } from "../../../src/laws/generators/operator.js";
import { drawTensor, floats32 } from "../../../src/laws/generators/ring.js";
import { tape, type Tape } from "../../../src/laws/generators/tape.js";
import { succeed } from "../../generators/succeed.js";
import { isGamma, magnitudesOf } from "../stated.js";

const weight = (shape: Shape, ...values: readonly number[]): Tensor<number> =>
  tensor(shape, Float32Array.from(values));

/** A batch of several images in two dimensions, or one of many positions in one. */
const drawn = (t: Tape, kind: "convolution" | "projected") => {
  if (t.below(2) === 0) {
    const shape: Shape = [t.between(1, 5), t.between(1, 5), t.between(1, 3)];
    const op = drawOperator(t, floats32, kind, shape);
    return {
      op: op as Convolution<number> | Projected<number>,
      x: drawTensor(floats32, [3, ...shape], t.bulk()),
    };
  }
  const uniform = t.bulk();
  const draw = (...shape: number[]): Tensor<number> => drawTensor(floats32, shape, uniform);
  const [groups, inputs, outputs] = [t.between(1, 2), t.between(1, 2), t.between(1, 2)];
  const common = {
    geometry: [axis({ kernel: 3, dilation: t.between(1, 2), low: 2, high: 1 })],
    groups,
    kernel: draw(3, inputs, outputs * groups),
    bias: draw(outputs * groups),
  };
  return {
    op:
      kind === "convolution"
        ? ({ kind, ...common } satisfies Convolution<number>)
        : ({ kind, ...common, gates: draw(inputs, outputs * groups) } satisfies Projected<number>),
    x: draw(2, t.between(30, 40), inputs * groups),
  };
};

describe("with N terms to a sum", () => {
  it.each([
    ["convolution", 2],
    ["projected", 3],
  ] as const)("a %s has the bound gamma_(N + %i) of the terms' magnitudes", (kind, more) => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { op, x } = drawn(t, kind);
        const terms = (taps(op.geometry) * channelsOf(x.shape)) / op.groups;
        const magnitudes = magnitudesOf(op, [x]);
        const bound = succeed(roundingBound(op, [x], magnitudes.shape.slice(1)));
        expect(bound.shape).toEqual(magnitudes.shape);
        expect(bound.data.length).toBe(magnitudes.data.length);
        for (let i = 0; i < bound.data.length; i++)
          expect(isGamma(bound.data[i]!, terms + more, magnitudes.data[i]!)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
  it("a dense layer has that of a convolution, at every position", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const [inputs, outputs] = [t.between(1, 5), t.between(1, 4)];
        const uniform = t.bulk();
        const op: Operator<number> = {
          kind: "dense",
          weights: drawTensor(floats32, [inputs, outputs], uniform),
          bias: t.below(2) === 0 ? null : drawTensor(floats32, [outputs], uniform),
        };
        const x = drawTensor(floats32, [2, ...(t.below(2) === 0 ? [] : [2, 3]), inputs], uniform);
        const magnitudes = magnitudesOf(op, [x]);
        const bound = succeed(roundingBound(op, [x], magnitudes.shape.slice(1)));
        expect(bound.shape).toEqual(magnitudes.shape);
        for (let i = 0; i < bound.data.length; i++)
          expect(isGamma(bound.data[i]!, inputs + 2, magnitudes.data[i]!)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
  it("is a bound too where binary64 loses every term but the first", () => {
    const channels = 1000;
    const ones = new Float32Array(channels).fill(1);
    const op: Operator<number> = {
      kind: "dense",
      weights: tensor([channels, 1], ones),
      bias: null,
    };
    const small = ones.map((_, i) => (i === 0 ? 1 : 2 ** -54));
    const x = tensor([1, channels], small);
    const magnitude = magnitudesOf(op, [x]).data[0]!;
    expect(rational.functions.compare!(magnitude, rational.one)).toBe(1);
    expect(small.reduce((a, b) => a + b)).toBe(1);
    const bound = succeed(roundingBound(op, [x], [1])).data[0]!;
    expect(isGamma(bound, channels + 2, magnitude)).toBe(true);
  });
});

describe("a projected layer whose gates are small", () => {
  const three = (kernel: number): Operator<number> => ({
    kind: "projected",
    geometry: [],
    groups: 1,
    kernel: weight([3, 1], kernel, kernel, kernel),
    gates: weight([3, 1], 2 ** -100, 2 ** -100, 2 ** -100),
    bias: null,
  });
  const x = weight([1, 3], 2 ** 62, 2 ** 62, 2 ** 62);
  it("has no bound where the sum before the gates may overflow, though no product does", () => {
    expect(succeed(roundingBound(three(2 ** 64), [x], [1])).data[0]).toBe(Infinity);
  });
  it("has one where it may not", () => {
    expect(succeed(roundingBound(three(2 ** 60), [x], [1])).data[0]).toBeLessThan(2 ** 5);
  });
});
