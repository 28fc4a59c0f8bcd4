/**
 * Seeded randomness: a stream for every purpose, the same on every platform.
 *
 * A stream is named by a seed and labels, as in 7, "shuffle", 3. The name, written as JSON and hashed to
 * 64 bits, starts SplitMix64, whose first two words are the state of xoroshiro128+ (as its authors
 * advise), from the `pure-rand` package. Streams of different names are therefore unrelated, and no seed
 * is special, 0 included. The generator's lowest bits are its weakest, so all but `bits32` take the
 * upper ones.
 *
 * `normal` uses `+ - * /` and square roots only, which IEEE 754 fixes to the last bit; `Math.log` may
 * differ between engines.
 */
import * as E from "fp-ts/lib/Either.js";
import { xoroshiro128plus, type RandomGenerator } from "pure-rand";
import { goldenStep, hashText, mix64 } from "./hash.js";
import { refuse, type Result } from "./refusal.js";

/** A sequence of random numbers; every method moves it on. */
export interface RandomStream {
  /** The generator underneath; `stateOf` reads it. */
  readonly generator: RandomGenerator;
  /** A whole number from 0 up to, not including, 2^32. */
  readonly bits32: () => number;
  /** A multiple of 2^-53 (53 random bits, two words of the generator) from 0 up to, not including, 1. */
  readonly uniform: () => number;
  /** A normally distributed number of mean 0 and variance 1. */
  readonly normal: () => number;
  /**
   * A whole number from 0 up to, not including, `n`, each equally likely; NaN unless `n` is whole and
   * within 1..2^32.
   */
  readonly below: (n: number) => number;
  /** The numbers from 0 up to, not including, `n`, shuffled: every order is as likely as any other. */
  readonly permutation: (n: number) => Uint32Array;
}

/** The state of a stream: four whole numbers in the range of signed 32-bit words, fit for JSON. */
export type RandomState = readonly number[];

/**
 * `ln(s)` for `0 < s < 1`. With `s = m * 2^e` and `m` within `1/sqrt(2) .. sqrt(2)`, it is `e ln 2 +
 * 2 atanh(z)` where `z = (m - 1) / (m + 1)`, `|z| < 0.172`; the series `z + z^3/3 + z^5/5 + ...` is
 * below 2^-54 of its sum from `z^23` on.
 */
const logarithm = (s: number): number => {
  let m = s;
  let e = 0;
  for (; m < Math.SQRT1_2; m *= 2) e--;
  const z = (m - 1) / (m + 1);
  let series = 0;
  for (let odd = 21; odd >= 1; odd -= 2) series = series * z * z + 1 / odd;
  return e * Math.LN2 + 2 * z * series;
};

const streamOf = (generator: RandomGenerator): RandomStream => {
  const bits32 = (): number => generator.unsafeNext() >>> 0;

  const uniform = (): number => {
    const upper = bits32() >>> 5;
    return (upper * 2 ** 26 + (bits32() >>> 6)) * 2 ** -53;
  };

  // Marsaglia's polar method: a uniform point of the unit disc, its radius turned into a normal one.
  const normal = (): number => {
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * logarithm(s)) / s);
    }
  };

  // As many upper bits as n - 1 has, drawn again until they are below n: fewer than two draws expected.
  const below = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) return NaN;
    if (n === 1) return 0;
    const unused = Math.clz32(n - 1);
    for (;;) {
      const candidate = bits32() >>> unused;
      if (candidate < n) return candidate;
    }
  };

  // Fisher and Yates, in Durstenfeld's form.
  const permutation = (n: number): Uint32Array => {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const j = below(i + 1);
      order[i] = order[j]!;
      order[j] = i;
    }
    return order;
  };

  return { generator, bits32, uniform, normal, below, permutation };
};

/**
 * The stream of a seed and labels: the same names give the same stream, and any other seed or label an
 * unrelated one. Any finite number serves as a seed; `1` and `"1"` are different labels.
 *
 * @example
 * import { randomStream } from "heirloom"
 *
 * const order = randomStream(0, "shuffle", 3).permutation(5)
 * assert.deepStrictEqual([...order].sort(), [0, 1, 2, 3, 4])
 */
export const randomStream = (
  seed: number,
  ...labels: readonly (string | number)[]
): RandomStream => {
  const start = hashText(JSON.stringify([seed, ...labels]));
  const words = [1n, 2n].flatMap((step) => {
    const word = mix64(start + step * goldenStep);
    return [word >> 32n, word];
  });
  return streamOf(xoroshiro128plus.fromState(words.map((word) => Number(BigInt.asIntN(32, word)))));
};

/** Where a stream stands, to be stored in a checkpoint. */
export const stateOf = (stream: RandomStream): RandomState => stream.generator.getState();

/** The stream that continues from a state; refuses what no stream can have produced. */
export const fromState = (state: RandomState): Result<RandomStream> =>
  state.length === 4 &&
  state.every((word) => (word | 0) === word) &&
  state.some((word) => word !== 0)
    ? E.right(streamOf(xoroshiro128plus.fromState(state)))
    : refuse({
        where: "random state",
        found: JSON.stringify(state),
        expected: "four signed 32-bit whole numbers that are not all zero",
      });
