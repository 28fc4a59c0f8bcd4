/** The conversions preserve meaning on random DAGs, exactly, over the rationals and a formal field. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Network } from "../../src/model/network.js";
import { spatialOf, type Shape } from "../../src/tensor/shape.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { check } from "../../src/certify/check.js";
import { formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { drawCentredAxis } from "../../src/laws/generators/geometry.js";
import { cases } from "../../src/laws/generators/network.js";
import {
  allActivations,
  orderedKinds,
  type NetworkOptions,
} from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import {
  idempotent,
  preserves,
  retraction,
  unmergeAfterMerge,
  type Convert,
} from "../../src/laws/conversion.js";
import { sameMeaning } from "../../src/laws/equality.js";

const runs = { numRuns: 60 };

/** The conversion, with its certificate checked as it is made. */
const certified =
  <A>({ ring }: Sampled<A>, convert: Convert<A>): Convert<A> =>
  (n) => {
    const made = convert(n);
    if (made._tag === "Right") succeed(check(ring)(n, made.right.network, made.right.certificate));
    return made;
  };

/** `project` where there is something to gate; other networks stay as they are, through `merge`. */
const projecting =
  <A>({ ring }: Sampled<A>): Convert<A> =>
  (n) =>
    n.layers.some((l) => l.op.kind === "convolution")
      ? project(ring)(n as Network<"GCNN", Shape, Shape, A>)
      : merge(ring)(n);

const laws = <A>(name: string, sampled: Sampled<A>, activations: Partial<NetworkOptions>): void => {
  const { ring } = sampled;
  const gcnn = cases(sampled, activations);
  const projected = cases(sampled, {
    ...activations,
    kinds: ["projected", "projected", "projected", "convolution", ...orderedKinds],
  });
  describe(`over ${name}`, () => {
    it("projection at gates of one preserves (network_projection)", () => {
      fc.assert(
        fc.property(gcnn, ({ network, batch }) => {
          succeed(preserves(ring)(certified(sampled, projecting(sampled)))(network, batch));
        }),
        runs,
      );
    });
    it("merging preserves (network_merge), is idempotent, and unmerges to where it came from", () => {
      fc.assert(
        fc.property(projected, ({ network, batch }) => {
          const merging = certified(sampled, merge(ring));
          succeed(preserves(ring)(merging)(network, batch));
          succeed(idempotent(ring)(merging)(network));
          succeed(unmergeAfterMerge(ring)(network as Network<"Projected", Shape, Shape, A>));
        }),
        runs,
      );
    });
    it("merging undoes projection", () => {
      fc.assert(
        fc.property(gcnn, ({ network }) => {
          succeed(retraction(ring)(projecting(sampled), merge(ring))(network));
        }),
        runs,
      );
    });
    it("folding preserves (T6_bn_fold)", () => {
      const kinds: NetworkOptions["kinds"] = [
        "convolution",
        "projected",
        "dense",
        "affine",
        "affine",
        "affine",
        "add",
        ...(name === "rational" ? [] : (["batchNorm", "batchNorm"] as const)),
      ];
      fc.assert(
        fc.property(
          cases(sampled, { ...activations, kinds, statistics: ["frozen", "frozen", "batch"] }),
          ({ network, batch }) => {
            succeed(preserves(ring)(certified(sampled, foldBatchNorm(ring)))(network, batch));
          },
        ),
        runs,
      );
    });
    it("absorbing padding preserves (T6_pad)", () => {
      fc.assert(
        fc.property(
          cases(sampled, {
            ...activations,
            kinds: ["zeroPad", "zeroPad", "convolution", "projected", "maxPool", "add"],
            ranks: [2, 1, 3],
          }),
          ({ network, batch }) => {
            succeed(preserves(ring)(certified(sampled, absorbPadding(ring)))(network, batch));
          },
        ),
        runs,
      );
    });
    it("embedding preserves, into every geometry with a centre tap, and recognising undoes it", () => {
      const gffn = cases(sampled, { ...activations, kinds: ["dense", "dense", ...orderedKinds] });
      fc.assert(
        fc.property(gffn, tape(), ({ network, batch }, t: Tape) => {
          const options = {
            geometry: (_: string, extents: Shape) => extents.map(() => drawCentredAxis(t)),
          };
          const geometries = new Map(
            network.layers.map((l) => [l.name, options.geometry(l.name, spatialOf(l.shape))]),
          );
          const embedding: Convert<A> = (n) =>
            embed(ring, { geometry: (name) => geometries.get(name)! })(
              n as Network<"GFFN", Shape, Shape, A>,
            );
          succeed(preserves(ring)(certified(sampled, embedding))(network, batch));
          succeed(retraction(ring)(embedding, certified(sampled, recognise(ring)))(network));
        }),
        runs,
      );
    });
    it("conversions compose: project, fold, absorb, merge", () => {
      fc.assert(
        fc.property(
          cases(sampled, {
            ...activations,
            kinds: ["convolution", "convolution", "zeroPad", "affine", ...orderedKinds],
          }),
          ({ network, batch }) => {
            const converted = [
              projecting(sampled),
              foldBatchNorm(ring) as Convert<A>,
              absorbPadding(ring) as Convert<A>,
              merge(ring) as Convert<A>,
            ].reduce((n, convert) => succeed(certified(sampled, convert)(n)).network, network);
            succeed(sameMeaning(ring)(converted, network, batch));
          },
        ),
        runs,
      );
    });
  });
};

laws("rational", rationals, {});
laws("a formal field", formal("conversions"), {
  activations: allActivations,
});

it("the random networks are not trivial", () => {
  const seen = fc.sample(cases(rationals), { numRuns: 200, seed: 1 });
  const convolutions = seen.flatMap(({ network }) =>
    network.layers.flatMap((l) => (l.op.kind === "convolution" ? [l.op] : [])),
  );
  expect(convolutions.length).toBeGreaterThan(100);
  expect(convolutions.some((c) => c.groups > 1)).toBe(true);
  expect(convolutions.some((c) => c.geometry.some((a) => a.stride > 1 && a.low !== a.high))).toBe(
    true,
  );
  expect(convolutions.some((c) => c.geometry.some((a) => a.dilation > 1 && a.kernel > 1))).toBe(
    true,
  );
});
