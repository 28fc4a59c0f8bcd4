/**
 * Filter-subspace tuning, the dual of projection: spatial atoms are trained, coefficients are frozen. A kernel of
 * `T` taps is decomposed over atoms `D` (`T` numbers each), `F[t, k, j] = sum_m D[t, m] a[m, k, j]`. With `T` atoms
 * the decomposition is exact over every ring, and which one is taken does not matter: all of them reach the
 * kernels `M F` with `M` a `T x T` matrix on taps. So the atoms start at the identity, the coefficients are the
 * pretrained taps themselves, and
 *
 *     W[t, k, j] = sum_m M[t, m] F[m, k, j],    M trained, T^2 numbers a layer.
 *
 * On a 1x1 kernel an atom is one number, which only scales the layer; such layers stay frozen.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { size } from "../tensor/shape.js";
import { generated } from "../tensor/tensor.js";
import { adaptByMaking, linearOf } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** Train the atoms of every kernel of more than one tap. Refuses a body without any. */
export const adaptByFilterSubspace =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    E.chain((adaptation: Adaptation<A>): Result<Adaptation<A>> =>
      adaptation.reparametrisation.size > 0
        ? E.right(adaptation)
        : refuse({
            where: "method filter-subspace",
            found: "a network without kernels of more than one tap before its classifier",
            expected: "at least one spatial kernel",
            advice: "use lora or full fine-tuning",
          }),
    )(
      adaptByMaking(ring)("filter-subspace", n, {
        choose: (layer) => {
          const linear = linearOf(layer);
          if (linear === null || linear.taps === 1) return E.right(null);
          const { taps, shape, weight } = linear;
          return E.right({
            parameters: {
              atoms: {
                start: generated(ring)([taps, taps], (i) =>
                  i % (taps + 1) === 0 ? ring.one : ring.zero,
                ),
                towards: null,
              },
            },
            makes: {
              [weight]: (b, frozen, theta) =>
                b.apply(
                  { op: "reshape", shape },
                  b.apply(
                    { op: "matmul", transposeA: false, transposeB: false },
                    theta("atoms"),
                    b.apply({ op: "reshape", shape: [taps, size(shape) / taps] }, frozen),
                  ),
                ),
            },
          });
        },
      }),
    );

export const filterSubspaceMethod = method({
  name: "filter-subspace",
  summary: "train the spatial atoms of every kernel, coefficients frozen",
  source:
    "Chen et al., Large convolutional model tuning via filter subspace, arXiv 2403.00269, 2024",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "filter-subspace", rate: 3e-3, prepare: adaptByFilterSubspace(float32) }],
});
