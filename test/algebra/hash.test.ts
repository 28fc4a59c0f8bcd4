import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goldenStep, hashText, mix64 } from "../../src/algebra/hash.js";

describe("mix64", () => {
  it("gives the published first words of SplitMix64 from state 0", () =>
    expect([1n, 2n, 3n].map((k) => mix64(k * goldenStep))).toEqual([
      0xe220a8397b1dcdafn,
      0x6e789e6aa1b965f4n,
      0x06c45d188009454fn,
    ]));

  it("flips about half of the output bits for every flipped input bit", () => {
    // 64 input bits times 1024 words: each output bit flips 65536 times one half, spread 128.
    const flips = new Array<number>(64).fill(0);
    for (let word = 0n; word < 1024n; word++)
      for (let bit = 0n; bit < 64n; bit++) {
        const difference = mix64(word * goldenStep) ^ mix64((word * goldenStep) ^ (1n << bit));
        for (let k = 0; k < 64; k++) flips[k]! += Number((difference >> BigInt(k)) & 1n);
      }
    for (const count of flips) expect(Math.abs(count - 32768)).toBeLessThan(6 * 128);
  });
});

describe("hashText", () => {
  it("tells texts apart, also by their length and the order of their parts", () => {
    const texts = ["", "\0", "\0\0", "a", "a\0", "\0a", "abcd", "abcd\0", "dcba", "abcdabcd", "é"];
    expect(new Set(texts.map(hashText)).size).toBe(texts.length);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(hashText(a) === hashText(b)).toBe(a === b);
      }),
    );
  });
});
