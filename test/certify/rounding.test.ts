/**
 * The rounding bounds against exact arithmetic: float32 values computed in random orders, compared with
 * the exact value over the rationals by exact comparison.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { compareLayers } from "../../src/certify/agreement.js";
import { roundingBound } from "../../src/certify/rounding.js";
import { gamma, sumBound, underflow } from "../../src/algebra/roundoff.js";
import type { Kernelled, Operator, OperatorKind, Projected } from "../../src/model/operator.js";
import { inferShape } from "../../src/model/inference.js";
import { evaluateOperator } from "../../src/semantics/evaluate.js";
import { type Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { mergedOperator } from "../../src/transform/merge.js";
import { drawTensor, floats32, type Sampled } from "../../src/laws/generators/ring.js";
import { drawOperator, piecewiseLinear } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { exactly, inSomeOrder, within } from "./implementations.js";

/** Binary32 numbers so small that their products underflow, and their sums do not. */
const tiny: Sampled<number> = {
  ring: float32,
  draw: (uniform) => Math.fround((uniform() - 0.5) * 2 ** Math.floor(uniform() * 40 - 95)),
};

const drawn = (t: Tape, sampled: Sampled<number>, kind: Exclude<OperatorKind, "input">) => {
  const shape: Shape = [t.between(1, 4), t.between(1, 4), t.between(1, 4)];
  const op = drawOperator(t, sampled, kind, shape, { activations: piecewiseLinear });
  return { op, x: drawTensor(sampled, [1, ...shape], t.bulk()), shape, uniform: t.bulk() };
};

describe("linear layers", () => {
  it.each([
    ["convolution", floats32],
    ["projected", floats32],
    ["convolution", tiny],
    ["projected", tiny],
  ] as const)("%s stays within its bound in any order (%#)", (kind, sampled) => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { op, x, uniform } = drawn(t, sampled, kind);
        const exact = exactly(op, [x]);
        const bound = succeed(roundingBound(op, [x], exact.shape.slice(1)));
        const gateInto = t.pick(["product", "kernel", "input"] as const);
        const value = inSomeOrder(op as Kernelled, x, uniform, gateInto);
        for (let i = 0; i < value.length; i++)
          expect(within(value[i]!, exact.data[i]!, bound.data[i]!)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
  it("the bound is no wider than it must be for one product", () => {
    const op: Operator<number> = {
      kind: "dense",
      weights: tensor([1, 1], Float32Array.of(1 + 2 ** -23)),
      bias: null,
    };
    const x = tensor([1, 1], Float32Array.of(1 + 2 ** -23));
    const bound = succeed(roundingBound(op, [x], [1])).data[0]!;
    expect(bound).toBeGreaterThan(2 ** -24);
    expect(bound).toBeLessThan(4 * 2 ** -24);
  });
  it("is infinite where a sum may overflow", () => {
    const op: Operator<number> = {
      kind: "dense",
      weights: tensor([2, 1], Float32Array.of(2 ** 126, 2 ** 126)),
      bias: null,
    };
    const x = tensor([1, 2], Float32Array.of(1.5, -1.5));
    expect(succeed(roundingBound(op, [x], [1])).data[0]).toBe(Infinity);
  });
});

describe("other layers", () => {
  it.each([
    "affine",
    "averagePool",
    "globalPool",
    "activation",
    "upsample",
    "dense",
    "zeroPad",
  ] as const)("%s computed in float32 stays within its bound", (kind) => {
    fc.assert(
      fc.property(tape(), fc.constantFrom(floats32, tiny), (t, sampled) => {
        const { op, x, shape } = drawn(t, sampled, kind);
        fc.pre(E.isRight(inferShape(op, [shape])));
        const exact = exactly(op, [x]);
        const bound = succeed(roundingBound(op, [x], exact.shape.slice(1)));
        const value = succeed(evaluateOperator(float32)(op, [x]));
        for (let i = 0; i < value.data.length; i++)
          expect(within(value.data[i]!, exact.data[i]!, bound.data[i]!)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it("sums and products of layers stay within their bounds", () => {
    fc.assert(
      fc.property(tape(), fc.constantFrom(floats32, tiny), (t, sampled) => {
        const xs = [1, 2, 3].map(() => drawTensor(sampled, [2, 3], t.bulk()));
        for (const [op, inputs] of [
          [{ kind: "add" }, xs],
          [{ kind: "multiply" }, xs.slice(1)],
        ] as const) {
          const exact = exactly(op, inputs);
          const bound = succeed(roundingBound(op, inputs, [3]));
          const value = succeed(evaluateOperator(float32)(op, inputs));
          for (let i = 0; i < 6; i++)
            expect(within(value.data[i]!, exact.data[i]!, bound.data[i]!)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
  it("a frozen batch norm stays within its bound, as written and as scale and shift", () => {
    const f = Math.fround;
    fc.assert(
      fc.property(tape(), (t) => {
        const uniform = t.bulk();
        const draw = (): number => floats32.draw(uniform);
        // Variance + epsilon is a square of rationals, so that the exact value is at hand.
        const deviation = Math.round(uniform() * 64 + 8) / 32;
        const [gamma, beta, mean, x] = [draw(), draw(), draw(), draw()];
        const one = (v: number): Tensor<number> => tensor([1], Float32Array.of(v));
        const op: Operator<number> = {
          kind: "batchNorm",
          statistics: "frozen",
          gamma: one(gamma),
          beta: one(beta),
          mean: one(mean),
          variance: one(deviation ** 2 - 2 ** -12),
          epsilon: 2 ** -12,
          momentum: 0.9,
        };
        const input = tensor([1, 1], Float32Array.of(x));
        const exact = exactly(op, [input]).data[0]!;
        const bound = succeed(roundingBound(op, [input], [1])).data[0]!;
        const asWritten = succeed(evaluateOperator(float32)(op, [input])).data[0]!;
        const scale = f(gamma * f(1 / deviation));
        const asMap = f(f(x * scale) + f(beta - f(mean * scale)));
        expect(within(asWritten, exact, bound)).toBe(true);
        expect(within(asMap, exact, bound)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("agreement of two implementations", () => {
  const example = (t: Tape) => {
    const { op, x, uniform } = drawn(t, floats32, "projected");
    const projected = op as Projected<number>;
    const merged = mergedOperator(float32)(projected);
    const shape = exactly(op, [x]).shape;
    return {
      x,
      projected: { op, value: tensor(shape, inSomeOrder(projected, x, uniform, "product")) },
      merged: { op: merged, value: tensor(shape, inSomeOrder(merged, x, uniform, "product")) },
    };
  };
  it("holds for a projected layer and its merged form, each in its own order", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { x, projected, merged } = example(t);
        expect(succeed(compareLayers("c", [x], projected, merged)).worst).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
  it("does not hold once an element is further off than both bounds together", () => {
    fc.assert(
      fc.property(tape(), fc.nat(), (t, seed) => {
        const { x, projected, merged } = example(t);
        const at = seed % merged.value.data.length;
        const shape = merged.value.shape;
        const bounds = [projected, merged].map(
          ({ op }) => succeed(roundingBound(op, [x], shape.slice(1))).data[at]!,
        );
        const off = Float32Array.from(merged.value.data);
        off[at] = projected.value.data[at]! + 1.001 * (bounds[0]! + bounds[1]!) + 2 ** -140;
        // The nearest binary32 number may be the one within the bound; then this case says nothing.
        fc.pre(Math.abs(off[at]! - projected.value.data[at]!) > bounds[0]! + bounds[1]!);
        const verdict = compareLayers("c", [x], projected, {
          ...merged,
          value: tensor(shape, off),
        });
        expect(refused(verdict).where).toBe(`layer c, element ${at}`);
      }),
      { numRuns: 40 },
    );
  });
  it("does not hold for a value that is no number", () => {
    const op: Operator<number> = { kind: "add" };
    const x = tensor([1, 1], Float32Array.of(1));
    const value = tensor([1, 1], Float32Array.of(2));
    const nan = tensor([1, 1], Float32Array.of(NaN));
    expect(refused(compareLayers("s", [x, x], { op, value }, { op, value: nan }))).toBeDefined();
  });
});

describe("the model", () => {
  it("gamma_n is n u / (1 - n u), and infinite beyond 2^24 roundings", () => {
    expect(gamma(1)).toBe(2 ** -24 / (1 - 2 ** -24));
    expect(gamma(2 ** 24)).toBe(Infinity);
    expect(sumBound(1, 2 ** 24, 0, 1)).toBe(Infinity);
    expect(sumBound(0, 1, underflow, 1)).toBeGreaterThanOrEqual(2 ** -150);
  });
});
