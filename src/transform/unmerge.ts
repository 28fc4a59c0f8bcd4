/**
 * Unmerging: T4_merge read from right to left. A product does not tell its factors, so the projected
 * network that was merged is kept beside the merged one (its kernels are the frozen base's), and given
 * back once every merged weight has been found to be the product it should be. Hence
 * `unmerge(merge(p), p) = p` exactly, in float32 too.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Conversion, Step } from "./certificate.js";
import { agreeLayers } from "./comparison.js";
import { mergedWithin } from "./merge.js";
import { kept, rebuild } from "./rebuild.js";

/**
 * The projected network again, from its merged form and itself. Refuses a merged network that is not
 * `projected` merged, naming the first layer and weight that differ.
 */
export const unmerge =
  <A>(ring: Ring<A>) =>
  <In extends Shape, Out extends Shape>(
    merged: Network<ModelClass, In, Out, A>,
    projected: Network<"Projected", Shape, Shape, A>,
  ): Result<Conversion<"Projected", In, Out, A>> => {
    if (merged.layers.length !== projected.layers.length)
      return refuse({
        where: "unmerge",
        found: `a merged network of ${merged.layers.length} layers`,
        expected: `the ${projected.layers.length} layers of the projected network`,
      });
    const steps: Step[] = [];
    for (const [i, layer] of projected.layers.entries()) {
      const { name, op } = layer;
      const expected: Result<Operator<A>> =
        op.kind === "projected" ? mergedWithin(ring)(op) : E.right(op);
      if (E.isLeft(expected)) return E.left(within(`layer ${name}`)(expected.left));
      const same = agreeLayers(ring)(merged.layers[i]!, { ...layer, op: expected.right });
      if (E.isLeft(same))
        return E.left(
          within(`layer ${name}`)({
            ...same.left,
            advice: "unmerge with the projected network that was merged, gates included",
          }),
        );
      steps.push(
        op.kind === "projected"
          ? { theorem: "T4_merge", layer: name, from: [name], groups: op.groups }
          : kept(name),
      );
    }
    return rebuild(ring)(merged, {
      conversion: "unmerge",
      theorem: "network_merge",
      class: "Projected",
      layers: projected.layers,
      steps,
      notes: [],
    });
  };
