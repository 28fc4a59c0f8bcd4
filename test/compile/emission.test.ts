/** What differentiation emits, instruction by instruction, and what it refuses, word for word. */
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { programBuilder, type Builder } from "../../src/compile/builder.js";
import { differentiate } from "../../src/compile/derivative.js";
import { interpret } from "../../src/compile/interpret.js";
import type { NodeId, PrimitiveName } from "../../src/compile/program.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { refused, succeed } from "../generators/succeed.js";
import { numbers } from "../transform/worked.js";

type Emit = (b: Builder<Rational>, x: NodeId) => NodeId;

/** The sum of all elements of a node. */
const total = (b: Builder<Rational>, node: NodeId): NodeId =>
  b.apply({ op: "sum", axes: b.shape(node).map((_, axis) => axis) }, node);
const square = (b: Builder<Rational>, node: NodeId): NodeId =>
  b.apply({ op: "multiply" }, node, node);

/** The gradient at `0, 1, 2, ...` of the loss that `emit` computes, and the instructions of its program. */
const gradientOf = (shape: Shape, emit: Emit) => {
  const b = programBuilder(rational);
  const x = b.input("x", "batch", shape);
  const loss = emit(b, x);
  const before = b.nodes.length;
  b.output("gradient", differentiate(b, loss, [x]).get(x)!);
  const program = succeed(b.finish());
  const values = succeed(interpret(rational)(program, { x: numbers(shape, (i) => i) }));
  const emitted = program.nodes
    .slice(before)
    .flatMap((n): readonly PrimitiveName[] => (n.kind === "apply" ? [n.primitive.op] : []));
  return {
    gradient: Array.from(values["gradient"]!.data, (v) => Number(rational.show(v))),
    emitted,
  };
};

describe("a sum of cotangents", () => {
  /** `sum x^2 + sum of the squares of sums of x along some axes`; the latter are visited last. */
  const sums =
    (sum: Emit): Emit =>
    (b, x) => {
      const partial = sum(b, x);
      return b.apply({ op: "add" }, total(b, square(b, x)), total(b, square(b, partial)));
    };
  it("adds a vector that repeats per channel along the channels", () => {
    const { gradient, emitted } = gradientOf(
      [2, 3],
      sums((b, x) => b.apply({ op: "channelSum" }, x)),
    );
    expect(gradient).toEqual([6, 12, 18, 12, 18, 24]);
    expect(emitted.at(-1)).toBe("channelShift");
    expect(emitted.filter((op) => op === "channelShift")).toHaveLength(1);
  });
  it("adds what repeats along the channels, or is no vector per channel, element by element", () => {
    const along = (axes: readonly number[]): Emit =>
      sums((b, x) => b.apply({ op: "sum", axes }, x));
    const rows = gradientOf([3, 3], along([1]));
    expect(rows.gradient).toEqual([6, 8, 10, 30, 32, 34, 54, 56, 58]);
    expect(rows.emitted).not.toContain("channelShift");
    const planes = gradientOf([2, 2, 2], along([0]));
    expect(planes.gradient).toEqual([8, 14, 20, 26, 16, 22, 28, 34]);
    expect(planes.emitted).not.toContain("channelShift");
    const columns = gradientOf([2, 2], along([0]));
    expect(columns.gradient).toEqual([4, 10, 8, 14]);
    expect(columns.emitted).toContain("channelShift");
  });
  it("adds a cotangent to itself where a value is read twice", () => {
    const b = programBuilder(rational);
    const x = b.input("x", "batch", [2]);
    const seed = b.input("seed", "batch", [2]);
    const y = b.apply({ op: "add" }, x, x);
    const gradient = differentiate(b, y, [x], { seed }).get(x)!;
    expect(b.nodes[gradient]).toMatchObject({ primitive: { op: "add" }, args: [seed, seed] });
  });
});

describe("what is not emitted", () => {
  it("a seed, where the loss depends on nothing that is asked for", () => {
    const b = programBuilder(rational);
    const [x, other] = [b.input("x", "batch", [2]), b.input("other", "parameter", [2])];
    const loss = total(b, x);
    const before = b.nodes.length;
    expect(differentiate(b, loss, [other]).size).toBe(0);
    expect(b.nodes).toHaveLength(before);
    differentiate(b, loss, [x]);
    expect(b.nodes[before]).toMatchObject({ kind: "constant", shape: [] });
  });
  it("two scalings for a product of a value with itself", () => {
    const { gradient, emitted } = gradientOf([2, 2], (b, x) =>
      total(b, b.apply({ op: "channelDot" }, x, x)),
    );
    expect(gradient).toEqual([0, 2, 4, 6]);
    expect(emitted).toEqual(["broadcast", "scale", "channelScale"]);
  });
});

describe("a derivative that the dialect lacks", () => {
  const geometry = [axis({ kernel: 2 })];
  const lacks = (
    shapes: readonly Shape[],
    primitive: Parameters<Builder["apply"]>[0],
    wrt: number,
  ): string => {
    const b = programBuilder(rational);
    const args = shapes.map((shape, i) => b.input(`${i}`, "batch", shape));
    const value = b.inLayer("f", () => b.apply(primitive, ...args));
    differentiate(b, value, [args[wrt]!]);
    return showRefusal(refused(b.finish()));
  };
  const sentence = (op: PrimitiveName, what: string): string =>
    `layer f: ${op}: found a need for the second derivative of ${what}, expected first ` +
    "derivatives of activations, max pooling and the loss";
  const pairs = [
    [2, 3],
    [2, 3],
    [2, 3],
  ];

  it.each([0, 1])("is refused by name: of tanh in argument %i", (i) => {
    const op = { op: "activationGrad", fn: { name: "tanh" } } as const;
    expect(lacks(pairs, op, i)).toBe(sentence("activationGrad", "tanh"));
  });
  it.each([0, 1])("is refused by name: of the loss in argument %i", (i) => {
    expect(lacks([[2, 3], [2, 3], [2]], { op: "crossEntropyGrad" }, i)).toBe(
      sentence("crossEntropyGrad", "the cross-entropy"),
    );
  });
  it("is refused by name: of max pooling in what it passes back", () => {
    const pooled = [
      [1, 4, 1],
      [1, 3, 1],
      [1, 3, 1],
    ];
    expect(lacks(pooled, { op: "maxPoolGrad", geometry }, 2)).toBe(
      sentence("maxPoolGrad", "max pooling"),
    );
  });
  it("is zero where max pooling moves no winner, and nothing is emitted for it", () => {
    for (const wrt of [0, 1]) {
      const b = programBuilder(rational);
      const args = [
        [1, 4, 1],
        [1, 3, 1],
        [1, 3, 1],
      ].map((s, i) => b.input(`${i}`, "batch", s));
      const value = b.apply({ op: "maxPoolGrad", geometry }, ...args);
      expect(differentiate(b, value, [args[wrt]!]).size).toBe(0);
      succeed(b.finish());
    }
  });
});
