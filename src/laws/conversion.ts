/**
 * Laws of conversions in general: of any function from networks to networks, yours included. Each takes a ring,
 * conversions and a case, and succeeds exactly where the law holds there.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { asClass, type ModelClass, type Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Conversion } from "../transform/certificate.js";
import { merge } from "../transform/merge.js";
import { project } from "../transform/project.js";
import { unmerge } from "../transform/unmerge.js";
import { sameMeaning, sameNetwork } from "./equality.js";
import type { AnyNetwork } from "./generators/network.js";

/** A conversion of networks over `A`, whatever the class it asks for. */
export type Convert<A> = (n: AnyNetwork<A>) => Result<Conversion<ModelClass, Shape, Shape, A>>;

/**
 * A conversion preserves the meaning of the network.
 *
 * @example
 * import fc from "fast-check"
 * import { merge } from "heirloom"
 * import { cases, preserves, rationals } from "heirloom/laws"
 *
 * const { ring } = rationals
 * fc.assert(
 *   fc.property(cases(rationals, { kinds: ["projected"] }), ({ network, batch }) =>
 *     E.isRight(preserves(ring)(merge(ring))(network, batch)),
 *   ),
 *   { numRuns: 20 },
 * )
 */
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

/** `project` where there is something to gate; other networks stay as they are, through `merge`. */
export const projecting =
  <A>(ring: Ring<A>): Convert<A> =>
  (n) =>
    n.layers.some((l) => l.op.kind === "convolution")
      ? E.chain(project(ring))(asClass("GCNN")(n))
      : merge(ring)(n);
