/** Attacks on the check that once succeeded, or crashed it. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { ball, encloses } from "../../src/algebra/ball.js";
import { float32 } from "../../src/algebra/float32.js";
import { formalPolynomial } from "../../src/algebra/formalPolynomial.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import { check } from "../../src/certify/check.js";
import { mergeRounding } from "../../src/certify/mergeRounding.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Certificate, Step } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { enlarge } from "../../src/transform/enlarge.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { refused, succeed } from "../generators/succeed.js";

const chain = <A>(...ops: readonly Operator<A>[]): AnyNetwork<A> =>
  succeed(
    network(
      ops.map((op, i): LayerSpec<A> => ({
        name: `l${i}`,
        op,
        inputs: i === 0 ? [] : [`l${i - 1}`],
      })),
    ),
  );
const one = <A>(shape: readonly number[], x: A): Tensor<A> => ({ shape, data: [x] });

describe("rings", () => {
  it("a field whose elements happen to be numbers is computed in its own arithmetic", () => {
    const products = [
      [0, 0, 0, 0],
      [0, 1, 2, 3],
      [0, 2, 3, 1],
      [0, 3, 1, 2],
    ];
    const four: Ring<number> = {
      name: "GF(4)",
      zero: 0,
      one: 1,
      add: (a, b) => a ^ b,
      sub: (a, b) => a ^ b,
      mul: (a, b) => products[a]![b]!,
      equals: (a, b) => a === b,
      show: String,
      fromNumber: (x) => E.right(x & 1),
      allocate: (length) => new Uint8Array(length),
      functions: {},
    };
    const linear = (bias: number): Operator<number> => ({
      kind: "dense",
      weights: one([1, 1], 1),
      bias: one([1], bias),
    });
    const source = chain<number>({ kind: "input", shape: [1] }, linear(1), {
      kind: "affine",
      scale: one([1], 1),
      shift: one([1], 1),
    });
    const made = succeed(foldBatchNorm(four)(source));
    succeed(check(four)(source, made.network, made.certificate));
    const { op } = made.network.layers[1]!;
    expect(op.kind === "dense" && Array.from(op.bias!.data)).toEqual([0]);
    const forged = chain<number>({ kind: "input", shape: [1] }, linear(2));
    refused(check(four)(source, forged, { ...made.certificate, target: digestOf(four)(forged) }));
  });

  it("rings over machine numbers do not count as exact", () => {
    const ring = polynomial(float32);
    const third = ring.fromNumber(Math.fround(1 / 3));
    const source = chain(
      { kind: "input", shape: [1, 1] },
      {
        kind: "projected",
        geometry: [axis({ kernel: 1 })],
        groups: 1,
        kernel: one([1, 1, 1], succeed(third)),
        gates: one([1, 1], succeed(third)),
        bias: null,
      },
    );
    const made = succeed(merge(ring)(source));
    expect(refused(check(ring)(source, made.network, made.certificate)).where).toBe("ring");
  });

  it("opaque layers are compared by their weights, not by how these are shown", () => {
    const ring = formalPolynomial(rational);
    const norm = (gamma: ReturnType<typeof ring.variable>): AnyNetwork<typeof gamma> =>
      chain(
        { kind: "input", shape: [1] },
        {
          kind: "batchNorm",
          statistics: "batch",
          gamma: one([1], gamma),
          beta: null,
          mean: one([1], ring.zero),
          variance: one([1], ring.one),
          epsilon: 0.5,
          momentum: 0.5,
        },
      );
    const [source, target] = [
      norm(ring.add(ring.variable("a"), ring.variable("b"))),
      norm(ring.variable("a + b")),
    ];
    const steps = source.layers.map(({ name }): Step => ({
      theorem: "keep",
      layer: name,
      from: [name],
    }));
    const certificate: Certificate = {
      conversion: "foldBatchNorm",
      theorem: "rewrite_sound",
      ring: ring.name,
      rounding: "exact",
      source: digestOf(ring)(source),
      target: digestOf(ring)(target),
      steps,
      notes: [],
    };
    expect(refused(check(ring)(source, target, certificate)).where).toContain("layer l1");
  });

  it("opaque layers with weights of their own are kept, and not where one element differs", () => {
    const norm = (beta: readonly number[], variance: readonly number[]): AnyNetwork<number> =>
      chain<number>(
        { kind: "input", shape: [3] },
        {
          kind: "batchNorm",
          statistics: "batch",
          gamma: null,
          beta: { shape: [3], data: Float32Array.from(beta) },
          mean: { shape: [3], data: new Float32Array(3) },
          variance: { shape: [3], data: Float32Array.from(variance) },
          epsilon: 0.5,
          momentum: 0.5,
        },
      );
    const source = norm([1, 2, 3], [1, 1, 1]);
    const kept = (target: AnyNetwork<number>) => {
      const { certificate } = succeed(foldBatchNorm(float32)(source));
      return check(float32)(source, target, { ...certificate, target: digestOf(float32)(target) });
    };
    succeed(kept(norm([1, 2, 3], [1, 1, 1])));
    for (const other of [
      norm([1, 2, 4], [1, 1, 1]),
      norm([0, 2, 3], [1, 1, 1]),
      norm([1, 2, 3], [1, 1, 2]),
      norm([4, 5, 6], [1, 1, 1]),
    ])
      expect(refused(kept(other)).where).toBe("layer l1, theorem keep: operator");
  });

  it("a sum that comes to zero in a ball may have overflowed on its way", () => {
    let large = ball.zero;
    const huge = succeed(ball.fromNumber(2 ** 125));
    for (let i = 0; i < 9; i++) large = ball.add(large, huge);
    const sum = ball.add(succeed(ball.fromNumber(3)), ball.mul(ball.zero, large));
    expect(encloses(sum, NaN)).toBe(true);
  });
});

describe("rounding", () => {
  it("is told of the layer that the step names, whatever the layer is called", () => {
    const gated = (gate: number): Operator<number> => ({
      kind: "projected",
      geometry: [axis({ kernel: 1 })],
      groups: 1,
      kernel: { shape: [1, 1, 1], data: Float32Array.of(1 / 7) },
      gates: { shape: [1, 1], data: Float32Array.of(gate) },
      bias: null,
    });
    const source = chain<number>({ kind: "input", shape: [2, 1] }, gated(1 / 3), gated(1));
    const made = succeed(merge(float32)(source));
    const other = new Map([
      ["l1", "l2"],
      ["l2", "l1"],
    ]);
    const renamed = (name: string): string => other.get(name) ?? name;
    const target = succeed(
      network(
        made.network.layers.map((l) => ({
          ...l,
          name: renamed(l.name),
          inputs: l.inputs.map(renamed),
        })),
      ),
    );
    const certificate: Certificate = {
      ...made.certificate,
      target: digestOf(float32)(target),
      steps: made.certificate.steps.map((step) => ({ ...step, layer: renamed(step.layer) })),
    };
    succeed(check(float32)(source, target, certificate));
    const [first, second] = mergeRounding(source, target, certificate);
    expect([first!.layer, second!.layer]).toEqual(["l2", "l1"]);
    expect(first!.worst).toBeGreaterThan(0);
    expect(first!.worst).toBeLessThan(1e-8);
    expect(second!.worst).toBe(0);
  });
});

describe("what is too large or no network is refused, not thrown", () => {
  const wide = (taps: number): AnyNetwork<number> =>
    chain<number>(
      { kind: "input", shape: [taps, 1] },
      {
        kind: "convolution",
        geometry: [axis({ kernel: taps })],
        groups: 1,
        kernel: { shape: [taps, 1, 1], data: new Float32Array(taps) },
        bias: null,
      },
    );
  it("a window of forty thousand taps", () => {
    const source = wide(40_000);
    const made = succeed(foldBatchNorm(float32)(source));
    expect(refused(check(float32)(source, made.network, made.certificate)).found).toContain(
      "more than the checker can hold",
    );
  });
  it("an offset near 2^53", () => {
    const source = wide(3);
    const made = succeed(
      enlarge(float32, { geometry: () => [axis({ kernel: 5, low: 1, high: 1 })] })(source),
    );
    const steps = made.certificate.steps.map((step): Step =>
      step.theorem === "T6_push" ? { ...step, offset: [2 ** 53 - 1], factor: [2] } : step,
    );
    refused(check(float32)(source, made.network, { ...made.certificate, steps }));
  });
  it.each([
    ["an unknown operator", { kind: "teleport" }],
    ["no operator", null],
    ["a dense layer without weights", { kind: "dense" }],
  ])("%s", (_, op) => {
    const source = chain<number>({ kind: "input", shape: [1] });
    const made = succeed(foldBatchNorm(float32)(source));
    const forged = {
      ...source,
      layers: [...source.layers, { name: "y", op, inputs: ["l0"], shape: [1] }],
    } as unknown as AnyNetwork<number>;
    const refusal = refused(check(float32)(source, forged, made.certificate));
    expect(refusal.where).toContain("target");
  });
});
