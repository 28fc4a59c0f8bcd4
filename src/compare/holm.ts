/**
 * Holm's correction: with m tests the smallest p is multiplied by m, the next by m - 1, and so on; each is at
 * least the one before it and at most 1. Rejecting where the corrected p is at most a keeps the probability of any
 * false rejection at a or below, however the tests depend on each other: were the first true hypothesis, of k that
 * are true, rejected, one of k p-values would be at most a / k (Holm, 1979).
 */

/** The corrected values, in the order of the given ones. */
export const holm = (ps: readonly number[]): readonly number[] => {
  const corrected = ps.map(() => 1);
  let least = 0;
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  for (const [rank, i] of order.entries()) {
    least = Math.min(1, Math.max(least, (ps.length - rank) * ps[i]!));
    corrected[i] = least;
  }
  return corrected;
};
