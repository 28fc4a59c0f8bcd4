/**
 * Real numbers, as techniques need them: they compare, divide, take lengths and round to grids, so a ring
 * alone is not enough. Techniques are written once over these; networks of float32 use `singles`, and laws
 * decide them over `fractions`, where nothing rounds.
 */
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../algebra/float32.js";
import { float64 } from "../algebra/float64.js";
import { ratio, rational, toNumber, type Rational } from "../algebra/rational.js";
import type { Ring } from "../algebra/ring.js";
import { mapTensor, type Tensor } from "../tensor/tensor.js";

/** Numbers with an order and a division. */
export interface Reals<A> {
  readonly ring: Ring<A>;
  /** Negative, zero or positive as `x` is below, equal to or above `y`. */
  readonly compare: (x: A, y: A) => number;
  /** `x / y`; zero where `y` is zero, of which callers take care. */
  readonly divide: (x: A, y: A) => A;
  /** The root of a number that is not negative: exact where there is one, else the nearest binary64 number's. */
  readonly sqrt: (x: A) => A;
  /** The element for a finite machine number, rounded where it must be. */
  readonly of: (x: number) => A;
  /** The nearest machine number. */
  readonly toNumber: (x: A) => number;
  /** The number as a fraction; exact. */
  readonly exactly: (x: A) => Rational;
  /** The part of a sum of squares that rounding may leave of nothing; absent where nothing rounds. */
  readonly negligible?: number;
  /** The same elements with less rounding, for long sums; absent where nothing rounds. */
  readonly wide?: Reals<A>;
}

const exactly = (x: number): Rational => E.getOrElse(() => rational.zero)(rational.fromNumber(x));

/** Binary64, for what is summed over many examples. */
export const doubles: Reals<number> = {
  ring: float64,
  compare: (x, y) => x - y,
  divide: (x, y) => (y === 0 ? 0 : x / y),
  sqrt: Math.sqrt,
  of: (x) => x,
  toNumber: (x) => x,
  exactly,
  negligible: 2 ** -40,
};

/** The numbers of networks: float32, each result rounded once. */
export const singles: Reals<number> = {
  ring: float32,
  compare: (x, y) => x - y,
  divide: (x, y) => (y === 0 ? 0 : Math.fround(x / y)),
  sqrt: (x) => Math.fround(Math.sqrt(x)),
  of: Math.fround,
  toNumber: (x) => x,
  negligible: 2 ** -18,
  wide: doubles,
  exactly,
};

const compared = rational.functions.compare!;

/** Fractions, which do not round; a length that is no fraction is the nearest binary64 number. */
export const fractions: Reals<Rational> = {
  ring: rational,
  compare: compared,
  divide: (x, y) =>
    E.getOrElse(() => rational.zero)(
      ratio(x.numerator * y.denominator, x.denominator * y.numerator),
    ),
  sqrt: (x) => E.getOrElse(() => exactly(Math.sqrt(toNumber(x))))(rational.functions.sqrt!(x)),
  of: exactly,
  toNumber,
  exactly: (x) => x,
};

/** The distance from zero. */
export const magnitudeIn =
  <A>({ ring, compare }: Reals<A>) =>
  (x: A): A =>
    compare(x, ring.zero) < 0 ? ring.sub(ring.zero, x) : x;

/** The length of a vector. */
export const lengthIn =
  <A>({ ring, sqrt }: Reals<A>) =>
  (v: readonly A[]): A =>
    sqrt(v.reduce((sum, x) => ring.add(sum, ring.mul(x, x)), ring.zero));

/** The numbers to compute long sums in. */
export const wideOf = <A>(reals: Reals<A>): Reals<A> => reals.wide ?? reals;

/** A tensor of long sums in the storage of the network's numbers, each rounded once. */
export const stored =
  <A>({ ring, of, toNumber, wide }: Reals<A>) =>
  (t: Tensor<A>): Tensor<A> =>
    wide === undefined ? t : mapTensor(ring)(t, (x) => of(toNumber(x)));
