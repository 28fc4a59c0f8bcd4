import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distort, distortionOf, none, type Distortion } from "../../src/train/augmentation.js";

const apply = (d: Distortion, shape: readonly number[], x: readonly number[]): number[] => {
  const out = new Float32Array(x.length + 1);
  distort(d, shape, Float32Array.from(x), out, 1);
  expect(out[0]).toBe(0);
  return [...out.slice(1)];
};

describe("distort", () => {
  const picture = [1, 2, 3, 4, 5, 6];
  it("mirrors left and right", () => {
    const d = { mirrored: true, down: 0, right: 0 };
    expect(apply(d, [2, 3, 1], picture)).toEqual([3, 2, 1, 6, 5, 4]);
    expect(apply(d, [1, 3, 2], picture)).toEqual([5, 6, 3, 4, 1, 2]);
  });

  it("shifts and repeats the edge", () => {
    expect(apply({ mirrored: false, down: 1, right: -1 }, [2, 3, 1], picture)).toEqual([
      2, 3, 3, 2, 3, 3,
    ]);
  });

  it("is its own inverse as a mirror, and nothing without flip and shift", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 24, maxLength: 24 }), fc.nat(), (x, seed) => {
        const mirror = { mirrored: true, down: 0, right: 0 };
        const small = x.map((v) => v % 1000);
        expect(apply(mirror, [3, 4, 2], apply(mirror, [3, 4, 2], small))).toEqual(
          apply(distortionOf(none, seed, 0, 0), [3, 4, 2], small),
        );
      }),
    );
  });
});

describe("distortionOf", () => {
  it("is a function of seed, epoch and example with shifts within bounds", () => {
    const a = { flip: true, shift: 2 };
    const seen = new Set<string>();
    for (let example = 0; example < 400; example++) {
      const d = distortionOf(a, 0, 3, example);
      expect(distortionOf(a, 0, 3, example)).toEqual(d);
      expect(Math.abs(d.down)).toBeLessThanOrEqual(2);
      expect(Math.abs(d.right)).toBeLessThanOrEqual(2);
      seen.add(JSON.stringify(d));
    }
    expect(seen.size).toBe(50);
  });
});
