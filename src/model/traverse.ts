/**
 * Networks are traversable: a function with effects in any applicative functor `F` of fp-ts runs over all
 * operators, or over all weights, in the network's order, and the effects are collected. `F` may be Either
 * (stop at the first refusal), a Const of a monoid (fold), Writer, Task, ...
 *
 * What is rebuilt goes through `network`, which infers shapes and class anew and may refuse; so the answer
 * is a `Result` inside `F`. Laws: over Identity with the identity function it is the network itself, and a
 * traversal in a composition of two functors is one after the other (test/model/traverse.test.ts).
 */
import type { hkt } from "fp-ts";
import type {
  Applicative,
  Applicative1,
  Applicative2,
  Applicative2C,
} from "fp-ts/lib/Applicative.js";
import * as RA from "fp-ts/lib/ReadonlyArray.js";
import type { Result } from "../algebra/refusal.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { network, type Layer, type LayerSpec, type ModelClass, type Network } from "./network.js";
import { mapWeights, weightsOf, type Operator } from "./operator.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** A weight of a layer and what it is called there. */
export interface WeightPlace {
  readonly layer: string;
  readonly weight: string;
}

/**
 * Replace every operator, with effects.
 *
 * @example
 * import { build, dense, input, relu, traverseOperators } from "heirloom"
 * import { getApplicative } from "fp-ts/lib/Const.js"
 * import { string } from "fp-ts"
 *
 * const n = pipe(input([2]), dense(3), relu, build({ seed: 0 }))
 * const kinds = traverseOperators(getApplicative(string.Monoid))((layer) => layer.op.kind + " ")
 * assert.deepStrictEqual(pipe(n, E.map(kinds)), E.right("input dense activation "))
 */
export function traverseOperators<F extends hkt.URIS2>(
  F: Applicative2<F>,
): <E, A, B>(
  f: (layer: Layer<A>) => hkt.Kind2<F, E, Operator<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind2<F, E, Result<AnyNetwork<B>>>;
export function traverseOperators<F extends hkt.URIS2, E>(
  F: Applicative2C<F, E>,
): <A, B>(
  f: (layer: Layer<A>) => hkt.Kind2<F, E, Operator<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind2<F, E, Result<AnyNetwork<B>>>;
export function traverseOperators<F extends hkt.URIS>(
  F: Applicative1<F>,
): <A, B>(
  f: (layer: Layer<A>) => hkt.Kind<F, Operator<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind<F, Result<AnyNetwork<B>>>;
export function traverseOperators<F>(
  F: Applicative<F>,
): <A, B>(
  f: (layer: Layer<A>) => hkt.HKT<F, Operator<B>>,
) => (n: AnyNetwork<A>) => hkt.HKT<F, Result<AnyNetwork<B>>>;
export function traverseOperators<F>(
  F: Applicative<F>,
): <A, B>(
  f: (layer: Layer<A>) => hkt.HKT<F, Operator<B>>,
) => (n: AnyNetwork<A>) => hkt.HKT<F, Result<AnyNetwork<B>>> {
  return <A, B>(f: (layer: Layer<A>) => hkt.HKT<F, Operator<B>>) =>
    (n: AnyNetwork<A>) =>
      F.map(
        RA.traverse(F)((layer: Layer<A>) =>
          F.map(f(layer), (op): LayerSpec<B> => ({ name: layer.name, inputs: layer.inputs, op })),
        )(n.layers),
        (specs) => network(specs),
      );
}

/**
 * Replace every weight, with effects.
 *
 * @example
 * import { build, dense, input, refuse, size, traverseWeights } from "heirloom"
 *
 * const n = pipe(input([2]), dense(3), build({ seed: 0 }))
 * const small = traverseWeights(E.Applicative)((t, { layer, weight }) =>
 *   size(t.shape) > 4
 *     ? refuse({ where: `${layer}/${weight}`, found: `${size(t.shape)} elements`, expected: "at most 4" })
 *     : E.right(t),
 * )
 * assert.deepStrictEqual(pipe(n, E.chain(small), E.mapLeft((r) => r.where)), E.left("dense1/weights"))
 */
export function traverseWeights<F extends hkt.URIS2>(
  F: Applicative2<F>,
): <E, A, B>(
  f: (t: Tensor<A>, place: WeightPlace) => hkt.Kind2<F, E, Tensor<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind2<F, E, Result<AnyNetwork<B>>>;
export function traverseWeights<F extends hkt.URIS2, E>(
  F: Applicative2C<F, E>,
): <A, B>(
  f: (t: Tensor<A>, place: WeightPlace) => hkt.Kind2<F, E, Tensor<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind2<F, E, Result<AnyNetwork<B>>>;
export function traverseWeights<F extends hkt.URIS>(
  F: Applicative1<F>,
): <A, B>(
  f: (t: Tensor<A>, place: WeightPlace) => hkt.Kind<F, Tensor<B>>,
) => (n: AnyNetwork<A>) => hkt.Kind<F, Result<AnyNetwork<B>>>;
export function traverseWeights<F>(
  F: Applicative<F>,
): <A, B>(
  f: (t: Tensor<A>, place: WeightPlace) => hkt.HKT<F, Tensor<B>>,
) => (n: AnyNetwork<A>) => hkt.HKT<F, Result<AnyNetwork<B>>>;
export function traverseWeights<F>(
  F: Applicative<F>,
): <A, B>(
  f: (t: Tensor<A>, place: WeightPlace) => hkt.HKT<F, Tensor<B>>,
) => (n: AnyNetwork<A>) => hkt.HKT<F, Result<AnyNetwork<B>>> {
  return <A, B>(f: (t: Tensor<A>, place: WeightPlace) => hkt.HKT<F, Tensor<B>>) =>
    traverseOperators(F)<A, B>((layer) =>
      F.map(
        RA.traverse(F)(([weight, t]: readonly [string, Tensor<A>]) =>
          F.map(f(t, { layer: layer.name, weight }), (u) => [weight, u] as const),
        )(weightsOf(layer.op)),
        (weights): Operator<B> => {
          const replaced = new Map(weights);
          return mapWeights(layer.op, (_, weight) => replaced.get(weight)!);
        },
      ),
    );
}
