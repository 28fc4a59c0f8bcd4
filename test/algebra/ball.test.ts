/** Balls enclose the exact value and what binary32 computes, whatever the order, on hostile numbers. */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ball,
  boundsOf,
  encloses,
  exactBoundsOf,
  floatError,
  radius,
  settled,
  type Ball,
} from "../../src/algebra/ball.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { refusalOf, valueOf } from "./laws.js";

const f = Math.fround;
const exactly = (x: number): Rational => valueOf(rational.fromNumber(x));
const { compare, divide } = rational.functions;

/** Whether a rational number lies between two binary64 ones, decided exactly. */
const between = ([low, high]: readonly [number, number], x: Rational): boolean =>
  (low === -Infinity || compare!(exactly(low), x) <= 0) &&
  (high === Infinity || compare!(x, exactly(high)) <= 0);

/** Binary32 numbers of every size: subnormal, ordinary, huge; and few of them, so that sums cancel. */
const drawNumber = (t: Tape): number => {
  const uniform = t.bulk();
  const exponent = t.pick([0, 0, 1, -1, 12, -12, -126, -149, -75, 60, 100, 127]);
  const mantissa = t.pick([1, 1, 2 - 2 ** -23, 1 + 2 ** -23, 0, 1 + uniform()]);
  return f((t.below(2) === 0 ? 1 : -1) * f(mantissa) * 2 ** exponent);
};

/** A sum of products of sums ... of numbers. */
type Expression =
  | { readonly kind: "atom"; readonly value: number }
  | { readonly kind: "sum" | "product"; readonly parts: readonly Expression[] };

const drawExpression = (t: Tape, depth: number, atoms: readonly number[]): Expression => {
  const kind = depth === 0 ? "atom" : t.pick(["sum", "product", "sum", "atom"] as const);
  return kind === "atom"
    ? { kind, value: t.pick(atoms) }
    : {
        kind,
        parts: Array.from({ length: t.between(1, kind === "sum" ? 4 : 3) }, () =>
          drawExpression(t, depth - 1, atoms),
        ),
      };
};

const ballOf = (e: Expression): Ball =>
  e.kind === "atom"
    ? valueOf(ball.fromNumber(e.value))
    : e.parts.map(ballOf).reduce(e.kind === "sum" ? ball.add : ball.mul);

const exactOf = (e: Expression): Rational =>
  e.kind === "atom"
    ? exactly(e.value)
    : e.parts.map(exactOf).reduce(e.kind === "sum" ? rational.add : rational.mul);

/** The same polynomial written otherwise: products multiplied out here and there, sums opened. */
const rewritten = (t: Tape, e: Expression): Expression => {
  if (e.kind === "atom") return e;
  const parts = e.parts
    .map((part) => rewritten(t, part))
    .flatMap((part) => (part.kind === e.kind && t.below(2) === 0 ? part.parts : [part]));
  const at = parts.findIndex((part) => part.kind === "sum");
  const sum = parts[at];
  if (e.kind === "product" && sum?.kind === "sum" && t.below(2) === 0) {
    const others = parts.filter((_, i) => i !== at);
    return {
      kind: "sum",
      parts: sum.parts.map((part) => rewritten(t, { kind: "product", parts: [part, ...others] })),
    };
  }
  return { kind: e.kind, parts };
};

/** Evaluate in binary32, pairs of random parts first. */
const inSomeOrder = (t: Tape, e: Expression): number => {
  if (e.kind === "atom") return e.value;
  const parts = e.parts.map((part) => inSomeOrder(t, part));
  const take = (): number => parts.splice(t.below(parts.length), 1)[0]!;
  while (parts.length > 1) {
    const [x, y] = [take(), take()];
    parts.push(f(e.kind === "sum" ? x + y : x * y));
  }
  return parts[0]!;
};

describe("sums and products", () => {
  it("enclose the exact value and binary32 in any order, multiplied out or not", () => {
    let finite = 0;
    fc.assert(
      fc.property(tape(200), tape(200), (t, order) => {
        const atoms = Array.from({ length: t.between(1, 4) }, () => drawNumber(t));
        const cancelling = [...atoms, ...atoms.map((x) => -x)];
        const e = drawExpression(t, 4, t.below(2) === 0 ? atoms : cancelling);
        const b = ballOf(e);
        if (radius(b) < Infinity) finite++;
        expect(between(exactBoundsOf(b), exactOf(e))).toBe(true);
        expect(between(boundsOf(b), exactOf(e))).toBe(true);
        for (let i = 0; i < 6; i++)
          expect(encloses(b, inSomeOrder(order, rewritten(order, e)))).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(finite).toBeGreaterThan(750);
  });

  it("are no wider than they must be: an order that loses everything loses nine tenths of the radius", () => {
    for (const n of [1, 10, 1000]) {
      const b = [1, ...new Array<number>(n).fill(2 ** -24)]
        .map((x) => valueOf(ball.fromNumber(x)))
        .reduce(ball.add);
      const fromTheLeft = 1;
      const exact = 1 + n * 2 ** -24;
      expect(encloses(b, fromTheLeft)).toBe(true);
      expect(exact - fromTheLeft).toBeGreaterThan(0.9 * floatError(b));
    }
  });

  it("of zero and one round nothing", () => {
    const x = valueOf(ball.fromNumber(f(0.3)));
    expect(radius(ball.mul(ball.one, x))).toBe(radius(x));
    expect(ball.add(ball.zero, x)).toBe(x);
    expect(radius(ball.mul(ball.zero, x))).toBeLessThan(2 ** -149);
    expect(radius(ball.add(x, ball.mul(ball.zero, x)))).toBeLessThan(f(0.3) * 2 ** -22);
    expect(floatError(ball.sub(ball.zero, x))).toBe(0);
  });
});

describe("where binary32 overflows nothing is known", () => {
  const huge = valueOf(ball.fromNumber(2 ** 127));
  it("the radius is infinite, and stays so", () => {
    for (const b of [ball.mul(huge, huge), ball.add(huge, huge)]) {
      expect(radius(b)).toBe(Infinity);
      for (const x of [Infinity, NaN, 0]) expect(encloses(b, x)).toBe(true);
      expect(radius(ball.mul(ball.zero, b))).toBe(Infinity);
      expect(radius(settled(b))).toBe(Infinity);
    }
  });
  it("in some order suffices: 2^127 + 2^127 - 2^127", () => {
    expect(radius(ball.sub(ball.add(huge, huge), huge))).toBe(Infinity);
  });
  it("in some order suffices: 0 * 2^100 * 2^100, which may be infinity times zero", () => {
    const large = valueOf(ball.fromNumber(2 ** 100));
    const nothing = ball.mul(ball.zero, large);
    expect(radius(nothing)).toBeLessThan(2 ** -40);
    expect(radius(ball.mul(nothing, large))).toBe(Infinity);
    expect(radius(ball.mul(ball.add(ball.one, nothing), large))).toBe(Infinity);
  });
  it("a number of that size alone is itself", () => {
    expect(radius(huge)).toBeLessThan(2 ** -900);
  });
  it("a constant beyond binary32 is none", () => {
    expect(radius(valueOf(ball.fromNumber(1e300)))).toBe(Infinity);
  });
});

/** A ball for a binary32 number near an exact one: what a layer before may have computed. */
const drawStored = (t: Tape) => {
  const parts = Array.from({ length: t.between(1, 3) }, () => drawNumber(t));
  const e: Expression = { kind: "sum", parts: parts.map((value) => ({ kind: "atom", value })) };
  return { exact: exactOf(e), computed: inSomeOrder(t, e), ball: settled(ballOf(e)) };
};

describe("what is no polynomial", () => {
  it("quotients, divided at once or by the rounded reciprocal", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const [x, y] = [drawStored(t), drawStored(t)];
        const quotient = ball.functions.divide!(x.ball, y.ball);
        if (E.isLeft(quotient)) {
          expect(rational.equals(y.exact, rational.zero)).toBe(true);
          return;
        }
        if (rational.equals(y.exact, rational.zero)) return;
        expect(between(boundsOf(quotient.right), valueOf(divide!(x.exact, y.exact)))).toBe(true);
        expect(encloses(quotient.right, f(x.computed / y.computed))).toBe(true);
        expect(encloses(quotient.right, f(x.computed * f(1 / y.computed)))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it("a divisor that may be zero leaves nothing known, and zero is refused", () => {
    const third = valueOf(ball.fromNumber(1 / 3));
    const nearZero = ball.sub(third, third);
    expect(radius(valueOf(ball.functions.divide!(ball.one, nearZero)))).toBe(Infinity);
    expect(refusalOf(ball.functions.divide!(ball.one, ball.zero))).toContain("other than zero");
  });

  it("roots", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const x = drawStored(t);
        const root = ball.functions.sqrt!(x.ball);
        if (E.isLeft(root)) {
          expect(compare!(x.exact, rational.zero)).toBe(-1);
          return;
        }
        expect(encloses(root.right, f(Math.sqrt(x.computed)))).toBe(true);
        const [low, high] = boundsOf(root.right);
        if (high === Infinity) return;
        const square = (n: number): Rational => rational.mul(exactly(n), exactly(n));
        expect(compare!(x.exact, square(high))).toBeLessThanOrEqual(0);
        if (low > 0) expect(compare!(square(low), x.exact)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1500 },
    );
  });

  it("maxima, decided or not", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const [x, y] = [drawStored(t), drawStored(t)];
        const larger = ball.functions.max!(x.ball, y.ball);
        expect(between(boundsOf(larger), compare!(x.exact, y.exact) > 0 ? x.exact : y.exact)).toBe(
          true,
        );
        expect(encloses(larger, Math.max(x.computed, y.computed))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it("a maximum that is certain has the ball of the larger", () => {
    const [one, wide] = [ball.one, settled(ball.add(ball.one, valueOf(ball.fromNumber(f(0.1)))))];
    expect(ball.functions.max!(one, ball.zero)).toBe(one);
    expect(ball.functions.max!(wide, one)).toBe(wide);
    expect(ball.functions.compare).toBeUndefined();
  });
});

describe("constants", () => {
  it("that binary32 does not hold are exact, and rounded once in the machine", () => {
    const tenth = valueOf(ball.fromNumber(0.1));
    expect(between(exactBoundsOf(tenth), exactly(0.1))).toBe(true);
    expect(encloses(tenth, f(0.1))).toBe(true);
    expect(floatError(tenth)).toBe(f(0.1) - 0.1);
  });
  it("must be finite", () => {
    for (const x of [NaN, Infinity, -Infinity])
      expect(refusalOf(ball.fromNumber(x))).toContain(`found ${x}`);
  });
  it("are printed with their radius", () => {
    expect(ball.show(valueOf(ball.fromNumber(0.1)))).toBe("0.1 ± 1.5e-9");
  });
});
