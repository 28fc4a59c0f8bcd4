import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setAside, stratifiedSplit } from "../../src/train/split.js";

const labels = fc.array(fc.nat(4), { maxLength: 60 });
const share = fc.double({ min: 0, max: 0.9, noNaN: true });

describe("stratifiedSplit", () => {
  it("is a partition that takes the stated number from each class", () => {
    fc.assert(
      fc.property(labels, share, fc.nat(), (ls, s, seed) => {
        const { training, validation } = stratifiedSplit(ls, s, seed);
        expect([...training, ...validation].sort((a, b) => a - b)).toEqual(ls.map((_, i) => i));
        for (const c of new Set(ls)) {
          const n = ls.filter((l) => l === c).length;
          expect(validation.filter((i) => ls[i] === c)).toHaveLength(setAside(n, s));
          expect(training.some((i) => ls[i] === c)).toBe(true);
        }
      }),
    );
  });

  it("depends on the seed alone, seed 0 included", () => {
    const ls = Array.from({ length: 40 }, (_, i) => i % 4);
    const of = (seed: number) => stratifiedSplit(ls, 0.25, seed).validation;
    expect(of(0)).toEqual(of(0));
    expect(of(0)).not.toEqual(of(1));
    expect(of(0)).toHaveLength(12);
  });
});
