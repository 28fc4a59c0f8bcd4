import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integer } from "../../src/algebra/integer.js";
import { polynomial, type Polynomial } from "../../src/algebra/polynomial.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { anyRational, evaluate, expression, variableNames } from "./arbitraries.js";
import { divisionLaws, refusalOf, ringLaws, valueOf } from "./laws.js";

const Q = polynomial(rational);
const Z = polynomial(integer);
const F = polynomial(primeField);
const nested = polynomial(Z);

const anyPolynomial = expression().map((e) => valueOf(evaluate(Q, Q.variable)(e)));
const constant = anyRational.map(Q.constant);

ringLaws(Q, anyPolynomial);
divisionLaws({ ...Q, name: `${Q.name} by constants` }, constant);
ringLaws(
  F,
  expression().map((e) => valueOf(evaluate(F, F.variable)(e))),
);
const wholePolynomial = fc
  .array(fc.tuple(fc.constantFrom(...variableNames), fc.bigInt({ min: -3n, max: 3n })), {
    maxLength: 3,
  })
  .map((terms) =>
    terms.reduce(
      (sum: Polynomial<bigint>, [name, c]) => Z.add(Z.mul(sum, Z.variable(name)), Z.constant(c)),
      Z.one,
    ),
  );
ringLaws(
  nested,
  fc
    .tuple(wholePolynomial, wholePolynomial)
    .map(([p, q]) =>
      nested.add(nested.constant(p), nested.mul(nested.variable("t"), nested.constant(q))),
    ),
);

const point = fc.tuple(anyRational, anyRational, anyRational).map(
  (values) =>
    (name: string): Rational =>
      values[variableNames.indexOf(name as "x")]!,
);

describe("polynomial", () => {
  it("evaluation is a homomorphism", () =>
    fc.assert(
      fc.property(expression(), point, (e, at) => {
        const p = valueOf(evaluate(Q, Q.variable)(e));
        expect(Q.evaluate(p, at)).toEqual(valueOf(evaluate(rational, at)(e)));
      }),
      { numRuns: 300 },
    ));

  it("the derivative is linear and obeys the product rule", () =>
    fc.assert(
      fc.property(anyPolynomial, anyPolynomial, (p, q) => {
        const d = (r: Polynomial<Rational>): Polynomial<Rational> => Q.derivative(r, "x");
        expect(Q.equals(d(Q.add(p, q)), Q.add(d(p), d(q)))).toBe(true);
        expect(Q.equals(d(Q.mul(p, q)), Q.add(Q.mul(d(p), q), Q.mul(p, d(q))))).toBe(true);
      }),
    ));

  it("the derivative of x^n is n x^(n-1)", () => {
    const x = Z.variable("x");
    let power = Z.one;
    for (let n = 1n; n <= 12n; n++) {
      const next = Z.mul(power, x);
      expect(Z.equals(Z.derivative(next, "x"), Z.mul(Z.constant(n), power))).toBe(true);
      power = next;
    }
    expect(Z.equals(Z.derivative(Z.variable("y"), "x"), Z.zero)).toBe(true);
  });

  it("never stores a zero coefficient, so cancellation leaves nothing", () =>
    fc.assert(
      fc.property(anyPolynomial, anyPolynomial, (p, q) => {
        const products = [Q.add(p, q), Q.sub(p, q), Q.mul(p, q), Q.derivative(p, "y")];
        return products.every((r) => [...r.values()].every((c) => c.numerator !== 0n));
      }),
    ));

  it("is shown highest degree first, then by name", () => {
    const [x, y] = [Z.variable("x"), Z.variable("y")];
    const minus = (n: bigint): Polynomial<bigint> => Z.constant(-n);
    const sum = [minus(7n), Z.mul(minus(2n), y), Z.mul(y, x), Z.mul(x, Z.mul(x, y))].reduce(Z.add);
    expect(Z.show(sum)).toBe("x^2*y + x*y - 2*y - 7");
    expect(Z.show(Z.sub(Z.zero, x))).toBe("-x");
    expect(Z.show(Z.zero)).toBe("0");
    const t = nested.variable("t");
    expect(nested.show(nested.mul(t, nested.constant(Z.add(x, Z.one))))).toBe("(x + 1)*t");
  });

  it("does not confuse a variable with a product that is written the same", () =>
    expect(Z.equals(Z.variable("x*y"), Z.mul(Z.variable("x"), Z.variable("y")))).toBe(false));

  it("divides by constants only", () => {
    const x = Q.variable("x");
    expect(refusalOf(Q.functions.divide!(Q.one, x))).toContain("x");
    const half = valueOf(Q.functions.divide!(x, valueOf(Q.fromNumber(2))));
    expect(Q.equals(Q.add(half, half), x)).toBe(true);
    expect(refusalOf(Z.functions.divide!(Z.variable("x"), Z.constant(2n)))).toContain("1 / 2");
  });

  it("has neither order nor analytic functions", () =>
    expect(Object.keys(Q.functions)).toEqual(["divide"]));
});
