/**
 * Merging: a projected layer is the convolution with kernel `g_jk * F_jk` (T4_merge), so a projected
 * network costs nothing extra once it is trained. Exact over a ring; over machine numbers every merged
 * weight is the product rounded once. Networks without gates come back unchanged.
 */
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec, ModelClass, Network } from "../model/network.js";
import type { Convolution, Projected } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Conversion, Step } from "./certificate.js";
import { scaleInner } from "./precision.js";
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

/** The GCNN network that a projected network is. */
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
        layers.push({ ...layer, op: mergedOperator(ring)(op) });
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
