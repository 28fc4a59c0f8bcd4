/**
 * The binary32 numbers, each operation rounded once to the nearest, ties to even.
 *
 * An operation is carried out in binary64 and rounded with `Math.fround`. For `+ - * /` and the square
 * root that equals one rounding of the exact value, because binary64 has 53 >= 2 * 24 + 2 bits
 * (Figueroa, "When is double rounding innocuous?", 1995): products of two 24-bit numbers are exact in
 * 48 bits, and no quotient, sum or root of binary32 numbers lies so near to a midpoint of binary32
 * numbers that rounding it to 53 bits could move it there. The transcendental functions are the
 * binary64 ones, rounded.
 */
import * as E from "fp-ts/lib/Either.js";
import { float64, type FloatRing } from "./float64.js";
import { refuse, type Result } from "./refusal.js";

/** The nearest binary32 number, ties to even; infinite beyond the largest one. */
export const roundToFloat32 = (x: number): number => Math.fround(x);

/** Whether `x` is a binary32 number; NaN and the infinities are. */
export const isFloat32 = (x: number): boolean => Object.is(Math.fround(x), x);

const rounded =
  (f: (x: number) => Result<number>) =>
  (x: number): Result<number> =>
    E.map(Math.fround)(f(x));

const f = float64.functions;

/**
 * Binary32 arithmetic, stored in a `Float32Array`. Every operand is a binary32 number: `fromNumber`
 * refuses any other, and `roundToFloat32` is there for those who want the nearest.
 */
export const float32: FloatRing = {
  name: "float32",
  rounding: "binary32",
  zero: 0,
  one: 1,
  add: (x, y) => Math.fround(x + y),
  mul: (x, y) => Math.fround(x * y),
  sub: (x, y) => Math.fround(x - y),
  equals: float64.equals,
  show: String,
  fromNumber: (x) =>
    isFloat32(x)
      ? E.right(x)
      : refuse({
          where: "float32",
          found: String(x),
          expected: "a number that binary32 holds exactly",
          advice: `round it first: the nearest is ${Math.fround(x)}`,
        }),
  allocate: (length) => new Float32Array(length),
  functions: {
    divide: (x, y) => E.map(Math.fround)(f.divide(x, y)),
    compare: f.compare,
    sqrt: rounded(f.sqrt),
    exp: rounded(f.exp),
    log: rounded(f.log),
    tanh: rounded(f.tanh),
    sigmoid: rounded(f.sigmoid),
    erf: rounded(f.erf),
  },
};
