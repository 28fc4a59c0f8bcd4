/** The test images that a network is surest and wrong about. */
import * as E from "fp-ts/lib/Either.js";
import { PNG } from "pngjs";
import type { Result } from "../algebra/refusal.js";
import type { Dataset } from "../format/dataset.js";
import type { Image } from "../format/image.js";
import { crossEntropyOf, predictionOf } from "../train/metrics.js";
import type { Mistake } from "./pictures.js";

const most = 24;
const largestSide = 64;

/** A small PNG of an image: every so many pixels of it, on white where it is transparent. */
export const thumbnail = (image: Image): string => {
  const step = Math.max(1, Math.ceil(Math.max(image.width, image.height) / largestSide));
  const width = Math.ceil(image.width / step);
  const height = Math.ceil(image.height / step);
  const png = new PNG({ width, height });
  const sample = (x: number, y: number, channel: number): number =>
    image.data[(y * step * image.width + x * step) * image.channels + channel]!;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const alpha = image.channels === 4 ? sample(x, y, 3) / 255 : 1;
      for (let c = 0; c < 3; c++) {
        const value = sample(x, y, image.channels === 1 ? 0 : c);
        png.data[(y * width + x) * 4 + c] = Math.round(value * alpha + 255 * (1 - alpha));
      }
      png.data[(y * width + x) * 4 + 3] = 255;
    }
  return PNG.sync.write(png, { colorType: image.channels === 1 ? 0 : 2 }).toString("base64");
};

/** The surest mistakes of rows of logits, `classes` apart, on a data set's images in order. */
export const mistakesOf = async (
  images: Dataset,
  logits: ArrayLike<number>,
): Promise<Result<readonly Mistake[]>> => {
  const classes = images.classes.length;
  const wrong = Array.from(images.labels, (label, i) => {
    const prediction = predictionOf(logits, i * classes, classes);
    const probability = Math.exp(-crossEntropyOf(logits, i * classes, classes, prediction));
    return { i, label, prediction, probability };
  })
    .filter(({ label, prediction }) => label !== prediction)
    .sort((a, b) => b.probability - a.probability || a.i - b.i)
    .slice(0, most);
  const mistakes: Mistake[] = [];
  for (const { i, label, prediction, probability } of wrong) {
    const image = await images.load(i);
    if (E.isLeft(image)) return image;
    mistakes.push({ label, prediction, probability, png: thumbnail(image.right) });
  }
  return E.right(mistakes);
};
