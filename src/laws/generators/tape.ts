/**
 * A tape of choices. Generators of structures whose parts constrain each other (a network, say) read their
 * decisions from a tape of whole numbers; beyond its end every choice is the first, which generators make
 * the plainest. Shrinking the tape shrinks the structure.
 */
import fc from "fast-check";

/** A source of choices. */
export interface Tape {
  /** A whole number from 0 up to and without `n`. */
  readonly below: (n: number) => number;
  /** One of the alternatives. */
  readonly pick: <T>(alternatives: readonly T[]) => T;
  /** A whole number in `least..most`. */
  readonly between: (least: number, most: number) => number;
  /** A small deterministic generator for bulk data, uniform in `0..1`, seeded by the next choice. */
  readonly bulk: () => () => number;
}

/**
 * The tape of these choices, read from the first on.
 *
 * @example
 * import { tapeOf } from "heirloom/laws"
 *
 * const t = tapeOf([7, 1])
 * assert.deepStrictEqual([t.below(4), t.pick(["a", "b"]), t.between(3, 5)], [3, "b", 3])
 */
export const tapeOf = (choices: readonly number[]): Tape => {
  let at = 0;
  const below = (n: number): number => (choices[at++] ?? 0) % n;
  return {
    below,
    pick: (alternatives) => alternatives[below(alternatives.length)]!,
    between: (least, most) => least + below(most - least + 1),
    bulk: () => {
      let state = (below(2 ** 31) + 0x6d2b79f5) | 0;
      return () => {
        state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x9e3779b9) | 0;
        let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
        word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
        return ((word ^ (word >>> 16)) >>> 0) / 2 ** 32;
      };
    },
  };
};

/** Lists of at most `length` choices, as a tape is made of. */
export const choices = (length = 120): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.nat(2 ** 31 - 1), { minLength: 0, maxLength: length, size: "max" });

/** Tapes of at most `length` choices. */
export const tape = (length = 120): fc.Arbitrary<Tape> => choices(length).map(tapeOf);
