/**
 * Image folders: every folder at the top is a class, and every PNG or JPEG anywhere below it an image of that
 * class. Classes and files are ordered by code units, whatever the file system and the language of the
 * system say, so that an index means the same image everywhere. Hidden files and symbolic links are not
 * followed.
 */
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Refusal, type Result } from "../algebra/refusal.js";
import type { Dataset, DatasetOptions } from "./dataset.js";
import { decodeImage, imageHeader } from "./decodeImage.js";
import { attempt, readBytes } from "./file.js";
import type { Image } from "./image.js";

/** The largest image file that is read, in bytes. */
const fileLimit = 256 * 2 ** 20;
const depthLimit = 32;
const isImageName = (name: string): boolean => /\.(png|jpe?g)$/i.test(name);

const byCodeUnits = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

const entries = (path: string) =>
  attempt(path, async () =>
    (await readdir(path, { withFileTypes: true }))
      .filter((entry) => !entry.name.startsWith("."))
      .sort(byCodeUnits),
  );

/** The image files below a folder, in order. */
const imagesBelow = async (path: string, depth = 0): Promise<Result<readonly string[]>> => {
  if (depth > depthLimit)
    return refuse({
      where: path,
      found: `folders more than ${depthLimit} deep`,
      expected: "a class folder of images",
    });
  const found = await entries(path);
  if (E.isLeft(found)) return found;
  const files: string[] = [];
  for (const entry of found.right) {
    const inner = join(path, entry.name);
    if (entry.isFile() && isImageName(entry.name)) files.push(inner);
    if (entry.isDirectory()) {
      const below = await imagesBelow(inner, depth + 1);
      if (E.isLeft(below)) return below;
      for (const file of below.right) files.push(file);
    }
  }
  return E.right(files);
};

const loadImage = async (path: string): Promise<Result<Image>> => {
  const bytes = await readBytes(path, fileLimit);
  return E.chain((b: Uint8Array) => decodeImage(b, path))(bytes);
};

const verifyImage = async (path: string, how: "decode" | "header"): Promise<Result<unknown>> => {
  if (how === "decode") return loadImage(path);
  const bytes = await readBytes(path, fileLimit);
  return E.chain((b: Uint8Array) => imageHeader(b, path))(bytes);
};

/** Open a folder of class folders. Refuses a folder without images, and fewer than two classes. */
export const openFolder = async (
  path: string,
  { onCorrupt = "refuse", verify = "decode" }: DatasetOptions = {},
): Promise<Result<Dataset>> => {
  const top = await entries(path);
  if (E.isLeft(top)) return top;
  const classes: string[] = [];
  const files: string[] = [];
  const labels: number[] = [];
  const skipped: Refusal[] = [];
  for (const entry of top.right.filter((e) => e.isDirectory())) {
    const images = await imagesBelow(join(path, entry.name));
    if (E.isLeft(images)) return images;
    const before = files.length;
    for (const file of images.right) {
      const sound = await verifyImage(file, verify);
      if (E.isLeft(sound)) {
        if (onCorrupt === "refuse")
          return E.left({
            ...sound.left,
            advice: 'repair or remove it, or leave such files out with onCorrupt "skip"',
          });
        skipped.push(sound.left);
        continue;
      }
      files.push(file);
      labels.push(classes.length);
    }
    if (files.length > before) classes.push(entry.name);
  }
  if (classes.length < 2)
    return refuse({
      where: path,
      found: `${files.length} PNG and JPEG images in ${classes.length} class folders`,
      expected: "at least two folders of images, one per class",
      ...(skipped.length > 0 ? { advice: `${skipped.length} damaged images were left out` } : {}),
    });
  return E.right({
    name: basename(resolve(path)),
    classes,
    labels: Int32Array.from(labels),
    size: files.length,
    load: async (index) =>
      files[index] === undefined
        ? refuse({ where: path, found: `index ${index}`, expected: `0 to ${files.length - 1}` })
        : loadImage(files[index]),
    skipped,
  });
};
