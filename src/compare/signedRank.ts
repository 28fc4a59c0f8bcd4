/**
 * Wilcoxon's signed-rank test for paired differences, exact, with Pratt's treatment of zeros.
 *
 * The absolute differences are ranked, zeros among them; equal ones share the mean of their ranks. Zeros then leave,
 * and T is the sum of the ranks of positive differences minus that of negative ones. Under the hypothesis that
 * differences are symmetric about 0 and independent, each sign is a fair coin, whatever the absolute values. So
 * given these, W (the positive sum) is a sum of r_i or 0, each with probability 1/2, and its distribution is
 *
 *     P_0 = point mass at 0,   P_i(s) = (P_(i-1)(s) + P_(i-1)(s - r_i)) / 2,
 *
 * over doubled ranks, which are whole. T = 2 W - sum r_i is symmetric, and p = P(|T| >= |t|).
 *
 * Halving a binary64 number is exact and the sums are of positive terms. With n differences that are not 0, every
 * probability is a whole multiple of 2^-n, at most 1: up to n = 53 nothing is rounded at all, and beyond that the
 * relative error of p stays below (n + number of sums) * 2^-52. No normal approximation is needed for any n.
 */

/** The outcome of the test. */
export interface SignedRank {
  /** Positive minus negative ranks, zeros having been ranked. */
  readonly statistic: number;
  /** The differences that are not 0. */
  readonly n: number;
  readonly zeros: number;
  /** Two-sided. */
  readonly p: number;
}

/** Twice the mid-rank of each value, ranks counted from 1. */
const doubledRanks = (values: readonly number[]): readonly number[] => {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) ranks[order[k]!] = start + 1 + end;
    start = end;
  }
  return ranks;
};

/** The probability of each sum of some of these whole numbers, each one taken or not with probability 1/2. */
const sumsByCoins = (parts: readonly number[]): Float64Array => {
  const total = parts.reduce((sum, r) => sum + r, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const part of parts) {
    reached += part;
    for (let s = reached; s >= 0; s--)
      probability[s] = (probability[s]! + (s >= part ? probability[s - part]! : 0)) / 2;
  }
  return probability;
};

/** Test whether these differences are symmetric about 0. Without any that is not 0, p is 1. */
export const signedRank = (differences: readonly number[]): SignedRank => {
  const ranks = doubledRanks(differences.map(Math.abs));
  const kept = ranks.filter((_, i) => differences[i] !== 0);
  const total = kept.reduce((sum, r) => sum + r, 0);
  const t = ranks.reduce((sum, r, i) => sum + Math.sign(differences[i]!) * r, 0);
  let p = 0;
  for (const [s, probability] of sumsByCoins(kept).entries())
    if (Math.abs(2 * s - total) >= Math.abs(t)) p += probability;
  return {
    statistic: t / 2,
    n: kept.length,
    zeros: differences.length - kept.length,
    p: Math.min(1, p),
  };
};

/** The least p that n differences, none of them 0, can come to: all of one sign. */
export const leastP = (n: number): number => Math.min(1, 2 ** (1 - n));
