import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { constant, dual, withTangent, type Dual } from "../../src/algebra/dual.js";
import { float32, isFloat32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { formalField } from "../../src/algebra/formalField.js";
import { integer } from "../../src/algebra/integer.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, ratio, type Rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import {
  anyFieldElement,
  anyInteger,
  anyRational,
  evaluate,
  expression,
  variableNames,
} from "./arbitraries.js";
import { refusalOf, ringLaws, valueOf } from "./laws.js";

const duals = <A>(element: fc.Arbitrary<A>): fc.Arbitrary<Dual<A>> =>
  fc.record({ value: element, tangent: element });

const D = dual(rational);
const K = formalField("dual");
const DK = dual(K);

ringLaws(dual(integer), duals(anyInteger));
ringLaws(D, duals(anyRational));
ringLaws(dual(D), duals(duals(anyRational)));
ringLaws(dual(primeField), duals(anyFieldElement));

describe("division of dual numbers", () => {
  it("undoes multiplication where the value is not zero", () =>
    fc.assert(
      fc.property(duals(anyRational), duals(anyRational), (x, y) => {
        fc.pre(y.value.numerator !== 0n);
        return D.equals(valueOf(D.functions.divide!(D.mul(x, y), y)), x);
      }),
    ));

  it("is the quotient rule, multiplied out", () =>
    fc.assert(
      fc.property(duals(anyRational), duals(anyRational), (x, y) => {
        fc.pre(y.value.numerator !== 0n);
        const { mul, sub } = rational;
        const { tangent } = valueOf(D.functions.divide!(x, y));
        expect(mul(tangent, mul(y.value, y.value))).toEqual(
          sub(mul(x.tangent, y.value), mul(x.value, y.tangent)),
        );
      }),
    ));

  it("refuses an infinitesimal divisor", () =>
    expect(
      refusalOf(D.functions.divide!(D.one, withTangent(rational.zero, rational.one))),
    ).toContain("1 / 0"));
});

describe("dual", () => {
  it("differentiates polynomials as their derivative does", () =>
    fc.assert(
      fc.property(
        expression(),
        fc.array(anyRational, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(...variableNames),
        (e, values, by) => {
          const P = polynomial(rational);
          const at = (name: string): Rational => values[variableNames.indexOf(name as "x")]!;
          const p = valueOf(evaluate(P, P.variable)(e));
          const found = valueOf(
            evaluate(D, (name) =>
              withTangent(at(name), name === by ? rational.one : rational.zero),
            )(e),
          );
          expect(found.value).toEqual(P.evaluate(p, at));
          expect(found.tangent).toEqual(P.evaluate(P.derivative(p, by), at));
        },
      ),
      { numRuns: 300 },
    ));

  it("nested twice, gives the second derivative", () =>
    fc.assert(
      fc.property(expression(), anyRational, (e, x0) => {
        const P = polynomial(rational);
        const DD = dual(D);
        const p = valueOf(evaluate(P, P.variable)(e));
        const at = (name: string): Rational => (name === "x" ? x0 : rational.one);
        const x = withTangent(withTangent(x0, rational.one), D.one);
        const found = valueOf(evaluate(DD, (name) => (name === "x" ? x : DD.one))(e));
        const second = P.derivative(P.derivative(p, "x"), "x");
        expect(found.tangent.tangent).toEqual(P.evaluate(second, at));
      }),
    ));

  it("is linear in the tangent through every function", () =>
    fc.assert(
      fc.property(
        anyFieldElement,
        anyFieldElement,
        fc.constantFrom("exp", "log", "sqrt", "tanh", "sigmoid", "erf"),
        (x, t, name) => {
          fc.pre(x !== 0n);
          const f = DK.functions[name as "exp"]!;
          const slope = valueOf(f(withTangent(x, 1n)));
          expect(slope.value).toBe(valueOf(K.functions[name as "exp"](x)));
          expect(valueOf(f(withTangent(x, t))).tangent).toBe(K.mul(slope.tangent, t));
        },
      ),
    ));

  it("chains: the derivative of f(g(x)) is f'(g(x)) g'(x)", () =>
    fc.assert(
      fc.property(anyFieldElement, (x) => {
        const f = DK.functions;
        const inner = valueOf(f.tanh!(withTangent(x, 1n)));
        const outer = valueOf(f.sigmoid!(withTangent(inner.value, 1n)));
        expect(valueOf(f.sigmoid!(inner)).tangent).toBe(K.mul(outer.tangent, inner.tangent));
      }),
    ));

  /**
   * Central difference: `|(f(x+h) - f(x-h)) / 2h - f'(x)| <= h^2 / 6 * max |f'''|`, plus the roundings:
   * each value is off by at most 9 units of roundoff (erf: 1e-15), divided by h; the slope by ten.
   */
  const h = 2 ** -17;
  const u = 2 ** -53;
  it.each([
    ["exp", -2, 2, (x: number) => Math.exp(x)],
    ["log", 0.5, 4, (x: number) => 2 / x ** 3],
    ["sqrt", 0.5, 4, (x: number) => 0.375 / x ** 2.5],
    ["tanh", -3, 3, () => 2],
    ["sigmoid", -5, 5, () => 0.125],
    ["erf", -3, 3, () => 4 / Math.sqrt(Math.PI)],
  ] as const)("%s has the derivative that a difference quotient shows", (name, min, max, third) =>
    fc.assert(
      fc.property(fc.double({ min, max, noNaN: true }), (x) => {
        const f = (y: number): number => valueOf(float64.functions[name](y));
        const { value, tangent } = valueOf(dual(float64).functions[name]!(withTangent(x, 1)));
        expect(value).toBe(f(x));
        const [right, left] = [x + h, x - h];
        const quotient = (f(right) - f(left)) / (right - left);
        const curvature = Math.max(third(left), third(right));
        const size = Math.max(Math.abs(f(left)), Math.abs(f(right)));
        // x + h and x - h are rounded too, by up to 4u, which shifts the middle by as much.
        const bound =
          ((h + 4 * u) ** 2 / 6) * curvature * 1.01 +
          (9 * u * size) / h +
          4 * u * (curvature + 10) +
          10 * u * Math.abs(tangent);
        expect(Math.abs(quotient - tangent)).toBeLessThanOrEqual(bound);
      }),
    ),
  );

  it("has a function exactly where the inner ring has it and its derivative's parts", () => {
    expect(Object.keys(dual(float64).functions).sort()).toEqual(
      Object.keys(float64.functions).sort(),
    );
    expect(Object.keys(D.functions).sort()).toEqual(["compare", "divide", "sqrt"]);
    expect(Object.keys(dual(primeField).functions)).toEqual(["divide"]);
    const noDivision: Ring<number> = { ...float64, functions: { sqrt: E.right, tanh: E.right } };
    expect(Object.keys(dual(noDivision).functions)).toEqual(["tanh"]);
  });

  it("takes the root of a square with its slope, and refuses at zero", () => {
    const quarter = valueOf(ratio(1n, 4n));
    expect(valueOf(D.functions.sqrt!(withTangent(quarter, rational.one)))).toEqual(
      withTangent(valueOf(ratio(1n, 2n)), rational.one),
    );
    expect(refusalOf(D.functions.sqrt!(withTangent(rational.zero, rational.one)))).toContain(
      "1 / 0",
    );
  });

  it("compares values only", () => {
    const compare = D.functions.compare!;
    expect(compare(withTangent(rational.one, rational.zero), D.one)).toBe(0);
    expect(compare(constant(rational)(rational.zero), D.one)).toBeLessThan(0);
  });

  it("differentiates erf over float32 with a constant that binary32 holds", () => {
    const { value, tangent } = valueOf(dual(float32).functions.erf!(withTangent(0, 1)));
    expect(value).toBe(0);
    expect(tangent).toBe(Math.fround(2 / Math.sqrt(Math.PI)));
    expect(isFloat32(tangent)).toBe(true);
  });
});
