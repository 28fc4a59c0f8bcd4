import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formalPolynomial } from "../../src/algebra/formalPolynomial.js";
import type { Polynomial } from "../../src/algebra/polynomial.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { evaluate, expression } from "./arbitraries.js";
import { refusalOf, ringLaws, valueOf } from "./laws.js";

const P = formalPolynomial(rational);
type Formal = Polynomial<Rational>;
const f = (name: "exp" | "tanh" | "sqrt" | "erf", p: Formal): Formal =>
  valueOf(P.functions[name]!(p));
const [x, y] = [P.variable("x"), P.variable("y")];

ringLaws(
  P,
  expression(["exp", "tanh"]).map((e) => valueOf(evaluate(P, P.variable)(e))),
);

describe("formalPolynomial", () => {
  it("equal arguments give equal values, however they were computed", () => {
    const left = P.mul(P.add(x, y), P.sub(x, y));
    const right = P.sub(P.mul(x, x), P.mul(y, y));
    expect(P.equals(f("tanh", left), f("tanh", right))).toBe(true);
    expect(P.equals(f("tanh", P.add(x, y)), f("tanh", P.add(y, x)))).toBe(true);
    expect(P.equals(f("exp", f("tanh", left)), f("exp", f("tanh", right)))).toBe(true);
  });

  it("different arguments or symbols give different values", () => {
    expect(P.equals(f("tanh", x), f("tanh", y))).toBe(false);
    expect(P.equals(f("tanh", x), f("exp", x))).toBe(false);
    expect(P.equals(f("tanh", x), x)).toBe(false);
    expect(P.equals(f("tanh", P.zero), P.zero)).toBe(false);
    expect(P.equals(f("exp", P.add(x, y)), P.mul(f("exp", x), f("exp", y)))).toBe(false);
  });

  it("does not confuse an application with a variable of its name", () =>
    expect(P.equals(f("exp", x), P.variable("exp(x)"))).toBe(false));

  it("writes applications out", () =>
    expect(P.show(P.mul(y, f("exp", P.add(P.mul(x, x), P.one))))).toBe("exp(x^2 + 1)*y"));

  it("divides by constants exactly and by anything else through its inverse", () => {
    const divide = P.functions.divide!;
    expect(P.show(valueOf(divide(x, valueOf(P.fromNumber(4)))))).toBe("1/4*x");
    const s = P.add(f("exp", x), f("exp", y));
    const softmax = P.add(valueOf(divide(f("exp", x), s)), valueOf(divide(f("exp", y), s)));
    expect(P.equals(softmax, valueOf(divide(s, s)))).toBe(true);
    expect(P.equals(softmax, P.one)).toBe(false);
    expect(refusalOf(divide(x, P.zero))).toContain("(x) / 0");
  });

  it("shares what is nested: depth 200 of two uses each costs no more than its layers", () => {
    let p = x;
    for (let layer = 0; layer < 200; layer++) p = P.mul(f("tanh", p), f("exp", p));
    let q = x;
    for (let layer = 0; layer < 200; layer++) q = P.mul(f("exp", q), f("tanh", q));
    expect(P.equals(p, q)).toBe(true);
  });

  it("has no order: a formal expression is not above or below another", () =>
    expect(P.functions.compare).toBeUndefined());

  it("equality is preserved by every later operation", () =>
    fc.assert(
      fc.property(expression(["tanh"]), (e) => {
        const p = valueOf(evaluate(P, P.variable)(e));
        const rebuilt = P.sub(P.add(P.mul(p, P.add(x, y)), y), P.add(y, P.mul(p, P.add(y, x))));
        expect(P.equals(f("erf", rebuilt), f("erf", P.zero))).toBe(true);
      }),
    ));
});
