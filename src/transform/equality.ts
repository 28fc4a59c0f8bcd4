/**
 * Equality of networks: the same layers in the same order, by name, wires, operator and every weight. Where
 * two first differ is told by `agreeNetworks`. The class a network is labelled with says no more than its
 * layers do and is not compared.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Eq } from "fp-ts/lib/Eq.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import { agreeLayers } from "./comparison.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** The first layer, wire or element where two networks differ, quoted; or that they are equal. */
export const agreeNetworks =
  <A>(ring: Ring<A>) =>
  (found: AnyNetwork<A>, expected: AnyNetwork<A>): Result<null> => {
    if (found.layers.length !== expected.layers.length)
      return refuse({
        where: "network",
        found: `${found.layers.length} layers`,
        expected: `${expected.layers.length} layers`,
      });
    for (const [i, layer] of found.layers.entries()) {
      const same = agreeLayers(ring)(layer, expected.layers[i]!);
      if (E.isLeft(same)) return E.mapLeft(within(`layer ${layer.name}`))(same);
    }
    return E.right(null);
  };

/**
 * Structural equality of networks over a ring, an instance of fp-ts's `Eq`.
 *
 * @example
 * import { build, dense, equalNetworks, float32, input } from "heirloom"
 *
 * const draw = (seed: number) => pipe(input([2]), dense(3), build({ seed }))
 * const equal = (a: number, b: number) =>
 *   pipe(draw(a), E.chain((m) => pipe(draw(b), E.map((n) => equalNetworks(float32).equals(m, n)))))
 * assert.deepStrictEqual([equal(0, 0), equal(0, 1)], [E.right(true), E.right(false)])
 */
export const equalNetworks = <A>(ring: Ring<A>): Eq<AnyNetwork<A>> => ({
  equals: (m, n) => m === n || E.isRight(agreeNetworks(ring)(m, n)),
});
