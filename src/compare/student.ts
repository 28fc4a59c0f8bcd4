/**
 * Student's t distribution with a whole number n of degrees of freedom, as finite sums. With t = sqrt(n) tan(a)
 * the density of t becomes proportional to cos(a)^(n-1), so that
 *
 *     P(|T| <= t) = I(n-1, a) / I(n-1, pi/2),   I(k, a) = integral of cos(u)^k from 0 to a,
 *     k I(k, a) = sin(a) cos(a)^(k-1) + (k-1) I(k-2, a),   I(0, a) = a,   I(1, a) = sin(a).
 *
 * The first summand vanishes at pi/2, so dividing by I(k, pi/2) = ((k-1)/k) I(k-2, pi/2) leaves sums of positive
 * terms (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4): no cancellation.
 */

/** P(|T| <= sqrt(n) tan(angle)). */
const centralShare = (n: number, angle: number): number => {
  const square = Math.cos(angle) ** 2;
  const odd = n % 2 === 1;
  // The terms of sin(a) cos(a)^j, from the lowest power up: j even from 0, or odd from 1.
  let term = odd ? Math.sin(angle) * Math.cos(angle) : Math.sin(angle);
  let sum = 0;
  for (let k = odd ? 1 : 0; k <= n - 2; k += 2) {
    sum += term;
    term *= (square * (k + 1)) / (k + 2);
  }
  return odd ? ((angle + sum) * 2) / Math.PI : sum;
};

/** The share of the distribution that lies within -t and t. */
export const studentCentral = (degrees: number, t: number): number =>
  centralShare(degrees, Math.atan(t / Math.sqrt(degrees)));

/**
 * The t within which, on both sides of 0, the given share of the distribution lies: for 0.95 and 4 degrees of
 * freedom 2.776. Bisection of the angle to the last bit.
 */
export const studentQuantile = (degrees: number, share: number): number => {
  let low = 0;
  let high = Math.PI / 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return Math.sqrt(degrees) * Math.tan(low);
    if (centralShare(degrees, middle) < share) low = middle;
    else high = middle;
  }
};
