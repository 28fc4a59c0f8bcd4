/**
 * SSF: every operation with weights is followed by a scale and a shift per channel, `y -> s y + t`. Behind a
 * linear layer they go into its kernel and bias, behind a normalisation into its own scale and shift:
 *
 *     linear          W_j = s_j F_j,       b_j' = s_j b_j + t_j
 *     normalisation   gamma' = s gamma,    beta' = s beta + t
 *
 * A layer without bias is given one of zero first, which changes nothing.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import { filled } from "../tensor/tensor.js";
import { adaptByMaking, linearOf, withBiases } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import type { Psi } from "./reparametrisation.js";

const scaled: Psi = (b, frozen, theta) =>
  b.apply({ op: "channelScale" }, frozen, theta("ssf_scale"));

const scaledAndShifted: Psi = (b, frozen, theta) =>
  b.apply(
    { op: "add" },
    b.apply({ op: "multiply" }, frozen, theta("ssf_scale")),
    theta("ssf_shift"),
  );

/** The weights that are multiplied and those that are shifted as well; null for a layer without any. */
const sides = <A>(
  layer: Layer<A>,
): { readonly scale: string; readonly shift: string; readonly channels: number } | null => {
  const linear = linearOf(layer);
  if (linear !== null) return { scale: linear.weight, shift: "bias", channels: linear.outputs };
  switch (layer.op.kind) {
    case "batchNorm":
    case "layerNorm": {
      const own = new Map(weightsOf(layer.op));
      const gamma = own.get("gamma");
      return gamma === undefined || !own.has("beta")
        ? null
        : { scale: "gamma", shift: "beta", channels: channelsOf(gamma.shape) };
    }
    case "affine":
      return { scale: "scale", shift: "shift", channels: channelsOf(layer.op.scale.shape) };
    default:
      return null;
  }
};

/** Follow every operation with weights by a scale and a shift. */
export const adaptBySsf =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    E.chain((biased: AnyNetwork<A>) =>
      adaptByMaking(ring)("ssf", biased, {
        choose: (layer) => {
          const found = sides(layer);
          return E.right(
            found === null
              ? null
              : {
                  parameters: {
                    ssf_scale: { start: filled(ring)([found.channels], ring.one), towards: 1 },
                    ssf_shift: { start: filled(ring)([found.channels], ring.zero), towards: 0 },
                  },
                  makes: { [found.scale]: scaled, [found.shift]: scaledAndShifted },
                },
          );
        },
      }),
    )(withBiases(ring)(n));

export const ssfMethod = method({
  name: "ssf",
  summary: "train a scale and a shift per channel behind every operation",
  source: "Lian et al., Scaling and shifting your features (SSF), arXiv 2210.08823, 2022",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "ssf", rate: 1e-2, prepare: adaptBySsf(float32) }],
});
