/** Data sets from arrays in memory. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { inMemory, type Dataset } from "./dataset.js";
import type { Image } from "./image.js";

/**
 * A data set of the given images. Refuses labels that are no index of a class, and counts that differ.
 */
export const memoryDataset = (
  name: string,
  classes: readonly string[],
  images: readonly Image[],
  labels: ArrayLike<number>,
): Result<Dataset> => {
  if (images.length !== labels.length)
    return refuse({
      where: name,
      found: `${images.length} images and ${labels.length} labels`,
      expected: "one label per image",
    });
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes.length)
      return refuse({
        where: `${name}: label ${i}`,
        found: `${label}`,
        expected: `0 to ${classes.length - 1}, an index of the ${classes.length} classes`,
      });
  }
  for (const [i, { width, height, channels, data }] of images.entries())
    if (data.length !== width * height * channels)
      return refuse({
        where: `${name}: image ${i}`,
        found: `${data.length} samples`,
        expected: `${width * height * channels} for ${width} x ${height} x ${channels}`,
      });
  return E.right(inMemory(name, classes, labels, (i) => images[i]!));
};
