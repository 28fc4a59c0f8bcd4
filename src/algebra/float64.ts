/**
 * The binary64 numbers of the machine. Addition and multiplication are rounded, so associativity and
 * distributivity hold only up to rounding; everything else of `Ring` holds as it stands.
 */
import * as E from "fp-ts/lib/Either.js";
import { erf } from "./erf.js";
import { refuse, type Result } from "./refusal.js";
import type { AllFunctions, Ring } from "./ring.js";

/** A ring of machine numbers, which has every optional function. */
export interface FloatRing extends Ring<number> {
  readonly functions: AllFunctions<number>;
}

const divide = (x: number, y: number): Result<number> =>
  y === 0
    ? refuse({ where: "divide", found: `${x} / ${y}`, expected: "a divisor other than zero" })
    : E.right(x / y);

/** NaN stands above every number and equals itself, which makes the order total. */
const compare = (x: number, y: number): number =>
  x < y ? -1 : x > y ? 1 : x === y ? 0 : Number(Number.isNaN(x)) - Number(Number.isNaN(y));

const sqrt = (x: number): Result<number> =>
  x < 0
    ? refuse({ where: "sqrt", found: String(x), expected: "a number of at least 0" })
    : E.right(Math.sqrt(x));

const log = (x: number): Result<number> =>
  x <= 0
    ? refuse({ where: "log", found: String(x), expected: "a number above 0" })
    : E.right(Math.log(x));

/** Both branches take the exponential of a number of at most 0, which cannot overflow. */
const sigmoid = (x: number): number => {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
};

/**
 * Binary64 arithmetic, stored in a `Float64Array`. NaN equals NaN and passes through every function;
 * `-0` equals `0`. `divide` refuses zero, `sqrt` negative numbers, `log` numbers of at most zero.
 */
export const float64: FloatRing = {
  name: "float64",
  rounding: "binary64",
  zero: 0,
  one: 1,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  sub: (x, y) => x - y,
  equals: (x, y) => x === y || (Number.isNaN(x) && Number.isNaN(y)),
  show: String,
  fromNumber: E.right,
  allocate: (length) => new Float64Array(length),
  functions: {
    divide,
    compare,
    sqrt,
    exp: (x) => E.right(Math.exp(x)),
    log,
    tanh: (x) => E.right(Math.tanh(x)),
    sigmoid: (x) => E.right(sigmoid(x)),
    erf: (x) => E.right(erf(x)),
  },
};
