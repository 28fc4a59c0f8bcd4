/**
 * Whole-number arithmetic in the types, so that a network's shapes are known to the compiler.
 *
 * Numbers are worked digit by digit in base ten, least significant digit first, as on paper. A step
 * touches tuples of at most a few dozen elements, so the cost grows with the number of digits and not
 * with the number: `224 / 2` is three steps, and `7 * 7 * 512` is in reach. Where an operand is no
 * whole literal (`number`, a fraction) or the result is negative, the result is `number`.
 */

type Unary = [
  [],
  [1],
  [1, 1],
  [1, 1, 1],
  [1, 1, 1, 1],
  [1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1, 1],
];
type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
/** The last digit and the carry of a sum of two digits and a carry, by the value of that sum. */
type Ones = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
type Tens = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

type Digits = readonly Digit[];
type LengthOf<T extends readonly unknown[]> = T["length"];
type Head<D extends Digits> = D extends readonly [infer H extends Digit, ...Digit[]] ? H : 0;
type Tail<D extends Digits> = D extends readonly [Digit, ...infer R extends Digit[]] ? R : [];

/** The digits of a text, least significant first; `null` where it is no whole number. */
type Read<S extends string, D extends Digits = []> = S extends `${infer H extends Digit}${infer R}`
  ? Read<R, [H, ...D]>
  : S extends ""
    ? D
    : null;

/** The digits of a number literal; `null` for `number` and for what is no whole number. */
type DigitsOf<N extends number> = number extends N ? null : Read<`${N}`>;

type Join<D extends Digits, S extends string = ""> = D extends readonly [
  infer H extends Digit,
  ...infer R extends Digit[],
]
  ? Join<R, `${H}${S}`>
  : S;
type Trim<S extends string> = S extends `0${infer R}` ? (R extends "" ? S : Trim<R>) : S;

/** The number with these digits. */
type NumberOf<D extends Digits | null> = D extends Digits
  ? Trim<Join<D>> extends `${infer N extends number}`
    ? N
    : 0
  : number;

type AddDigits<
  A extends Digits,
  B extends Digits,
  Carry extends 0 | 1 = 0,
  Sum extends Digits = [],
> = [A, B, Carry] extends [[], [], 0]
  ? Sum
  : LengthOf<[...Unary[Head<A>], ...Unary[Head<B>], ...Unary[Carry]]> extends infer S extends
        keyof Ones & number
    ? AddDigits<Tail<A>, Tail<B>, Tens[S] & (0 | 1), [...Sum, Ones[S] & Digit]>
    : never;

/** `A - B`, or `null` where that is negative. Each step borrows ten, and gives it back if it can. */
type SubtractDigits<
  A extends Digits,
  B extends Digits,
  Borrow extends 0 | 1 = 0,
  Rest extends Digits = [],
> = [A, B] extends [[], []]
  ? Borrow extends 0
    ? Rest
    : null
  : [...Unary[9], 1, ...Unary[Head<A>]] extends [...Unary[Head<B>], ...Unary[Borrow], ...infer R]
    ? SubtractDigits<
        Tail<A>,
        Tail<B>,
        Tens[LengthOf<R> & keyof Tens] extends 1 ? 0 : 1,
        [...Rest, Ones[LengthOf<R> & keyof Ones] & Digit]
      >
    : never;

/** `Sum + A * count`. */
type AddTimes<
  A extends Digits,
  Count extends readonly unknown[],
  Sum extends Digits,
> = Count extends readonly [unknown, ...infer R] ? AddTimes<A, R, AddDigits<Sum, A>> : Sum;

/** `A * B`, by the most significant digits of `B` first: shift what there is, add the next multiple. */
type MultiplyDigits<A extends Digits, B extends Digits> = B extends readonly [
  infer H extends Digit,
  ...infer R extends Digit[],
]
  ? AddTimes<A, Unary[H], [0, ...MultiplyDigits<A, R>]>
  : [];

/** How often `S` goes into `R`: one quotient digit and what is left. */
type Fit<R extends 1[], S extends 1[], Count extends 1[] = []> = R extends [
  ...S,
  ...infer Q extends 1[],
]
  ? Fit<Q, S, [...Count, 1]>
  : [LengthOf<Count>, R];

type TenTimes<R extends 1[]> = R extends unknown
  ? [...R, ...R, ...R, ...R, ...R, ...R, ...R, ...R, ...R, ...R]
  : never;

/** Long division of the digits, most significant first, by the unary `S`: the quotient's digits. */
type DivideDigits<
  A extends Digits,
  S extends 1[],
  R extends 1[] = [],
  Q extends Digits = [],
> = A extends readonly [...infer Rest extends Digit[], infer H extends Digit]
  ? Fit<[...TenTimes<R>, ...Unary[H]], S> extends [infer D extends Digit, infer R2 extends 1[]]
    ? DivideDigits<Rest, S, R2, [D, ...Q]>
    : never
  : Q;

/** Both operands as digits, taken apart where they are unions; `null` where one is no whole literal. */
type Operands<A extends number, B extends number> = A extends unknown
  ? B extends unknown
    ? [DigitsOf<A>, DigitsOf<B>]
    : never
  : never;

type Pair = readonly [Digits, Digits];

/**
 * The compiler takes a type that it cannot work out yet for its constraint. `infer R extends number` makes
 * that constraint `number`; otherwise it would try every combination of digits.
 */
type Sealed<N> = [N] extends [infer R extends number] ? R : number;

/** `A + B`. */
export type Add<A extends number, B extends number> = Sealed<AddPair<Operands<A, B>>>;
type AddPair<P> = P extends Pair ? NumberOf<AddDigits<P[0], P[1]>> : number;

/** `A - B`; `number` where that is negative. */
export type Subtract<A extends number, B extends number> = Sealed<SubtractPair<Operands<A, B>>>;
type SubtractPair<P> = P extends Pair ? NumberOf<SubtractDigits<P[0], P[1]>> : number;

/** `A * B`. */
export type Multiply<A extends number, B extends number> = Sealed<MultiplyPair<Operands<A, B>>>;
type MultiplyPair<P> = P extends Pair ? NumberOf<MultiplyDigits<P[0], P[1]>> : number;

/** The whole part of `A / B` for divisors below 20, as strides are; `number` for larger ones and 0. */
export type Divide<A extends number, B extends number> = Sealed<DividePair<Operands<A, B>>>;
type DividePair<P> = P extends Pair
  ? Divisor<P[1]> extends infer S extends 1[]
    ? NumberOf<DivideDigits<P[0], S>>
    : number
  : number;

type Divisor<D extends Digits> = D extends readonly [infer H extends Digit]
  ? H extends 0
    ? null
    : Unary[H]
  : D extends readonly [infer H extends Digit, 1]
    ? [...Unary[9], 1, ...Unary[H]]
    : null;
