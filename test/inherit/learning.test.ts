/**
 * Techniques that fit, weigh and factor layers: their laws on the three classes, what they do to networks of several
 * layers, and for those that need one input vector the refusal on projected layers.
 */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { applyAt, counterexampleAt, isNotInherited } from "../../src/inherit/apply.js";
import { classes, gcnn, gffn, projected, type LayerClass } from "../../src/inherit/class.js";
import { drawLayerPlace, drawSmall, drawStackPlace } from "../../src/inherit/draw.js";
import {
  atMost,
  dot,
  minus,
  number,
  sameMatrix,
  square,
  sub,
  times,
  total,
  type Matrix,
} from "../../src/inherit/exact.js";
import { fractions } from "../../src/inherit/reals.js";
import { nodeCount, rowCount, scalarsOf } from "../../src/inherit/scalars.js";
import { search } from "../../src/inherit/search.js";
import { scalarMatrix, sharedName } from "../../src/inherit/lowRank.js";
import { channel, outputs, transformed } from "../../src/inherit/subject.js";
import { alone, subjectAt, type Place } from "../../src/inherit/place.js";
import type { Data, Technique } from "../../src/inherit/technique.js";
import { elasticWeights } from "../../src/inherit/techniques/elasticWeights.js";
import { kronecker } from "../../src/inherit/techniques/kronecker.js";
import { leastSquares } from "../../src/inherit/techniques/leastSquares.js";
import { lowRankFactoring } from "../../src/inherit/techniques/lowRankFactoring.js";
import { lowRankParametrisation } from "../../src/inherit/techniques/lowRankParametrisation.js";
import { optimalBrainDamage } from "../../src/inherit/techniques/optimalBrainDamage.js";
import { sharedGram } from "../../src/inherit/techniques/sharedGram.js";
import { whitening } from "../../src/inherit/techniques/whitening.js";
import { sameTensor } from "../../src/laws/equality.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { axis } from "../../src/tensor/geometry.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

const onScalars: readonly Technique[] = [
  leastSquares,
  elasticWeights,
  optimalBrainDamage,
  lowRankParametrisation,
];
const onShared: readonly Technique[] = [lowRankFactoring, whitening, kronecker, sharedGram];

const evidence = (t: Technique, c: LayerClass, runs: number) =>
  search(t, (tape) => drawLayerPlace(tape, c.draw), { runs });

describe("laws", () => {
  for (const technique of onScalars)
    it.each(classes.map((c) => [c.name, c] as const))(
      `${technique.name} works on %s layers (${technique.theorems.inherited.join(", ")})`,
      (_, c) => {
        expect(evidence(technique, c, 80).counterexample).toBeNull();
      },
    );

  for (const technique of onShared) {
    it.each([gffn, gcnn].map((c) => [c.name, c] as const))(
      `${technique.name} works on %s layers without groups (homogeneous_inherited)`,
      (_, c) => {
        expect(evidence(technique, c, 80).counterexample).toBeNull();
      },
    );

    it(`${technique.name} fails on a projected layer that the search finds (${technique.theorems.refused.join(", ")})`, () => {
      const { counterexample } = evidence(technique, projected, 400);
      expect(counterexample).not.toBeNull();
      const { place, shown } = counterexample!;
      const { op } = succeed(subjectAt(place));
      expect(op.kind).toBe("projected");
      // Two nodes are needed and enough, and it is these that differ in their kernels.
      expect(nodeCount(op)).toBe(2);
      expect(shown).toMatch(/projected/);
      expect(E.isLeft(technique.law.holds(place))).toBe(true);
    });
  }
});

const rowsOf = ({ shape, data }: Tensor<Rational>): Matrix =>
  Array.from({ length: shape[0]! }, (_, i) =>
    Array.from({ length: shape[1]! }, (_, j) => data[i * shape[1]! + j]!),
  );

/** A network of two layers of a class, with data for the first or the second. */
const drawNetwork = (t: Tape, c: LayerClass): Place => {
  const place = succeed(drawStackPlace(t, c.draw));
  return { ...place, layer: t.pick(["h", "y"]) };
};
const over = (c: LayerClass, holds: (p: Place, t: Tape) => boolean, runs = 40): void => {
  fc.assert(
    fc.property(
      tape(200).map((t) => drawNetwork(t, c)),
      tape(),
      holds,
    ),
    { numRuns: runs },
  );
};
const outputOf = (p: Place, network = p.network): Tensor<Rational> =>
  succeed(evaluate(rational)(network, p.batch));
/** The value of the named layer. */
const outputsAt = (p: Place, network: Place["network"]): Tensor<Rational> => {
  const cut = network.layers.findIndex(({ name }) => name === p.layer);
  return succeed(
    evaluate(rational)({ ...network, layers: network.layers.slice(0, cut + 1) }, p.batch),
  );
};
const squaredError = (y: Tensor<Rational>, wanted: Tensor<Rational>): Rational =>
  total(Array.from(y.data, (v, i) => square(sub(v, wanted.data[i]!))));

describe.each(classes.map((c) => [c.name, c] as const))("on %s networks", (_, c) => {
  it("least squares brings the named layer as near to what is wanted as it can", () => {
    over(c, (p, t) => {
      const before = outputsAt(p, p.network);
      const wanted = drawSmall(t, before.shape);
      const data: Data<Rational> = { batch: p.batch, wanted: new Map([[p.layer, wanted]]) };
      const fit = (network: Place["network"]) =>
        succeed(applyAt(fractions, { layers: [p.layer] })(leastSquares)(network, data)).network;
      const once = fit(p.network);
      const after = outputsAt(p, once);
      return (
        atMost(squaredError(after, wanted), squaredError(before, wanted)) &&
        sameTensor(rationals, outputsAt(p, fit(once)), after)
      );
    });
  });

  it("elastic weight consolidation leaves the network and gives importances that are no less than zero", () => {
    over(c, (p) => {
      const applied = succeed(
        applyAt(fractions, { layers: [p.layer] })(elasticWeights)(p.network, { batch: p.batch }),
      );
      const importance = applied.tensors.get(`${p.layer}.importance`)!;
      const { op } = succeed(subjectAt(p));
      return (
        sameTensor(rationals, outputOf(p, applied.network), outputOf(p)) &&
        importance.data.length === scalarsOf(op).data.length &&
        Array.from(importance.data).every((x) => atMost(rational.zero, x))
      );
    });
  });

  it("Optimal Brain Damage removes the share, and a scalar that nothing depends on first", () => {
    over(c, (p, t) => {
      const share = t.pick([0, 0.5, 1]);
      const applied = succeed(
        applyAt(fractions, { layers: [p.layer] })(optimalBrainDamage, { share })(p.network, {
          batch: p.batch,
        }),
      );
      const { op } = succeed(subjectAt({ ...p, network: applied.network }));
      const saliency = Array.from(applied.tensors.get(`${p.layer}.saliency`)!.data);
      const before = scalarsOf(succeed(subjectAt(p)).op).data;
      const removed = Math.floor(share * saliency.length);
      const changed = Array.from(scalarsOf(op).data, (x, i) => !rational.equals(x, before[i]!));
      const kept = saliency.filter(
        (_, i) => !rational.equals(scalarsOf(op).data[i]!, rational.zero),
      );
      const gone = saliency.filter((_, i) => changed[i]);
      return (
        applied.figures["scalars removed"] === removed &&
        gone.length <= removed &&
        gone.every((x) => kept.every((y) => atMost(x, y)))
      );
    });
  });

  it("a low-rank parametrisation of the full rank starts at the network, with r (rows + nodes) parameters", () => {
    over(c, (p) => {
      const { op } = succeed(subjectAt(p));
      const rank = Math.min(rowCount(op), nodeCount(op));
      const applied = succeed(
        applyAt(fractions, { layers: [p.layer] })(lowRankParametrisation, { rank })(p.network),
      );
      return (
        sameTensor(rationals, outputOf(p, applied.network), outputOf(p)) &&
        applied.figures["parameters"] === rank * (rowCount(op) + nodeCount(op))
      );
    });
  });
});

describe.each([gffn, gcnn].map((c) => [c.name, c] as const))(
  "what is computed once, on %s networks",
  (_, c) => {
    it("low-rank factoring at full rank, and white inputs, change nothing", () => {
      over(c, (p) => {
        const { op } = succeed(subjectAt(p));
        const factored = succeed(
          applyAt(fractions, { layers: [p.layer] })(lowRankFactoring, { rank: rowCount(op) })(
            p.network,
          ),
        );
        const white = (["uncorrelated", "unit"] as const).map((inputs) =>
          succeed(
            applyAt(fractions, { layers: [p.layer] })(whitening, { inputs })(p.network, {
              batch: p.batch,
            }),
          ),
        );
        return [factored, ...white].every(
          ({ network }) =>
            network.class === p.network.class &&
            sameTensor(rationals, outputOf(p, network), outputOf(p)),
        );
      });
    });

    it("a step against the curvature is the X with A X S equal to the gradient", () => {
      over(c, (p, t) => {
        const gradients = drawSmall(t, outputsAt(p, p.network).shape);
        const applied = succeed(
          applyAt(fractions, { layers: [p.layer] })(kronecker)(p.network, {
            batch: p.batch,
            gradients: new Map([[p.layer, gradients]]),
          }),
        );
        const s = succeed(subjectAt(p));
        const [inputs, nodes] = ["inputs", "nodes"].map((name) =>
          rowsOf(applied.tensors.get(`${p.layer}.${name}`)!),
        ) as [Matrix, Matrix];
        const [before, after] = [s, succeed(subjectAt({ ...p, network: applied.network }))].map(
          ({ op }) => rowsOf(scalarMatrix(op)),
        ) as [Matrix, Matrix];
        const step = before.map((row, k) => minus(row, after[k]!));
        const own = Array.from({ length: nodeCount(s.op) }, (_, j) => channel(gradients, j));
        return sameMatrix(
          times(times(inputs, step), nodes),
          transformed(s)[0]!.map((z) => own.map((g) => dot(z, g))),
        );
      });
    });

    it("one factor for all nodes finds what each node finds by itself", () => {
      over(c, (p, t) => {
        const wanted = drawSmall(t, outputsAt(p, p.network).shape);
        const data: Data<Rational> = { batch: p.batch, wanted: new Map([[p.layer, wanted]]) };
        const [own, once] = [leastSquares, sharedGram].map(
          (technique) =>
            succeed(
              applyAt(fractions, { layers: [p.layer] })(technique, { ridge: 0.5 })(p.network, data),
            ).network,
        );
        return sameTensor(rationals, outputOf(p, once), outputOf(p, own));
      });
    });
  },
);

describe("white inputs of length one", () => {
  it("have the unit matrix for moments, where the lengths are fractions", () => {
    // Two inputs of squares 16 and 25 + 9: of the second, 25 is left once the first has explained 9.
    const x = tensor([3, 2], [4, 3, 0, 3, 0, 4].map(number));
    const p = succeed(
      alone({
        op: { kind: "dense", weights: tensor([2, 1], [1, 2].map(number)), bias: null },
        x,
      }),
    );
    const { network } = succeed(applyAt(fractions)(whitening)(p.network, { batch: x }));
    const white = outputs(succeed(subjectAt({ ...p, network, layer: sharedName("y") })));
    const moments = white.map((u) => white.map((v) => rational.show(dot(u, v))));
    expect(moments).toEqual([
      ["1", "0"],
      ["0", "1"],
    ]);
  });
});

describe("refusals", () => {
  /** A projected layer of two nodes, each of which looks at a tap of its own. */
  const tapNodes = (): Place =>
    succeed(
      alone({
        op: {
          kind: "projected",
          geometry: [axis({ kernel: 2 })],
          groups: 1,
          kernel: tensor([2, 1, 2], [1, 0, 0, 1].map(number)),
          gates: tensor([1, 2], [3, -2].map(number)),
          bias: null,
        },
        x: tensor([1, 3, 1], [1, 2, 5].map(number)),
      }),
    );

  it.each(onShared.map((t) => [t.name, t] as const))(
    "%s names what is missing, the layer, and a layer that anyone can run again",
    (name, technique) => {
      const p = tapNodes();
      const refusal = applyAt(fractions)(technique)(p.network, { batch: p.batch });
      if (E.isRight(refusal)) throw new Error("expected a refusal");
      const { left } = refusal;
      expect(isNotInherited(left)).toBe(true);
      if (!isNotInherited(left)) return;
      expect([left.technique, left.layer, left.assumption.name]).toEqual([
        name,
        "y",
        "homogeneous",
      ]);
      expect(showRefusal(left)).toMatch(/layer y: found frozen kernels of input 0 that differ/);
      const found = left.counterexample!;
      const again = counterexampleAt(fractions)(technique, p.network, "y", {
        seed: found.seed,
        path: found.path,
      });
      expect(again?.shown).toBe(found.shown);
    },
  );

  it("the same gates may be written as a product, which is the nuance", () => {
    const p = tapNodes();
    const low = applyAt(fractions)(lowRankParametrisation, { rank: 1 })(p.network);
    const once = applyAt(fractions)(lowRankFactoring, { rank: 1 })(p.network);
    expect([E.isRight(low), E.isRight(once)]).toEqual([true, false]);
    // Gates of two nodes on one input have rank one.
    expect(sameTensor(rationals, outputOf(p, succeed(low).network), outputOf(p))).toBe(true);
  });

  it("says what is wrong with options and data", () => {
    const p = tapNodes();
    const apply = applyAt(fractions, { layers: ["y"] });
    const sentences = [
      apply(lowRankParametrisation, { rank: 0 })(p.network),
      apply(optimalBrainDamage, { share: 2 })(p.network, { batch: p.batch }),
      apply(leastSquares)(p.network),
      apply(leastSquares)(p.network, { batch: p.batch }),
    ].map((r) => (E.isLeft(r) ? showRefusal(r.left) : "accepted"));
    expect(sentences).toEqual([
      "rank: found 0, expected a whole number of at least 1",
      "share: found 2, expected a number from 0 to 1",
      "data: found none, expected a batch of inputs of the network; this technique learns from data",
      "data: found nothing wanted of y, expected values that at least one of them should have on the batch",
    ]);
  });
});
