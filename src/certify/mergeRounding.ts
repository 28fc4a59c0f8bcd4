/**
 * What rounding a merged kernel does to a layer's values, for all inputs at once (merge_rounding).
 *
 * A merged weight `m` stands for the product `g F`, which binary64 holds exactly where both are binary32 numbers, and
 * `m - g F` too: both are multiples of the product's last place and close together. A convolution is linear in its kernel, so for
 * inputs of magnitude at most 1 the value of output channel `j` differs from the projected layer's by at most
 *
 *     r_j = sum over taps and input channels of |m - g F|,
 *
 * and for inputs of magnitude at most `X` by `X r_j`. This is about exact arithmetic on both sides; what the
 * arithmetic of an implementation adds is `roundingBound`.
 */
import { channelsOf, type Shape } from "../tensor/shape.js";
import type { Certificate } from "../transform/certificate.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Convolution, Projected } from "../model/operator.js";
import { outwards } from "../algebra/roundoff.js";

/** The effect of rounding on one merged layer. */
export interface MergeRounding {
  readonly layer: string;
  /** The largest `r_j`: how far a value may be off, for inputs of magnitude at most 1. */
  readonly worst: number;
  /** The output channel where that is, the first of them. */
  readonly channel: number;
  /** The same as a part of the largest value that channel may have: about 2^-24 but for products that underflow. */
  readonly relative: number;
}

/** What binary64 loses of a product, relatively: nothing where both factors are binary32 numbers. */
const residue = (gated: Projected<number>): number =>
  gated.kernel.data instanceof Float32Array && gated.gates.data instanceof Float32Array
    ? 0
    : 2 ** -53;

const ofLayer = (
  layer: string,
  gated: Projected<number>,
  merged: Convolution<number>,
): MergeRounding => {
  const outputs = channelsOf(gated.kernel.shape);
  const pairs = gated.gates.data.length;
  const off = new Float64Array(outputs);
  const size = new Float64Array(outputs);
  const length = gated.kernel.data.length;
  const lost = residue(gated);
  for (let i = 0; i < length; i++) {
    const product = gated.gates.data[i % pairs]! * gated.kernel.data[i]!;
    const j = i % outputs;
    off[j]! += Math.abs(merged.kernel.data[i]! - product) + lost * Math.abs(product);
    size[j]! += Math.abs(product);
  }
  const channel = off.reduce((best, r, j) => (r > off[best]! ? j : best), 0);
  const worst = off[channel] === 0 ? 0 : outwards(off[channel]!, length / outputs);
  return { layer, worst, channel, relative: worst === 0 ? 0 : worst / size[channel]! };
};

/**
 * For each layer that a merge changed, how far rounding its weights may move its values. The networks and the
 * certificate are those of a merge that `check` accepted.
 */
export const mergeRounding = (
  projected: Network<ModelClass, Shape, Shape>,
  merged: Network<ModelClass, Shape, Shape>,
  certificate: Certificate,
): readonly MergeRounding[] => {
  const sources = new Map(projected.layers.map(({ name, op }) => [name, op]));
  const targets = new Map(merged.layers.map(({ name, op }) => [name, op]));
  return certificate.steps.flatMap((step) => {
    const [source] = step.from.map((name) => sources.get(name));
    const target = targets.get(step.layer);
    return source?.kind === "projected" && target?.kind === "convolution"
      ? [ofLayer(step.layer, source, target)]
      : [];
  });
};
