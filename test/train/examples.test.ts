import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/format/dataset.js";
import { presets } from "../../src/format/preprocessing.js";
import { gatherBatch } from "../../src/train/batch.js";
import {
  cached,
  cachedBytes,
  examplesFromArrays,
  examplesFromDataset,
} from "../../src/train/examples.js";
import { refused, succeed } from "../generators/succeed.js";

/** Three 2x2 images, image `i` all of value `10 * i`; counts how often each is decoded. */
const pictures = (broken = -1): { readonly dataset: Dataset; readonly decoded: number[] } => {
  const decoded = [0, 0, 0];
  const dataset: Dataset = {
    name: "pictures",
    classes: ["a", "b"],
    labels: [0, 1, 0],
    size: 3,
    skipped: [],
    load: async (i) => {
      decoded[i]! += 1;
      return i === broken
        ? E.left({ where: "c.png", found: "an empty file", expected: "an image" })
        : E.right({ width: 2, height: 2, channels: 1, data: new Uint8Array(4).fill(10 * i) });
    },
  };
  return { dataset, decoded };
};

describe("examples", () => {
  it("are prepared once where they fit the budget, and again each time where they do not", async () => {
    for (const [budget, times] of [
      [48, 1],
      [47, 3],
    ] as const) {
      const { dataset, decoded } = pictures();
      const examples = succeed(examplesFromDataset(dataset, [2, 2, 1], presets.none));
      expect(cachedBytes(examples)).toBe(48);
      const told: number[] = [];
      const ready = succeed(await cached(examples, budget, (_, done) => told.push(done)));
      for (let k = 0; k < 3; k++)
        expect(Array.from(succeed(await ready.input(2)))).toEqual([20, 20, 20, 20]);
      expect(decoded[2]).toBe(times);
      expect(told).toEqual(times === 1 ? [1, 2, 3] : []);
    }
  });

  it("name the example that cannot be decoded", async () => {
    const examples = succeed(examplesFromDataset(pictures(1).dataset, [2, 2, 1], presets.none));
    const where = "data pictures, example 1: c.png";
    expect(refused(await cached(examples, 1e6, () => undefined)).where).toBe(where);
    expect(refused(await gatherBatch(examples, [0, 1], 2, null)).where).toBe(where);
  });

  it("fill a batch in order and leave zeros behind", async () => {
    const inputs = Float32Array.of(1, 2, 3, 4, 5, 6);
    const examples = succeed(examplesFromArrays("x", ["a", "b"], [2], inputs, [0, 1, 1]));
    const batch = succeed(await gatherBatch(examples, [2, 0], 3, null));
    expect(batch).toEqual({
      inputs: { shape: [3, 2], data: Float32Array.of(5, 6, 1, 2, 0, 0) },
      labels: [1, 0],
      rows: 2,
    });
    expect(refused(examplesFromArrays("x", [], [2], inputs, [0])).found).toBe(
      "6 numbers for 1 labels",
    );
  });
});
