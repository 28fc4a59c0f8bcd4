/**
 * The laws of every method, exactly: over a field in which square root, comparison and the activations are
 * uninterpreted, so that equal values mean equal terms.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptBatchNorm } from "../../src/adapt/batchNorm.js";
import { adaptFully } from "../../src/adapt/full.js";
import { headName, withHead } from "../../src/adapt/head.js";
import type { Adaptation, AnyNetwork } from "../../src/adapt/method.js";
import { adaptByProbe } from "../../src/adapt/probe.js";
import {
  adaptByProjection,
  folds,
  projectionDefaults,
  type ProjectionOptions,
} from "../../src/adapt/projection.js";
import { withStatistics } from "../../src/adapt/statistics.js";
import { weightName, type Trainable } from "../../src/adapt/trainable.js";
import type { Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import { mapWeights, weightsOf } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { formal } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { cases } from "../../src/laws/generators/network.js";
import { succeed } from "../generators/succeed.js";

const sampled = formal("laws");
const { ring } = sampled;

const options = {
  kinds: [
    "convolution",
    "convolution",
    "batchNorm",
    "batchNorm",
    "affine",
    "activation",
    "add",
    "dense",
    "concat",
  ],
  activations: [{ name: "relu" }, { name: "tanh" }],
  ranks: [2],
  layers: 8,
} as const;

const counted =
  <A>(r: Ring<A>) =>
  (shape: readonly number[]): Tensor<A> =>
    generated(r)(shape, (i) => succeed(r.fromNumber(i + 2)));

/** A network with a classifier of three classes whose weights are not zero, and a batch. */
const headed = cases(sampled, options).map(({ network, batch }) => ({
  network: succeed(
    withHead<bigint>((features) => ({
      weights: counted(ring)([features, 3]),
      bias: counted(ring)([3]),
    }))(network),
  ),
  batch,
}));

/** Move every trainable weight, as training would. */
const moved = (n: AnyNetwork<bigint>, trainable: Trainable): AnyNetwork<bigint> => ({
  ...n,
  layers: n.layers.map((layer) => ({
    ...layer,
    op: mapWeights(layer.op, (t, weight) =>
      trainable.has(weightName(layer.name, weight))
        ? generated(ring)(t.shape, (i) => ring.add(t.data[i]!, BigInt(i + 3)))
        : t,
    ),
  })),
});

const value = (n: AnyNetwork<bigint>, batch: Tensor<bigint>): Tensor<bigint> =>
  succeed(evaluate(ring)(withStatistics("frozen")(n), batch));

const obeysItsLaws = (
  prepare: (n: AnyNetwork<bigint>) => Result<Adaptation<bigint>>,
  atLeast: number,
): void => {
  let checked = 0;
  fc.assert(
    fc.property(headed, ({ network, batch }) => {
      const prepared = prepare(network);
      if (E.isLeft(prepared)) return;
      checked++;
      const { network: start, trainable, finish } = prepared.right;
      const same = (x: Tensor<bigint>, y: Tensor<bigint>) => sameTensor(sampled, x, y);
      expect(same(value(start, batch), value(network, batch))).toBe(true);
      const trained = moved(start, trainable);
      const { adapted, merged } = succeed(finish(trained));
      const wanted = value(trained, batch);
      expect(same(value(adapted, batch), wanted)).toBe(true);
      expect(same(value(merged, batch), wanted)).toBe(true);
      expect(same(wanted, value(network, batch))).toBe(false);
      expect(merged.layers.map((l) => l.name)).toEqual(network.layers.map((l) => l.name));
      expect(merged.class).not.toBe("Projected");
    }),
    { numRuns: 60 },
  );
  expect(checked).toBeGreaterThanOrEqual(atLeast);
};

describe("start and finish", () => {
  it("hold for the probe", () => {
    obeysItsLaws((n) => E.right(adaptByProbe(n)), 60);
  });

  it("hold for full fine-tuning", () => {
    obeysItsLaws((n) => E.right(adaptFully({ statistics: "frozen" })(n)), 60);
    obeysItsLaws((n) => E.right(adaptFully({ statistics: "batch" })(n)), 60);
  });

  it("hold for batch-norm tuning", () => {
    obeysItsLaws(adaptBatchNorm({ statistics: "frozen" }), 5);
  });

  const variants: readonly Partial<ProjectionOptions>[] = [
    {},
    { pointwise: "freeze" },
    { pointwise: "train" },
    { biases: false },
    { affine: true },
    { dense: true },
    { statistics: "batch", affine: true },
  ];
  for (const variant of variants)
    it(`hold for projection with ${JSON.stringify(variant)}`, () => {
      obeysItsLaws(adaptByProjection(ring, { ...projectionDefaults, ...variant }), 5);
    });
});

describe("what is trained", () => {
  const trainedBy = (adaptation: Adaptation<bigint>): ReadonlySet<string> =>
    new Set(
      [...adaptation.trainable]
        .filter((name) => !name.startsWith(`${headName}/`))
        .map((name) => name.slice(name.lastIndexOf("/") + 1)),
    );

  it("is gates and biases for projection, and never a frozen kernel", () => {
    fc.assert(
      fc.property(headed, ({ network }) => {
        const prepared = adaptByProjection(ring)(network);
        if (E.isLeft(prepared)) return;
        expect([...trainedBy(prepared.right)].every((w) => w === "gates" || w === "bias")).toBe(
          true,
        );
      }),
    );
  });

  it("is the head alone for the probe, and no statistic for anyone", () => {
    fc.assert(
      fc.property(headed, ({ network }) => {
        expect(trainedBy(adaptByProbe(network)).size).toBe(0);
        const everything = adaptFully({ statistics: "batch" })(network).trainable;
        const all = network.layers.flatMap(({ name, op }) =>
          weightsOf(op).map(([w]) => weightName(name, w)),
        );
        expect(
          all.filter((name) => !everything.has(name)).every((n) => /(mean|variance)$/.test(n)),
        ).toBe(true);
      }),
    );
  });

  it("a projection's kernels come back as the very arrays they were", () => {
    fc.assert(
      fc.property(headed, ({ network }) => {
        const prepared = adaptByProjection(ring)(network);
        if (E.isLeft(prepared)) return;
        const trained = moved(prepared.right.network, prepared.right.trainable);
        const { adapted } = succeed(prepared.right.finish(trained));
        for (const [i, { op }] of network.layers.entries())
          if (op.kind === "convolution") {
            const after = adapted.layers[i]!.op;
            expect("kernel" in after && after.kernel).toBe(op.kernel);
          }
      }),
    );
  });

  it("folding is ruled out by whatever cannot be carried back", () => {
    expect(folds(projectionDefaults)).toBe(true);
    for (const o of [
      { affine: true },
      { dense: true },
      { pointwise: "train" },
      { statistics: "batch" },
    ] as const)
      expect(folds({ ...projectionDefaults, ...o })).toBe(false);
  });
});
