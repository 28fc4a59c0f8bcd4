import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inMemory } from "../../src/format/dataset.js";
import { perClass, select } from "../../src/train/selection.js";

const labels = fc.array(fc.nat(3), { maxLength: 60 });

test("a selection takes so many of each class and leaves the others, each example once", () => {
  fc.assert(
    fc.property(labels, fc.nat(8), fc.nat(100), (given, count, seed) => {
      const { chosen, rest } = perClass(given, count, seed);
      expect([...chosen, ...rest].sort((a, b) => a - b)).toEqual(given.map((_, i) => i));
      for (const c of new Set(given)) {
        const available = given.filter((label) => label === c).length;
        expect(chosen.filter((i) => given[i] === c).length).toBe(Math.min(count, available));
      }
    }),
  );
});

test("the seed decides, seed 0 included", () => {
  const given = Array.from({ length: 200 }, (_, i) => i % 4);
  expect(perClass(given, 10, 0)).toEqual(perClass(given, 10, 0));
  expect(perClass(given, 10, 0)).not.toEqual(perClass(given, 10, 1));
});

test("the selected examples keep their images and labels", async () => {
  const image = (i: number) => ({
    width: 1,
    height: 1,
    channels: 1 as const,
    data: Uint8Array.of(i),
  });
  const part = select(inMemory("numbers", ["even", "odd"], [0, 1, 0, 1], image), [3, 0]);
  expect([part.size, ...Array.from(part.labels)]).toEqual([2, 1, 0]);
  expect(await part.load(0)).toEqual(E.right(image(3)));
  expect(E.isLeft(await part.load(2))).toBe(true);
});
