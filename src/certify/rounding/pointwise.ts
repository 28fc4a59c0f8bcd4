/** Rounding bounds of operators that act on each element alone. */
import type { Result } from "../../algebra/refusal.js";
import { refuse } from "../../algebra/refusal.js";
import * as E from "fp-ts/lib/Either.js";
import type { ActivationFunction } from "../../model/activation.js";
import type { Affine, BatchNorm } from "../../model/operator.js";
import { channelsOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mayOverflow, sumBound, underflow } from "../../algebra/roundoff.js";
import { mapped } from "./magnitude.js";

/** The bound of `scale x + shift` per channel. */
export const affineBound = (op: Affine<number>, x: Tensor<number>): Tensor<number> => {
  const c = channelsOf(x.shape);
  return mapped(x, (v, i) =>
    sumBound(
      Math.abs(v * op.scale.data[i % c]!) + Math.abs(op.shift.data[i % c]!),
      2,
      underflow,
      3,
    ),
  );
};

/** The least normal binary32 number: below it, the rounding of a sum or a constant is no longer relative. */
const leastNormal = 2 ** -126;

/**
 * Frozen batch norm, computed as written or as `s x + t`: `x s`, `mean s` and `beta` each pass through at
 * most ten roundings (epsilon, sum, root, quotient, gamma, product, difference, sum, and two to spare).
 * What a product loses to underflow may be scaled by gamma, by the inverse deviation or by both factors of
 * what comes later. Nothing is known for a negative variance, which cancels against epsilon, and for a
 * deviation so small that epsilon is no normal number.
 */
export const batchNormBound = (
  op: BatchNorm<number>,
  x: Tensor<number>,
): Result<Tensor<number>> => {
  if (op.statistics === "batch")
    return refuse({
      where: "batchNorm",
      found: "statistics of the batch",
      expected: "frozen statistics: no bound is written for the others",
    });
  const c = channelsOf(x.shape);
  return E.right(
    mapped(x, (value, i) => {
      const j = i % c;
      const mean = Math.abs(op.mean.data[j]!);
      const variance = op.variance.data[j]!;
      if (!(variance >= 0) || variance + op.epsilon < leastNormal) return Infinity;
      const inverse = 1 / Math.sqrt(variance + op.epsilon);
      const gamma = Math.abs(op.gamma?.data[j] ?? 1);
      const scale = gamma * inverse;
      const reach = Math.abs(value) + mean;
      const magnitude = reach * scale + Math.abs(op.beta?.data[j] ?? 0);
      const onTheWay = Math.max(variance + op.epsilon, scale, reach * Math.max(1, gamma, inverse));
      if (mayOverflow(onTheWay)) return Infinity;
      return sumBound(magnitude, 10, 4 * underflow * (1 + reach + scale + gamma + inverse), 14);
    }),
  );
};

const unbounded = (name: string): Result<never> =>
  refuse({
    where: "activation",
    found: name,
    expected: "an activation made of linear pieces",
    advice: "how far an implementation's exp, tanh or erf is from the truth is not known here",
  });

/** The bound of an activation; constants that binary32 does not hold are rounded once as well. */
export const activationBound = (
  fn: ActivationFunction,
  x: Tensor<number>,
): Result<Tensor<number>> => {
  switch (fn.name) {
    case "relu":
    case "relu6":
      return E.right(mapped(x, () => 0));
    case "leakyRelu":
      return E.right(
        mapped(x, (v) =>
          mayOverflow(Math.abs(fn.slope))
            ? Infinity
            : v >= 0
              ? 0
              : sumBound(Math.abs(fn.slope * v), 2, underflow * (1 + Math.abs(v)), 2),
        ),
      );
    case "hardSigmoid":
      return E.right(
        mapped(x, (v) =>
          mayOverflow(Math.abs(fn.slope))
            ? Infinity
            : sumBound(
                Math.abs(fn.slope * v) + Math.abs(fn.offset),
                4,
                underflow * (2 + Math.abs(v)),
                4,
              ),
        ),
      );
    case "hardSwish":
      // x relu6(x + 3) / 6 in any order: the sum and two products or quotients, and a rounded 1/6. The clamped
      // sum is exactly 0 below -4 and 6 above 4. In between x / 6 may underflow before a factor of at most 6.
      return E.right(
        mapped(x, (v) =>
          mayOverflow(Math.abs(6 * v))
            ? Infinity
            : v <= -4
              ? 0
              : v >= 4
                ? sumBound(v, 4, 0, 0)
                : sumBound((Math.abs(v) * (Math.abs(v) + 3)) / 6, 5, 7 * underflow, 6),
        ),
      );
    default:
      return unbounded(fn.name);
  }
};
