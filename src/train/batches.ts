/**
 * Mini-batches. The order of an epoch is a pure function of (seed, epoch), so a resumed run finds its
 * place again without any generator state.
 *
 * A step program is compiled for one batch size. A last partial batch is padded with rows whose target
 * is zero: the loss of a row is `-sum_c target_c log softmax_c`, so such a row adds nothing to the loss
 * nor to any gradient, and dividing by the number of real rows gives exactly the smaller batch's step.
 * That argument fails where rows see each other: under batch statistics the padding would move mean and
 * variance. There the partial batch is dropped; a data set smaller than the batch becomes one batch.
 */
import { randomStream } from "../algebra/random.js";

/** How the examples of an epoch fall into batches. */
export interface Batching {
  /** The compiled batch size. */
  readonly size: number;
  /** Batches in an epoch. */
  readonly count: number;
  /** Examples used in an epoch. */
  readonly examples: number;
}

/** The batching of `examples` (at least 1) into batches of at most `size`. */
export const batching = (
  examples: number,
  size: number,
  partial: "padded" | "dropped",
): Batching => {
  const fitted = Math.min(size, examples);
  const count = partial === "padded" ? Math.ceil(examples / fitted) : Math.floor(examples / fitted);
  return { size: fitted, count, examples: Math.min(examples, count * fitted) };
};

/** The order in which an epoch visits `examples`. */
export const epochOrder = (
  examples: readonly number[],
  seed: number,
  epoch: number,
): readonly number[] =>
  Array.from(randomStream(seed, "order", epoch).permutation(examples.length), (i) => examples[i]!);

/** The examples of batch `index`: as many as the batch size, fewer in a padded last batch. */
export const batchAt = (
  order: readonly number[],
  batches: Batching,
  index: number,
): readonly number[] => order.slice(index * batches.size, (index + 1) * batches.size);
