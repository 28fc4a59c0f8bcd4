/** Activations against their formulas, and their derivatives against dual numbers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dual, withTangent, type Dual } from "../../src/algebra/dual.js";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational, toNumber, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import type { ActivationFunction } from "../../src/model/activation.js";
import {
  activate,
  pointwise,
  softmax,
  type PointwiseActivation,
} from "../../src/semantics/activation.js";
import {
  activationAdjoint,
  activationDerivative,
} from "../../src/semantics/activationDerivative.js";
import { generated, tensor } from "../../src/tensor/tensor.js";
import { allActivations, piecewiseLinear } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";

const smooth = allActivations.filter((f): f is PointwiseActivation => f.name !== "softmax");
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const formulas: Readonly<Record<string, (x: number, f: ActivationFunction) => number>> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leakyRelu: (x, f) => (x > 0 ? x : (f as { slope: number }).slope * x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  sigmoid,
  tanh: Math.tanh,
  swish: (x) => x * sigmoid(x),
  hardSigmoid: (x) => Math.min(Math.max(0.25 * x + 0.5, 0), 1),
  hardSwish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
};
/** Values of x * Phi(x), from tables of the normal distribution to 15 digits. */
const geluTable: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0.841344746068543],
  [-1, -0.158655253931457],
  [2, 1.954499736103642],
];

describe("activations", () => {
  it.each(smooth.filter((f) => f.name !== "gelu").map((f) => [f.name, f] as const))(
    "%s is its formula",
    (_, f) => {
      const g = succeed(pointwise(float64)(f));
      for (let x = -8; x <= 8; x += 0.375)
        expect(succeed(g(x))).toBeCloseTo(formulas[f.name]!(x, f), 13);
    },
  );
  it("gelu is x Phi(x), and the tanh formula is near it but another function", () => {
    const exact = succeed(pointwise(float64)({ name: "gelu", approximate: false }));
    const approximate = succeed(pointwise(float64)({ name: "gelu", approximate: true }));
    for (const [x, y] of geluTable) expect(succeed(exact(x))).toBeCloseTo(y, 13);
    const gap = Math.abs(succeed(exact(2)) - succeed(approximate(2)));
    expect(gap).toBeGreaterThan(1e-5);
    expect(gap).toBeLessThan(1e-3);
  });
  it("the piecewise linear ones have a meaning over the rationals", () => {
    for (const f of piecewiseLinear) {
      const g = succeed(pointwise(rational)(f as PointwiseActivation));
      for (let x = -8; x <= 8; x += 0.5)
        expect(toNumber(succeed(g(succeed(rational.fromNumber(x)))))).toBeCloseTo(
          formulas[f.name]!(x, f),
          13,
        );
    }
  });
  it("the others are refused by name there", () => {
    const x = generated(rational)([1, 2], () => rational.one);
    const sentence = (f: ActivationFunction): string =>
      showRefusal(refused(activate(rational)(f, x)));
    expect(sentence({ name: "elu", alpha: 1 })).toContain("found the ring `rational` without exp");
    expect(sentence({ name: "tanh" })).toContain("without tanh, expected a ring with tanh");
    expect(sentence({ name: "gelu", approximate: false })).toContain("without erf");
    expect(sentence({ name: "softmax" })).toContain("without exp");
  });
  it("constants that binary32 does not hold are rounded to it", () => {
    const g = succeed(pointwise(float32)({ name: "hardSigmoid", slope: 0.2, offset: 0.5 }));
    expect(succeed(g(1))).toBe(Math.fround(Math.fround(0.2) + 0.5));
  });
  it("softmax sums to one, does not overflow, and does not notice a shift", () => {
    const y = succeed(softmax(float64)(tensor([2, 3], [1000, 1001, 1002, 0, 1, 2])));
    for (const row of [0, 3]) {
      expect(y.data[row]! + y.data[row + 1]! + y.data[row + 2]!).toBeCloseTo(1, 14);
      expect(y.data[row + 2]! / y.data[row + 1]!).toBeCloseTo(Math.E, 12);
    }
    expect(Array.from(y.data).slice(0, 3)).toEqual(Array.from(y.data).slice(3));
  });
});

describe("derivatives", () => {
  it.each(smooth.map((f) => [`${f.name} ${JSON.stringify(f)}`, f] as const))(
    "of %s are those of dual numbers",
    (_, f) => {
      const value = succeed(pointwise(dual(float64))(f));
      const slope = succeed(activationDerivative(float64)(f));
      fc.assert(
        fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (x) => {
          fc.pre([0, 6, -3, 3, -2, 2].every((kink) => x !== kink));
          const { tangent } = succeed(value(withTangent(x, 1)));
          const d = succeed(slope(x));
          // Both round some twenty times values of at most 10; equal up to 10 * 40 units of 2^-53.
          expect(Math.abs(tangent - d)).toBeLessThanOrEqual(10 * 40 * 2 ** -53);
        }),
        { numRuns: 200 },
      );
    },
  );
  it.each(
    piecewiseLinear
      .filter((f): f is PointwiseActivation => f.name !== "softmax")
      .map((f) => [f.name, f] as const),
  )("of %s over the rationals are difference quotients from the left, at kinks too", (_, f) => {
    const value = succeed(pointwise(rational)(f));
    const slope = succeed(activationDerivative(rational)(f));
    const number = (x: number): Rational => succeed(rational.fromNumber(x));
    const { compare, divide } = rational.functions;
    const h = 2 ** -10;
    for (let x = -8; x <= 8; x += 0.5) {
      const rise = rational.sub(succeed(value(number(x))), succeed(value(number(x - h))));
      const gap = rational.sub(succeed(slope(number(x))), rational.mul(rise, number(1 / h)));
      // Linear pieces have no gap; the quadratic x (x + 3) / 6 has h / 6.
      const curvature = f.name === "hardSwish" && x > -3 && x <= 3 ? h : 0;
      expect(compare!(gap, succeed(divide!(number(curvature), number(6))))).toBe(0);
    }
  });
  it("of softmax are those of dual numbers", () => {
    const ring = dual(float64);
    const x = [0.3, -1.2, 2];
    const dy = tensor([1, 3], [0.5, -2, 1]);
    const adjoint = succeed(activationAdjoint(float64)({ name: "softmax" }, tensor([1, 3], x), dy));
    for (let c = 0; c < 3; c++) {
      const seeded = tensor<Dual<number>>(
        [1, 3],
        x.map((value, i) => withTangent(value, i === c ? 1 : 0)),
      );
      const y = succeed(softmax(ring)(seeded));
      const expected = Array.from(y.data).reduce((s, v, i) => s + v.tangent * dy.data[i]!, 0);
      expect(adjoint.data[c]).toBeCloseTo(expected, 14);
    }
  });
});
