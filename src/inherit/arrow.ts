/**
 * Arrows between classes of networks: the conversions, each with the check of its certificate made. What
 * arrives was accepted by the checker that is extracted from the proofs.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { check, type CheckReport } from "../certify/check.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Conversion } from "../transform/certificate.js";
import { embed } from "../transform/embed.js";
import { merge } from "../transform/merge.js";
import { project } from "../transform/project.js";
import { recognise } from "../transform/recognise.js";

/** A network of another class that means the same, with the record of why and of its check. */
export interface Arrival<
  C extends ModelClass,
  In extends Shape,
  Out extends Shape,
  A,
> extends Conversion<C, In, Out, A> {
  readonly report: CheckReport;
}

/** A certified way from one class of networks to another. */
export interface Arrow<From extends ModelClass = ModelClass, To extends ModelClass = ModelClass> {
  readonly name: string;
  readonly from: From;
  readonly to: To;
  /** Whether every network has an image; `recognise` has none for what couples positions. */
  readonly total: boolean;
  readonly theorem: string;
  readonly along: <A>(
    ring: Ring<A>,
  ) => <In extends Shape, Out extends Shape>(
    n: Network<From, In, Out, A>,
  ) => Result<Arrival<To, In, Out, A>>;
}

const checked = <C extends ModelClass, In extends Shape, Out extends Shape, A>(
  ring: Ring<A>,
  source: Network<ModelClass, In, Out, A>,
  converted: Result<Conversion<C, In, Out, A>>,
): Result<Arrival<C, In, Out, A>> =>
  E.chain((c: Conversion<C, In, Out, A>) =>
    E.map((report: CheckReport): Arrival<C, In, Out, A> => ({ ...c, report }))(
      check(ring)(source, c.network, c.certificate),
    ),
  )(converted);

/** A GFFN network as a convolutional one; refuses windows without a centre tap. */
export const embedding: Arrow<"GFFN", "GCNN"> = {
  name: "embed",
  from: "GFFN",
  to: "GCNN",
  total: true,
  theorem: "network_embed",
  along: (ring) => (n) => checked(ring, n, embed(ring)(n)),
};

/** The way back, where there is one. */
export const recognition: Arrow<"GCNN", "GFFN"> = {
  name: "recognise",
  from: "GCNN",
  to: "GFFN",
  total: false,
  theorem: "T2_collapse",
  along: (ring) => (n) => checked(ring, n, recognise(ring)(n)),
};

/** Gates of one on every convolution; a network without any has nothing to gate. */
export const projection: Arrow<"GCNN", "Projected"> = {
  name: "project",
  from: "GCNN",
  to: "Projected",
  total: false,
  theorem: "network_projection",
  along: (ring) => (n) => checked(ring, n, project(ring)(n)),
};

/** Kernels of gate times kernel. */
export const merging: Arrow<"Projected", "GCNN"> = {
  name: "merge",
  from: "Projected",
  to: "GCNN",
  total: true,
  theorem: "network_merge",
  along: (ring) => (n) => checked(ring, n, merge(ring)(n)),
};

/** All arrows. */
export const arrows = [embedding, recognition, projection, merging] as const;

/**
 * One arrow after another; the certificates of both are kept.
 */
export const andThen =
  <A>(ring: Ring<A>) =>
  <P extends ModelClass, Q extends ModelClass, R extends ModelClass>(
    first: Arrow<P, Q>,
    second: Arrow<Q, R>,
  ) =>
  <In extends Shape, Out extends Shape>(
    n: Network<P, In, Out, A>,
  ): Result<readonly [Arrival<Q, In, Out, A>, Arrival<R, In, Out, A>]> =>
    E.chain((a: Arrival<Q, In, Out, A>) =>
      E.map((b: Arrival<R, In, Out, A>) => [a, b] as const)(second.along(ring)(a.network)),
    )(first.along(ring)(n));
