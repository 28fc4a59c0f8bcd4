/**
 * Dyadic numbers `mantissa * 2^exponent`: what a finite binary64 number is, exactly.
 *
 * A binary64 number has 52 fraction bits `f` and 11 exponent bits `b`. It is `(2^52 + f) * 2^(b - 1075)`
 * for `1 <= b <= 2046`, and `f * 2^-1074` for `b = 0` (zero and the subnormal numbers).
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "./refusal.js";

/** `mantissa * 2^exponent`, the mantissa odd; zero is `0 * 2^0`. */
export interface Dyadic {
  /** An odd whole number below 2^53 in magnitude, or 0. */
  readonly mantissa: number;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));

/** How many zero bits end the binary form of `n`, which is whole, positive and below 2^53. */
const trailingZeros = (n: number): number => {
  const low = n >>> 0;
  if (low !== 0) return 31 - Math.clz32(low & -low);
  const high = Math.floor(n / 2 ** 32);
  return 63 - Math.clz32(high & -high);
};

/** A binary64 number as a dyadic one; refuses NaN and the infinities. */
export const dyadic = (x: number): Result<Dyadic> => {
  if (!Number.isFinite(x))
    return refuse({ where: "number", found: String(x), expected: "a finite number" });
  if (x === 0) return E.right({ mantissa: 0, exponent: 0 });
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (high & 0xfffff) * 2 ** 32 + view.getUint32(4);
  const whole = biased === 0 ? fraction : fraction + 2 ** 52;
  const zeros = trailingZeros(whole);
  const odd = whole / 2 ** zeros;
  return E.right({
    mantissa: x < 0 ? -odd : odd,
    exponent: Math.max(biased, 1) - 1075 + zeros,
  });
};
