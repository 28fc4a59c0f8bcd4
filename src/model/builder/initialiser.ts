/**
 * Initialisers as data. A layer that sums `fan` products of unit variance keeps that variance when its
 * weights have variance `1 / fan`; a relu halves it, hence He's `2 / fan in` (He et al. 2015), and
 * Glorot's `2 / (fan in + fan out)` keeps the gradients too (Glorot and Bengio 2010).
 */
import { randomStream } from "../../algebra/random.js";
import { size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** How the elements of a weight are drawn. */
export type Initialiser =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  /** Mean 0 and variance `gain / fan`, where "both" is the mean of fan in and fan out. */
  | {
      readonly kind: "scaled";
      readonly gain: number;
      readonly fan: "in" | "out" | "both";
      readonly distribution: "normal" | "uniform";
    };

/** A weight's elements: drawn, or given (and then rounded to float32). */
export type WeightSource = Initialiser | Tensor<number>;

export const constant = (value: number): Initialiser => ({ kind: "constant", value });
export const zeros: Initialiser = constant(0);
export const ones: Initialiser = constant(1);
export const normal = (deviation: number, mean = 0): Initialiser => ({
  kind: "normal",
  mean,
  deviation,
});
export const uniform = (low: number, high: number): Initialiser => ({ kind: "uniform", low, high });

const scaled = (
  gain: number,
  fan: "in" | "out" | "both",
  distribution: "normal" | "uniform",
): Initialiser => ({ kind: "scaled", gain, fan, distribution });

export const heNormal: Initialiser = scaled(2, "in", "normal");
export const heUniform: Initialiser = scaled(2, "in", "uniform");
export const glorotNormal: Initialiser = scaled(1, "both", "normal");
export const glorotUniform: Initialiser = scaled(1, "both", "uniform");

/** How many products an output sums, and in how many an input takes part. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/**
 * The fans of a kernel `[...taps, inputs / groups, outputs]` or of dense weights `[inputs, outputs]`.
 * An input channel feeds the outputs of its own group only.
 */
export const fansOf = (shape: Shape, groups: number): Fans => {
  const taps = size(shape.slice(0, -2));
  return { in: taps * (shape.at(-2) ?? 1), out: (taps * (shape.at(-1) ?? 1)) / groups };
};

const fanOf = (fans: Fans, which: "in" | "out" | "both"): number =>
  which === "both" ? (fans.in + fans.out) / 2 : fans[which];

/** The same distribution with its variance worked out. */
const resolved = (initialiser: Initialiser, fans: Fans): Initialiser => {
  if (initialiser.kind !== "scaled") return initialiser;
  const deviation = Math.sqrt(initialiser.gain / fanOf(fans, initialiser.fan));
  // A uniform distribution over -a..a has variance a^2 / 3.
  const limit = deviation * Math.sqrt(3);
  return initialiser.distribution === "normal" ? normal(deviation) : uniform(-limit, limit);
};

/**
 * A weight of this shape in float32. The numbers depend on the seed, the layer's name and the weight's
 * name, and on no other layer: inserting a layer leaves the weights of all others as they were.
 */
export const initialise = (
  source: WeightSource,
  shape: Shape,
  fans: Fans,
  ...[seed, layer, weight]: readonly [seed: number, layer: string, weight: string]
): Tensor<number> => {
  if ("shape" in source)
    return source.data instanceof Float32Array
      ? source
      : { shape, data: Float32Array.from(source.data) };
  const data = new Float32Array(size(shape));
  const drawn = resolved(source, fans);
  if (drawn.kind === "constant") return { shape, data: data.fill(drawn.value) };
  const stream = randomStream(seed, "weights", layer, weight);
  if (drawn.kind === "normal")
    for (let i = 0; i < data.length; i++) data[i] = drawn.mean + drawn.deviation * stream.normal();
  else if (drawn.kind === "uniform")
    for (let i = 0; i < data.length; i++)
      data[i] = drawn.low + (drawn.high - drawn.low) * stream.uniform();
  return { shape, data };
};
