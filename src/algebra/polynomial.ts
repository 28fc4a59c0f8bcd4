/**
 * Polynomials in any number of variables over any coefficient ring, sparse and in canonical form.
 *
 * A polynomial is the map from its monomials to their non-zero coefficients, so two are equal exactly
 * where their maps are. Evaluating a network at distinct variables and comparing the results proves an
 * identity for all values of those variables in every ring that contains the coefficients.
 *
 * Cost, with `s` and `t` terms: addition copies the larger and visits the smaller, `O(s + t)`;
 * multiplication visits `s * t` pairs and may leave as many terms. Nothing bounds the growth.
 */
import * as E from "fp-ts/lib/Either.js";
import { namedVariable, nameOf } from "./indeterminate.js";
import {
  degree,
  fromPowers,
  powers,
  showMonomial,
  times,
  unit,
  type Monomial,
} from "./monomial.js";
import { refuse, type Result } from "./refusal.js";
import type { Ring } from "./ring.js";

/** Monomials with their coefficients, none of which is zero. */
export type Polynomial<C> = ReadonlyMap<Monomial, C>;

/** The polynomials over a coefficient ring. */
export interface PolynomialRing<C> extends Ring<Polynomial<C>> {
  readonly coefficients: Ring<C>;
  /** The variable of a name. The same name is the same variable in every polynomial ring. */
  readonly variable: (name: string) => Polynomial<C>;
  /** The polynomial of degree 0. */
  readonly constant: (coefficient: C) => Polynomial<C>;
  /** The value where each indeterminate is given one, by its name. */
  readonly evaluate: (p: Polynomial<C>, at: (name: string) => C) => C;
  /** The partial derivative by a variable, all other indeterminates held fixed. */
  readonly derivative: (p: Polynomial<C>, variable: string) => Polynomial<C>;
}

/** The sum of `n >= 1` equal summands, by doubling. */
const multiple = <C>(ring: Ring<C>, x: C, n: number): C => {
  if (n === 1) return x;
  const half = multiple(ring, x, Math.floor(n / 2));
  const even = ring.add(half, half);
  return n % 2 === 0 ? even : ring.add(even, x);
};

const power = <C>(ring: Ring<C>, x: C, n: number): C => {
  if (n === 1) return x;
  const root = power(ring, x, Math.floor(n / 2));
  const even = ring.mul(root, root);
  return n % 2 === 0 ? even : ring.mul(even, x);
};

/** Highest degree first, then by name. */
const inOrder = <C>(p: Polynomial<C>): readonly { readonly name: string; readonly c: C }[] =>
  [...p]
    .map(([m, c]) => ({ degree: degree(m), name: showMonomial(m), c }))
    .sort((a, b) => b.degree - a.degree || (a.name < b.name ? -1 : 1));

const showTerm = (coefficient: string, monomial: string): string => {
  if (monomial === "1") return coefficient;
  if (coefficient === "1") return monomial;
  if (coefficient === "-1") return `-${monomial}`;
  return coefficient.includes(" ") ? `(${coefficient})*${monomial}` : `${coefficient}*${monomial}`;
};

/** The term's place in the sum: a leading minus becomes the operator before it. */
const joinTerms = (sum: string, term: string): string =>
  term.startsWith("-") && !term.includes(" ") ? `${sum} - ${term.slice(1)}` : `${sum} + ${term}`;

const showPolynomial = <C>(coefficients: Ring<C>, p: Polynomial<C>): string => {
  const terms = inOrder(p).map(({ name, c }) => showTerm(coefficients.show(c), name));
  return terms.length === 0 ? coefficients.show(coefficients.zero) : terms.reduce(joinTerms);
};

/** The coefficient of a polynomial of degree 0, or `null`. */
export const asConstant = <C>(coefficients: Ring<C>, p: Polynomial<C>): C | null =>
  p.size === 0 ? coefficients.zero : p.size === 1 ? (p.get(unit) ?? null) : null;

/**
 * The ring of polynomials over a coefficient ring.
 *
 * `divide` is there if the coefficients can divide, and takes divisors of degree 0 only. There is no
 * `compare`: a polynomial stands for all its values, and none of them is above all others, so a network
 * with comparisons is refused here (`formalField` tests those). Analytic functions: see
 * `formalPolynomial`.
 *
 * @example
 * import { polynomial, integer } from "heirloom"
 *
 * const P = polynomial(integer)
 * const x = P.variable("x")
 * assert.deepStrictEqual(P.show(P.mul(P.add(x, P.one), P.sub(x, P.one))), "x^2 - 1")
 */
export const polynomial = <C>(coefficients: Ring<C>): PolynomialRing<C> => {
  const { zero: none, add: plus, sub: minus, mul: scale, equals: same } = coefficients;
  const { divide } = coefficients.functions;

  const constant = (c: C): Polynomial<C> => (same(c, none) ? zero : new Map([[unit, c]]));
  const zero: Polynomial<C> = new Map();
  const one = constant(coefficients.one);

  const accumulate = (into: Map<Monomial, C>, m: Monomial, c: C): void => {
    const before = into.get(m);
    const after = before === undefined ? c : plus(before, c);
    if (same(after, none)) into.delete(m);
    else into.set(m, after);
  };

  const add = (p: Polynomial<C>, q: Polynomial<C>): Polynomial<C> => {
    if (p.size < q.size) return add(q, p);
    if (q.size === 0) return p;
    const sum = new Map(p);
    for (const [m, c] of q) accumulate(sum, m, c);
    return sum;
  };

  const sub = (p: Polynomial<C>, q: Polynomial<C>): Polynomial<C> => {
    if (q.size === 0) return p;
    const difference = new Map(p);
    for (const [m, c] of q) accumulate(difference, m, minus(none, c));
    return difference;
  };

  const mul = (p: Polynomial<C>, q: Polynomial<C>): Polynomial<C> => {
    if (p === one) return q;
    if (q === one) return p;
    const product = new Map<Monomial, C>();
    for (const [m, c] of p) for (const [n, d] of q) accumulate(product, times(m, n), scale(c, d));
    return product;
  };

  const equals = (p: Polynomial<C>, q: Polynomial<C>): boolean => {
    if (p.size !== q.size) return false;
    for (const [m, c] of p) {
      const d = q.get(m);
      if (d === undefined || !same(c, d)) return false;
    }
    return true;
  };

  const show = (p: Polynomial<C>): string => showPolynomial(coefficients, p);

  const divideByConstant =
    (by: NonNullable<typeof divide>) =>
    (p: Polynomial<C>, q: Polynomial<C>): Result<Polynomial<C>> => {
      const divisor = asConstant(coefficients, q);
      if (divisor === null || q.size === 0)
        return refuse({
          where: "divide",
          found: `(${show(p)}) / (${show(q)})`,
          expected: "a divisor other than zero without variables",
        });
      const quotient = new Map<Monomial, C>();
      for (const [m, c] of p) {
        const d = by(c, divisor);
        if (E.isLeft(d)) return d;
        accumulate(quotient, m, d.right);
      }
      return E.right(quotient);
    };

  return {
    name: `polynomials over ${coefficients.name}`,
    ...(coefficients.rounding === undefined ? {} : { rounding: "other" as const }),
    coefficients,
    zero,
    one,
    add,
    sub,
    mul,
    equals,
    show,
    fromNumber: (x) => E.map(constant)(coefficients.fromNumber(x)),
    allocate: (length) => new Array<Polynomial<C>>(length).fill(zero),
    functions: divide === undefined ? {} : { divide: divideByConstant(divide) },
    variable: (name) => new Map([[namedVariable(name), coefficients.one]]),
    constant,
    evaluate: (p, at) => {
      let value = none;
      for (const [m, c] of p)
        value = plus(
          value,
          powers(m).reduce(
            (term, { indeterminate, exponent }) =>
              scale(term, power(coefficients, at(nameOf(indeterminate)), exponent)),
            c,
          ),
        );
      return value;
    },
    derivative: (p, name) => {
      const x = namedVariable(name);
      const slope = new Map<Monomial, C>();
      for (const [m, c] of p) {
        const factors = powers(m);
        const exponent = factors.find((f) => f.indeterminate === x)?.exponent;
        if (exponent === undefined) continue;
        const lowered = factors.map((f) =>
          f.indeterminate === x ? { indeterminate: x, exponent: exponent - 1 } : f,
        );
        accumulate(slope, fromPowers(lowered), multiple(coefficients, c, exponent));
      }
      return slope;
    },
  };
};
