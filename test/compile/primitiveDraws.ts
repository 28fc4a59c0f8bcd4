/** What the tests of primitives on every target draw, and by what they bound roundings. */
import { float64 } from "../../src/algebra/float64.js";
import type { Ring } from "../../src/algebra/ring.js";
import { applyPrimitive } from "../../src/compile/interpret.js";
import type { PrimitiveName } from "../../src/compile/program.js";
import { mapTensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import type { Example } from "./catalogue.js";

/** The unit roundoff of float32. */
export const u = 2 ** -24;
/** The relative error of `n` roundings one upon the other (Higham). */
export const gamma = (n: number): number => (n * u) / (1 - n * u);

/**
 * The semiring of magnitudes: a program of sums and products run on absolute values gives the sum of the
 * absolute values of its terms, by which its rounding errors are bounded.
 */
export const magnitude: Ring<number> = {
  ...float64,
  sub: (x, y) => x + y,
  fromNumber: (x) => float64.fromNumber(Math.abs(x)),
};

/** Quarters up to 8: products of two of them sum without rounding in float32. */
export const quarter = (uniform: () => number): number => Math.floor(uniform() * 65 - 32) / 4;
/** Between -2 and 2, of all the digits that float32 has. */
export const float = (uniform: () => number): number => Math.fround(4 * uniform() - 2);

/** Arguments of an example; those that hold its own forward value have it, rounded. */
export const draw = (
  { primitive, shapes }: Example,
  uniform: () => number,
  element: (uniform: () => number) => number,
): readonly Tensor<number>[] => {
  const args = shapes.map((shape) => drawTensor({ ring: float64, draw: element }, shape, uniform));
  if (primitive.op !== "maxPoolGrad" && primitive.op !== "activationGrad") return args;
  const forward =
    primitive.op === "maxPoolGrad"
      ? ({ op: "maxPool", geometry: primitive.geometry } as const)
      : ({ op: "activation", fn: primitive.fn } as const);
  const y = succeed(applyPrimitive(float64)(forward, [args[0]!]));
  return [args[0]!, mapTensor(float64)(y, Math.fround), args[2]!];
};

/** Sums of products where a backend may divide and multiply back, or where weights are rounded. */
export const rounded: readonly PrimitiveName[] = [
  "conv",
  "convInputGrad",
  "convFilterGrad",
  "gateGrad",
  "channelSum",
  "channelDot",
  "channelAffine",
  "matmul",
  "sum",
  "averagePool",
  "averagePoolGrad",
  "upsample",
  "upsampleGrad",
];
