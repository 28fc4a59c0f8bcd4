/**
 * The bootstrap interval of a mean difference: the differences are drawn again with replacement, as many as there
 * are, and the interval holds the middle 95% of the means that come of it (Efron's percentile interval). A single
 * difference has none: it would come again every time.
 *
 * Which differences are drawn depends on their number and the seed alone, so that comparisons over equally many
 * blocks see the same draws.
 */
import { randomStream } from "../algebra/random.js";
import { confidence, type Interval } from "./statistics.js";

/** How often differences are drawn again. */
export const resamples = 5000;

/** The draws for `n` differences: `resamples` rows of `n` indices. */
const drawsOf = (n: number, seed: number): Uint32Array => {
  const random = randomStream(seed, "bootstrap", n);
  return Uint32Array.from({ length: resamples * n }, () => random.below(n));
};

/** The interval of the mean of differences that are drawn with this seed; the draws are kept for each number. */
export const bootstrap = (seed: number): ((differences: readonly number[]) => Interval | null) => {
  const known = new Map<number, Uint32Array>();
  return (differences) => {
    const n = differences.length;
    if (n < 2) return null;
    const draws = known.get(n) ?? drawsOf(n, seed);
    known.set(n, draws);
    const means = new Float64Array(resamples);
    for (let row = 0; row < resamples; row++) {
      let sum = 0;
      for (let k = row * n; k < (row + 1) * n; k++) sum += differences[draws[k]!]!;
      means[row] = sum / n;
    }
    means.sort();
    const outside = Math.floor((resamples * (1 - confidence)) / 2);
    return { low: means[outside]!, high: means[resamples - 1 - outside]! };
  };
};
