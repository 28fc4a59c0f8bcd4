import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Image } from "../../src/format/image.js";
import {
  checkPreprocessing,
  presetNamed,
  presets,
  toInput,
  type Preprocessing,
} from "../../src/format/preprocessing.js";
import { refused, succeed } from "../generators/succeed.js";

const image = (width: number, height: number, channels: 1 | 3 | 4, ...data: number[]): Image => ({
  width,
  height,
  channels,
  data: Uint8Array.from(data),
});
const u = 2 ** -24;

describe("preprocessing", () => {
  it("follows Keras's formulas", () => {
    const pixel = image(1, 1, 3, 10, 20, 250);
    const one = (p: Preprocessing) => Array.from(toInput(pixel, [1, 1, 3], p));
    expect(one(presets.none)).toEqual([10, 20, 250]);
    expect(one(presets.caffe)).toEqual([250 - 103.939, 20 - 116.779, 10 - 123.68].map(Math.fround));
    expect(one(presets.tf)).toEqual([10, 20, 250].map((x) => Math.fround(x * (1 / 127.5) - 1)));
    const { mean, deviation } = presets.torch;
    expect(one(presets.torch)).toEqual(
      [10, 20, 250].map((x, c) => Math.fround((x * (1 / 255) - mean[c]!) / deviation[c]!)),
    );
    expect(succeed(presetNamed("unit")).scale).toBe(1 / 255);
    expect(refused(presetNamed("toString")).expected).toContain("caffe, tf, torch");
  });

  it("turns grey into colour, colour into grey, and lays transparency on white", () => {
    const none = presets.none;
    expect(Array.from(toInput(image(1, 1, 1, 7), [1, 1, 3], none))).toEqual([7, 7, 7]);
    const luma = toInput(image(1, 1, 3, 100, 50, 200), [1, 1, 1], none)[0]!;
    expect(Math.abs(luma - (0.299 * 100 + 0.587 * 50 + 0.114 * 200))).toBeLessThanOrEqual(u * 128);
    expect(Array.from(toInput(image(1, 1, 4, 9, 9, 9, 0), [1, 1, 3], none))).toEqual([
      255, 255, 255,
    ]);
    expect(Array.from(toInput(image(1, 1, 4, 0, 255, 0, 51), [1, 1, 3], none))).toEqual([
      204, 255, 204,
    ]);
    expect(Array.from(toInput(image(2, 2, 1, 1, 2, 3, 4), [4], none))).toEqual([1, 2, 3, 4]);
  });

  const wide = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));

  it("changes nothing at the right size, and keeps flat images flat at any", () => {
    fc.assert(
      fc.property(wide, wide, fc.nat(255), ([w, h], [ow, oh], value) => {
        const flat = image(w, h, 1, ...new Array<number>(w * h).fill(value));
        for (const fit of ["stretch", "crop"] as const)
          for (const x of toInput(flat, [oh, ow, 1], presets.none, fit))
            // Weights that sum to 1 in binary64, and two roundings to binary32.
            expect(Math.abs(x - value)).toBeLessThanOrEqual(3 * u * value);
      }),
    );
    fc.assert(
      fc.property(wide, fc.uint8Array({ minLength: 144, maxLength: 144 }), ([w, h], data) => {
        const sharp = image(w, h, 1, ...data.subarray(0, w * h));
        expect(Array.from(toInput(sharp, [h, w, 1], presets.none))).toEqual(Array.from(sharp.data));
      }),
    );
  });

  it("interpolates between half-pixel centres when it enlarges", () => {
    const x = toInput(image(2, 1, 1, 0, 100), [1, 4, 1], presets.none);
    expect(Array.from(x)).toEqual([0, 25, 75, 100]);
  });

  it("counts every source pixel when it shrinks", () => {
    // Ratio 2: the triangle reaches 2 pixels to each side; weights 1/8, 3/8, 3/8, 1/8.
    const x = toInput(image(6, 1, 1, 8, 16, 24, 32, 40, 48), [1, 3, 1], presets.none);
    expect(x[1]).toBe(28);
    expect(x[0]).toBeCloseTo((3 * 8 + 3 * 16 + 24) / 7, 4);
  });

  it("crops the centre", () => {
    const x = toInput(image(4, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 1], presets.none, "crop");
    expect(Array.from(x)).toEqual([2, 3, 6, 7]);
  });

  it("is checked against the shape of the input", () => {
    const grey: Preprocessing = { ...presets.none, channels: "grey" };
    expect(refused(checkPreprocessing([4, 4, 3], grey)).expected).toBe('"rgb" or "bgr"');
    expect(refused(checkPreprocessing([4, 4, 2], presets.none)).found).toContain("4x4x2");
    expect(refused(checkPreprocessing([5], presets.none)).found).toContain("5");
    expect(refused(checkPreprocessing([4, 4, 1], presets.caffe)).found).toContain("103.939");
    expect(
      refused(checkPreprocessing([4, 4, 3], { ...presets.none, deviation: [0] })).expected,
    ).toContain("no deviation zero");
    for (const shape of [[4, 4, 3], [4, 4, 1], [784]])
      succeed(checkPreprocessing(shape, presets.unit));
  });
});
