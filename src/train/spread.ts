/**
 * The middle of some measurements and how far they scatter: the least, the quartiles and the most. A quartile
 * that falls between two of the ordered measurements is taken on the straight line between them.
 *
 * How sure the median is, whatever the distribution: of `n` independent measurements as many as `Bin(n, 1/2)`
 * lie below the true median `m`, so `m` is below the `k`-th smallest with probability `P(Bin(n, 1/2) < k)` and
 * above the `k`-th largest with the same. Between the two it is with `1 - 2 P(Bin(n, 1/2) < k)`; the narrowest
 * such interval that reaches 99% is given.
 */
import * as t from "io-ts";
import { Finite } from "../format/codec.js";

/** The codec of {@link Spread}. */
export const SpreadCodec = t.readonly(
  t.strict({ least: Finite, lower: Finite, median: Finite, upper: Finite, most: Finite }),
);

/** Least, lower quartile, median, upper quartile and most. */
export type Spread = t.TypeOf<typeof SpreadCodec>;

/** The value below which a share of the ordered values lies. */
const quantile = (sorted: readonly number[], share: number): number => {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  const [from, to] = [sorted[below]!, sorted[above]!];
  // The minimum is for rounding: the line must not lead past its end.
  return Math.min(from + (at - below) * (to - from), to);
};

/**
 * The spread of some numbers; null where there are none.
 *
 * @example
 * import { spreadOf } from "heirloom"
 *
 * assert.deepStrictEqual(spreadOf([5, 1, 2, 4, 3]), { least: 1, lower: 2, median: 3, upper: 4, most: 5 })
 * assert.deepStrictEqual(spreadOf([]), null)
 */
export const spreadOf = (values: readonly number[]): Spread | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    least: sorted[0]!,
    lower: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upper: quantile(sorted, 0.75),
    most: sorted.at(-1)!,
  };
};

/** The codec of {@link Interval}. */
export const IntervalCodec = t.readonly(t.strict({ least: Finite, most: Finite }));

/** Between two numbers. */
export type Interval = t.TypeOf<typeof IntervalCodec>;

/** The probability that is left for the true median to lie elsewhere. */
const doubt = 0.01;

/**
 * The interval that holds the true median with a probability of at least 99%, if the values are independent;
 * null where they are too few to say, which seven are.
 *
 * @example
 * import { medianInterval } from "heirloom"
 *
 * assert.deepStrictEqual(medianInterval([6, 8, 1, 2, 7, 4, 3, 5]), { least: 1, most: 8 })
 * assert.deepStrictEqual(medianInterval([1, 2, 3, 4, 5, 6, 7]), null)
 */
export const medianInterval = (values: readonly number[]): Interval | null => {
  const n = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  let outside = 2 ** (1 - n);
  let term = outside;
  let k = 0;
  for (; outside <= doubt && k < n; k++) {
    term *= (n - k) / (k + 1);
    outside += term;
  }
  return k === 0 ? null : { least: sorted[k - 1]!, most: sorted[n - k]! };
};
