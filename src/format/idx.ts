/**
 * The IDX format of the MNIST family: a 4-byte magic number (0, 0, element type, rank), the extents as
 * big-endian 32-bit numbers, then the elements. Files may be compressed with gzip; what they inflate to is
 * bounded. Only unsigned bytes are used: images `[count, height, width]`, labels `[count]`.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { size, type Shape } from "../tensor/shape.js";
import { inMemory, type Dataset, type DatasetOptions } from "./dataset.js";
import { attempt, kindOf, plainBytes, readBytes } from "./file.js";
import type { Image } from "./image.js";

/** The most bytes that one file may hold, inflated: 1 GiB. The largest of the family, EMNIST, has 639 MB. */
const byteLimit = 2 ** 30;

/** An array of unsigned bytes. */
export interface Idx {
  readonly shape: Shape;
  readonly data: Uint8Array;
}

const types: Readonly<Record<number, string>> = {
  0x08: "unsigned bytes",
  0x09: "signed bytes",
  0x0b: "16-bit integers",
  0x0c: "32-bit integers",
  0x0d: "32-bit floats",
  0x0e: "64-bit floats",
};

/** Decode the bytes of an IDX file; the elements are a view of them. */
export const decodeIdx = (bytes: Uint8Array): Result<Idx> => {
  const [a, b, type = 0, rank = 0] = bytes;
  if (bytes.length < 4 || a !== 0 || b !== 0 || !Object.hasOwn(types, type))
    return refuse({
      where: "magic number",
      found: `[${[...bytes.subarray(0, 4)].join(", ")}]`,
      expected: "0, 0, an element type and the rank",
    });
  if (type !== 0x08)
    return refuse({ where: "element type", found: types[type]!, expected: types[0x08]! });
  const start = 4 + 4 * rank;
  if (rank === 0 || bytes.length < start)
    return refuse({
      where: "header",
      found: `rank ${rank} in a file of ${bytes.length} bytes`,
      expected: "at least one extent of 4 bytes",
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return bytes.length - start === size(shape)
    ? E.right({ shape, data: bytes.subarray(start) })
    : refuse({
        where: "data",
        found: `${bytes.length - start} bytes`,
        expected: `${size(shape)} for the shape ${shape.join(" x ")}`,
      });
};

const inflate = promisify(gunzip);

/** Read an IDX file, inflating it where it is compressed. */
export const readIdx = async (path: string): Promise<Result<Idx>> => {
  const stored = await readBytes(path, byteLimit);
  if (E.isLeft(stored)) return stored;
  const bytes =
    stored.right[0] === 0x1f && stored.right[1] === 0x8b
      ? await attempt(path, async () =>
          plainBytes(await inflate(stored.right, { maxOutputLength: byteLimit })),
        )
      : stored;
  return E.mapLeft(within(path))(E.chain((b: Uint8Array) => decodeIdx(b))(bytes));
};

const names = {
  train: /^train-images[-.]idx3-ubyte(\.gz)?$/,
  test: /^t10k-images[-.]idx3-ubyte(\.gz)?$/,
};

const labelsName = (images: string): string =>
  images.replace("images", "labels").replace("idx3", "idx1");

/** Whether a folder holds images in the IDX format. */
export const holdsIdx = async (folder: string): Promise<boolean> => {
  const found = await attempt(folder, () => readdir(folder));
  return E.isRight(found) && found.right.some((n) => names.train.test(n) || names.test.test(n));
};

/** The files of images and of labels that a path and the options mean. */
const pairOf = async (
  path: string,
  { split = "train", labels }: DatasetOptions,
): Promise<Result<readonly [images: string, labels: string]>> => {
  if ((await kindOf(path)) === "file") {
    const guess = join(dirname(path), labelsName(basename(path)));
    return labels !== undefined || guess !== path
      ? E.right([path, labels ?? guess])
      : refuse({
          where: path,
          found: "images without labels",
          expected: "the file of the labels",
          advice: 'name it with the option "labels" (--labels FILE)',
        });
  }
  const found = await attempt(path, () => readdir(path));
  if (E.isLeft(found)) return found;
  const images = found.right.sort().find((n) => names[split].test(n));
  return images === undefined
    ? refuse({
        where: path,
        found: `no IDX images of the split ${JSON.stringify(split)}`,
        expected: split === "train" ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte",
      })
    : E.right([join(path, images), labels ?? join(path, labelsName(images))]);
};

/** Open a pair of IDX files, given the images' file or the folder that holds both. */
export const openIdx = async (
  path: string,
  options: DatasetOptions = {},
): Promise<Result<Dataset>> => {
  const pair = await pairOf(path, options);
  if (E.isLeft(pair)) return pair;
  const [imageFile, labelFile] = pair.right;
  const images = await readIdx(imageFile);
  if (E.isLeft(images)) return images;
  const labels = await readIdx(labelFile);
  if (E.isLeft(labels)) return labels;
  const [count = 0, height = 0, width = 0] = images.right.shape;
  const pixels = height * width;
  if (images.right.shape.length !== 3 || pixels === 0 || count === 0)
    return refuse({
      where: imageFile,
      found: `the shape ${images.right.shape.join(" x ")}`,
      expected: "count x height x width, none of them 0",
    });
  if (labels.right.shape.length !== 1 || labels.right.shape[0] !== count)
    return refuse({
      where: labelFile,
      found: `the shape ${labels.right.shape.join(" x ")}`,
      expected: `${count}, one label per image`,
    });
  const classes = labels.right.data.reduce((n, label) => Math.max(n, label + 1), 0);
  const image = (i: number): Image => ({
    width,
    height,
    channels: 1,
    data: images.right.data.subarray(i * pixels, (i + 1) * pixels),
  });
  return E.right(
    inMemory(
      basename(imageFile),
      Array.from({ length: classes }, (_, i) => `${i}`),
      labels.right.data,
      image,
    ),
  );
};
