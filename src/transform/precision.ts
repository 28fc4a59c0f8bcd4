/**
 * The arithmetic a conversion computes new weights in. Over an exact ring it is the ring's own. Over
 * machine numbers it is binary64, and a result is rounded when it is stored: a product of two binary32
 * numbers is exact in binary64, so that a merged weight carries exactly one rounding.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { float64 } from "../algebra/float64.js";
import type { Ring } from "../algebra/ring.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ConversionName, Rounding } from "./certificate.js";
import { indicesOf } from "./comparison.js";

/** Whether the ring's elements are machine numbers, so that its arithmetic rounds. */
export const isMachineRing = <A>(ring: Ring<A>): boolean =>
  ring.rounding === "binary32" || ring.rounding === "binary64";

/** The conversions that compute new weights; the others move weights, ones and zeros about. */
const computing: ReadonlySet<ConversionName> = new Set(["merge", "unmerge", "foldBatchNorm"]);

/**
 * Where a weight over machine numbers is not finite, as a refusal. An overflow is no rounding, and the laws
 * of a ring fail at infinities: `0 * infinity` is no zero. Over other rings every element is finite.
 */
export const finite =
  <A>(ring: Ring<A>) =>
  (name: string, { shape, data }: Tensor<A>): Result<null> => {
    if (!isMachineRing(ring)) return E.right(null);
    const numbers = data as unknown as ArrayLike<number>;
    for (let i = 0; i < numbers.length; i++)
      if (!Number.isFinite(numbers[i]))
        return refuse({
          where: `${name}[${indicesOf(shape, i).join(", ")}]`,
          found: String(numbers[i]),
          expected: `a finite number of the ring ${ring.name}`,
        });
    return E.right(null);
  };

/** What a conversion's certificate over this ring says about rounding. */
export const roundingOf = <A>(ring: Ring<A>, conversion: ConversionName): Rounding =>
  isMachineRing(ring) && computing.has(conversion) ? "once per weight" : "exact";

/** The ring to compute new weights in; its results are rounded by being stored in the ring's storage. */
export const workingRing = <A>(ring: Ring<A>): Ring<A> =>
  // Both rings are rings of machine numbers here, which the types cannot see.
  isMachineRing(ring) ? (float64 as unknown as Ring<A>) : ring;

const scaleNumbers = (
  out: { [index: number]: number },
  data: ArrayLike<number>,
  factors: ArrayLike<number>,
): void => {
  const period = factors.length;
  for (let start = 0; start < data.length; start += period)
    for (let i = 0; i < period; i++) out[start + i] = data[start + i]! * factors[i]!;
};

/**
 * Every element times the factor of its place in the innermost axes: `factors` has the shape of these
 * axes, `[in / groups, out]` for gates on a kernel and `[out]` for a scale per channel. Rounded once.
 */
export const scaleInner =
  <A>(ring: Ring<A>) =>
  (t: Tensor<A>, factors: ArrayLike<A>): Tensor<A> => {
    const out = ring.allocate(t.data.length);
    if (isMachineRing(ring))
      // A loop over plain numbers: networks have tens of millions of weights.
      scaleNumbers(
        out as unknown as { [index: number]: number },
        t.data as unknown as ArrayLike<number>,
        factors as unknown as ArrayLike<number>,
      );
    else
      for (let i = 0; i < out.length; i++)
        out[i] = ring.mul(factors[i % factors.length]!, t.data[i]!);
    return { shape: t.shape, data: out };
  };
