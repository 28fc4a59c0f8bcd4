/** What techniques that make zeros save: of the network as it is when gates are merged and the dead is taken out. */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { livenessOf, savingOf } from "./liveness.js";
import type { NodeLayer } from "./place.js";
import type { Reals } from "./reals.js";
import { onEachLayer, type Applied, type LayerOutcome, type Site } from "./technique.js";

/** `apply` of a technique that makes zeros layer by layer, with what the zeros save in its figures. */
export const pruning =
  <O extends object>(
    change: <A>(reals: Reals<A>, layer: NodeLayer<A>, options: O) => Result<LayerOutcome<A>>,
  ) =>
  <A>(reals: Reals<A>, site: Site<A>, options: O): Result<Applied<A>> =>
    E.map((applied: Applied<A>): Applied<A> => {
      const { layers } = livenessOf(reals.ring)(applied.network);
      const named = new Map(layers.map((l) => [l.layer, l]));
      const { weights, weightsLeft, multiplyAdds, multiplyAddsLeft, deadNodes } = savingOf(layers);
      return {
        ...applied,
        changes: applied.changes.map((change) => {
          const { connections, alive, dead } = named.get(change.layer)!;
          return {
            ...change,
            figures: {
              ...change.figures,
              connections,
              "connections left": alive,
              "dead nodes": dead,
            },
          };
        }),
        figures: {
          ...applied.figures,
          weights,
          "weights left": weightsLeft,
          "multiply-adds": multiplyAdds,
          "multiply-adds left": multiplyAddsLeft,
          "dead nodes": deadNodes,
        },
      };
    })(onEachLayer(change)(reals, site, options));
