/**
 * Image sets as folders of one folder a class, which is what `--data` reads. Names of classes are names of
 * folders, so a report can say what was taken for what.
 */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { PNG } from "pngjs";
import { refuse, type Result } from "../../src/algebra/refusal.js";
import type { Dataset } from "../../src/format/dataset.js";
import { attempt, kindOf } from "../../src/format/file.js";
import type { Image } from "../../src/format/image.js";
import { openDataset } from "../../src/format/openDataset.js";
import { stampClasses } from "./stamps.js";

/** What the labels 0 to 9 of Fashion-MNIST mean (Xiao, Rasul and Vollgraf 2017). */
export const garments: readonly string[] = [
  "t-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle-boot",
];

/** A folder that is not there yet: what stood there would be read as images of the set. */
export const newFolder = async (path: string): Promise<Result<string>> =>
  (await kindOf(path)) === "nothing"
    ? E.right(path)
    : refuse({
        where: path,
        found: "something there already",
        expected: "a folder to be made",
        advice: "remove it, or choose another place",
      });

/** The positions of the first `count` examples of each class, in order. */
export const firstOfEach = (labels: ArrayLike<number>, count: number): readonly number[] => {
  const taken = new Map<number, number>();
  return Array.from(labels).flatMap((label, i) => {
    const already = taken.get(label) ?? 0;
    taken.set(label, already + 1);
    return already < count ? [i] : [];
  });
};

/** A grey image as a PNG file. */
const greyPng = ({ width, height, data }: Image): Uint8Array => {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false });
};

/** Write the first `count` grey images of each class; returns how many. */
export const writeImages = async (
  dataset: Dataset,
  classes: readonly string[],
  count: number,
  path: string,
): Promise<Result<number>> => {
  const folder = await newFolder(path);
  if (E.isLeft(folder)) return folder;
  const chosen = firstOfEach(dataset.labels, count);
  for (const name of classes) await mkdir(join(path, name), { recursive: true });
  for (const index of chosen) {
    const image = await dataset.load(index);
    if (E.isLeft(image)) return image;
    const file = join(path, classes[dataset.labels[index]!]!, `${`${index}`.padStart(5, "0")}.png`);
    await writeFile(file, greyPng(image.right));
  }
  return E.right(chosen.length);
};

/** Write images of a data set that Heirloom opens, its labels named `classes`. */
export const writeOpened = async (
  source: string,
  classes: readonly string[],
  count: number,
  path: string,
): Promise<Result<number>> => {
  const dataset = await openDataset(source);
  return E.isLeft(dataset) ? dataset : writeImages(dataset.right, classes, count, path);
};

/** Copy the stamps that are images of a class; returns how many. */
export const copyStamps = async (source: string, path: string): Promise<Result<number>> => {
  const folder = await newFolder(path);
  if (E.isLeft(folder)) return folder;
  const found = await attempt(source, () => readdir(source, { recursive: true }));
  if (E.isLeft(found)) return found;
  const classes = stampClasses(found.right.map((file) => file.split(sep).join("/")).sort());
  const copies = classes.flatMap(({ name, files }) => files.map((file) => [name, file] as const));
  for (const [name, file] of copies) {
    const target = join(path, name, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(source, file), target);
  }
  return E.right(copies.length);
};
