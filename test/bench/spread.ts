/** Medians and their spread. */

/** The least, middle and largest of some numbers; of an even number the middle is between two. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { least: sorted[0]!, median, most: sorted.at(-1)! };
};

/** `0.71 (0.66-0.80)`. */
export const showSpread = ({ least, median, most }: Spread, digits = 2): string =>
  `${median.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
