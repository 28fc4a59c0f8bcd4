/**
 * Classification metrics. A tally is a monoid: tallies of two sets of examples combine into the tally
 * of their union, so neither the order nor the size of the batches matters.
 *
 *     loss        mean over examples of -log softmax(logits)[label], in binary64
 *     accuracy    share of examples whose label has the largest logit
 *     top five    share whose label is among the five largest
 *     macro F1    unweighted mean of 2 TP / (2 TP + FP + FN) over the classes that occur as a label or
 *                 as a prediction, as scikit-learn defines it
 *
 * Of equal logits the class with the lower index counts as the larger.
 */
import type { Monoid } from "fp-ts/lib/Monoid.js";

/** Counts of what a classifier did; `confusion[label * classes + prediction]`. */
export interface Tally {
  readonly classes: number;
  readonly confusion: readonly number[];
  readonly topFive: number;
  /** The sum of the examples' losses. */
  readonly loss: number;
}

/** What a tally amounts to. */
export interface Metrics {
  readonly examples: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly topFive: number;
  readonly macroF1: number;
  /** Rows are labels, columns predictions. */
  readonly confusion: readonly (readonly number[])[];
}

/** Tallies over the same classes, under addition. */
export const tallyMonoid = (classes: number): Monoid<Tally> => ({
  empty: {
    classes,
    confusion: Array.from({ length: classes * classes }, () => 0),
    topFive: 0,
    loss: 0,
  },
  concat: (a, b) => ({
    classes,
    confusion: a.confusion.map((n, i) => n + b.confusion[i]!),
    topFive: a.topFive + b.topFive,
    loss: a.loss + b.loss,
  }),
});

/** The place of class `c` among the logits of one row, from 0 for the largest. */
export const rankOf = (
  logits: ArrayLike<number>,
  start: number,
  classes: number,
  c: number,
): number => {
  const own = logits[start + c]!;
  let rank = 0;
  for (let k = 0; k < classes; k++) {
    const other = logits[start + k]!;
    if (other > own || (other === own && k < c)) rank++;
  }
  return rank;
};

/** The class with the largest logit of one row. */
export const predictionOf = (logits: ArrayLike<number>, start: number, classes: number): number => {
  let best = 0;
  for (let k = 1; k < classes; k++) if (logits[start + k]! > logits[start + best]!) best = k;
  return best;
};

/** `-log softmax(logits)[c]` of one row; subtracting the largest logit keeps `exp` in range. */
export const crossEntropyOf = (
  logits: ArrayLike<number>,
  start: number,
  classes: number,
  c: number,
): number => {
  const largest = logits[start + predictionOf(logits, start, classes)]!;
  let total = 0;
  for (let k = 0; k < classes; k++) total += Math.exp(logits[start + k]! - largest);
  return Math.log(total) + largest - logits[start + c]!;
};

/** The tally of `labels.length` rows of logits, `classes` apart, from the first. */
export const tallyOf = (
  classes: number,
  logits: ArrayLike<number>,
  labels: readonly number[],
): Tally => {
  const confusion = Array.from({ length: classes * classes }, () => 0);
  let topFive = 0;
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const start = row * classes;
    confusion[label * classes + predictionOf(logits, start, classes)]! += 1;
    if (rankOf(logits, start, classes, label) < 5) topFive++;
    loss += crossEntropyOf(logits, start, classes, label);
  }
  return { classes, confusion, topFive, loss };
};

const sumOver = (n: number, f: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += f(i);
  return total;
};

/** The metrics of a tally; all shares are 0 where there are no examples. */
export const metricsOf = (tally: Tally): Metrics => {
  const { classes, confusion } = tally;
  const at = (label: number, prediction: number): number =>
    confusion[label * classes + prediction]!;
  const examples = sumOver(classes * classes, (i) => confusion[i]!);
  const share = (n: number): number => (examples === 0 ? 0 : n / examples);
  const scores: number[] = [];
  for (let c = 0; c < classes; c++) {
    const labelled = sumOver(classes, (k) => at(c, k));
    const predicted = sumOver(classes, (k) => at(k, c));
    if (labelled + predicted > 0) scores.push((2 * at(c, c)) / (labelled + predicted));
  }
  return {
    examples,
    loss: share(tally.loss),
    accuracy: share(sumOver(classes, (c) => at(c, c))),
    topFive: share(tally.topFive),
    macroF1: scores.length === 0 ? 0 : scores.reduce((a, b) => a + b, 0) / scores.length,
    confusion: Array.from({ length: classes }, (_, label) =>
      confusion.slice(label * classes, (label + 1) * classes),
    ),
  };
};
