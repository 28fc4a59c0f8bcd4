/**
 * Stratified splits: each class gives the same share of its examples, chosen by a seeded permutation,
 * so that a small validation set has the classes of the whole.
 */
import { randomStream } from "../algebra/random.js";

/** Two disjoint sets of example numbers that together are all of them, each in ascending order. */
export interface Split {
  readonly training: readonly number[];
  readonly validation: readonly number[];
}

/**
 * How many of `n` examples of a class to set aside: `share * n` to the nearest whole number, at least
 * one where a class has two or more, and never the last one.
 */
export const setAside = (n: number, share: number): number =>
  share === 0 ? 0 : Math.min(n - 1, Math.max(n >= 2 ? 1 : 0, Math.round(share * n)));

/** Set aside `share` of each class for validation. */
export const stratifiedSplit = (labels: ArrayLike<number>, share: number, seed: number): Split => {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const members = byClass.get(labels[i]!);
    if (members === undefined) byClass.set(labels[i]!, [i]);
    else members.push(i);
  }
  const validation = new Set<number>();
  for (const [label, members] of byClass) {
    const order = randomStream(seed, "split", label).permutation(members.length);
    for (let i = 0; i < setAside(members.length, share); i++) validation.add(members[order[i]!]!);
  }
  const all = Array.from({ length: labels.length }, (_, i) => i);
  return {
    training: all.filter((i) => !validation.has(i)),
    validation: all.filter((i) => validation.has(i)),
  };
};
