/** What a step says beside its theorem: where a converter's word is changed, the check quotes it beside the right one. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational } from "../../src/algebra/rational.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { arithmetic } from "../../src/certify/arithmetic.js";
import type { ArrangedStep } from "../../src/certify/arrangement.js";
import { check } from "../../src/certify/check.js";
import { claims, finiteWeights } from "../../src/certify/claims.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { network, type Layer, type LayerSpec } from "../../src/model/network.js";
import {
  weightsOf,
  type BatchNorm,
  type Convolution,
  type Operator,
} from "../../src/model/operator.js";
import { readIn } from "../../src/semantics/reading.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Conversion, Step } from "../../src/transform/certificate.js";
import { embed } from "../../src/transform/embed.js";
import { enlarge } from "../../src/transform/enlarge.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { ungroup } from "../../src/transform/ungroup.js";
import { refused, succeed } from "../generators/succeed.js";

type Any = AnyNetwork<number>;
type Made = Conversion<Any["class"], Shape, Shape>;

const weight = (shape: Shape, f: (i: number) => number): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => f(i)),
});
const chain = (shape: Shape, ...ops: readonly Operator[]): Any =>
  succeed(
    network([
      { name: "x", op: { kind: "input", shape }, inputs: [] },
      ...ops.map((op, i): LayerSpec => ({
        name: `l${i}`,
        op,
        inputs: [i === 0 ? "x" : `l${i - 1}`],
      })),
    ]),
  );
/** The check of a conversion whose one step that is not "keep" says something else. */
const said = (source: Any, converted: Result<Made>, change: object): string => {
  const { network: target, certificate } = succeed(converted);
  succeed(check(float32)(source, target, certificate));
  const steps = certificate.steps.map((s) =>
    s.theorem === "keep" ? s : ({ ...s, ...change } as Step),
  );
  return showRefusal(refused(check(float32)(source, target, { ...certificate, steps })));
};

const grouped: Convolution<number> = {
  kind: "convolution",
  geometry: [axis({ kernel: 3, low: 1, high: 1 })],
  groups: 2,
  kernel: weight([3, 1, 4], (i) => i + 1),
  bias: null,
};
const window = '[{"dilation":1,"high":1,"kernel":3,"low":1,"stride":1}]';
const other = { geometry: [axis({ kernel: 3 })] };
const shown = '[{"dilation":1,"high":0,"kernel":3,"low":0,"stride":1}]';

describe("a kernel that is zero at every tap", () => {
  // Three inputs to four outputs: the first ten of the twelve pairs are zero at both taps.
  const source = chain([4, 3], {
    kind: "convolution",
    geometry: [axis({ kernel: 2 })],
    groups: 1,
    kernel: weight([2, 3, 4], (i) => (i % 12 < 10 ? 0 : 1)),
    bias: null,
  });
  const pairs = [0, 1, 2].flatMap((k) => [0, 1, 2, 3].map((j) => [k, j]));
  const unidentifiable = (count: number, first: readonly unknown[]) =>
    said(source, project(float32)(source as never) as Result<Made>, {
      unidentifiable: { count, first },
    });
  it("is counted, and the first eight are named", () => {
    expect(unidentifiable(9, pairs.slice(0, 8))).toBe(
      "layer l0, theorem T3_unit: kernels that are zero at every tap: found 9, expected 10",
    );
    for (const names of [7, 9, 10])
      expect(unidentifiable(10, pairs.slice(0, names))).toBe(
        `layer l0, theorem T3_unit: zero kernels: found ${JSON.stringify(pairs.slice(0, names))}, ` +
          `expected ${JSON.stringify(pairs.slice(0, 8))}`,
      );
  });
});

describe("geometry, groups and extents", () => {
  it("of a merge", () => {
    const source = chain([3, 2], { ...grouped, kind: "projected", gates: weight([1, 4], () => 2) });
    expect(said(source, merge(float32)(source), { groups: 7 })).toBe(
      "layer l0, theorem T4_merge: groups of the step: found 7, expected 2",
    );
  });
  it("of an embedding: the step says what the target must have", () => {
    const source = chain([3, 2], {
      kind: "dense",
      weights: weight([2, 2], (i) => i + 1),
      bias: null,
    });
    const embedded = embed(float32, { geometry: () => grouped.geometry })(source as never);
    expect(said(source, embedded as Result<Made>, other)).toBe(
      `layer l0, theorem T1_embed: geometry: found ${window}, expected ${shown}`,
    );
  });
  it.each([
    [other, `geometry: found ${shown}, expected ${window}`],
    [{ groups: 1 }, "groups: found 1, expected 2"],
    [{ extents: [2] }, "extents of the step: found [2], expected [1]"],
    [{ dead: [0, 1] }, "dead taps: found [0,1], expected [0,2]"],
    [{ dead: [2, 0] }, "dead taps: found [2,0], expected [0,2]"],
  ])("of a collapse: %o", (change, expected) => {
    const source = chain([1, 2], grouped);
    expect(said(source, recognise(float32)(source), change)).toBe(
      `layer l0, theorem T2_collapse: ${expected}`,
    );
  });
  it.each([
    [{ padding: [[1, 1]] }, "padding of the step: found [[1,1]], expected [[2,1]]"],
    [other, `geometry of the step: found ${shown}, expected ${window}`],
  ])("of an absorbed padding: %o", (change, expected) => {
    const source = chain([3, 2], { kind: "zeroPad", padding: [[2, 1]] }, grouped);
    expect(said(source, absorbPadding(float32)(source), change)).toBe(
      `layer l1, theorem T6_pad: ${expected}`,
    );
  });
  it("of a layer without its groups", () => {
    const source = chain([3, 2], grouped);
    expect(said(source, ungroup(float32)(source), { groups: 4 })).toBe(
      "layer l0, theorem T6_groups: groups of the step: found 4, expected 2",
    );
  });
  it("of an enlarged window", () => {
    const source = chain([3, 2], grouped);
    const geometry = [axis({ kernel: 5, low: 2, high: 2 })];
    expect(said(source, enlarge(float32, { geometry: () => geometry })(source), other)).toBe(
      `layer l0, theorem T6_push: geometry of the step: found ${shown}, expected ${window}`,
    );
  });
});

/** A step about the layers behind the input, as it stands before the checker has been asked. */
const placed = <A>(step: Step, layers: readonly Layer<A>[]): ArrangedStep<A> => ({
  step,
  layer: layers[1]!,
  from: layers.slice(1),
  proofFrom: layers.slice(1),
  input: layers[0]!.shape,
  readers: 1,
  wires: "x",
});
const place = { layer: "l0", from: ["l0"] };
const fold = { theorem: "T6_bn_fold", ...place, folded: "affine", readers: 1, scale: [] } as const;

describe("layers of another kind than the theorem's are the checker's to refuse", () => {
  const { layers } = chain(
    [3, 2],
    { kind: "activation", fn: { name: "relu" } },
    { kind: "activation", fn: { name: "relu" } },
  );
  const claimed = (step: Step) => claims(float32, arithmetic(float32), placed(step, layers));
  it.each<Step>([
    { theorem: "T3_unit", ...place, unidentifiable: { count: 0, first: [] } },
    { theorem: "T4_merge", ...place, groups: 1 },
    { theorem: "T1_embed", ...place, geometry: [], centre: [] },
    {
      theorem: "T2_collapse",
      ...place,
      geometry: [],
      groups: 1,
      extents: [3],
      centre: null,
      dead: [],
    },
    { theorem: "T6_groups", ...place, groups: 1 },
    { theorem: "T6_push", ...place, geometry: [], offset: [], factor: [] },
  ])("and have no kernel that %o could quote", (step) => {
    succeed(claimed(step));
  });
  it("and no padding or factors: a step that quotes these is refused", () => {
    const pad: Step = { theorem: "T6_pad", ...place, padding: [], geometry: [] };
    expect(showRefusal(refused(claimed(pad)))).toBe("padding of the step: found [], expected null");
    expect(showRefusal(refused(claimed(fold)))).toBe(
      'folded layer: found "activation", expected "affine"',
    );
  });
});

describe("a folded map", () => {
  const norm: BatchNorm<number> = {
    kind: "batchNorm",
    statistics: "frozen",
    gamma: weight([4], (i) => i + 1),
    beta: null,
    mean: weight([4], () => 1),
    variance: weight([4], (i) => 4 ** -i - 2 ** -10),
    epsilon: 2 ** -10,
    momentum: 0.9,
  };
  const affine: Operator = {
    kind: "affine",
    scale: weight([4], (i) => i + 2),
    shift: weight([4], () => 1),
  };
  const folded = (map: Operator, change: object): string => {
    const source = chain([3, 2], grouped, map);
    return said(source, foldBatchNorm(float32)(source), change);
  };
  it.each([
    [affine, { folded: "batchNorm" }, 'folded layer: found "affine", expected "batchNorm"'],
    [norm, { folded: "affine" }, 'folded layer: found "batchNorm", expected "affine"'],
    [norm, { readers: 2 }, "readers of the linear layer: found [1,2], expected [1,1]"],
    [affine, { scale: ["2", "3", "4"] }, 'scale: found ["2","3","4"], expected ["2","3","4","5"]'],
    [norm, { scale: [] }, 'scale: found [], expected ["1","4","12","32"]'],
    [{ ...norm, gamma: null }, { scale: [] }, 'scale: found [], expected ["1","2","4","8"]'],
  ])("%o, of which a step says %o", (map, change, expected) => {
    expect(folded(map, change)).toBe(`layer l0, theorem T6_bn_fold: ${expected}`);
  });
  it("has no scale in a ring without the root", () => {
    const source = chain([3, 2], grouped, { ...norm, epsilon: 0, variance: weight([4], () => 2) });
    const { layers } = succeed(readIn(rational)(source));
    const step: Step = { ...fold, folded: "batchNorm", scale: [] };
    expect(refused(claims(rational, arithmetic(rational), placed(step, layers))).where).toBe(
      "scale",
    );
  });
  it("that is kept is kept with what only training reads", () => {
    const source = chain([4], norm);
    const made = succeed(foldBatchNorm(float32)(source));
    const target = {
      ...source,
      layers: source.layers.map((l) =>
        l.op.kind === "batchNorm" ? { ...l, op: { ...l.op, momentum: 0.5 } } : l,
      ),
    };
    const refusal = refused(check(float32)(source, target, made.certificate));
    expect(refusal.where).toBe("layer l0, theorem keep: operator");
    expect(refusal.found).toContain('"momentum":0.5');
    expect(refusal.expected).toContain('"momentum":0.9');
  });
});

describe("weights of a layer that a conversion touched", () => {
  const weights = weightsOf<number>({
    ...grouped,
    bias: weight([4], (i) => (i === 2 ? Infinity : 0)),
  });
  it("are finite where they are machine numbers", () => {
    for (const ring of [float32, float64])
      expect(showRefusal(refused(finiteWeights(ring, weights)))).toBe(
        "bias, element 2: found Infinity, expected a finite number",
      );
    succeed(finiteWeights(float32, weights.slice(0, 1)));
    const exact = weightsOf(succeed(readIn(rational)(chain([3, 2], grouped))).layers[1]!.op);
    succeed(finiteWeights(rational, exact));
  });
});
