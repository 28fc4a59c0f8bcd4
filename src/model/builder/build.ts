/** From a draft to a network: fill in the weights and let `network` check the whole. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Shape } from "../../tensor/shape.js";
import { network, type LayerSpec, type Network } from "../network.js";
import { mapWeights } from "../operator.js";
import type { Draft, DraftClass, PlannedLayer, Progress } from "./draft.js";
import { fansOf, initialise, zeros } from "./initialiser.js";

export interface BuildOptions {
  /** Any finite number. Each weight has a random stream of its own, named by seed, layer and weight. */
  readonly seed: number;
}

const filled =
  (seed: number) =>
  ({ name, op, inputs, sources }: PlannedLayer): LayerSpec => ({
    name,
    inputs,
    op: mapWeights(op, ({ shape }, weight) => {
      const fans = fansOf(shape, op.kind === "convolution" ? op.groups : 1);
      return initialise(sources[weight] ?? zeros, shape, fans, seed, name, weight);
    }),
  });

/**
 * The network that a draft describes, without numbers: every shape and name is there, and the weights have
 * no elements. It is what one counts, prints and draws where drawing millions of weights is idle.
 *
 * @example
 * import { countNetwork, dense, input, outline, relu } from "heirloom"
 *
 * const mlp = pipe(input([784]), dense(512), relu, dense(512), relu, dense(10))
 * assert.deepStrictEqual(pipe(mlp, outline, E.map((n) => countNetwork(n).parameters)), E.right(669706))
 */
export const outline = <C extends DraftClass, In extends Shape, S extends Shape>(
  draft: Draft<C, In, S>,
): Result<Network<C, In, S, never>> =>
  E.chain(
    (progress: Progress) => network<never>(progress.layers) as Result<Network<C, In, S, never>>,
  )(draft.progress);

/** The network that a draft describes, its last layer the output, or the first refusal met on the way. */
export const build =
  ({ seed }: BuildOptions) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(
    draft: Draft<C, In, S>,
  ): Result<Network<C, In, S>> =>
    E.chain((progress: Progress) => {
      if (!Number.isFinite(seed))
        return refuse({ where: "seed", found: `${seed}`, expected: "a finite number" });
      // The type parameters of a draft mirror its class and shapes, which `network` computes anew.
      return network(progress.layers.map(filled(seed))) as Result<Network<C, In, S>>;
    })(draft.progress);
