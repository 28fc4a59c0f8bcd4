/** What the tests of primitives on every target draw, and by what they bound roundings. */
import { float64 } from "../../src/algebra/float64.js";
import type { Ring } from "../../src/algebra/ring.js";
import { applyPrimitive } from "../../src/compile/interpret.js";
import type { PrimitiveName } from "../../src/compile/program.js";
import { size } from "../../src/tensor/shape.js";
import { mapTensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import type { Example } from "./catalogue.js";

/** The unit roundoff of float32. */
const u = 2 ** -24;
/** The relative error of `n` roundings one upon the other (Higham). */
export const gamma = (n: number): number => (n * u) / (1 - n * u);

/**
 * The semiring of magnitudes: a program of sums and products run on absolute values gives the sum of the
 * absolute values of its terms, by which its rounding errors are bounded.
 */
const magnitude: Ring<number> = {
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

/** Sums of products: in quarters every intermediate is exact, in any order, on every target. */
export const exact: readonly PrimitiveName[] = [
  "conv",
  "convInputGrad",
  "gateWeight",
  "channelAffine",
  "channelScale",
  "channelShift",
  "matmul",
  "add",
  "subtract",
  "multiply",
  "scale",
  "offset",
  "scaleBy",
  "broadcast",
  "reshape",
  "pad",
  "slice",
  "concat",
  "maxPool",
  "maxPoolGrad",
];

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

/** What rounding may do to each element: every term passes through at most as many roundings as there are terms, and 8. */
export const roundingBound = (
  { primitive, shapes }: Example,
  args: readonly Tensor<number>[],
): ((i: number) => number) => {
  const magnitudes = args.map((a) => mapTensor(float64)(a, Math.abs));
  const terms = succeed(applyPrimitive(magnitude)(primitive, magnitudes));
  const roundings = Math.max(...shapes.map(size)) + 8;
  return (i) => gamma(roundings) * terms.data[i]! + 2 ** -140;
};

/** Whether a function is defined for positive arguments alone, or steep beside them. */
const isPositive = ({ primitive }: Example): boolean =>
  primitive.op === "elementary" || primitive.op === "divide";

/** Arguments of a function: quarters from a quarter on where they must be positive, else eighths up to 4. */
export const functionElement =
  (example: Example) =>
  (uniform: () => number): number =>
    isPositive(example) ? Math.abs(quarter(uniform)) + 0.25 : quarter(uniform) / 2;

/**
 * How far functions may be off: at most 24 roundings or library functions (each within 4 ulp) act on terms below
 * `(1 + |x|)^3 * |dy|`; a positive one is off in parts of its value. `excess` is what a library's function is off besides.
 */
export const functionBound = (
  example: Example,
  args: readonly Tensor<number>[],
  expected: Tensor<number>,
  excess = 0,
): ((i: number) => number) => {
  const x = Math.max(...args.flatMap((a) => [0, ...Array.from(a.data, Math.abs)]));
  return (i) =>
    isPositive(example)
      ? gamma(8) * Math.abs(expected.data[i]!) + 2 * u
      : (gamma(96) + excess) * (1 + x) ** 3;
};
