/** The theorems of proofs/Inheritance.v and proofs/Refusals.v, over the rationals. */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { asClass, network, type Network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import type { Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { embed } from "../../src/transform/embed.js";
import { mergedOperator } from "../../src/transform/merge.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import {
  alone,
  classes,
  evidenceFor,
  gatePermutation,
  homogeneous,
  kronecker,
  linear,
  lowRankFactoring,
  nodeCount,
  proportional,
  scalarConnections,
  scalarWeighted,
  sharedGram,
  techniques as all,
  whitening,
  type Assumption,
  type Place,
  type Technique,
} from "../../src/inherit.js";
import { equal, sameMatrix } from "../../src/inherit/exact.js";
import { drawStackPlace } from "../../src/inherit/draw.js";
import { patchesOf, seen, valueOf, type Subject } from "../../src/inherit/subject.js";
import { contributions, parametersPerConnection } from "../../src/inherit/tries.js";
import { drawConvolution, drawDense, drawProjected } from "./subject.js";

const { zero } = rational;

/** Techniques about one layer. */
const techniques = all.filter(({ scope }) => scope === "layer");

const holds = (runs: number, property: (t: Tape) => boolean): void => {
  fc.assert(fc.property(tape(), property), { numRuns: runs });
};

/** A layer as a place, with choices for laws. */
const placeOf = (t: Tape, s: Subject): Place =>
  succeed(
    alone(
      s,
      Array.from({ length: 24 }, () => t.below(2 ** 20)),
    ),
  );

/** Whether a layer meets an assumption, as values at a place say. */
const meets = (t: Tape, s: Subject, ...assumed: readonly Assumption[]): boolean =>
  assumed.every(({ tried }) => E.isRight(tried(placeOf(t, s))));

/** The smallest layer that the property's own search finds against a law; fails where it finds none. */
const counterexample = <S extends Subject>(
  draw: (t: Tape) => S,
  law: (t: Tape, s: S) => boolean,
): S => {
  const found = fc.check(
    fc.property(tape().map(draw), tape(), (s, t) => law(t, s)),
    { numRuns: 400 },
  );
  if (found.counterexample === null) throw new Error("the law held on every layer drawn");
  return found.counterexample[0];
};

/** A projected layer whose nodes may have their kernels in common. */
const drawAlike = (t: Tape): Subject => {
  const s = drawProjected(t);
  const nodes = nodeCount<Rational>(s.op);
  return t.below(2) === 0
    ? s
    : {
        ...s,
        op: {
          ...s.op,
          kernel: generated(rational)(s.op.kernel.shape, (i) => s.op.kernel.data[i - (i % nodes)]!),
        },
      };
};

const drawScalarLayer = (t: Tape): Subject => (t.below(3) === 0 ? drawDense(t) : drawAlike(t));

describe("techniques and classes", () => {
  it("inherits: where a layer meets every need of a technique, the law holds", () => {
    let met = 0;
    holds(300, (t) => {
      const { needs, law } = t.pick(techniques);
      const place = placeOf(t, drawScalarLayer(t));
      if (needs.some(({ tried }) => E.isLeft(tried(place)))) return true;
      met++;
      return E.isRight(law.holds(place));
    });
    expect(met).toBeGreaterThan(50);
  });

  it("refusal_has_reason: where a law fails, the layer lacks a need of the technique", () => {
    let failed = 0;
    holds(300, (t) => {
      const { needs, law } = t.pick(techniques);
      const place = placeOf(t, drawScalarLayer(t));
      if (E.isRight(law.holds(place))) return true;
      failed++;
      return needs.some(({ decided }) => E.isLeft(decided(rational)(place.network, place.layer)));
    });
    expect(failed).toBeGreaterThan(20);
  });

  it("gffn_provides: dense layers are scalar-weighted, homogeneous and proportional", () => {
    holds(60, (t) => {
      const s = drawDense(t);
      return meets(t, s, scalarConnections, scalarWeighted, homogeneous, proportional);
    });
  });

  it("gcnn_provides: convolutions are linear and proportional, and homogeneous without groups", () => {
    holds(100, (t) => {
      const s = drawConvolution(t);
      return (
        meets(t, s, linear, scalarWeighted, proportional) &&
        (s.op.groups > 1 || meets(t, s, homogeneous))
      );
    });
  });

  it("projected_provides: projected layers are scalar-weighted and proportional", () => {
    holds(60, (t) => {
      const s = drawProjected(t);
      return meets(t, s, scalarConnections, scalarWeighted, proportional);
    });
  });

  it("projected_not_homogeneous: two nodes of a projected layer make different things of one input", () => {
    const draw = (t: Tape) => drawProjected(t, { grouped: false });
    const s = counterexample(draw, (t, subject) => meets(t, subject, homogeneous));
    expect(nodeCount<Rational>(s.op)).toBeGreaterThan(1);
  });

  it("gcnn_patches: a convolution is the dense layer of its patches", () => {
    holds(100, (t) => {
      const s = drawConvolution(t, { grouped: false });
      return sameTensor(rationals, valueOf(s), valueOf(patchesOf(s)));
    });
  });
});

describe("class_order", () => {
  const single = (s: Subject): Network<"GFFN" | "GCNN" | "Projected", Shape, Shape, Rational> =>
    succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: s.x.shape.slice(1) }, inputs: [] },
        { name: "y", op: s.op, inputs: ["x"] },
      ]),
    );
  const isConvolution = (n: Network<never, Shape, Shape, Rational>): boolean =>
    n.layers.slice(1).every(({ op }) => op.kind === "convolution");

  it("class_order: GFFN nodes and projected nodes compute what some GCNN node computes", () => {
    holds(100, (t) => {
      const dense = drawDense(t);
      const gffn = succeed(asClass("GFFN")(single(dense)));
      const embedded = succeed(embed(rational)(gffn)).network;
      const gated = drawProjected(t);
      const merged = { ...gated, op: mergedOperator(rational)(gated.op) };
      return (
        isConvolution(embedded as Network<never, Shape, Shape, Rational>) &&
        sameTensor(rationals, valueOf(dense), succeed(evaluate(rational)(embedded, dense.x))) &&
        sameTensor(rationals, valueOf(gated), valueOf(merged))
      );
    });
  });

  /** A property of all GCNN nodes as functions: `f(x + y) + f(0) = f(x) + f(y)`. */
  const isAffine = (s: Subject, y: Tensor<Rational>): boolean => {
    const at = (x: Tensor<Rational>) => valueOf({ ...s, x }).data;
    const none = generated(rational)(s.x.shape, () => zero);
    const both = generated(rational)(s.x.shape, (i) => rational.add(s.x.data[i]!, y.data[i]!));
    const [sum, f0, fx, fy] = [at(both), at(none), at(s.x), at(y)];
    return Array.from(sum).every((v, i) =>
      equal(rational.add(v, f0[i]!), rational.add(fx[i]!, fy[i]!)),
    );
  };

  it("class_order: being affine in the input, which all GCNN nodes are, passes down to the others", () => {
    holds(100, (t) => {
      const s = t.pick([drawDense, drawConvolution, drawProjected])(t);
      const other = generated(rational)(s.x.shape, (i) => s.x.data[s.x.data.length - 1 - i]!);
      return isAffine(s, other);
    });
  });
});

describe("techniques that need one input vector", () => {
  const shared: readonly Technique[] = [lowRankFactoring, whitening, kronecker, sharedGram];

  it("homogeneous_inherited: dense layers inherit them, and convolutions through their patches", () => {
    holds(200, (t) => {
      const { law } = t.pick(shared);
      const s = t.pick([
        drawDense(t),
        drawConvolution(t, { grouped: false }),
        patchesOf(drawConvolution(t, { grouped: false })),
      ]);
      return E.isRight(law.holds(placeOf(t, s)));
    });
    holds(60, (t) => {
      const place = drawStackPlace(t, t.pick([classes[0].draw, classes[1].draw]));
      return E.isRight(gatePermutation.law.holds(succeed(place)));
    });
  });

  /** A layer that breaks the law, found by search: it has the scalars and lacks the shared input. */
  const breaks = (t: Technique): void => {
    const { place } = evidenceFor(t, classes[2]).counterexample!;
    for (const assumption of [scalarConnections, scalarWeighted]) succeed(assumption.tried(place));
    expect(E.isLeft(homogeneous.decided(rational)(place.network, place.layer))).toBe(true);
  };

  it("low_rank_refused: no hidden values computed once serve all nodes of a projected layer", () => {
    breaks(lowRankFactoring);
  });

  it("whitening_refused: what whitens the inputs of one projected node does not whiten another's", () => {
    breaks(whitening);
  });

  it("kronecker_refused: the curvature of a projected layer is no Kronecker product", () => {
    breaks(kronecker);
  });

  it("shared_gram_refused: the ridge solution of one projected node does not solve another's", () => {
    breaks(sharedGram);
  });

  it("gate_permutation_refused: exchanging gates does not exchange projected nodes", () => {
    breaks(gatePermutation);
  });

  it("kernel_pruning_refused: a zero at one tap of a convolution does not remove the connection", () => {
    const s = counterexample(drawConvolution, (t, s) => {
      const taps = parametersPerConnection(s);
      const tap = t.below(taps);
      const k = t.below(seen(s)[0]!.length);
      const w = Array.from({ length: taps }, (_, i) => (i === tap ? zero : rational.one));
      return sameMatrix(
        contributions(s, k, w),
        contributions(
          s,
          k,
          w.map(() => zero),
        ),
      );
    });
    expect(parametersPerConnection(s)).toBeGreaterThan(1);
  });
});
