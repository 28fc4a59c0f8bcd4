/**
 * Merging: a projected layer is the convolution with kernel `g_jk * F_jk` (T4_merge), so a projected
 * network costs nothing extra once it is trained. Exact over a ring; over machine numbers every merged
 * weight is the product rounded once, and a product that overflows is refused. Networks without gates come
 * back unchanged, as networks of the class GCNN: hence merging twice is merging once.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec, ModelClass, Network } from "../model/network.js";
import type { Convolution, Projected } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Conversion, Step } from "./certificate.js";
import { finite, scaleInner } from "./precision.js";
import { kept, rebuild } from "./rebuild.js";

/** The convolution that a projected layer is. */
export const mergedOperator =
  <A>(ring: Ring<A>) =>
  ({ geometry, groups, kernel, gates, bias }: Projected<A>): Convolution<A> => ({
    kind: "convolution",
    geometry,
    groups,
    kernel: scaleInner(ring)(kernel, gates.data),
    bias,
  });

/** The same, refused where a product is too large for the ring's numbers. */
export const mergedWithin =
  <A>(ring: Ring<A>) =>
  (op: Projected<A>): Result<Convolution<A>> => {
    const merged = mergedOperator(ring)(op);
    return E.bimap(
      (r: Refusal): Refusal => ({
        ...r,
        advice:
          "the product of this gate and its frozen weight is out of range: train with a lower rate",
      }),
      () => merged,
    )(finite(ring)("kernel", merged.kernel));
  };

/**
 * The GCNN network that a projected network is.
 *
 * Refuses, over machine numbers, a merged weight that is not finite.
 */
export const merge =
  <A>(ring: Ring<A>) =>
  <In extends Shape, Out extends Shape>(
    source: Network<ModelClass, In, Out, A>,
  ): Result<Conversion<"GCNN", In, Out, A>> => {
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    for (const layer of source.layers) {
      const { name, op } = layer;
      if (op.kind === "projected") {
        const merged = mergedWithin(ring)(op);
        if (E.isLeft(merged)) return E.left(within(`layer ${name}`)(merged.left));
        layers.push({ ...layer, op: merged.right });
        steps.push({ theorem: "T4_merge", layer: name, from: [name], groups: op.groups });
      } else {
        layers.push(layer);
        steps.push(kept(name));
      }
    }
    return rebuild(ring)(source, {
      conversion: "merge",
      theorem: "network_merge",
      class: "GCNN",
      layers,
      steps,
      notes: [],
    });
  };
