/**
 * Rounding bounds of layers: for each element of a layer's value, how far any float32 implementation may
 * be from the exact value of the operator at the given float32 inputs and weights, in any order of
 * summation (see algebra/roundoff.ts for the model).
 */
import * as E from "fp-ts/lib/Either.js";
import { float64 } from "../algebra/float64.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Operator } from "../model/operator.js";
import { product } from "../semantics/arrangement.js";
import { averagePool, globalPool } from "../semantics/pooling.js";
import { upsample } from "../semantics/resampling.js";
import { taps } from "../tensor/geometry.js";
import { size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { convolutionBound, denseBound, projectedBound } from "./rounding/linear.js";
import { magnitudes, mapped } from "./rounding/magnitude.js";
import { activationBound, affineBound, batchNormBound } from "./rounding/pointwise.js";
import { mayOverflow, sumBound, underflow } from "../algebra/roundoff.js";

/**
 * Sum over a window and one division, or a product with the rounded reciprocal. The mean may be in range
 * where the sum is not.
 */
const averageBound = (means: Tensor<number>, terms: number): Tensor<number> => {
  const roundings = terms + 2;
  return mapped(means, (mean) =>
    mayOverflow(mean * (terms + 1))
      ? Infinity
      : sumBound(mean, roundings, roundings * underflow, roundings),
  );
};

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

const zeroBound = (shape: Shape): Tensor<number> => ({
  shape,
  data: new Float64Array(size(shape)),
});

/**
 * Bounds on `|computed - exact|`, one for each element of the layer's value, a batch `[n, ...shape]`. The
 * inputs are the float32 values at hand, taken as exact. Infinite where a sum may overflow.
 *
 * Refuses what has no bound in this model: transcendental activations, batch statistics, and bilinear
 * enlargement by factors that are no powers of two, whose weights are not exact in binary.
 */
export const roundingBound = (
  op: Operator<number>,
  inputs: readonly Tensor<number>[],
  shape: Shape,
): Result<Tensor<number>> => {
  const x = inputs[0]!;
  const full: Shape = [x.shape[0]!, ...shape];
  switch (op.kind) {
    case "convolution":
      return E.right(convolutionBound(op, x));
    case "projected":
      return E.right(projectedBound(op, x));
    case "dense":
      return E.right(denseBound(op, x));
    case "batchNorm":
      return batchNormBound(op, x);
    case "layerNorm":
      return refuse({
        where: "layerNorm",
        found: "statistics of the position's own channels",
        expected: "an operator whose cancellation is bounded by its input's size",
        advice: "`enclosureOf` of `heirloom/laws` bounds it in ball arithmetic",
      });
    case "affine":
      return E.right(affineBound(op, x));
    case "activation":
      return activationBound(op.fn, x);
    case "averagePool":
      return E.map((sums: Tensor<number>) => averageBound(sums, taps(op.geometry)))(
        averagePool(float64)(magnitudes(x), op.geometry, op.divisor),
      );
    case "globalPool":
      return op.reduce === "max"
        ? E.right(zeroBound(full))
        : E.map((sums: Tensor<number>) => averageBound(sums, size(x.shape.slice(1, -1))))(
            globalPool(float64)(magnitudes(x), "average", op.keepAxes),
          );
    case "add": {
      const terms = inputs.length;
      return E.right(
        mapped(x, (_, i) => {
          let s = 0;
          for (const input of inputs) s += Math.abs(input.data[i]!);
          return sumBound(s, terms, 0, terms);
        }),
      );
    }
    case "multiply":
      return E.right(
        mapped(product(float64)(magnitudes(x), magnitudes(inputs[1]!)), (s) =>
          sumBound(s, 1, underflow, 1),
        ),
      );
    case "upsample":
      if (op.interpolation === "nearest") return E.right(zeroBound(full));
      return op.factors.every(isPowerOfTwo)
        ? E.map((sums: Tensor<number>) => {
            // The corners weighed at once, or two roundings for each axis, which are no more.
            const corners = 2 ** op.factors.length;
            const roundings = corners + 1;
            return mapped(sums, (s) => sumBound(s, roundings, 2 * corners * underflow, roundings));
          })(upsample(float64)(magnitudes(x), op.factors, "bilinear"))
        : refuse({
            where: "upsample",
            found: `factors ${op.factors.join(", ")}`,
            expected: "powers of two, whose weights are exact in binary",
          });
    case "input":
    case "maxPool":
    case "concat":
    case "zeroPad":
    case "flatten":
    case "reshape":
    case "dropout":
      return E.right(zeroBound(full));
  }
};
