/**
 * Hashing to 64 bits, the same on every platform.
 *
 * `mix64` is the output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014, with the constants of Stafford's variant 13): a bijection of the
 * 64-bit words in which every input bit flips every output bit with a probability close to one half.
 * It mixes well and is no cryptographic function: nothing here resists someone who looks for collisions.
 */

/** The odd step of SplitMix64, `2^64` divided by the golden ratio. */
export const goldenStep = 0x9e3779b97f4a7c15n;

/** Mix a 64-bit word; higher bits of the argument are dropped. */
export const mix64 = (word: bigint): bigint => {
  let z = BigInt.asUintN(64, word);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
};

/** The 64-bit hash of a text, absorbed four UTF-16 code units at a time after its length. */
export const hashText = (text: string): bigint => {
  let state = mix64(BigInt(text.length) + goldenStep);
  for (let i = 0; i < text.length; i += 4) {
    let word = 0n;
    for (let j = i; j < Math.min(i + 4, text.length); j++)
      word = (word << 16n) | BigInt(text.charCodeAt(j));
    state = mix64((state ^ word) + goldenStep);
  }
  return state;
};
