/** Rounding bounds as they are stated, in exact arithmetic: `gamma_n = n u / (1 - n u) = n / (2^24 - n)`. */
import { rational, type Rational } from "../../src/algebra/rational.js";
import { mapWeights, type Operator } from "../../src/model/operator.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";
import { exactly } from "./implementations.js";

const number = (x: number): Rational => succeed(rational.fromNumber(x));
const isAtMost = (x: Rational, y: Rational): boolean => rational.functions.compare!(x, y) <= 0;

const positive = ({ shape, data }: Tensor<number>): Tensor<number> =>
  tensor(shape, Float32Array.from(data, Math.abs));

/** The sum of the terms' magnitudes, of an operator that is linear in its inputs: its value where all is positive. */
export const magnitudesOf = (
  op: Operator<number>,
  inputs: readonly Tensor<number>[],
): Tensor<Rational> => exactly(mapWeights(op, positive), inputs.map(positive));

/**
 * Whether a bound is `gamma_n` times the magnitude: never less, and more by no more than the computation of
 * bounds in binary64 and the underflow of products may ask for.
 */
export const isGamma = (bound: number, n: number, magnitude: Rational): boolean => {
  if (!Number.isFinite(bound)) return false;
  const stated = rational.mul(number(n), magnitude);
  const found = rational.mul(number(bound), number(2 ** 24 - n));
  const most = rational.add(rational.mul(stated, number(1 + 2 ** -40)), number(2 ** -90));
  return isAtMost(stated, found) && isAtMost(found, most);
};
