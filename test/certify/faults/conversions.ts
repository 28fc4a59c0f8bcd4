/** What is converted and how, and whether a claim is one that a converter makes. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../../../src/algebra/refusal.js";
import type { Ring } from "../../../src/algebra/ring.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import type { Shape } from "../../../src/tensor/shape.js";
import { absorbPadding } from "../../../src/transform/absorbPadding.js";
import { canonicalJson } from "../../../src/transform/canonicalJson.js";
import type { Conversion, ConversionName } from "../../../src/transform/certificate.js";
import { embed } from "../../../src/transform/embed.js";
import { enlarge } from "../../../src/transform/enlarge.js";
import { foldBatchNorm } from "../../../src/transform/fold.js";
import { merge } from "../../../src/transform/merge.js";
import { project } from "../../../src/transform/project.js";
import { recognise } from "../../../src/transform/recognise.js";
import { ungroup } from "../../../src/transform/ungroup.js";
import { unmerge } from "../../../src/transform/unmerge.js";
import type { Claim } from "./plot.js";
import { allGated, collapsible, gcnn, gffn, someGated, windows } from "./worked.js";

type Convert = <A>(
  ring: Ring<A>,
  n: AnyNetwork<A>,
) => Result<Conversion<AnyNetwork<A>["class"], Shape, Shape, A>>;
/** What is converted, and how; `unmerge` starts from what is merged. */
export const conversions: Readonly<
  Record<ConversionName, { readonly from: AnyNetwork<number>; readonly convert: Convert }>
> = {
  project: { from: gcnn, convert: (ring, n) => project(ring)(n as never) },
  merge: { from: allGated, convert: (ring, n) => merge(ring)(n) },
  unmerge: {
    from: allGated,
    convert: (ring, n) =>
      pipe(
        merge(ring)(n),
        E.chain((merged) => unmerge(ring)(merged.network, n as never)),
      ),
  },
  embed: { from: gffn, convert: (ring, n) => embed(ring, windows)(n as never) },
  recognise: { from: collapsible, convert: (ring, n) => recognise(ring)(n) },
  foldBatchNorm: { from: someGated, convert: (ring, n) => foldBatchNorm(ring)(n) },
  absorbPadding: { from: someGated, convert: (ring, n) => absorbPadding(ring)(n) },
  ungroup: { from: someGated, convert: (ring, n) => ungroup(ring)(n) },
  enlarge: { from: someGated, convert: (ring, n) => enlarge(ring)(n) },
};
export const names = Object.keys(conversions) as readonly ConversionName[];

/** The claim that a conversion makes, from the network that it is made of. */
export const claimOf = <A>(
  ring: Ring<A>,
  name: ConversionName,
  from: AnyNetwork<A>,
): Result<Claim<A>> =>
  pipe(
    name === "unmerge"
      ? E.map((m: { readonly network: AnyNetwork<A> }) => m.network)(merge(ring)(from))
      : E.right(from),
    E.chain((source) =>
      pipe(
        conversions[name].convert(ring, from),
        E.map(({ network: target, certificate }) => ({ source, target, certificate })),
      ),
    ),
  );

/**
 * Whether a claim about other networks is true all the same: the converter makes it too. A weight may change by
 * so little that its product rounds as before, and folding drops what only training reads.
 */
export const isTrue = <A>(ring: Ring<A>, name: ConversionName, claim: Claim<A>): boolean =>
  pipe(
    claimOf(ring, name, name === "unmerge" ? claim.target : claim.source),
    E.exists(({ certificate }) => canonicalJson(certificate) === canonicalJson(claim.certificate)),
  );
