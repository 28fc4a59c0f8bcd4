/**
 * Examples: labelled network inputs, decoded and pre-processed. Where the whole set fits a memory budget
 * each example is prepared once and kept as float32; otherwise it is prepared again whenever it is asked
 * for, which the loop does while the step before is running.
 */
import { setImmediate } from "node:timers/promises";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Dataset } from "../format/dataset.js";
import { checkPreprocessing, toInput, type Preprocessing } from "../format/preprocessing.js";
import { showShape, size, type Shape } from "../tensor/shape.js";
import type { PreparationStage } from "./event.js";

/** Labelled inputs of one shape. */
export interface Examples {
  readonly name: string;
  readonly classes: readonly string[];
  /** The class of each example, an index into `classes`. */
  readonly labels: ArrayLike<number>;
  readonly size: number;
  readonly shape: Shape;
  /** The input of example `i`: `size(shape)` numbers, row-major. Nobody writes to it. */
  readonly input: (i: number) => Promise<Result<Float32Array>>;
}

/** Told how far a preparation has come. */
export type PreparationProgress = (stage: PreparationStage, done: number, total: number) => void;

/** Bytes that cached examples may take unless told otherwise: 1 GiB. */
export const defaultBudget = 2 ** 30;

/** Bytes of all examples as float32. */
export const cachedBytes = (examples: Examples): number => 4 * examples.size * size(examples.shape);

/** Examples from memory: `inputs` holds one example after another. */
export const examplesFromArrays = (
  name: string,
  classes: readonly string[],
  shape: Shape,
  inputs: Float32Array,
  labels: ArrayLike<number>,
): Result<Examples> => {
  const each = size(shape);
  return inputs.length === labels.length * each
    ? E.right({
        name,
        classes,
        labels,
        size: labels.length,
        shape,
        input: async (i) => E.right(inputs.subarray(i * each, (i + 1) * each)),
      })
    : refuse({
        where: `data ${name}`,
        found: `${inputs.length} numbers for ${labels.length} labels`,
        expected: `${labels.length * each}, ${showShape(shape)} for each`,
      });
};

/** A data set's images as inputs of `shape`, prepared when asked for. */
export const examplesFromDataset = (
  dataset: Dataset,
  shape: Shape,
  preprocessing: Preprocessing,
): Result<Examples> =>
  E.map((): Examples => ({
    name: dataset.name,
    classes: dataset.classes,
    labels: dataset.labels,
    size: dataset.size,
    shape,
    input: async (i) =>
      E.map((image: Parameters<typeof toInput>[0]) => toInput(image, shape, preprocessing))(
        await dataset.load(i),
      ),
  }))(checkPreprocessing(shape, preprocessing));

/** The mean square of the inputs of up to 64 examples, evenly spread: their scale. */
export const meanSquare = async (examples: Examples): Promise<Result<number>> => {
  const taken = Math.min(64, examples.size);
  let sum = 0;
  for (let i = 0; i < taken; i++) {
    const input = await examples.input(Math.floor((i * examples.size) / taken));
    if (E.isLeft(input)) return input;
    for (const x of input.right) sum += x * x;
  }
  return E.right(taken === 0 ? 0 : sum / (taken * size(examples.shape)));
};

/** What can be said against training on these examples, before anything is computed. */
export const checkExamples = (examples: Examples, outputs: number): Result<Examples> => {
  const where = `data ${examples.name}`;
  if (examples.size === 0)
    return refuse({ where, found: "no examples", expected: "at least one example of each class" });
  const seen = new Set(Array.from(examples.labels));
  const foreign = [...seen].find(
    (label) => !(Number.isInteger(label) && label >= 0 && label < outputs),
  );
  if (foreign !== undefined)
    return refuse({
      where,
      found: `label ${foreign} for a classifier of ${outputs} classes`,
      expected: `labels from 0 to ${outputs - 1}`,
      advice: "replace the classifier by one that has as many outputs as the data has classes",
    });
  if (seen.size < 2)
    return refuse({
      where,
      found: `${examples.size} examples of one class, ${examples.classes[[...seen][0]!] ?? [...seen][0]}`,
      expected: "examples of at least two classes",
      advice: "for an image folder, give the folder that holds one folder per class",
    });
  return E.right(examples);
};

/**
 * The examples until a signal is raised; then each is refused. Every example lets the process hear signals
 * first: where nothing is read from a disk, its other tasks would wait for the last example.
 */
export const until = (signal: AbortSignal, examples: Examples): Examples => ({
  ...examples,
  input: async (i) => {
    await setImmediate();
    return signal.aborted
      ? refuse({ where: "preparation", found: "an interruption", expected: "every example" })
      : examples.input(i);
  },
});

/**
 * The same examples, each prepared once, when it is first asked for; those that do not fit `budget` bytes any
 * more are prepared each time.
 */
export const remembered = (examples: Examples, budget = defaultBudget): Examples => {
  const known = new Map<number, Float32Array>();
  const each = 4 * size(examples.shape);
  return {
    ...examples,
    input: async (i) => {
      const found = known.get(i);
      if (found !== undefined) return E.right(found);
      const input = await examples.input(i);
      if (E.isRight(input) && (known.size + 1) * each <= budget) known.set(i, input.right);
      return input;
    },
  };
};

/** Prepare every example once, where all of them fit `budget` bytes. */
export const cached = async (
  examples: Examples,
  budget: number,
  progress: PreparationProgress,
): Promise<Result<Examples>> => {
  if (cachedBytes(examples) > budget) return E.right(examples);
  const each = size(examples.shape);
  const inputs = new Float32Array(examples.size * each);
  for (let i = 0; i < examples.size; i++) {
    const input = await examples.input(i);
    if (E.isLeft(input)) return E.left(within(`data ${examples.name}, example ${i}`)(input.left));
    inputs.set(input.right, i * each);
    progress("decoding", i + 1, examples.size);
  }
  return examplesFromArrays(
    examples.name,
    examples.classes,
    examples.shape,
    inputs,
    examples.labels,
  );
};
