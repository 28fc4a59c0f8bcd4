/** Image sets written as folders come back as they went in. */
import { join } from "node:path";
import fc from "fast-check";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "heirloom";
import {
  copyStamps,
  firstOfEach,
  garments,
  writeImages,
} from "../../../docs/experiment/imageSets.js";
import { inMemory } from "../../../src/format/dataset.js";
import type { Image } from "../../../src/format/image.js";
import { refused, succeed } from "../../generators/succeed.js";

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "heirloom-experiment-"));
});
afterEach(() => rm(place, { recursive: true }));

const labels = [1, 0, 1, 1, 0, 2];
const image = (i: number): Image => ({
  width: 3,
  height: 2,
  channels: 1,
  data: Uint8Array.from([i, 255 - i, 17 * i, 0, 255, 128]),
});

describe("firstOfEach", () => {
  it("is the first of each class, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 })), fc.nat({ max: 6 }), (given, count) => {
        const chosen = firstOfEach(given, count);
        expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
        for (const label of new Set(given)) {
          const all = given.flatMap((other, i) => (other === label ? [i] : []));
          expect(chosen.filter((i) => given[i] === label)).toEqual(all.slice(0, count));
        }
      }),
    );
  });
});

describe("writeImages", () => {
  it("writes PNG files that hold the very samples, under the names of their classes", async () => {
    const set = join(place, "set");
    const source = inMemory("six", ["0", "1", "2"], labels, image);
    expect(succeed(await writeImages(source, ["zero", "one", "two"], 2, set))).toBe(5);
    const read = succeed(await openDataset(set));
    expect(read.classes).toEqual(["one", "two", "zero"]);
    // Classes by name, and in each the order of the source; the fourth image is a third "one".
    const order = [0, 2, 5, 1, 4];
    expect(Array.from(read.labels)).toEqual(order.map((i) => [2, 0, 1][labels[i]!]));
    for (const [position, i] of order.entries())
      expect(succeed(await read.load(position))).toEqual(image(i));
  });

  it("refuses a place where something is", async () => {
    const source = inMemory("six", ["0", "1", "2"], labels, image);
    expect(refused(await writeImages(source, garments, 2, place))).toMatchObject({
      where: place,
      found: "something there already",
    });
  });
});

describe("copyStamps", () => {
  it("copies the images of classes and nothing else", async () => {
    const source = join(place, "stamps");
    for (const [folder, count] of [
      ["animals/birds", 18],
      ["animals/fish", 3],
    ] as const) {
      await mkdir(join(source, folder), { recursive: true });
      for (let i = 0; i < count; i++) await writeFile(join(source, folder, `${i}.png`), `${i}`);
    }
    const target = join(place, "set");
    expect(succeed(await copyStamps(source, target))).toBe(18);
    const copied = await readdir(target, { recursive: true, withFileTypes: true });
    expect(copied.filter((entry) => entry.isFile())).toHaveLength(18);
    expect(await readdir(target)).toEqual(["birds"]);
    expect(refused(await copyStamps(join(place, "nowhere"), join(place, "other"))).where).toContain(
      "nowhere",
    );
  });
});
