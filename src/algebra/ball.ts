/**
 * Balls: ring elements that enclose an exact real value and every binary32 evaluation of the expression that
 * it is the value of, in any order of summation and however products are distributed over sums.
 *
 * The model of binary32 (Higham, "Accuracy and Stability of Numerical Algorithms", chapter 3) is one rounding to
 * nearest per operation, `fl(a + b) = (a + b)(1 + d)` and `fl(a b) = (a b)(1 + d) + e` with `|d| <= u = 2^-24`
 * and `|e| <= h = 2^-150`; fused multiply-adds and wider intermediates round less. Outside it are overflow,
 * which is noticed here, and numbers below 2^-126 taken for zero, which is not.
 *
 * **Expressions.** Sums and products alone make a polynomial of _atoms_: inputs, weights, and results of
 * anything else (a quotient, a root, a maximum), each computed once. Write `v` for the value at the atoms' exact
 * values and `w` for the value at the numbers that stand for them in the machine. A ball holds
 *
 *     mid, slack   |v - mid| <= slack: what binary64 loses here
 *     drift        |w - v| <= drift: what the atoms were off; it depends on no order
 *     reach        at least the sum over the terms of the products of the atoms' magnitudes
 *     terms        how many terms there are when everything is multiplied out
 *     products     the most multiplications in one term
 *     widest       at least the largest product over a term of max(1, |atom|)
 *
 * However it is bracketed, multiplied out in whole, in part or not at all, a term passes at most
 * `n = terms - 1 + products` roundings: a sum of `s` and one of `t` terms, multiplied, have `(s - 1) + (t - 1) + 1`
 * undistributed, no more than `(s t - 1) + 1`. A product that underflows loses `h`, times what multiplies it
 * later, which is a part of its term and at most `widest`. Hence, with `gamma_n = n u / (1 - n u)`,
 *
 *     |f - v|  <=  drift + gamma_n reach + (1 + gamma_n) terms products widest h,
 *
 * provided that nothing overflows: every number on the way is a sum of at most `terms` parts of terms, so
 * that it is enough that `terms widest (1 + gamma_n) < 2^127`. Otherwise nothing is known and the radius is
 * infinite. Under sums `slack`, `drift`, `reach` and `terms` add, the others take the larger; under products
 *
 *     drift = |v| drift' + drift |v'| + drift drift',   reach = reach reach',   terms = terms terms',
 *     widest = widest widest',                          products = products + products' + 1.
 *
 * **Atoms again.** `settled` makes one out of an expression whose value is stored: what it was off becomes
 * drift, and the count starts anew. A maximum moves by no more than the most that its arguments move, so
 * `max` needs no decision where balls overlap. There is no `compare`: balls that overlap have no order.
 *
 * Bounds are computed in binary64 and enlarged by more than that may lose.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "./refusal.js";
import type { Ring } from "./ring.js";
import { gamma, mayOverflow, underflow, unitRoundoff } from "./roundoff.js";

/** An enclosure; the head of this file says what the numbers bound. */
export interface Ball {
  readonly mid: number;
  readonly slack: number;
  readonly drift: number;
  readonly reach: number;
  readonly terms: number;
  readonly products: number;
  readonly widest: number;
}

/** A number that is certainly at least what a few binary64 operations on non-negative numbers meant. */
const up = (x: number): number => x * (1 + 2 ** -48) + 2 ** -1060;

/** What rounding a result to binary64 may lose. */
const lost = (x: number): number => Math.abs(x) * 2 ** -53 + 2 ** -1074;

const zero: Ball = { mid: 0, slack: 0, drift: 0, reach: 0, terms: 1, products: 0, widest: 1 };
const one: Ball = { ...zero, mid: 1, reach: 1 };
const everywhere = { slack: Infinity, drift: Infinity, reach: Infinity, widest: Infinity };
const unknown: Ball = { ...zero, ...everywhere };

/** The ball, or the one that encloses everything where a bound is no number or infinite. */
const known = (b: Ball): Ball =>
  Number.isFinite(b.mid) && b.slack + b.drift + b.reach + b.widest < Infinity ? b : unknown;

const atom = (mid: number, slack: number, drift: number): Ball => {
  const reach = up(Math.abs(mid) + slack + drift);
  return known({ mid, slack, drift, reach, terms: 1, products: 0, widest: Math.max(1, reach) });
};

/**
 * Whether this is zero in the machine as in truth, which adds without rounding; or an atom of plus or minus
 * one, which multiplies without.
 */
const isExactly = (b: Ball, magnitude: 0 | 1): boolean =>
  b.reach === magnitude &&
  Math.abs(b.mid) === magnitude &&
  b.slack === 0 &&
  b.drift === 0 &&
  (magnitude === 0 || (b.terms === 1 && b.products === 0));

/** How far a binary32 evaluation may be from the exact value. */
export const floatError = ({ drift, reach, terms, products, widest }: Ball): number => {
  const n = terms - 1 + products;
  if (n === 0) return drift;
  const g = up(gamma(n));
  if (mayOverflow(up(terms * widest * (1 + g)))) return Infinity;
  return up(drift + g * reach + (1 + g) * terms * products * widest * underflow);
};

/** How far from the middle the exact value and every binary32 evaluation may lie. */
export const radius = (b: Ball): number => up(b.slack + floatError(b));

type Bounds = readonly [low: number, high: number];

const bounds = (mid: number, r: number): Bounds => {
  // Rounded outwards, to the next binary64 numbers or those beyond them.
  const [low, high] = [mid - r, mid + r];
  return [
    low - Math.abs(low) * 2 ** -52 - Number.MIN_VALUE,
    high + Math.abs(high) * 2 ** -52 + Number.MIN_VALUE,
  ];
};

/**
 * Where the exact value and every binary32 evaluation lie.
 *
 * @example
 * import { ball, boundsOf } from "heirloom"
 *
 * const sum = [1, 2 ** -24, 2 ** -24].map((x) => ball.fromNumber(x)).reduce((x, y) =>
 *   pipe(x, E.chain((a) => pipe(y, E.map((b) => ball.add(a, b))))))
 * assert.ok(E.isRight(sum))
 * const [low, high] = boundsOf(sum.right)
 * // Exactly 1 + 2^-23; from the left binary32 gives 1, from the right 1 + 2^-23.
 * assert.ok(low <= 1 && 1 + 2 ** -23 <= high && high - low < 1e-6)
 */
export const boundsOf = (b: Ball): Bounds => bounds(b.mid, radius(b));

/** Where the exact value lies. */
export const exactBoundsOf = (b: Ball): Bounds => bounds(b.mid, b.slack);

/** Whether a number may be the value of a binary32 evaluation; where nothing is known, NaN and infinities too. */
export const encloses = (b: Ball, x: number): boolean => {
  const [low, high] = boundsOf(b);
  return radius(b) === Infinity || (low <= x && x <= high);
};

/** The value as an atom, stored as one binary32 number: nothing later is distributed over it. */
export const settled = (b: Ball): Ball =>
  b.terms === 1 && b.products === 0 ? b : atom(b.mid, b.slack, floatError(b));

/** `x + 0`: nothing is rounded, but a product that is zero has factors, which may overflow in another order. */
const besideZero = (x: Ball, nothing: Ball): Ball =>
  nothing.products === 0
    ? x
    : {
        ...x,
        products: Math.max(x.products, nothing.products),
        // The sum that comes to zero may overflow on its way, whatever it is added to.
        widest: Math.max(x.widest, up(nothing.widest * nothing.terms)),
      };

const add = (x: Ball, y: Ball): Ball => {
  if (isExactly(x, 0)) return besideZero(y, x);
  if (isExactly(y, 0)) return besideZero(x, y);
  const mid = x.mid + y.mid;
  return known({
    mid,
    slack: up(x.slack + y.slack + lost(mid)),
    drift: x.drift + y.drift === 0 ? 0 : up(x.drift + y.drift),
    reach: up(x.reach + y.reach),
    terms: x.terms + y.terms,
    products: Math.max(x.products, y.products),
    widest: Math.max(x.widest, y.widest),
  });
};

const negate = (x: Ball): Ball => ({ ...x, mid: -x.mid });

const mul = (x: Ball, y: Ball): Ball => {
  if (isExactly(x, 1)) return x.mid > 0 ? y : negate(y);
  if (isExactly(y, 1)) return y.mid > 0 ? x : negate(x);
  const shared = {
    terms: x.terms * y.terms,
    products: x.products + y.products + 1,
    widest: up(x.widest * y.widest),
  };
  if (x === unknown || y === unknown) return unknown;
  if (isExactly(x, 0) || isExactly(y, 0)) return known({ ...zero, ...shared });
  const mid = x.mid * y.mid;
  const [a, b] = [Math.abs(x.mid) + x.slack, Math.abs(y.mid) + y.slack];
  const drift = a * y.drift + b * x.drift + x.drift * y.drift;
  return known({
    mid,
    slack: up(
      Math.abs(x.mid) * y.slack + Math.abs(y.mid) * x.slack + x.slack * y.slack + lost(mid),
    ),
    drift: drift === 0 ? 0 : up(drift),
    reach: up(x.reach * y.reach),
    ...shared,
  });
};

/**
 * `1 / y` as an atom. Its exact value moves by `slack / (|y| |y|)` at most, the machine's by
 * `drift / |y|^2` and one rounding; `|y|` is at least the distance of the ball from zero.
 */
const reciprocal = (y: Ball): Result<Ball> => {
  const { mid, slack, drift } = settled(y);
  if (mid === 0 && slack === 0 && drift === 0)
    return refuse({
      where: "divide",
      found: "a divisor of 0",
      expected: "a divisor other than zero",
    });
  const least = (Math.abs(mid) - up(slack + drift)) * (1 - 2 ** -48);
  if (mayOverflow(up(1 / least)) || !(least > 0)) return E.right(unknown);
  const inverse = 1 / mid;
  return E.right(
    atom(
      inverse,
      up(slack / least / least + lost(inverse)),
      up(drift / least / least + unitRoundoff / least + underflow),
    ),
  );
};

/** `|sqrt(a) - sqrt(b)|` for `|a - b| <= by` where neither is below `least`. */
const rootDifference = (by: number, least: number): number =>
  by === 0 ? 0 : Math.min(Math.sqrt(by), least > 0 ? by / (2 * Math.sqrt(least)) : Infinity);

const sqrt = (x: Ball): Result<Ball> => {
  const { mid, slack, drift } = settled(x);
  if (mid + slack < 0)
    return refuse({ where: "sqrt", found: show(x), expected: "a number of at least 0" });
  const least = mid - up(slack + drift);
  if (mid === 0 && slack === 0 && drift === 0) return E.right(zero);
  if (!(least >= 0)) return E.right(unknown);
  const root = Math.sqrt(mid);
  const below = least * (1 - 2 ** -48);
  return E.right(
    atom(
      root,
      up(rootDifference(slack, below) + lost(root)),
      up(rootDifference(drift, below) + unitRoundoff * Math.sqrt(up(mid + slack + drift))),
    ),
  );
};

/** The larger of two: the ball of the one that is certainly so, and otherwise one around both maxima. */
const max = (x: Ball, y: Ball): Ball => {
  const [a, b] = [settled(x), settled(y)];
  if (a === unknown || b === unknown) return unknown;
  const [lowA, highA] = boundsOf(a);
  const [lowB, highB] = boundsOf(b);
  if (lowA > highB) return a;
  if (lowB > highA) return b;
  return atom(Math.max(a.mid, b.mid), Math.max(a.slack, b.slack), Math.max(a.drift, b.drift));
};

const measures = ["mid", "slack", "drift", "reach", "terms", "products", "widest"] as const;

const show = (b: Ball): string => `${b.mid} ± ${radius(b).toExponential(1)}`;

/**
 * Balls. A number that binary32 does not hold is allowed: its exact value is the number, and a binary32
 * evaluation has the nearest. Balls are equal where all their numbers are, so that `equals` decides no equation
 * between real numbers; `encloses` asks about a value.
 *
 * @example
 * import { ball, encloses } from "heirloom"
 *
 * const tenth = ball.fromNumber(0.1)
 * assert.ok(E.isRight(tenth) && encloses(tenth.right, 0.1) && encloses(tenth.right, Math.fround(0.1)))
 */
export const ball: Ring<Ball> = {
  name: "balls around binary32",
  rounding: "other",
  zero,
  one,
  add,
  mul,
  sub: (x, y) => add(x, negate(y)),
  equals: (x, y) => measures.every((measure) => x[measure] === y[measure]),
  show,
  fromNumber: (x) =>
    Number.isFinite(x)
      ? E.right(
          x === 0
            ? zero
            : x === 1
              ? one
              : x === -1
                ? negate(one)
                : atom(x, 0, Math.abs(x - Math.fround(x))),
        )
      : refuse({ where: "ball", found: String(x), expected: "a finite number" }),
  allocate: (length) => new Array<Ball>(length).fill(zero),
  functions: {
    divide: (x, y) => E.map((inverse: Ball) => mul(x, inverse))(reciprocal(y)),
    sqrt,
    max,
  },
};
