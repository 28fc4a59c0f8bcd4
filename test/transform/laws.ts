/**
 * The laws of the conversions: each is a function of a ring, a network and a batch, and succeeds exactly
 * when the law holds there. Over an exact ring that is an equality, not an approximation.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import type { ModelClass, Network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { sameShape, showShape, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Conversion } from "../../src/transform/certificate.js";
import { agreeLayers } from "../../src/transform/comparison.js";
import { merge } from "../../src/transform/merge.js";
import { unmerge } from "../../src/transform/unmerge.js";

/** A network over `A` of any class. */
export type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** A conversion of networks over `A`, whatever the class it asks for. */
export type Convert<A> = (n: AnyNetwork<A>) => Result<Conversion<ModelClass, Shape, Shape, A>>;

/** Two values are equal, element by element. */
export const equalValues =
  <A>(ring: Ring<A>) =>
  (found: Tensor<A>, expected: Tensor<A>): Result<null> => {
    if (!sameShape(found.shape, expected.shape))
      return refuse({
        where: "value",
        found: showShape(found.shape),
        expected: showShape(expected.shape),
      });
    for (let i = 0; i < expected.data.length; i++)
      if (!ring.equals(found.data[i]!, expected.data[i]!))
        return refuse({
          where: `element ${i}`,
          found: ring.show(found.data[i]!),
          expected: ring.show(expected.data[i]!),
        });
    return E.right(null);
  };

/** Two networks have the same output for a batch. */
export const sameMeaning =
  <A>(ring: Ring<A>) =>
  (found: AnyNetwork<A>, expected: AnyNetwork<A>, batch: Tensor<A>): Result<null> =>
    pipe(
      evaluate(ring)(expected, batch),
      E.chain((y) =>
        E.chain((x: Tensor<A>) => equalValues(ring)(x, y))(evaluate(ring)(found, batch)),
      ),
    );

/** Two networks are the same: class, layers, wiring, operators and weights. */
export const sameNetwork =
  <A>(ring: Ring<A>) =>
  (found: AnyNetwork<A>, expected: AnyNetwork<A>): Result<null> => {
    if (found.layers.length !== expected.layers.length)
      return refuse({
        where: "layers",
        found: `${found.layers.length}`,
        expected: `${expected.layers.length}`,
      });
    for (const [i, layer] of expected.layers.entries()) {
      const same = agreeLayers(ring)(found.layers[i]!, layer);
      if (E.isLeft(same)) return E.left(within(`layer ${layer.name}`)(same.left));
    }
    return E.right(null);
  };

/** A conversion preserves the meaning of the network. */
export const preserves =
  <A>(ring: Ring<A>) =>
  (convert: Convert<A>) =>
  (n: AnyNetwork<A>, batch: Tensor<A>): Result<null> =>
    pipe(
      convert(n),
      E.chain((c) => sameMeaning(ring)(c.network, n, batch)),
    );

/** A conversion changes nothing the second time. */
export const idempotent =
  <A>(ring: Ring<A>) =>
  (convert: Convert<A>) =>
  (n: AnyNetwork<A>): Result<null> =>
    pipe(
      convert(n),
      E.chain((once) =>
        E.chain((twice: Conversion<ModelClass, Shape, Shape, A>) =>
          sameNetwork(ring)(twice.network, once.network),
        )(convert(once.network)),
      ),
    );

/** `unmerge(merge(p), p) = p`. */
export const unmergeAfterMerge =
  <A>(ring: Ring<A>) =>
  (p: Network<"Projected", Shape, Shape, A>): Result<null> =>
    pipe(
      merge(ring)(p),
      E.chain((m) => unmerge(ring)(m.network, p)),
      E.chain((u) => sameNetwork(ring)(u.network, p)),
    );

/** `back(there(n)) = n`, as networks. */
export const retraction =
  <A>(ring: Ring<A>) =>
  (there: Convert<A>, back: Convert<A>) =>
  (n: AnyNetwork<A>): Result<null> =>
    pipe(
      there(n),
      E.chain((t) => back(t.network)),
      E.chain((b) => sameNetwork(ring)(b.network, n)),
    );
