/** The bounds of batch norms, channel maps and activations: as stated, hardly wider, and where they end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../../src/algebra/rational.js";
import { showRefusal } from "../../../src/algebra/refusal.js";
import { roundingBound } from "../../../src/certify/rounding.js";
import type { ActivationFunction } from "../../../src/model/activation.js";
import { mapWeights, type BatchNorm, type Operator } from "../../../src/model/operator.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { drawTensor, floats32 } from "../../../src/laws/generators/ring.js";
import { tape } from "../../../src/laws/generators/tape.js";
import { refused, succeed } from "../../generators/succeed.js";
import { exactly, within } from "../implementations.js";
import { isGamma, magnitudesOf } from "../stated.js";

const f = Math.fround;
const vector = (...values: readonly number[]): Tensor<number> =>
  tensor([values.length], Float32Array.from(values));
const row = (...values: readonly number[]): Tensor<number> =>
  tensor([1, values.length], Float32Array.from(values));
const number = (x: number): Rational => succeed(rational.fromNumber(x));
const boundsOf = (op: Operator<number>, x: Tensor<number>): ArrayLike<number> =>
  succeed(roundingBound(op, [x], x.shape.slice(1))).data;
const activation = (fn: ActivationFunction): Operator<number> => ({ kind: "activation", fn });

describe("a map of each channel", () => {
  it("has the bound gamma_2 (|scale x| + |shift|)", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const uniform = t.bulk();
        const op: Operator<number> = {
          kind: "affine",
          scale: drawTensor(floats32, [3], uniform),
          shift: drawTensor(floats32, [3], uniform),
        };
        const x = drawTensor(floats32, [2, 2, 3], uniform);
        const magnitudes = magnitudesOf(op, [x]).data;
        const bounds = boundsOf(op, x);
        for (let i = 0; i < 12; i++) expect(isGamma(bounds[i]!, 2, magnitudes[i]!)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a frozen batch norm", () => {
  const norm: BatchNorm<number> = {
    kind: "batchNorm",
    statistics: "frozen",
    gamma: null,
    beta: null,
    mean: vector(0),
    variance: vector(0),
    epsilon: 1 / 16,
    momentum: 0.9,
  };
  it("has the bound gamma_10 ((|x| + |mean|) |gamma| / deviation + |beta|), gamma and beta or none", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const uniform = t.bulk();
        const draw = (...shape: number[]): Tensor<number> => drawTensor(floats32, shape, uniform);
        // Variance + epsilon is a square, so that the exact value is at hand; the first variance is zero.
        const deviations = Float32Array.from({ length: 3 }, (_, j) =>
          j === 0 ? 1 / 4 : (8 + Math.floor(uniform() * 64)) / 32,
        );
        const op: BatchNorm<number> = {
          ...norm,
          gamma: t.below(3) === 0 ? null : draw(3),
          beta: t.below(3) === 0 ? null : draw(3),
          mean: draw(3),
          variance: tensor(
            [3],
            deviations.map((d) => d * d - 1 / 16),
          ),
        };
        const x = draw(2, 2, 3);
        // What is subtracted adds to the magnitudes: the value where all is positive but the mean.
        const apart = mapWeights(op, (w, name) =>
          tensor(
            w.shape,
            Float32Array.from(w.data, (v) => (name === "mean" ? -Math.abs(v) : Math.abs(v))),
          ),
        );
        const positive = tensor(x.shape, Float32Array.from(x.data, Math.abs));
        const magnitudes = exactly(apart, [positive]).data;
        const bounds = boundsOf(op, x);
        for (let i = 0; i < 12; i++) expect(isGamma(bounds[i]!, 10, magnitudes[i]!)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
  const at = (variance: number, epsilon: number): number =>
    boundsOf({ ...norm, variance: vector(variance), epsilon }, row(1))[0]!;
  it("has one down to the least normal variance + epsilon, and none below or for a variance that is no number", () => {
    expect(isGamma(at(0, 2 ** -126), 10, number(2 ** 63))).toBe(true);
    expect(isGamma(at(2 ** -127, 2 ** -127), 10, number(2 ** 63))).toBe(true);
    expect(at(0, 2 ** -126 - 2 ** -149)).toBe(Infinity);
    expect(at(NaN, 1)).toBe(Infinity);
  });
  it("has one up to where variance + epsilon may overflow, although each of them does not", () => {
    expect(at(2 ** 126, 2 ** 125)).toBeLessThan(2 ** -80);
    expect(at(2 ** 126, 2 ** 126)).toBe(Infinity);
  });
  it("is refused with the statistics of a batch", () => {
    const refusal = refused(roundingBound({ ...norm, statistics: "batch" }, [row(1)], [1]));
    expect(showRefusal(refusal)).toBe(
      "batchNorm: found statistics of the batch, expected frozen statistics: no bound is written for the others",
    );
  });
});

describe("activations", () => {
  it("relu and relu6 round nothing", () => {
    for (const name of ["relu", "relu6"] as const)
      expect(Array.from(boundsOf(activation({ name }), row(-7, -1, 0, 1, 6, 7)))).toEqual(
        Array(6).fill(0),
      );
  });
  it("leakyRelu rounds nothing from zero on, and below it slope and product", () => {
    const slopes = fc.constantFrom(0.25, 0.1, -0.3, 1.7);
    const below = fc.double({ min: -1e6, max: -1e-6, noNaN: true }).map(f);
    fc.assert(
      fc.property(slopes, below, (slope, v) => {
        const [bound, ...others] = Array.from(
          boundsOf(activation({ name: "leakyRelu", slope }), row(v, 0, -v)),
        );
        const exact = rational.mul(number(slope), number(v));
        const magnitude = rational.mul(number(Math.abs(slope)), number(-v));
        expect(isGamma(bound!, 2, magnitude)).toBe(true);
        expect(within(f(f(slope) * v), exact, bound!)).toBe(true);
        expect(others).toEqual([0, 0]);
      }),
    );
  });
  it("leakyRelu has no bound at all where the slope is out of binary32's range: infinity times zero", () => {
    const op = activation({ name: "leakyRelu", slope: 1e39 });
    expect(Array.from(boundsOf(op, row(-1, 0, 1)))).toEqual([Infinity, Infinity, Infinity]);
  });
  it("hardSigmoid has the bound gamma_4 (|slope x| + |offset|)", () => {
    const at = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map(f);
    fc.assert(
      fc.property(
        fc.constantFrom(0.2, 1 / 6, -0.7),
        fc.constantFrom(0.5, -0.1),
        at,
        (slope, offset, v) => {
          const op = activation({ name: "hardSigmoid", slope, offset });
          const magnitude = rational.add(
            rational.mul(number(Math.abs(slope)), number(Math.abs(v))),
            number(Math.abs(offset)),
          );
          const bound = boundsOf(op, row(v))[0]!;
          expect(isGamma(bound, 4, magnitude)).toBe(true);
          const value = Math.min(Math.max(f(f(f(slope) * v) + f(offset)), 0), 1);
          expect(within(value, exactly(op, [row(v)]).data[0]!, bound)).toBe(true);
        },
      ),
    );
  });
  it.each([
    ["leakyRelu", -1],
    ["hardSigmoid", 1],
  ] as const)(
    "%s: a slope among the subnormal numbers is off by much, relatively",
    (name, sign) => {
      // Half a unit in the last place but for a little, which the input scales.
      const slope = 1.49 * 2 ** -149;
      const fn: ActivationFunction =
        name === "leakyRelu" ? { name, slope } : { name, slope, offset: 0 };
      const x = row(sign * 2 ** 100);
      const bound = boundsOf(activation(fn), x)[0]!;
      const exact = exactly(activation(fn), [x]).data[0]!;
      const value = f(f(slope) * x.data[0]!);
      expect(within(value, exact, bound)).toBe(true);
      expect(within(value, exact, bound / 2)).toBe(false);
    },
  );
});

describe("hardSwish", () => {
  const op = activation({ name: "hardSwish" });
  /** `x relu6(x + 3) / 6` with its two products and quotients in every order. */
  const inEveryOrder = (x: number): readonly number[] => {
    const gate = Math.min(Math.max(f(x + 3), 0), 6);
    const sixth = f(1 / 6);
    return [
      f(f(x * gate) / 6),
      f(f(x / 6) * gate),
      f(x * f(gate / 6)),
      f(f(x * gate) * sixth),
      f(f(x * sixth) * gate),
      f(x * f(gate * sixth)),
    ];
  };
  const agrees = (x: number): void => {
    const exact = exactly(op, [row(x)]).data[0]!;
    const bound = boundsOf(op, row(x))[0]!;
    for (const value of inEveryOrder(x)) expect(within(value, exact, bound)).toBe(true);
  };
  it("stays within its bound in every order of its products", () => {
    const around = fc.double({ min: -8, max: 8, noNaN: true }).map(f);
    const scaled = fc
      .tuple(around, fc.integer({ min: -149, max: 120 }))
      .map(([x, e]) => f(x * 2 ** e));
    fc.assert(fc.property(fc.oneof(around, scaled), agrees), { numRuns: 400 });
  });
  it("stays within it among the smallest numbers, where a sixth is lost before it is tripled", () => {
    for (let k = -64; k <= 64; k++) agrees(k * 2 ** -149);
    expect(f(f((3 * 2 ** -149) / 6) * 3)).toBe(0);
  });
  it("has the bound gamma_5 |x| (|x| + 3) / 6 around zero, gamma_4 x from 4 on, and rounds nothing up to -4", () => {
    const inner = fc.double({ min: -3.9999, max: 3.9999, noNaN: true }).map(f);
    fc.assert(
      fc.property(inner, fc.double({ min: 4, max: 1e30, noNaN: true }).map(f), (v, far) => {
        const [near, right, left] = Array.from(boundsOf(op, row(v, far, -far)));
        const size = number(Math.abs(v));
        const sixfold = rational.mul(size, rational.add(size, number(3)));
        expect(isGamma(6 * near!, 5, sixfold)).toBe(true);
        expect(isGamma(right!, 4, number(far))).toBe(true);
        expect(left).toBe(0);
      }),
    );
    const [right, left] = Array.from(boundsOf(op, row(4, -4)));
    expect(isGamma(right!, 4, number(4))).toBe(true);
    expect(left).toBe(0);
  });
});

describe("other activations", () => {
  it("are refused by name, with the reason", () => {
    const refusal = refused(roundingBound(activation({ name: "tanh" }), [row(1)], [1]));
    expect(showRefusal(refusal)).toBe(
      "activation: found tanh, expected an activation made of linear pieces; " +
        "how far an implementation's exp, tanh or erf is from the truth is not known here",
    );
  });
});
