/** Each optimizer's instructions against its formula, over fields in which every step is exact. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import { programBuilder } from "../../src/compile/builder.js";
import { interpret, type Values } from "../../src/compile/interpret.js";
import {
  emitUpdate,
  hyperValues,
  stateNames,
  usualDecay,
  type Optimizer,
} from "../../src/compile/optimizer.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

/** One step of the emitted program for a parameter of three numbers. */
const emitted = <A>(
  ring: Ring<A>,
  optimizer: Optimizer,
  target: number | null,
  feed: Values<A>,
): Values<A> => {
  const b = programBuilder(ring);
  emitUpdate(b, optimizer, () => target, {
    name: "p",
    parameter: b.input("p", "parameter", [3]),
    gradient: b.input("g", "batch", [3]),
  });
  return succeed(interpret(ring)(succeed(b.finish()), feed));
};

/** Element-wise formulas over a ring. */
const formulas = <A>(ring: Ring<A>) => {
  const number = (x: number): A => succeed(ring.fromNumber(x));
  const zip =
    (f: (x: A, y: A) => A) =>
    (x: Tensor<A>, y: Tensor<A>): Tensor<A> =>
      generated(ring)(x.shape, (i) => f(x.data[i]!, y.data[i]!));
  return {
    add: zip(ring.add),
    sub: zip(ring.sub),
    mul: zip(ring.mul),
    div: zip((x, y) => succeed(ring.functions.divide!(x, y))),
    times: (k: number, x: Tensor<A>) =>
      generated(ring)(x.shape, (i) => ring.mul(number(k), x.data[i]!)),
    plus: (k: number, x: Tensor<A>) =>
      generated(ring)(x.shape, (i) => ring.add(number(k), x.data[i]!)),
    by: (s: Tensor<A>, x: Tensor<A>) =>
      generated(ring)(x.shape, (i) => ring.mul(s.data[0]!, x.data[i]!)),
    root: (x: Tensor<A>) =>
      generated(ring)(x.shape, (i) => succeed(ring.functions.sqrt!(x.data[i]!))),
  };
};

const drawFeed = <A>(
  sampled: Sampled<A>,
  names: readonly string[],
  uniform: () => number,
): Values<A> => ({
  ...Object.fromEntries(["p", "g", ...names].map((n) => [n, drawTensor(sampled, [3], uniform)])),
  ...Object.fromEntries(
    ["rate", "correction1", "correction2"].map((n) => [n, drawTensor(sampled, [], uniform)]),
  ),
});

describe("sgd", () => {
  it.each([
    { momentum: 0, nesterov: false },
    { momentum: 0.75, nesterov: false },
    { momentum: 0.75, nesterov: true },
  ])("momentum $momentum, nesterov $nesterov, over the rationals", ({ momentum, nesterov }) => {
    fc.assert(
      fc.property(
        tape(4),
        fc.constantFrom(null, 0, 1),
        fc.constantFrom(0, 0.25),
        (t, target, d) => {
          const optimizer: Optimizer = { kind: "sgd", momentum, nesterov, weightDecay: d };
          const feed = drawFeed(rationals, stateNames(optimizer, "p"), t.bulk());
          const { add, sub, times, plus, by } = formulas(rationals.ring);
          const { p, g, rate } = feed;
          const h = target === null ? g! : add(g!, times(d, plus(-target, p!)));
          const v = momentum === 0 ? h : add(times(momentum, feed["p/momentum"]!), h);
          const step = nesterov ? add(h, times(momentum, v)) : v;
          const out = emitted(rationals.ring, optimizer, target, feed);
          expect(sameTensor(rationals, out["p"]!, sub(p!, by(rate!, step)))).toBe(true);
          if (momentum !== 0) expect(sameTensor(rationals, out["p/momentum"]!, v)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe.each(["adam", "adamw"] as const)("%s", (kind) => {
  it("over a formal field", () => {
    const field = formal("adam");
    fc.assert(
      fc.property(
        tape(4),
        fc.constantFrom(null, 0, 1),
        fc.constantFrom(0, 0.25),
        (t, target, d) => {
          const optimizer: Optimizer = {
            kind,
            beta1: 0.875,
            beta2: 0.96875,
            epsilon: 2 ** -20,
            weightDecay: d,
          };
          const feed = drawFeed(field, stateNames(optimizer, "p"), t.bulk());
          const { add, sub, mul, div, times, plus, by, root } = formulas(field.ring);
          const { p, g, rate, correction1, correction2 } = feed;
          const pull = target === null ? times(0, p!) : times(d, plus(-target, p!));
          const h = kind === "adam" ? add(g!, pull) : g!;
          const m = add(times(0.875, feed["p/first"]!), times(0.125, h));
          const v = add(times(0.96875, feed["p/second"]!), times(0.03125, mul(h, h)));
          const direction = div(by(correction1!, m), plus(2 ** -20, root(by(correction2!, v))));
          const step = kind === "adamw" ? add(direction, pull) : direction;
          const out = emitted(field.ring, optimizer, target, feed);
          expect(sameTensor(field, out["p/first"]!, m)).toBe(true);
          expect(sameTensor(field, out["p/second"]!, v)).toBe(true);
          expect(sameTensor(field, out["p"]!, sub(p!, by(rate!, step)))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("a penalty", () => {
  const { ring } = rationals;
  const number = (x: number): Rational => succeed(ring.fromNumber(x));
  const below = (a: Rational, b: Rational): boolean => ring.functions.compare!(a, b) < 0;
  const rate = 0.25;

  it("shrinks the distance to its aim by the share of l2, then by the size of l1, never past it", () => {
    const atAim = { count: 0 };
    fc.assert(
      fc.property(tape(4), fc.constantFrom(0, 2), fc.constantFrom(0, 0.5), (t, l1, l2) => {
        const drawn = drawFeed(rationals, [], t.bulk());
        const feed: Values<Rational> = { ...drawn, rate: { shape: [], data: [number(rate)] } };
        const b = programBuilder(ring);
        emitUpdate(
          b,
          { kind: "sgd", momentum: 0, weightDecay: 0 },
          () => null,
          {
            name: "p",
            parameter: b.input("p", "parameter", [3]),
            gradient: b.input("g", "batch", [3]),
          },
          (name) => (name === "p" ? { towards: 1, l1, l2 } : null),
        );
        const out = succeed(interpret(ring)(succeed(b.finish()), feed))["p"]!;
        const wanted = generated(ring)([3], (i) => {
          const next = ring.sub(feed["p"]!.data[i]!, ring.mul(number(rate), feed["g"]!.data[i]!));
          const shrunk = ring.mul(number(1 - rate * l2), ring.sub(next, ring.one));
          const isNegative = below(shrunk, ring.zero);
          const size = isNegative ? ring.sub(ring.zero, shrunk) : shrunk;
          const left = ring.sub(size, number(rate * l1));
          if (l1 > 0 && !below(ring.zero, left)) {
            atAim.count++;
            return ring.one;
          }
          return ring.add(ring.one, isNegative ? ring.sub(ring.zero, left) : left);
        });
        expect(sameTensor(rationals, out, wanted)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect(atAim.count).toBeGreaterThan(0);
  });
});

describe("what the loop feeds", () => {
  it("corrects the bias of the moments: at the first step they are the gradient itself", () => {
    const adam: Optimizer = { kind: "adam", beta1: 0.875, beta2: 0.75, epsilon: 0, weightDecay: 0 };
    expect(hyperValues(adam, 0.5, 1)).toEqual({ rate: 0.5, correction1: 8, correction2: 4 });
    expect(hyperValues({ kind: "sgd", momentum: 0.9, weightDecay: 0 }, 0.5, 3)).toEqual({
      rate: 0.5,
    });
  });

  it("decays kernels and weights towards zero, gates towards one, and nothing else", () => {
    const names = ["a/b/kernel", "fc/weights", "c/gates", "fc/bias", "bn/gamma", "bn/beta"];
    expect(names.map(usualDecay)).toEqual([0, 0, 1, null, null, null]);
  });
});
