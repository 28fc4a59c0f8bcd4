/**
 * A sample in figures. The interval of the mean is Student's: for n independent draws from one normal distribution
 *
 *     mean +- t(n-1) * deviation / sqrt(n)
 *
 * covers the distribution's mean in the given share of cases. One draw has no interval.
 */
import { studentQuantile } from "./student.js";

/** From where to where. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A sample, summed up. */
export interface Estimate {
  readonly n: number;
  readonly mean: number;
  /** The standard deviation, with n - 1; null for a single value. */
  readonly deviation: number | null;
  /** The interval's half width; null for a single value. */
  readonly margin: number | null;
}

/** The share of cases in which an interval covers what it is about. */
export const confidence = 0.95;

/** The mean of a sample that is not empty. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** The standard deviation with n - 1 in the denominator; null for fewer than two values. */
export const deviation = (values: readonly number[]): number | null => {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
};

/** Mean, deviation and margin of a sample that is not empty. */
export const estimate = (values: readonly number[]): Estimate => {
  const n = values.length;
  const spread = deviation(values);
  return {
    n,
    mean: mean(values),
    deviation: spread,
    margin: spread === null ? null : (studentQuantile(n - 1, confidence) * spread) / Math.sqrt(n),
  };
};
