/**
 * Monomials: products of indeterminates, as the sorted text of their codes.
 *
 * `x * x * y` is the code of `x` twice and the code of `y`. The text is canonical, serves as a key of a
 * `Map`, and is as long as the degree.
 */
import { nameOf, type Indeterminate } from "./indeterminate.js";

/** Codes of indeterminates, two code units each, in ascending order. */
export type Monomial = string;

const width = 2;

/** The empty product. */
export const unit: Monomial = "";

/** How many indeterminates are multiplied. */
export const degree = (m: Monomial): number => m.length / width;

const codeAt = (m: Monomial, i: number): Indeterminate => m.slice(i * width, (i + 1) * width);

/** The product: two sorted texts, merged. */
export const times = (a: Monomial, b: Monomial): Monomial => {
  if (a === unit) return b;
  if (b === unit) return a;
  if (codeAt(a, degree(a) - 1) <= codeAt(b, 0)) return a + b;
  if (codeAt(b, degree(b) - 1) <= codeAt(a, 0)) return b + a;
  let merged = "";
  let i = 0;
  let j = 0;
  while (i < degree(a) && j < degree(b))
    merged += codeAt(a, i) <= codeAt(b, j) ? codeAt(a, i++) : codeAt(b, j++);
  return merged + a.slice(i * width) + b.slice(j * width);
};

/** The indeterminates of a monomial with their exponents, in ascending order of code. */
export const powers = (
  m: Monomial,
): readonly { readonly indeterminate: Indeterminate; readonly exponent: number }[] => {
  const found: { indeterminate: Indeterminate; exponent: number }[] = [];
  for (let i = 0; i < degree(m); i++) {
    const indeterminate = codeAt(m, i);
    const last = found.at(-1);
    if (last?.indeterminate === indeterminate) last.exponent++;
    else found.push({ indeterminate, exponent: 1 });
  }
  return found;
};

/** A monomial from indeterminates and exponents in ascending order of code. */
export const fromPowers = (factors: ReturnType<typeof powers>): Monomial =>
  factors.map((f) => f.indeterminate.repeat(f.exponent)).join("");

/** `x^2*y`, its factors in the order of their names; `1` for the empty product. */
export const showMonomial = (m: Monomial): string =>
  powers(m)
    .map(({ indeterminate, exponent }) => ({ name: nameOf(indeterminate), exponent }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, exponent }) => (exponent === 1 ? name : `${name}^${exponent}`))
    .join("*") || "1";
