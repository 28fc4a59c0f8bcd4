/**
 * The laws of every method, exactly: over a field in which square root, comparison and the activations are
 * uninterpreted, so that equal values mean equal terms.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptBatchNorm } from "../../src/adapt/batchNorm.js";
import { adaptBiases } from "../../src/adapt/bitFit.js";
import { adaptByChannelScale } from "../../src/adapt/channelScale.js";
import { adaptByConvAdapter } from "../../src/adapt/convAdapter.js";
import { adaptByFilterSubspace } from "../../src/adapt/filterSubspace.js";
import { adaptFully } from "../../src/adapt/full.js";
import { headName, withHead } from "../../src/adapt/head.js";
import { adaptByHira } from "../../src/adapt/hira.js";
import { adaptByIa3 } from "../../src/adapt/ia3.js";
import { adaptLastStage } from "../../src/adapt/lastStage.js";
import { adaptByLora } from "../../src/adapt/lora.js";
import type { Adaptation, AnyNetwork } from "../../src/adapt/method.js";
import { adaptByProbe } from "../../src/adapt/probe.js";
import {
  adaptByProjection,
  folds,
  projectionDefaults,
  type ProjectionOptions,
} from "../../src/adapt/projection.js";
import {
  newParameters,
  startOf,
  weightSourceOf,
  type Reparametrisation,
} from "../../src/adapt/reparametrisation.js";
import { adaptByScaleShift } from "../../src/adapt/scaleShift.js";
import { adaptBySsf } from "../../src/adapt/ssf.js";
import { withStatistics } from "../../src/adapt/statistics.js";
import { weightName, type Trainable } from "../../src/adapt/trainable.js";
import type { Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { inferenceProgramOver } from "../../src/compile/inference.js";
import { interpret, type Values } from "../../src/compile/interpret.js";
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

/** Move the new parameters, as training would. */
const movedParameters = (r: Reparametrisation<bigint>): Values<bigint> =>
  Object.fromEntries(
    newParameters(r).map(([name, { start }]) => [
      name,
      generated(ring)(start.shape, (i) => ring.add(start.data[i]!, BigInt(i + 2))),
    ]),
  );

/** What the compiled network computes with these new parameters: the very instructions that training runs. */
const compiled = (
  n: AnyNetwork<bigint>,
  r: Reparametrisation<bigint>,
  parameters: Values<bigint>,
  batch: Tensor<bigint>,
): Tensor<bigint> => {
  const made = succeed(
    inferenceProgramOver(exactly(ring))(withStatistics("frozen")(n), batch.shape[0]!, {
      trainable: new Set(),
      weightSource: weightSourceOf(r),
      initial: parameters,
    }),
  );
  return succeed(interpret(ring)(made.program, { ...made.initial, input: batch }))["output"]!;
};

interface Expectations {
  /** At least so many of the sampled networks are not refused. */
  readonly atLeast: number;
  /** Whether the merged network has the layers of the pretrained one. */
  readonly merges?: boolean;
}

const obeysItsLaws = (
  prepare: (n: AnyNetwork<bigint>) => Result<Adaptation<bigint>>,
  { atLeast, merges = true }: Expectations,
): void => {
  let checked = 0;
  fc.assert(
    fc.property(headed, ({ network, batch }) => {
      const prepared = prepare(network);
      if (E.isLeft(prepared)) return;
      checked++;
      const { network: start, trainable, reparametrisation: r, finish } = prepared.right;
      const same = (x: Tensor<bigint>, y: Tensor<bigint>) => sameTensor(sampled, x, y);
      expect(same(compiled(start, r, startOf(r), batch), value(network, batch))).toBe(true);
      const trained = moved(start, trainable);
      const parameters = movedParameters(r);
      const { adapted, merged } = succeed(finish(trained, parameters));
      const wanted = compiled(trained, r, parameters, batch);
      expect(same(value(adapted, batch), wanted)).toBe(true);
      expect(same(value(merged, batch), wanted)).toBe(true);
      expect(same(wanted, value(network, batch))).toBe(false);
      if (merges)
        expect(merged.layers.map((l) => l.name)).toEqual(network.layers.map((l) => l.name));
      expect(merged.class).not.toBe("Projected");
    }),
    { numRuns: 60 },
  );
  expect(checked).toBeGreaterThanOrEqual(atLeast);
};

describe("start and finish", () => {
  it("hold for the probe", () => {
    obeysItsLaws((n) => E.right(adaptByProbe(n)), { atLeast: 60 });
  });

  it("hold for full fine-tuning", () => {
    obeysItsLaws((n) => E.right(adaptFully({ statistics: "frozen" })(n)), { atLeast: 60 });
    obeysItsLaws((n) => E.right(adaptFully({ statistics: "batch" })(n)), { atLeast: 60 });
  });

  it("hold for batch-norm tuning", () => {
    obeysItsLaws(adaptBatchNorm({ statistics: "frozen" }), { atLeast: 5 });
  });

  const bodies: Readonly<Record<string, (n: AnyNetwork<bigint>) => Result<Adaptation<bigint>>>> = {
    "last-stage tuning": adaptLastStage({ from: null }),
    "the tuning of biases": adaptBiases,
    "scales of channels": adaptByChannelScale(ring),
    "scales of channels alone": adaptByChannelScale(ring, { biases: false }),
    "IA3 on inputs": adaptByIa3(ring, { side: "input" }),
    "IA3 on outputs": adaptByIa3(ring, { side: "output" }),
    SSF: adaptBySsf(ring),
    "scale and shift": adaptByScaleShift(ring),
    "filter subspaces": adaptByFilterSubspace(ring),
    LoRA: adaptByLora(ring, { rank: 2, alpha: 2, seed: 0 }),
    "LoRA scaled": adaptByLora(ring, { rank: 2, alpha: 1, seed: 3 }),
    HiRA: adaptByHira(ring, { rank: 2, alpha: 2, seed: 0 }),
  };
  for (const [name, prepare] of Object.entries(bodies))
    it(`hold for ${name}`, () => {
      obeysItsLaws(prepare, { atLeast: 20 });
    });

  it("hold for Conv-Adapter, which stays in the network", () => {
    obeysItsLaws(adaptByConvAdapter(ring, { ratio: 2, seed: 0 }), { atLeast: 20, merges: false });
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
      obeysItsLaws(adaptByProjection(ring, { ...projectionDefaults, ...variant }), { atLeast: 5 });
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
        const { adapted } = succeed(prepared.right.finish(trained, {}));
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
