/**
 * Polynomials with uninterpreted functions: the formal expressions of a network, in canonical form.
 *
 * `exp(p)` is a new indeterminate named by the symbol `exp` and the canonical form of `p`, and the same
 * for `sqrt`, `log`, `tanh`, `sigmoid` and `erf`. Division by a polynomial that is no constant multiplies
 * by the indeterminate `inverse(q)`. So two elements are equal exactly where the laws of commutative
 * rings and of functions (equal arguments, equal values) make them so: an equality found here holds for
 * every meaning of the symbols, real ones included, wherever they are defined. The reverse is not
 * claimed: a symbol knows none of its laws, not even `exp(0) = 1` or `q * inverse(q) = 1`.
 *
 * Arguments are stored once each (`indeterminate.ts`), so nested applications take room in proportion to
 * their number; printing writes them out and may be far longer.
 */
import * as E from "fp-ts/lib/Either.js";
import { application } from "./indeterminate.js";
import { asConstant, polynomial, type Polynomial, type PolynomialRing } from "./polynomial.js";
import { refuse, type Result } from "./refusal.js";
import type { Functions, Ring } from "./ring.js";

/** The polynomial ring over `coefficients` in which all functions but `compare` are uninterpreted symbols. */
export const formalPolynomial = <C>(coefficients: Ring<C>): PolynomialRing<C> => {
  const ring = polynomial(coefficients);

  /** The monomials in ascending order with their coefficients, each behind its length. */
  const keyOf = (p: Polynomial<C>): string =>
    `${coefficients.name}:` +
    [...p]
      .sort(([m], [n]) => (m < n ? -1 : 1))
      .map(([m, c]) => {
        const shown = coefficients.show(c);
        return `${m.length}:${m}${shown.length}:${shown}`;
      })
      .join("");

  const apply = (symbol: string, p: Polynomial<C>): Polynomial<C> =>
    new Map([[application(symbol, keyOf(p), () => ring.show(p)), coefficients.one]]);

  const symbol =
    (name: string) =>
    (p: Polynomial<C>): Result<Polynomial<C>> =>
      E.right(apply(name, p));

  const divideExactly = ring.functions.divide;

  const divide: NonNullable<Functions<Polynomial<C>>["divide"]> = (p, q) => {
    if (q.size === 0)
      return refuse({
        where: "divide",
        found: `(${ring.show(p)}) / 0`,
        expected: "a divisor other than zero",
      });
    return asConstant(coefficients, q) !== null && divideExactly !== undefined
      ? divideExactly(p, q)
      : E.right(ring.mul(p, apply("inverse", q)));
  };

  return {
    ...ring,
    name: `formal expressions over ${coefficients.name}`,
    ...(coefficients.rounding === undefined ? {} : { rounding: "other" as const }),
    functions: {
      divide,
      sqrt: symbol("sqrt"),
      exp: symbol("exp"),
      log: symbol("log"),
      tanh: symbol("tanh"),
      sigmoid: symbol("sigmoid"),
      erf: symbol("erf"),
    },
  };
};
