/**
 * Augmentation: a random mirror image and a random shift, applied to `[height, width, channels]`
 * examples after pre-processing. The choice is a pure function of (seed, epoch, example).
 *
 * A shift by `(dy, dx)` is the crop of the example padded by repeating its edge, so no padding value
 * that the pre-processing does not know enters the picture.
 */
import * as t from "io-ts";
import { randomStream } from "../algebra/random.js";
import type { Shape } from "../tensor/shape.js";
import { natural } from "../adapt/quantity.js";

/** The codec of {@link Augmentation}. */
export const Augmentation = t.strict({
  /** Mirror left and right, one time in two. */
  flip: t.boolean,
  /** The largest shift in either direction on each axis, in pixels. */
  shift: natural("a shift in pixels", 0),
});

/** What may be done to a training example. */
export type Augmentation = t.TypeOf<typeof Augmentation>;

/** No augmentation. */
export const none: Augmentation = { flip: false, shift: 0 };

/** Whether it changes nothing. */
export const isIdentity = (a: Augmentation): boolean => !a.flip && a.shift === 0;

/** One choice: mirror or not, and the shift down and right. */
export interface Distortion {
  readonly mirrored: boolean;
  readonly down: number;
  readonly right: number;
}

/** The distortion of one example in one epoch. */
export const distortionOf = (
  a: Augmentation,
  seed: number,
  epoch: number,
  example: number,
): Distortion => {
  const random = randomStream(seed, "augmentation", epoch, example);
  const shift = (): number => random.below(2 * a.shift + 1) - a.shift;
  return { mirrored: random.below(2) === 1 && a.flip, down: shift(), right: shift() };
};

const clamp = (x: number, most: number): number => (x < 0 ? 0 : x > most ? most : x);

/** Write the distorted example into `out` from `offset`. `shape` is `[height, width, channels]`. */
export const distort = (
  d: Distortion,
  shape: Shape,
  example: Float32Array,
  out: Float32Array,
  offset: number,
): void => {
  const [height = 1, width = 1, channels = 1] = shape;
  for (let y = 0; y < height; y++) {
    const row = clamp(y - d.down, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const column = clamp((d.mirrored ? width - 1 - x : x) - d.right, width - 1);
      const from = (row + column) * channels;
      const to = offset + (y * width + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = example[from + c]!;
    }
  }
};
