/** Misclassified images: the surest first, each as a small PNG. */
import { PNG } from "pngjs";
import { expect, it } from "vitest";
import { mistakesOf, thumbnail } from "../../src/compare/mistakes.js";
import { inMemory } from "../../src/format/dataset.js";
import type { Image } from "../../src/format/image.js";
import { succeed } from "../generators/succeed.js";

const grey = (value: number): Image => ({
  width: 2,
  height: 1,
  channels: 1,
  data: Uint8Array.of(value, 255),
});

const pixels = (png: string): readonly number[] => [
  ...PNG.sync.read(Buffer.from(png, "base64")).data,
];

it("are those that the logits get wrong, the surest first", async () => {
  const images = inMemory("d", ["a", "b"], [0, 1, 0, 1], (i) => grey(i));
  const logits = [1, 0, 3, 0, 0, 1, 0, 9];
  const mistakes = succeed(await mistakesOf(images, logits));
  expect(mistakes.map(({ label, prediction }) => [label, prediction])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(mistakes[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  expect(mistakes.map(({ png }) => pixels(png)[0])).toEqual([1, 2]);
});

it("are none where all is right", async () => {
  const images = inMemory("d", ["a", "b"], [0], () => grey(0));
  expect(succeed(await mistakesOf(images, [1, 0]))).toEqual([]);
});

it("a thumbnail is at most 64 pixels a side, and white where the image is transparent", () => {
  const clear: Image = {
    width: 130,
    height: 65,
    channels: 4,
    data: Uint8Array.from({ length: 130 * 65 * 4 }, (_, i) => (i % 4 === 3 ? 0 : 7)),
  };
  const { width, height, data } = PNG.sync.read(Buffer.from(thumbnail(clear), "base64"));
  expect([width, height]).toEqual([44, 22]);
  expect(new Set(data)).toEqual(new Set([255]));
});
