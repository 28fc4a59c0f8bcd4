/** What is said when two implementations of a layer agree, and when they do not. */
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { compareLayers } from "../../src/certify/agreement.js";
import { roundingBound } from "../../src/certify/rounding.js";
import type { Operator } from "../../src/model/operator.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";

const row = (...values: readonly number[]): Tensor<number> =>
  tensor([1, values.length], Float32Array.from(values));
const add: Operator<number> = { kind: "add" };
const relu: Operator<number> = { kind: "activation", fn: { name: "relu" } };
const tanh: Operator<number> = { kind: "activation", fn: { name: "tanh" } };

describe("the agreement of two implementations", () => {
  it("has the largest difference, and the largest part of what is allowed, each of its own element", () => {
    const x = row(0.75, 1024, 1);
    const value = row(1.5, 2048, 2);
    const other = row(1.5 + 2 ** -22, 2048 + 2 ** -12, 2);
    const allowed = 2 * succeed(roundingBound(add, [x, x], [3])).data[0]!;
    const found = succeed(
      compareLayers("s", [x, x], { op: add, value }, { op: add, value: other }),
    );
    expect(found).toEqual({ elements: 3, largest: 2 ** -12, worst: 2 ** -22 / allowed });
    // Two roundings of each sum of magnitude 1.5, twice: a difference of 2^-22 is two thirds of that.
    expect(found.worst).toBeCloseTo(2 / 3, 6);
  });
  it("allows no difference where nothing is rounded, and holds for equal values", () => {
    const x = row(1, -1);
    const exact = { op: relu, value: row(1, 0) };
    expect(succeed(compareLayers("r", [x], exact, exact))).toEqual({
      elements: 2,
      largest: 0,
      worst: 0,
    });
    const off = { op: relu, value: row(1, 2 ** -149) };
    expect(showRefusal(refused(compareLayers("r", [x], exact, off)))).toBe(
      `layer r, element 1: found 0 and ${2 ** -149}, which differ by ${2 ** -149}, ` +
        "expected at most 0, the sum of their rounding bounds",
    );
  });
  it("says nothing where the bounds are infinite, even if one has overflowed", () => {
    const x = row(2 ** 127);
    const [finite, infinite] = [row(2 ** 127), row(Infinity)];
    expect(
      succeed(compareLayers("s", [x, x], { op: add, value: finite }, { op: add, value: infinite })),
    ).toEqual({ elements: 1, largest: Infinity, worst: 0 });
  });
});

describe("there is none", () => {
  it("between values of different shapes, between no values, and where elements are missing: quoted", () => {
    const x = row(1, 2);
    const both = { op: add, value: row(2, 4) };
    const short = { op: add, value: { shape: [1, 2], data: Float32Array.of(2) } };
    const none = { op: add, value: tensor([0, 2], []) };
    expect(showRefusal(refused(compareLayers("s", [x, x], both, short)))).toBe(
      "layer s: found 1x2 with 2 elements and 1x2 with 1 elements, " +
        "expected values of one shape, and at least one element",
    );
    expect(refused(compareLayers("s", [x, x], short, both)).found).toBe(
      "1x2 with 1 elements and 1x2 with 2 elements",
    );
    expect(refused(compareLayers("s", [x, x], none, none)).found).toBe(
      "0x2 with 0 elements and 0x2 with 0 elements",
    );
  });
  it("with a layer that has no bound, first or second", () => {
    const x = row(0);
    const [bounded, unbounded] = [relu, tanh].map((op) => ({ op, value: row(0) }));
    for (const [first, second] of [
      [bounded!, unbounded!],
      [unbounded!, bounded!],
    ] as const)
      expect(refused(compareLayers("s", [x], first, second))).toMatchObject({
        where: "layer s: activation",
        found: "tanh",
      });
  });
});
