/**
 * Scale and shift of Meta-Transfer Learning: a frozen kernel times one scalar per input-output pair, and a shift
 * on the bias,
 *
 *     W_jk = g_jk F_jk,    b_j' = b_j + t_j.
 *
 * The kernels are those of projection (T3_unit, T4_merge); what differs is that batch norm is not folded before
 * training and that a layer without bias is given one. The meta-learning that chooses where the scales start is
 * not part of it: they start at one.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { filled } from "../tensor/tensor.js";
import { adaptByMaking, linearOf, withBiases } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** Scale every kernel of the body per input-output pair and shift every bias. */
export const adaptByScaleShift =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    E.chain((biased: AnyNetwork<A>) =>
      adaptByMaking(ring)("scale-shift", biased, {
        choose: (layer) => {
          const linear = linearOf(layer);
          if (linear === null) return E.right(null);
          const { inputs, outputs, weight } = linear;
          return E.right({
            parameters: {
              mtl_scale: { start: filled(ring)([inputs, outputs], ring.one), towards: 1 },
              mtl_shift: { start: filled(ring)([outputs], ring.zero), towards: 0 },
            },
            makes: {
              [weight]: (b, frozen, theta) =>
                b.apply({ op: "gateWeight" }, frozen, theta("mtl_scale")),
              bias: (b, frozen, theta) => b.apply({ op: "add" }, frozen, theta("mtl_shift")),
            },
          });
        },
      }),
    )(withBiases(ring)(n));

export const scaleShiftMethod = method({
  name: "scale-shift",
  summary: "train a scale per input-output pair and a shift per output, batch norm as it is",
  source: "Sun et al., Meta-transfer learning for few-shot learning, arXiv 1812.02391, 2019",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "scale-shift", rate: 1e-2, prepare: adaptByScaleShift(float32) }],
});
