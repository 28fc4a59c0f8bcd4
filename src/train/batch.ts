/** One batch as a step program wants it: inputs, targets and dropout masks. */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../algebra/random.js";
import { within, type Result } from "../algebra/refusal.js";
import { size, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { distort, distortionOf, isIdentity, type Augmentation } from "./augmentation.js";
import type { Examples } from "./examples.js";

/** A batch: `rows` real examples in front, and zero rows up to the compiled size. */
export interface Batch {
  readonly inputs: Tensor<number>;
  readonly labels: readonly number[];
  readonly rows: number;
}

/** How training examples are distorted, and by which seed and epoch. */
export interface Distorting {
  readonly augmentation: Augmentation;
  readonly seed: number;
  readonly epoch: number;
}

/** The inputs of some examples, in a tensor of `rows` rows. */
export const gatherBatch = async (
  examples: Examples,
  indices: readonly number[],
  rows: number,
  distorting: Distorting | null,
): Promise<Result<Batch>> => {
  const each = size(examples.shape);
  const data = new Float32Array(rows * each);
  for (const [row, index] of indices.entries()) {
    const input = await examples.input(index);
    if (E.isLeft(input))
      return E.left(within(`data ${examples.name}, example ${index}`)(input.left));
    if (distorting === null || isIdentity(distorting.augmentation))
      data.set(input.right, row * each);
    else {
      const { augmentation, seed, epoch } = distorting;
      const distortion = distortionOf(augmentation, seed, epoch, index);
      distort(distortion, examples.shape, input.right, data, row * each);
    }
  }
  return E.right({
    inputs: tensor([rows, ...examples.shape], data),
    labels: indices.map((i) => examples.labels[i]!),
    rows: indices.length,
  });
};

/**
 * Targets `[rows, classes]`: `1 - smoothing` on the label and `smoothing / classes` on every class
 * (Szegedy et al. 2016). Rows without an example are zero, so they add neither loss nor gradient.
 */
export const targetsOf = (
  labels: readonly number[],
  rows: number,
  classes: number,
  smoothing: number,
): Tensor<number> => {
  const data = new Float32Array(rows * classes);
  for (const [row, label] of labels.entries()) {
    data.fill(smoothing / classes, row * classes, (row + 1) * classes);
    data[row * classes + label]! += 1 - smoothing;
  }
  return tensor([rows, classes], data);
};

/** A dropout mask: 0 with probability `rate`, else `1 / (1 - rate)`; a pure function of (seed, step, layer). */
export const dropoutMask = (
  shape: Shape,
  rate: number,
  seed: number,
  step: number,
  layer: string,
): Tensor<number> => {
  const random = randomStream(seed, "dropout", step, layer);
  const kept = 1 / (1 - rate);
  const data = new Float32Array(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : kept;
  return tensor(shape, data);
};

/** A scalar to be fed. */
export const scalar = (value: number): Tensor<number> => tensor([], Float32Array.of(value));
