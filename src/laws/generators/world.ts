/**
 * What random networks may consist of over a ring: an operator that needs a function the ring lacks is left
 * out, and so is what would cost too much.
 *
 * Over polynomials the cost is the number of terms. A sum of `n` products of variables has `n` terms, a
 * convolution of it `n` times as many, and a product of two such values the product of their numbers, so
 * networks are smaller there. An activation is one indeterminate and starts anew.
 */
import { isPiecewiseLinear } from "../../model/activation.js";
import type { Ring } from "../../algebra/ring.js";
import {
  allActivations,
  orderedKinds,
  smoothActivations,
  usualNetwork,
  type NetworkOptions,
} from "./operator.js";

const weighted: NetworkOptions["kinds"] = ["convolution", "convolution", "projected", "dense"];

/** Operators that compare. */
const comparing: ReadonlySet<string> = new Set(["maxPool"]);

/** Elements are neither machine numbers nor words: each may be as large as the network. */
const isSymbolic = <A>(ring: Ring<A>): boolean => "variable" in ring;

/**
 * What random networks over a ring consist of: everything it has a meaning for, and in `wanted` what is to
 * replace or narrow that.
 */
export const worldOf = <A>(
  ring: Ring<A>,
  wanted: Partial<NetworkOptions> = {},
): Partial<NetworkOptions> => {
  const { compare, exp, sqrt } = ring.functions;
  const ordered = compare !== undefined;
  const analytic = exp !== undefined && sqrt !== undefined;
  const kinds = (
    wanted.kinds ?? [
      ...weighted,
      ...weighted,
      ...orderedKinds,
      "batchNorm",
      "batchNorm",
      "layerNorm",
    ]
  ).filter(
    (kind) =>
      (ordered || !comparing.has(kind)) &&
      // Over the rationals a variance rarely has a root; `affine` stands for the norms there.
      (analytic || (kind !== "batchNorm" && kind !== "layerNorm")) &&
      // A quotient of polynomials is a symbol that knows no law, so a layer norm's derivative, which is
      // written with other quotients than the norm, cannot be compared there; and its terms are many.
      !(isSymbolic(ring) && kind === "layerNorm") &&
      (ordered || kind !== "globalPool"),
  );
  const activations = (wanted.activations ?? (ordered ? allActivations : smoothActivations)).filter(
    (fn) => analytic || isPiecewiseLinear(fn) || fn.name === "hardSwish",
  );
  const small = isSymbolic(ring)
    ? {
        layers: Math.min(3, wanted.layers ?? 3),
        extent: 2,
        ranks: wanted.ranks ?? [1, 1, 2, 0],
        channels: [1, 2],
        window: { kernel: 2, dilation: 2, stride: 2, padding: 1 },
        largest: 16,
      }
    : {};
  return { ...usualNetwork, ...wanted, ...small, kinds, activations };
};
