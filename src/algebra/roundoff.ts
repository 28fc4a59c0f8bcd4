/**
 * The model of binary32 arithmetic behind the rounding bounds (Higham, "Accuracy and Stability of Numerical
 * Algorithms", chapter 3). Each `+ - * / sqrt` is rounded once to nearest:
 *
 *     fl(a + b) = (a + b)(1 + d),   fl(a * b) = (a * b)(1 + d) + e,   |d| <= u = 2^-24, |e| <= 2^-150,
 *
 * where `e` is the underflow of a product (sums do not underflow). If a term passes through at most `n`
 * roundings on its way into a sum, its relative error is at most `gamma_n = n u / (1 - n u)`, and hence
 *
 *     |computed - exact| <= gamma_n sum |terms| + (1 + gamma_n) (underflows)
 *
 * whatever the order of summation, fused multiply-adds included, provided that nothing on the way overflows:
 * where it may, in whichever order, the bound is infinite. Bounds are computed in binary64 and
 * enlarged by more than that computation may have lost, so that they are bounds and no estimates.
 * Winograd, FFT and half-precision kernels are outside this model.
 */

/** The unit roundoff of binary32. */
export const unitRoundoff = 2 ** -24;

/** What a product may lose to underflow. */
export const underflow = 2 ** -150;

/** Above this a binary32 computation may overflow, and nothing is known. */
const largest = 2 ** 127;

/** Whether a number of this magnitude on the way to a result may overflow. */
export const mayOverflow = (magnitude: number): boolean => !(magnitude < largest);

/** `gamma_n`; infinite where so many roundings leave nothing certain. */
export const gamma = (n: number): number =>
  n * unitRoundoff < 1 ? (n * unitRoundoff) / (1 - n * unitRoundoff) : Infinity;

/** A number that is certainly at least what `operations` binary64 operations on positive numbers meant. */
export const outwards = (x: number, operations: number): number =>
  x * (1 + (operations + 4) * 2 ** -52) + 2 ** -1060;

/**
 * The bound for a sum of terms with at most `n` roundings each. `magnitude` is the sum of the terms'
 * absolute values, itself computed with `operations` binary64 operations; `lost` bounds the underflows.
 */
export const sumBound = (
  magnitude: number,
  n: number,
  lost: number,
  operations: number,
): number => {
  const certain = outwards(magnitude, operations);
  const g = gamma(n);
  return certain * (1 + g) < largest ? outwards(g * certain + (1 + g) * lost, 8) : Infinity;
};
