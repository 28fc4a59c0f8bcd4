/**
 * Networks on which float32 makes no rounding at all. Weights and inputs are small whole numbers; where
 * the sums of absolute values stay below 2^24, every partial sum in every order is a whole number that
 * float32 holds, so two right implementations agree bit for bit.
 */
import { float64 } from "../../src/algebra/float64.js";
import { mapNetwork, type Network } from "../../src/model/network.js";
import { evaluate, evaluateLayers } from "../../src/semantics/evaluate.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { float32 } from "../../src/algebra/float32.js";
import type { Sampled } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";

/** Whole numbers from -2 to 2, stored as float32. */
export const wholes: Sampled<number> = {
  ring: float32,
  draw: (uniform) => Math.floor(uniform() * 5) - 2,
};

const absolute = (t: Tensor<number>): Tensor<number> => ({
  shape: t.shape,
  data: Float64Array.from(t.data, Math.abs),
});

/** Whether no value of any layer can leave the whole numbers below 2^24. */
export const staysWhole = (network: Network, batch: Tensor<number>): boolean => {
  const values = succeed(
    evaluateLayers(float64)(mapNetwork(float64)(network, Math.abs), absolute(batch)),
  );
  return [...values.values()].every((t) =>
    Array.from(t.data).every((x) => x < 2 ** 24 && Number.isInteger(x)),
  );
};

/** The value of a network in binary64. */
export const exactly = (network: Network, batch: Tensor<number>): Tensor<number> =>
  succeed(
    evaluate(float64)(
      mapNetwork(float64)(network, (x) => x),
      batch,
    ),
  );
