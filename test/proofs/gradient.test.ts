/** The theorems of proofs/Program.v and proofs/Gradient.v, on the implementation. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dual } from "../../src/algebra/dual.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { programBuilder, type Builder } from "../../src/compile/builder.js";
import { adjoints, differentiate, type Adjoints } from "../../src/compile/derivative.js";
import type { Rule } from "../../src/compile/derivative/rule.js";
import { applyPrimitive, interpret, type Values } from "../../src/compile/interpret.js";
import type { NodeId, Primitive } from "../../src/compile/program.js";
import { inner, lift, moving, tangentsOf } from "../../src/laws/differentiation.js";
import { drawTensor, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { convolve } from "../../src/semantics/convolution.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { filled, generated, type Tensor } from "../../src/tensor/tensor.js";
import { catalogue } from "../compile/catalogue.js";
import {
  drawProgram,
  fitted,
  polynomialNames,
  type Draw,
  type DrawnProgram,
} from "../generators/program.js";
import { succeed } from "../generators/succeed.js";

/** Sums and products. */
const polynomials: readonly Draw[] = polynomialNames.map((name) => catalogue[name]);
/** Functions that have a value and a derivative at every element of a formal field. */
const functions: readonly Draw[] = [
  (t) => ({
    primitive: {
      op: "activation",
      fn: t.pick([{ name: "sigmoid" }, { name: "tanh" }, { name: "swish" }, { name: "softmax" }]),
    },
    shapes: [[t.between(1, 2), t.between(1, 3)]],
  }),
  (t) => ({ primitive: { op: "elementary", fn: "exp" }, shapes: [[t.between(1, 4)]] }),
  catalogue.crossEntropy,
];

/** A program with a seed, which is an input of its own or one of the values. */
interface Seeded extends DrawnProgram {
  readonly seed: NodeId;
}
const drawSeeded = <A>(
  t: Tape,
  over: Sampled<A>,
  b: Builder<A>,
  draws: readonly Draw[],
): Seeded => {
  const drawn = drawProgram(t, over, b, draws, 6);
  const shape = b.shape(drawn.output);
  const seed =
    t.below(3) === 0 ? fitted(b, t.pick(drawn.values), shape) : b.input("seed", "batch", shape);
  return { ...drawn, seed };
};

/** Values for all inputs, and directions for those that the program is differentiated in. */
const drawFeed = <A>(t: Tape, over: Sampled<A>, b: Builder<A>) => {
  const uniform = t.bulk();
  const draw = (): Values<A> =>
    Object.fromEntries(
      b.nodes.flatMap((node) =>
        node.kind === "input" ? [[node.name, drawTensor(over, node.shape, uniform)]] : [],
      ),
    );
  return { feed: draw(), directions: draw() };
};

/** The gradients in the inputs by reverse mode (zeros where there is none), and `<seed, output'>` by forward mode. */
const bothModes = <A>(
  { ring }: Sampled<A>,
  b: Builder<A>,
  { inputs, output, seed }: Seeded,
  feed: Values<A>,
  rules?: Adjoints,
) => {
  const gradients = differentiate(b, output, inputs, { seed, ...(rules && { rules }) });
  for (const [of, gradient] of gradients) b.output(`d${of}`, gradient);
  b.output("output", output);
  b.output("seed value", seed);
  const program = succeed(b.finish());
  const values = succeed(interpret(ring)(program, feed));
  const still = inputs.map((of) => filled(ring)(b.shape(of), ring.zero));
  const forward = (directions: readonly Tensor<A>[]): A => {
    const moved = Object.entries(feed).map(([name, value]) => {
      const i = inputs.indexOf(b.input(name, "batch", value.shape));
      return [name, moving(ring, value, directions[i])] as const;
    });
    const found = succeed(interpret(dual(ring))(lift(ring, program), Object.fromEntries(moved)));
    return inner(ring, values["seed value"]!, tangentsOf(ring, found["output"]!));
  };
  return { gradients: inputs.map((of, i) => values[`d${of}`] ?? still[i]!), still, forward };
};

/** `sum_i <g_i, dx_i> = <seed, output'>` at drawn values and directions. */
const agree = <A>(
  t: Tape,
  over: Sampled<A>,
  b: Builder<A>,
  drawn: Seeded,
  rules?: Adjoints,
): boolean => {
  const { ring } = over;
  const { feed, directions } = drawFeed(t, over, b);
  const { gradients, forward } = bothModes(over, b, drawn, feed, rules);
  const along = drawn.inputs.map((_, i) => directions[`x${i}`]!);
  const reverse = gradients.reduce(
    (sum, gradient, i) => ring.add(sum, inner(ring, gradient, along[i]!)),
    ring.zero,
  );
  return ring.equals(reverse, forward(along));
};

describe("gradient_program", () => {
  const holds = <A>(
    t: Tape,
    over: Sampled<A>,
    draws: readonly Draw[],
    rules?: Adjoints,
  ): boolean => {
    const b = programBuilder(over.ring);
    return agree(t, over, b, drawSeeded(t, over, b, draws), rules);
  };

  it("gradient_program: the gradients along any direction are the derivative over dual numbers", () => {
    fc.assert(
      fc.property(tape(), (t) => holds(t, rationals, polynomials)),
      { numRuns: 300 },
    );
  });

  it("gradient_program: functions that have a derivative included, over a formal field", () => {
    fc.assert(
      fc.property(tape(), (t) =>
        holds(t, formal("gradient"), t.below(2) === 0 ? functions : [...functions, ...polynomials]),
      ),
      { numRuns: 200 },
    );
  });

  const once: Rule<never> = (_b, _, { cotangent }) => [() => cotangent, "nothing"];
  const exchanged: Rule<never> = (b, _, { args: [x, z], cotangent }) => [
    () => b.apply({ op: "multiply" }, cotangent, x!),
    () => b.apply({ op: "multiply" }, cotangent, z!),
  ];
  const ungated: Rule<never> = (b, _, { args: [kernel], cotangent }) => [
    () => cotangent,
    () => b.apply({ op: "gateGrad" }, kernel!, cotangent),
  ];
  const faults: readonly (readonly [string, Partial<Adjoints>])[] = [
    ["a sum that forgets its second argument", { add: once }],
    ["a difference that is taken for a sum", { subtract: adjoints.add }],
    ["a product whose factors are exchanged", { multiply: exchanged }],
    ["a gate that is forgotten", { gateWeight: ungated }],
  ];
  it.each(faults)("gradient_program notices %s", (_, fault) => {
    const found = fc.check(
      fc.property(tape(), (t) => holds(t, rationals, polynomials, { ...adjoints, ...fault })),
      { numRuns: 500, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
    expect(found.errorInstance).toHaveProperty("message", "Property failed by returning false");
  });
});

it("gradient_partial: each element of a gradient is the derivative along its coordinate", () => {
  fc.assert(
    fc.property(tape(), (t) => {
      const b = programBuilder(rational);
      const drawn = drawSeeded(t, rationals, b, polynomials);
      const { feed } = drawFeed(t, rationals, b);
      const { gradients, still, forward } = bothModes(rationals, b, drawn, feed);
      return gradients.every((gradient, i) =>
        Array.from(gradient.data).every((element, at) => {
          const unit = generated(rational)(gradient.shape, (j) =>
            j === at ? rational.one : rational.zero,
          );
          return rational.equals(
            element,
            forward(still.map((zeros, j) => (j === i ? unit : zeros))),
          );
        }),
      );
    }),
    { numRuns: 60 },
  );
});

describe("gradient_closed", () => {
  const appliedBy = <A>(b: Builder<A>): readonly Primitive[] =>
    b.nodes.flatMap((node) => (node.kind === "apply" ? [node.primitive] : []));

  it("gradient_closed: the gradient of a program of sums and products is one, and has a gradient", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const b = programBuilder(rational);
        const drawn = drawSeeded(t, rationals, b, polynomials);
        const { inputs, output, seed } = drawn;
        const [first] = differentiate(b, output, inputs, { seed }).values();
        fc.pre(first !== undefined);
        const again = b.input("again", "batch", b.shape(first));
        expect(agree(t, rationals, b, { ...drawn, output: first, seed: again })).toBe(true);
        for (const { op } of appliedBy(b)) expect(polynomialNames).toContain(op);
      }),
      { numRuns: 100 },
    );
  });

  it("gradient_closed: a gradient has no functions but the derivatives of those that were there", () => {
    const functionsOf = (all: readonly Primitive[]): ReadonlySet<string> =>
      new Set(
        all.flatMap((p) =>
          p.op === "activation" || p.op === "activationGrad"
            ? [p.fn.name]
            : p.op === "elementary"
              ? [p.fn]
              : p.op === "crossEntropy" || p.op === "crossEntropyGrad"
                ? ["crossEntropy"]
                : polynomialNames.includes(p.op)
                  ? []
                  : [p.op],
        ),
      );
    fc.assert(
      fc.property(tape(), (t) => {
        const over = formal("closed");
        const b = programBuilder(over.ring);
        const { inputs, output, seed } = drawSeeded(t, over, b, [...functions, ...polynomials]);
        const before = functionsOf(appliedBy(b));
        differentiate(b, output, inputs, { seed });
        expect(functionsOf(appliedBy(b))).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });
});

it("gate_gradient: from the transformed inputs, and from the merged kernel's gradient", () => {
  fc.assert(
    fc.property(tape(60), (t) => {
      const { primitive, shapes } = catalogue.conv(t);
      const { geometry, groups } = primitive as Extract<Primitive, { op: "conv" }>;
      const [x, w] = shapes as [Shape, Shape];
      const b = programBuilder(rational);
      const [gates, kernel, input] = [
        b.input("gates", "parameter", w.slice(-2)),
        b.input("kernel", "parameter", w),
        b.input("input", "batch", x),
      ];
      const output = b.apply(primitive, input, b.apply({ op: "gateWeight" }, kernel, gates));
      const seed = b.input("seed", "batch", b.shape(output));
      const drawn = { inputs: [gates], values: [], output, seed };
      const { feed } = drawFeed(t, rationals, b);
      const { gradients, forward } = bothModes(rationals, b, drawn, feed);
      const gradient = gradients[0]!;
      const pairs = size(gradient.shape);
      const kernelGradient = succeed(
        applyPrimitive(rational)({ op: "convFilterGrad", geometry, groups }, [
          feed["input"]!,
          feed["seed"]!,
        ]),
      );
      return Array.from(gradient.data).every((element, pair) => {
        const only = (value: (i: number) => Rational) => (i: number) =>
          i % pairs === pair ? value(i) : rational.zero;
        const frozen = generated(rational)(
          w,
          only((i) => feed["kernel"]!.data[i]!),
        );
        const unit = generated(rational)(
          gradient.shape,
          only(() => rational.one),
        );
        const transformed = convolve(rational)(feed["input"]!, frozen, geometry, groups);
        return [
          forward([unit]),
          inner(rational, feed["seed"]!, transformed),
          inner(rational, kernelGradient, frozen),
        ].every((expected) => rational.equals(element, expected));
      });
    }),
    { numRuns: 40 },
  );
});
