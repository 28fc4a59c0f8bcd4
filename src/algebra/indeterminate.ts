/**
 * The indeterminates of polynomials, each stored once ("hash-consed") and known by its number.
 *
 * An indeterminate is a variable, which is its name, or an application, which is a function symbol and
 * the canonical key of its argument. Two applications are one indeterminate exactly where symbol and
 * key are equal, so comparing numbers decides syntactic congruence, and a deep term takes no more room
 * than its parts. The table is shared by all polynomial rings, so their elements may be mixed freely; it
 * grows by one entry per distinct name and is never emptied.
 */

/** The code of an indeterminate: two UTF-16 code units, so that codes sort by number and join into text. */
export type Indeterminate = string;

const numbers = new Map<string, number>();
const names: (() => string)[] = [];

const codeOf = (identity: string, name: () => string): Indeterminate => {
  let number = numbers.get(identity);
  if (number === undefined) {
    number = names.length;
    numbers.set(identity, number);
    names.push(name);
  }
  return String.fromCharCode(number >>> 16, number & 0xffff);
};

/** The variable of a name. */
export const namedVariable = (name: string): Indeterminate =>
  codeOf(`variable ${name}`, () => name);

/** A function symbol applied to the argument of a canonical key; `show` is called only to print it. */
export const application = (symbol: string, key: string, show: () => string): Indeterminate =>
  codeOf(`${symbol}(${key}`, () => `${symbol}(${show()})`);

/** How an indeterminate is written. */
export const nameOf = (code: Indeterminate): string =>
  names[code.charCodeAt(0) * 2 ** 16 + code.charCodeAt(1)]!();
