/** How the check's refusals read where no layer's weights are at fault, and what its report counts. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { check } from "../../src/certify/check.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { readIn } from "../../src/semantics/reading.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Certificate, Step } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { enlarge } from "../../src/transform/enlarge.js";
import { merge } from "../../src/transform/merge.js";
import { refused, succeed } from "../generators/succeed.js";

type Any = AnyNetwork<number>;
const weight = (...shape: Shape): Tensor<number> => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => i + 1),
});
const build = (...specs: readonly LayerSpec[]): Any => succeed(network(specs));
const chain = (shape: Shape, ...ops: readonly Operator[]): Any =>
  build(
    { name: "x", op: { kind: "input", shape }, inputs: [] },
    ...ops.map((op, i) => ({ name: `l${i}`, op, inputs: [i === 0 ? "x" : `l${i - 1}`] })),
  );
const keep = (layer: string, from = layer): Step => ({ theorem: "keep", layer, from: [from] });
const relu: Operator = { kind: "activation", fn: { name: "relu" } };
const relu6: Operator = { kind: "activation", fn: { name: "relu6" } };
const gated: Operator = {
  kind: "projected",
  geometry: [axis({ kernel: 3, low: 1, high: 1 })],
  groups: 1,
  kernel: weight(3, 2, 2),
  gates: weight(2, 2),
  bias: weight(2),
};

const source = chain([3, 2], gated, relu, gated);
const made = succeed(merge(float32)(source));
const sentence = (lie: Partial<Certificate>, target: Any = made.network, from: Any = source) =>
  showRefusal(refused(check(float32)(from, target, { ...made.certificate, ...lie })));
/** The sentence for a target of which every layer is said to be kept. */
const kept = (from: Any, target: Any, names: readonly (readonly [string, string])[]): string =>
  sentence(
    {
      conversion: "absorbPadding",
      theorem: "rewrite_sound",
      rounding: "exact",
      source: digestOf(float32)(from),
      target: digestOf(float32)(target),
      steps: names.map(([layer, of]) => keep(layer, of)),
    },
    target,
    from,
  );
const x = ["x", "x"] as const;

describe("a certificate", () => {
  it.each([
    [{ theorem: "rewrite_sound" }, "theorem: found rewrite_sound, expected network_merge"],
    [{ ring: "reals" }, "ring: found reals, expected float32"],
    [{ rounding: "exact" }, "rounding: found exact, expected once per weight"],
    [{ steps: [] }, "steps: found 0, expected 4"],
    [{ source: "0123" }, `source: found 0123, expected ${digestOf(float32)(source)}`],
    [{ target: "0123" }, `target: found 0123, expected ${digestOf(float32)(made.network)}`],
  ] as const)("that says %o", (lie, expected) => {
    expect(sentence(lie)).toBe(`certificate: ${expected}`);
  });
  it("is of two networks with one input and one output shape", () => {
    expect(kept(chain([3, 2], relu), chain([2, 3], relu), [x, ["l0", "l0"]])).toBe(
      "certificate: input shape: found 2x3, expected 3x2",
    );
    expect(kept(chain([3, 2], relu), chain([3, 2], { kind: "flatten" }), [x, ["l0", "l0"]])).toBe(
      "certificate: output shape: found 6, expected 3x2",
    );
  });
});

describe("the terms of a conversion", () => {
  it("are the theorems that it may use, and another conversion's are not", () => {
    const padded = chain(
      [3, 2],
      { kind: "zeroPad", padding: [[1, 1]] },
      {
        kind: "convolution",
        geometry: [axis({ kernel: 3 })],
        groups: 1,
        kernel: weight(3, 2, 2),
        bias: null,
      },
    );
    const exact = succeed(readIn(rational)(padded));
    const { network: target, certificate } = succeed(absorbPadding(rational)(exact));
    succeed(check(rational)(exact, target, certificate));
    const lie: Certificate = { ...certificate, conversion: "foldBatchNorm" };
    expect(showRefusal(refused(check(rational)(exact, target, lie)))).toBe(
      "layer l1, theorem T6_pad: found a step by T6_pad, expected keep or T6_bn_fold in foldBatchNorm",
    );
  });
  it("are the layers that it may leave", () => {
    const steps = source.layers.map(({ name }) => keep(name));
    expect(sentence({ steps }, source)).toBe(
      "layer l0, theorem keep: found a layer of kind projected left over, expected none after merge",
    );
  });
  it.each([gated, { ...gated, kind: "convolution" } as Operator])(
    "of recognising: no convolution, with gates or without",
    (op) => {
      const n = chain([3, 2], op);
      const lie = {
        conversion: "recognise",
        theorem: "network_embed",
        rounding: "exact",
        steps: n.layers.map(({ name }) => keep(name)),
      } as const;
      expect(sentence(lie, n, n)).toBe(
        `layer l0, theorem keep: found a layer of kind ${op.kind} left over, expected none after recognise`,
      );
    },
  );
  it("leave a layer that was kept its NaN", () => {
    const dense = { kind: "dense", weights: weight(2, 2), bias: weight(2) } as const;
    const broken = chain(
      [3, 2],
      { ...dense, bias: { shape: [2], data: Float32Array.of(NaN, 1) } },
      gated,
    );
    const merged = succeed(merge(float32)(broken));
    expect(succeed(check(float32)(broken, merged.network, merged.certificate)).weights).toBe(20);
  });
  it("compute nothing in a ring that rounds otherwise", () => {
    const ring = polynomial(float32);
    const over = succeed(readIn(ring)(source));
    const { network: target, certificate } = succeed(merge(ring)(over));
    expect(showRefusal(refused(check(ring)(over, target, certificate)))).toBe(
      `ring: found ${ring.name}, whose arithmetic rounds, expected an exact ring, float32 or float64: ` +
        "elsewhere a computed weight has no bound here",
    );
  });
});

describe("wires", () => {
  const branched = (last: Operator, ...inputs: readonly string[]): Any =>
    build(
      { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
      { name: "a", op: relu, inputs: ["x"] },
      { name: "b", op: relu6, inputs: ["a"] },
      { name: "s", op: last, inputs },
    );
  it("are those of the source, under the names of the target", () => {
    const [from, target] = [
      branched({ kind: "add" }, "a", "b"),
      branched({ kind: "add" }, "b", "x"),
    ];
    expect(kept(from, target, [x, ["a", "a"], ["b", "b"], ["s", "s"]])).toBe(
      "layer s, theorem keep: inputs: found b, x, expected a, b",
    );
  });
  it("lead to the source's output", () => {
    const names = ["x", "a", "b", "s"].map((name) => [name, name] as const);
    const longer = build(...branched(relu, "b").layers, { name: "y", op: relu, inputs: ["s"] });
    expect(kept(longer, branched(relu, "b"), names)).toBe(
      "output: found s, expected the value of y",
    );
  });
});

describe("what the checker cannot hold", () => {
  it("is refused with the limits", () => {
    const wide = chain([3, 1], {
      kind: "convolution",
      geometry: [axis({ kernel: 3, low: 1, high: 1 })],
      groups: 1,
      kernel: weight(3, 1, 1),
      bias: null,
    });
    const geometry = [axis({ kernel: 5, low: 2, high: 2 })];
    const { network: target, certificate } = succeed(
      enlarge(float32, { geometry: () => geometry })(wide),
    );
    const steps = certificate.steps.map((step): Step =>
      step.theorem === "T6_push" ? { ...step, offset: [2 ** 53 - 1] } : step,
    );
    expect(showRefusal(refused(check(float32)(wide, target, { ...certificate, steps })))).toBe(
      "network: found more than the checker can hold (beyond 2^53: 9007199254740992), " +
        "expected fewer than about 7,000 layers, windows of fewer than 10,000 taps, numbers below 2^53",
    );
  });
  it("is not what a defect of the ring is: that is thrown, not refused", () => {
    const exact = succeed(readIn(rational)(source));
    const { network: target, certificate } = succeed(merge(rational)(exact));
    const broken = {
      ...rational,
      equals: (): boolean => {
        throw new Error("a defect of the ring");
      },
    };
    expect(() => check(broken)(exact, target, certificate)).toThrow("a defect of the ring");
  });
});

it("the report counts layers, theorems and weights", () => {
  expect(succeed(check(float32)(source, made.network, made.certificate))).toEqual({
    conversion: "merge",
    theorem: "network_merge",
    layers: 4,
    theorems: new Map([
      ["keep", 2],
      ["T4_merge", 2],
    ]),
    weights: 28,
    rounding: "once per weight",
  });
});
