/** Every other kind of operator: what rounds nothing, what a mean and an enlargement round, what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../../src/algebra/refusal.js";
import { roundingBound } from "../../../src/certify/rounding.js";
import type { Operator } from "../../../src/model/operator.js";
import { axis } from "../../../src/tensor/geometry.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { drawTensor, floats32 } from "../../../src/laws/generators/ring.js";
import { tape } from "../../../src/laws/generators/tape.js";
import { refused, succeed } from "../../generators/succeed.js";
import { isGamma, magnitudesOf } from "../stated.js";

/** The bounds of an operator at random inputs are `gamma_n` of its magnitudes. */
const expectGamma = (op: Operator<number>, shapes: readonly Shape[], n: number): void => {
  fc.assert(
    fc.property(tape(), (t) => {
      const xs = shapes.map((shape) => drawTensor(floats32, shape, t.bulk()));
      const magnitudes = magnitudesOf(op, xs);
      const bound = succeed(roundingBound(op, xs, magnitudes.shape.slice(1)));
      expect(bound.shape).toEqual(magnitudes.shape);
      for (let i = 0; i < bound.data.length; i++)
        expect(isGamma(bound.data[i]!, n, magnitudes.data[i]!)).toBe(true);
    }),
    { numRuns: 8 },
  );
};

describe("what moves or chooses values rounds nothing", () => {
  const pair = [axis({ kernel: 2 }), axis({ kernel: 2 })];
  it.each([
    [{ kind: "input", shape: [2, 2, 3] }, [2, 2, 3]],
    [{ kind: "maxPool", geometry: pair }, [1, 1, 3]],
    [{ kind: "globalPool", reduce: "max", keepAxes: false }, [3]],
    [{ kind: "concat" }, [2, 2, 3]],
    [{ kind: "zeroPad", padding: Array(2).fill([1, 0]) }, [3, 3, 3]],
    [{ kind: "flatten" }, [12]],
    [{ kind: "reshape", shape: [4, 3] }, [4, 3]],
    [{ kind: "dropout", rate: 0.5 }, [2, 2, 3]],
    [{ kind: "upsample", factors: [3, 2], interpolation: "nearest" }, [6, 4, 3]],
  ] as readonly (readonly [Operator<number>, Shape])[])("%o", (op, shape) => {
    const x = tensor([2, 2, 2, 3], new Float32Array(24).fill(1 / 3));
    const bound = succeed(roundingBound(op, [x], shape));
    expect(bound.shape).toEqual([2, ...shape]);
    expect(Array.from(bound.data)).toEqual(Array(2 * size(shape)).fill(0));
  });
});

describe("what rounds a few times", () => {
  it("a mean of n values has the bound gamma_(n + 2) of their magnitudes' mean", () => {
    const average = { kind: "globalPool", reduce: "average" } as const;
    expectGamma({ ...average, keepAxes: false }, [[2, 3, 2, 2]], 8);
    expectGamma({ ...average, keepAxes: true }, [[2, 5, 3]], 7);
    const geometry = [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 2 })];
    for (const divisor of ["valid", "window"] as const)
      expectGamma({ kind: "averagePool", geometry, divisor }, [[2, 4, 3, 2]], 8);
  });
  it("a sum of n layers has gamma_n, a product gamma_1", () => {
    expectGamma({ kind: "add" }, Array(3).fill([2, 3]), 3);
    expectGamma({ kind: "multiply" }, Array(2).fill([2, 3]), 1);
  });
  it.each([
    [1, 3],
    [2, 5],
    [3, 9],
  ])("bilinear enlargement along %i axes has gamma_%i: the corners, and one more", (axes, n) => {
    const factors = [2, 4, 2].slice(0, axes);
    const shape = [2, ...[3, 2, 2].slice(0, axes), 2];
    expectGamma({ kind: "upsample", factors, interpolation: "bilinear" }, [shape], n);
  });
});

describe("a mean", () => {
  const ofFour = (each: number): number => {
    const op: Operator<number> = { kind: "globalPool", reduce: "average", keepAxes: false };
    const x = tensor([1, 4, 1], new Float32Array(4).fill(each));
    return succeed(roundingBound(op, [x], [1])).data[0]!;
  };
  it("has no bound once its sum may overflow, and has one before", () => {
    expect(ofFour(2 ** 125)).toBe(Infinity);
    expect(ofFour(2 ** 124)).toBeLessThan(2 ** 104);
  });
});

describe("what has no bound is refused by name, with the reason", () => {
  const sentence = (op: Operator<number>, x: Tensor<number>): string =>
    showRefusal(refused(roundingBound(op, [x], x.shape.slice(1))));
  it("layer norm, and what bounds it", () => {
    const x = tensor([1, 2], Float32Array.of(1, 2));
    expect(sentence({ kind: "layerNorm", gamma: null, beta: null, epsilon: 0.5 }, x)).toBe(
      "layerNorm: found statistics of the position's own channels, " +
        "expected an operator whose cancellation is bounded by its input's size; " +
        "`enclosureOf` of `heirloom/laws` bounds it in ball arithmetic",
    );
  });
  it("bilinear enlargement whose weights are not exact, even along one axis", () => {
    const x = tensor([1, 2, 2, 1], Float32Array.of(1, 2, 3, 4));
    const upsample = { kind: "upsample", interpolation: "bilinear" } as const;
    expect(sentence({ ...upsample, factors: [2, 3] }, x)).toBe(
      "upsample: found factors 2, 3, expected powers of two, whose weights are exact in binary",
    );
  });
});
