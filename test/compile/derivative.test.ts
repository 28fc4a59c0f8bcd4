/** Every adjoint rule, exactly. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { rational } from "../../src/algebra/rational.js";
import { programBuilder } from "../../src/compile/builder.js";
import { adjoints, differentiate, type Adjoints } from "../../src/compile/derivative.js";
import type { PrimitiveName } from "../../src/compile/program.js";
import { prune } from "../../src/compile/prune.js";
import type { PrimitiveOf, Rule } from "../../src/compile/derivative/rule.js";
import { axis } from "../../src/tensor/geometry.js";
import { formal, rationals } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { catalogue, primitiveNames } from "./catalogue.js";
import { adjointLaw, gradientLaw } from "../../src/laws/differentiation.js";

/** The law at one random application, in the rings that decide it. */
const holds = (name: PrimitiveName, t: Tape, rules?: Adjoints): boolean => {
  const example = catalogue[name](t);
  return E.isRight(
    example.needs === "order"
      ? gradientLaw(rationals, example, t.bulk(), rules)
      : gradientLaw(formal(`key ${t.below(1000)}`), example, t.bulk(), rules),
  );
};

/** The second derivative of max pooling is not in the dialect; everything else is differentiable somewhere. */
const differentiable = primitiveNames.filter((name) => name !== "maxPoolGrad");

const linear = fc
  .sample(tape(60), { numRuns: 1, seed: 1 })
  .flatMap((t) => differentiable.filter((name) => catalogue[name](t).linear.length > 0));

describe("the adjoint of a primitive", () => {
  it.each(differentiable)("%s is forward mode read backwards", (name) => {
    fc.assert(
      fc.property(tape(60), (t) => holds(name, t)),
      { numRuns: 40 },
    );
  });

  it.each(linear)("%s is the adjoint in every argument it is linear in", (name) => {
    fc.assert(
      fc.property(tape(60), (t) => {
        const example = catalogue[name](t);
        succeed(
          example.needs === "order"
            ? adjointLaw(rationals, example, t.bulk())
            : adjointLaw(formal("adjoint"), example, t.bulk()),
        );
      }),
      { numRuns: 15 },
    );
  });
});

describe("a wrong adjoint is noticed", () => {
  const mirrored: Rule<PrimitiveOf<"conv">> = (b, p, at) =>
    adjoints.conv(
      b,
      { ...p, geometry: p.geometry.map((a) => ({ ...a, low: a.high, high: a.low })) } as never,
      at,
    );
  const swapped: Rule<PrimitiveOf<"multiply">> = (b, _, { args: [x, z], cotangent }) => [
    () => b.apply({ op: "multiply" }, cotangent, x!),
    () => b.apply({ op: "multiply" }, cotangent, z!),
  ];
  const ungated: Rule<PrimitiveOf<"gateWeight">> = (b, _, { args: [kernel], cotangent }) => [
    () => cotangent,
    () => b.apply({ op: "gateGrad" }, kernel!, cotangent),
  ];
  const summed: Rule<PrimitiveOf<"channelScale">> = (b, _, { args: [, scale], cotangent }) => [
    () => b.apply({ op: "channelScale" }, cotangent, scale!),
    () => b.apply({ op: "channelSum" }, cotangent),
  ];
  const otherDivisor: Rule<PrimitiveOf<"averagePool">> = (b, p, { cotangent, shape }) => [
    () =>
      b.apply(
        {
          op: "averagePoolGrad",
          geometry: p.geometry,
          divisor: p.divisor === "valid" ? "window" : "valid",
          extents: shape(0).slice(1, -1),
        },
        cotangent,
      ),
  ];
  const atValue: Rule<PrimitiveOf<"activation">> = (b, { fn }, { args: [x], value, cotangent }) => [
    () => b.apply({ op: "activationGrad", fn }, value, x!, cotangent),
  ];
  const alwaysExp: Rule<PrimitiveOf<"elementary">> = (b, _, { value, cotangent }) => [
    () => b.apply({ op: "multiply" }, cotangent, value),
  ];
  const sameTwice: Rule<PrimitiveOf<"crossEntropy">> = (b, _, { args: [x, t], cotangent }) => [
    () => b.apply({ op: "crossEntropyGrad" }, x!, t!, cotangent),
    () => b.apply({ op: "crossEntropyGrad" }, x!, t!, cotangent),
  ];
  const faults: readonly (readonly [PrimitiveName, string, Partial<Adjoints>])[] = [
    ["conv", "with low and high padding exchanged", { conv: mirrored }],
    ["multiply", "with its factors exchanged", { multiply: swapped }],
    ["divide", "that multiplies", { divide: adjoints.multiply }],
    ["subtract", "that adds", { subtract: adjoints.add }],
    ["gateWeight", "that forgets the gate", { gateWeight: ungated }],
    ["channelScale", "that forgets the input", { channelScale: summed }],
    ["averagePool", "with the other divisor", { averagePool: otherDivisor }],
    ["activation", "at the value instead of the input", { activation: atValue }],
    ["elementary", "that takes every function for exp", { elementary: alwaysExp }],
    ["crossEntropy", "that takes targets for logits", { crossEntropy: sameTwice }],
  ];

  it.each(faults)("%s %s", (name, _, fault) => {
    const found = fc.check(
      fc.property(tape(60), (t) => holds(name, t, { ...adjoints, ...fault })),
      { numRuns: 200, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
    expect(found.errorInstance).toHaveProperty("message", "Property failed by returning false");
  });
});

describe("what is emitted", () => {
  const geometry = [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 3, low: 1, high: 1 })];

  /** Three convolutions one after another; the loss is the sum of the last. */
  const chain = () => {
    const b = programBuilder(rational);
    const x = b.input("x", "batch", [1, 4, 4, 2]);
    const weights = [0, 1, 2].map((i) => b.input(`w${i}`, "parameter", [3, 3, 2, 2]));
    const y = weights.reduce((h, w) => b.apply({ op: "conv", geometry, groups: 1 }, h, w), x);
    const loss = b.apply({ op: "sum", axes: [0, 1, 2, 3] }, y);
    return { b, x, weights, loss };
  };

  const count = (op: PrimitiveName, wrt: (c: ReturnType<typeof chain>) => readonly number[]) => {
    const c = chain();
    const gradients = differentiate(c.b, c.loss, wrt(c));
    for (const [of, gradient] of gradients) c.b.output(`d${of}`, gradient);
    const program = succeed(c.b.finish());
    const ops = program.nodes.flatMap((n) => (n.kind === "apply" ? [n.primitive.op] : []));
    return {
      emitted: ops.filter((o) => o === op).length,
      kept: prune(program).nodes.filter((n) => n.kind === "apply" && n.primitive.op === op).length,
    };
  };

  it("no input gradient below the first trained weight", () => {
    expect(count("convInputGrad", (c) => [c.weights[2]!]).emitted).toBe(0);
    expect(count("convInputGrad", (c) => [c.weights[1]!]).emitted).toBe(1);
    expect(count("convInputGrad", (c) => c.weights).emitted).toBe(2);
    expect(count("convInputGrad", (c) => [c.x]).emitted).toBe(3);
  });

  it("no filter gradient of a frozen kernel", () => {
    expect(count("convFilterGrad", (c) => [c.weights[1]!])).toEqual({ emitted: 1, kept: 1 });
    expect(count("convFilterGrad", (c) => [c.x])).toEqual({ emitted: 0, kept: 0 });
  });

  it("gradients are announced as soon as they are complete, the last layer first", () => {
    const { b, weights, loss } = chain();
    const order: number[] = [];
    differentiate(b, loss, weights, { onGradient: (of) => order.push(of) });
    expect(order).toEqual([...weights].reverse());
  });

  it("a value on which the loss does not depend has no gradient", () => {
    const { b, loss } = chain();
    const other = b.input("other", "parameter", [2]);
    expect(differentiate(b, loss, [other]).size).toBe(0);
  });

  it("second derivatives that the dialect lacks are refused by name", () => {
    const b = programBuilder(rational);
    const x = b.input("x", "batch", [3]);
    const y = b.apply({ op: "activation", fn: { name: "tanh" } }, x);
    const first = differentiate(b, b.apply({ op: "sum", axes: [0] }, y), [x]).get(x)!;
    differentiate(b, b.apply({ op: "sum", axes: [0] }, first), [x]);
    expect(refused(b.finish()).found).toBe("a need for the second derivative of tanh");
  });
});
