/** Taking a part of a set of examples: so many of each class, and the rest. */
import { randomStream } from "../algebra/random.js";
import type { Dataset } from "../format/dataset.js";
import type { Examples } from "./examples.js";

/** Two disjoint parts of a data set, as sorted indices. */
export interface Selection {
  readonly chosen: readonly number[];
  readonly rest: readonly number[];
}

/**
 * `count` examples of each class (all of a class that has fewer), drawn by the seed, and the rest. The count may
 * depend on the class.
 */
export const perClass = (
  labels: ArrayLike<number>,
  count: number | ((label: number) => number),
  seed: number,
): Selection => {
  const wanted = typeof count === "number" ? () => count : count;
  const chosen: number[] = [];
  const rest: number[] = [];
  const taken = new Map<number, number>();
  for (const i of randomStream(seed, "selection").permutation(labels.length)) {
    const already = taken.get(labels[i]!) ?? 0;
    (already < wanted(labels[i]!) ? chosen : rest).push(i);
    taken.set(labels[i]!, already + 1);
  }
  const ascending = (a: number, b: number): number => a - b;
  return { chosen: chosen.sort(ascending), rest: rest.sort(ascending) };
};

/** The images at these indices, in this order. */
export const select = (dataset: Dataset, indices: readonly number[]): Dataset => ({
  ...dataset,
  labels: indices.map((i) => dataset.labels[i]!),
  size: indices.length,
  load: (index) => dataset.load(indices[index] ?? -1),
});

/** The examples at these indices, in this order. */
export const selectExamples = (examples: Examples, indices: readonly number[]): Examples => ({
  ...examples,
  labels: indices.map((i) => examples.labels[i]!),
  size: indices.length,
  input: (i) => examples.input(indices[i]!),
});
