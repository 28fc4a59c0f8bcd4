/** Labelled images, wherever they come from. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Refusal, type Result } from "../algebra/refusal.js";
import type { Image } from "./image.js";

/** Labelled images that are loaded one at a time. */
export interface Dataset {
  readonly name: string;
  /** The names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  /** The class of each image. */
  readonly labels: ArrayLike<number>;
  readonly size: number;
  /** The image at an index of 0..size-1. */
  readonly load: (index: number) => Promise<Result<Image>>;
  /** The files that were left out, and why. */
  readonly skipped: readonly Refusal[];
}

/** How to open a data set. */
export interface DatasetOptions {
  /** What to do about an image that cannot be decoded: leave it out and report it, or refuse the data set. */
  readonly onCorrupt?: "skip" | "refuse";
  /** Which pair of IDX files in a folder: the training set or the test set (`t10k`). */
  readonly split?: "train" | "test";
  /** The labels that go with an IDX file of images. */
  readonly labels?: string;
  /**
   * How far to look into the files of image folders when they are opened: `decode` finds every damaged
   * file at once, `header` is quicker and leaves damage in the data for `load` to refuse.
   */
  readonly verify?: "decode" | "header";
}

/** A data set of images that are already in memory. */
export const inMemory = (
  name: string,
  classes: readonly string[],
  labels: ArrayLike<number>,
  image: (index: number) => Image,
): Dataset => ({
  name,
  classes,
  labels,
  size: labels.length,
  load: async (index) =>
    Number.isInteger(index) && index >= 0 && index < labels.length
      ? E.right(image(index))
      : refuse({ where: name, found: `index ${index}`, expected: `0 to ${labels.length - 1}` }),
  skipped: [],
});
