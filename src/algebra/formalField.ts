/**
 * The prime field in which comparisons and analytic functions are uninterpreted symbols.
 *
 * Take two programs over `+ - * /`, constants, inputs, function symbols `exp, log, sqrt, tanh, sigmoid,
 * erf` and a total order. Call them formally equal where they agree over every field in which 2 is not
 * 0, for every choice of functions for the symbols and every total order on the elements. To test that,
 * choose the meaning of the symbols at random (Gulwani and Necula, "Global value numbering using random
 * interpretation", POPL 2004): here each symbol is the hash of its own name, the key and its argument.
 *
 * No false alarm: this is such a field, each symbol is a function (equal arguments give equal values) and
 * the order is total, so formally equal programs give equal results under every key. The one caveat is
 * a division: a divisor that is not zero in the rationals may be zero modulo `p`, and is then refused.
 *
 * Few false agreements, where the programs do not compare: seen as polynomials of degree at most `d` in
 * the inputs and in the values of the symbols at `m` different arguments, all of them random, two
 * different programs agree with probability at most about `(d + m^2) / 2^61` for random inputs (one
 * `d / p` by Schwartz and Zippel, and one `1 / p` per pair of arguments that might coincide). This takes
 * the hash for a random function, which it is not for someone who knows it and builds the programs to fit.
 *
 * What it does not show. (1) A comparison has two outcomes only: `relu(x)` and `x` agree under half of
 * the keys. One run over many random inputs, or several keys, multiply the halves. (2) A symbol
 * knows none of its laws: `exp(x + y) = exp(x) * exp(y)`, `tanh(-x) = -tanh(x)` and `relu(2 * x) =
 * 2 * relu(x)` hold for numbers and fail here, so a difference found here may still be no error. (3) It
 * says nothing about rounding.
 */
import * as E from "fp-ts/lib/Either.js";
import { goldenStep, hashText, mix64 } from "./hash.js";
import { modulus, primeField } from "./primeField.js";
import type { Result } from "./refusal.js";
import type { AllFunctions, Ring } from "./ring.js";

/** A keyed pseudo-random function from field elements to 64-bit words; it is a bijection of the words. */
const keyedHash = (key: string, symbol: string): ((x: bigint) => bigint) => {
  const first = hashText(JSON.stringify([symbol, key]));
  const second = mix64(first + goldenStep);
  return (x) => mix64(mix64(x ^ first) + second);
};

/**
 * The prime field with every optional function. `divide` is the field's own; `compare` is a pseudo-random
 * total order; the other functions are pseudo-random, total and independent of one another.
 *
 * The same key gives the same functions on every platform. Use several keys where programs compare.
 */
export const formalField = (
  key: string,
): Ring<bigint> & { readonly functions: AllFunctions<bigint> } => {
  const symbol = (name: string): ((x: bigint) => Result<bigint>) => {
    const hash = keyedHash(key, name);
    return (x) => E.right(hash(x) % modulus);
  };
  const rank = keyedHash(key, "compare");
  return {
    ...primeField,
    name: `formal field with key ${JSON.stringify(key)}`,
    functions: {
      divide: primeField.functions.divide!,
      compare: (x, y) => {
        const [left, right] = [rank(x), rank(y)];
        return left < right ? -1 : left > right ? 1 : 0;
      },
      sqrt: symbol("sqrt"),
      exp: symbol("exp"),
      log: symbol("log"),
      tanh: symbol("tanh"),
      sigmoid: symbol("sigmoid"),
      erf: symbol("erf"),
    },
  };
};
