/**
 * A commutative ring with decidable equality, and whatever else its elements can do.
 *
 * Heirloom gives a network one meaning over every ring. Convolutions, gates, sums and products need
 * only what fp-ts's `Ring` has; comparisons, division and transcendental functions are optional, and
 * an operator that needs one the ring lacks is refused by name.
 */
import type { Ring as FpRing } from "fp-ts/lib/Ring.js";
import type { Result } from "./refusal.js";

/** Indexable storage that can be written once, while a result is being computed. */
export interface Storage<A> {
  readonly length: number;
  [index: number]: A;
}

/** What a ring may offer beyond addition and multiplication; each is total or refuses by value. */
export interface Functions<A> {
  /** `x / y`; refuses a `y` that has no inverse. */
  readonly divide?: (x: A, y: A) => Result<A>;
  /** A total order: negative, zero or positive as `x` is below, equal to or above `y`. */
  readonly compare?: (x: A, y: A) => number;
  /** The larger of two elements, where the ring knows of it without knowing which one it is. */
  readonly max?: (x: A, y: A) => A;
  /** The non-negative root; refuses where there is none in the ring. */
  readonly sqrt?: (x: A) => Result<A>;
  readonly exp?: (x: A) => Result<A>;
  readonly log?: (x: A) => Result<A>;
  readonly tanh?: (x: A) => Result<A>;
  /** The logistic function `1 / (1 + exp(-x))`. */
  readonly sigmoid?: (x: A) => Result<A>;
  /** The error function. */
  readonly erf?: (x: A) => Result<A>;
}

/** All of them; a ring with an order needs no `max` of its own. */
export type AllFunctions<A> = Required<Omit<Functions<A>, "max">>;

/** The name of an optional function of a ring. */
export type FunctionName = keyof Functions<unknown>;

/**
 * How a ring's operations round: as binary32 or binary64 numbers do, or in another way (polynomials over machine
 * numbers, balls). The laws of a ring then hold up to rounding only.
 */
export type RingRounding = "binary32" | "binary64" | "other";

/** A commutative ring, its equality, its image of the machine's numbers, and its optional functions. */
export interface Ring<A> extends FpRing<A> {
  readonly name: string;
  /** Absent where the operations are exact. */
  readonly rounding?: RingRounding;
  readonly equals: (x: A, y: A) => boolean;
  readonly show: (x: A) => string;
  /** The exact image of a binary64 number; refuses a number that the ring does not contain. */
  readonly fromNumber: (x: number) => Result<A>;
  /** Storage for `length` elements, filled with zero. */
  readonly allocate: (length: number) => Storage<A>;
  readonly functions: Functions<A>;
}
