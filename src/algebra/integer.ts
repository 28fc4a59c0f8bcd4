/** The whole numbers, exact and of any size. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "./refusal.js";
import type { Ring } from "./ring.js";

/** How many binary digits the magnitude of `n` has; 0 for zero. */
export const bitLength = (n: bigint): number => {
  if (n === 0n) return 0;
  const digits = (n < 0n ? -n : n).toString(16);
  return digits.length * 4 - Math.clz32(parseInt(digits[0]!, 16)) + 28;
};

/**
 * The largest `r` with `r * r <= n`, for `n >= 0`. Newton's iteration from above: while `r` exceeds the
 * root, `(r + n / r) / 2` is smaller and, being at least the geometric mean of `r` and `n / r`, does not
 * fall below the root's whole part.
 */
export const floorSqrt = (n: bigint): bigint => {
  let r = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = r === 0n ? 0n : (r + n / r) >> 1n;
    if (next >= r) return r;
    r = next;
  }
};

/** The root of a perfect square; refuses every other number. */
export const exactSqrt = (n: bigint): Result<bigint> => {
  const root = n < 0n ? -1n : floorSqrt(n);
  return root >= 0n && root * root === n
    ? E.right(root)
    : refuse({ where: "sqrt", found: String(n), expected: "the square of a whole number" });
};

const divide = (x: bigint, y: bigint): Result<bigint> =>
  y !== 0n && x % y === 0n
    ? E.right(x / y)
    : refuse({
        where: "divide",
        found: `${x} / ${y}`,
        expected: "a divisor other than zero that leaves no remainder",
        advice: "use the rational ring",
      });

/** The ring of whole numbers. `divide` takes exact quotients only, `sqrt` perfect squares only. */
export const integer: Ring<bigint> = {
  name: "integer",
  zero: 0n,
  one: 1n,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  sub: (x, y) => x - y,
  equals: (x, y) => x === y,
  show: String,
  fromNumber: (x) =>
    Number.isInteger(x)
      ? E.right(BigInt(x))
      : refuse({
          where: "integer",
          found: String(x),
          expected: "a whole number",
          advice: "use the rational ring",
        }),
  allocate: (length) => new Array<bigint>(length).fill(0n),
  functions: { divide, compare: (x, y) => (x < y ? -1 : x > y ? 1 : 0), sqrt: exactSqrt },
};
