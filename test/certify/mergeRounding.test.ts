/** What rounding a merged kernel does to the values of a layer, against exact arithmetic. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational, toNumber, type Rational } from "../../src/algebra/rational.js";
import { mergeRounding, type MergeRounding } from "../../src/certify/mergeRounding.js";
import { network } from "../../src/model/network.js";
import type { Projected } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { readIn } from "../../src/semantics/reading.js";
import { channelsOf, type Shape } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import type { Certificate } from "../../src/transform/certificate.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { drawTensor, floats32, rationals } from "../../src/laws/generators/ring.js";
import { drawOperator } from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

const magnitude = (x: Rational): Rational =>
  rational.functions.compare!(x, rational.zero) < 0 ? rational.sub(rational.zero, x) : x;
const isAtMost = (x: Rational, y: Rational): boolean => rational.functions.compare!(x, y) <= 0;
const exactly = (x: number): Rational => succeed(rational.fromNumber(x));

/** A projected layer of one position. */
const gated = (
  shape: Shape,
  kernel: Float32Array | Float64Array,
  gates: Float32Array | Float64Array,
): Projected<number> => ({
  kind: "projected",
  geometry: [],
  groups: 1,
  kernel: { shape, data: kernel },
  gates: { shape, data: gates },
  bias: null,
});

/** What its merging rounds. */
const merged = (op: Projected<number>, ring = float32): readonly MergeRounding[] => {
  const projected = succeed(
    network([
      { name: "x", op: { kind: "input", shape: [op.kernel.shape[0]!] }, inputs: [] },
      { name: "y", op, inputs: ["x"] },
    ]),
  );
  const made = succeed(merge(ring)(projected));
  return mergeRounding(projected, made.network, made.certificate);
};

describe("merge_rounding", () => {
  it("merge_rounding: a merged layer is off by at most the stated bound, for inputs up to 1", () => {
    let rounded = 0;
    fc.assert(
      fc.property(tape(), (t) => {
        const input: Shape = [t.between(1, 5), t.between(1, 5), t.between(1, 3)];
        const op = drawOperator(t, floats32, "projected", input) as Projected<number>;
        const projected = succeed(
          network([
            { name: "x", op: { kind: "input", shape: input }, inputs: [] },
            { name: "y", op, inputs: ["x"] },
          ]),
        );
        const made = succeed(merge(float32)(projected));
        const [bound] = mergeRounding(projected, made.network, made.certificate);
        // Inputs of magnitude one, with the signs that a random tensor has.
        const signs = drawTensor(rationals, [1, ...input], t.bulk());
        const x = generated(rational)(signs.shape, (i) =>
          rational.functions.compare!(signs.data[i]!, rational.zero) < 0
            ? rational.sub(rational.zero, rational.one)
            : rational.one,
        );
        const [before, after] = [projected, made.network].map((n) =>
          succeed(evaluate(rational)(succeed(readIn(rational)(n)), x)),
        );
        const worst = exactly(bound!.worst);
        for (let i = 0; i < before!.data.length; i++) {
          const gap = magnitude(rational.sub(after!.data[i]!, before!.data[i]!));
          expect(isAtMost(gap, worst)).toBe(true);
          if (toNumber(gap) > 0) rounded++;
        }
        expect(bound!.relative).toBeGreaterThan(0);
        expect(bound!.relative).toBeLessThan(2 ** -24 * 1.001);
        expect(bound!.channel).toBeLessThan(channelsOf(op.kernel.shape));
      }),
      { numRuns: 100 },
    );
    expect(rounded).toBeGreaterThan(100);
  });

  it("is reached: one tap that is rounded moves the value by just what is stated", () => {
    const [gate, weight] = [Math.fround(1 / 3), Math.fround(1 / 7)];
    const [bound] = merged(gated([1, 1], Float32Array.of(weight), Float32Array.of(gate)));
    const gap = Math.abs(Math.fround(gate * weight) - gate * weight);
    expect(gap).toBeGreaterThan(0);
    expect(bound!.worst / gap).toBeGreaterThanOrEqual(1);
    expect(bound!.worst / gap).toBeLessThan(1 + 2 ** -40);
    expect(bound!.relative).toBeCloseTo(gap / (gate * weight), 20);
  });

  it("is the sum of the taps' gaps, of the first channel where that is largest, and no wider", () => {
    const width = 64;
    const weights = Float32Array.from({ length: width * width }, (_, i) => 1 / (3 + (i % width)));
    const gates = Float32Array.from({ length: width * width }, (_, i) => 1 / (7 + (i % width)));
    const [bound] = merged(gated([width, width], weights, gates));
    // Every row of the kernel is the same, so that a channel's gap is `width` times that of one tap.
    const gaps = Array.from({ length: width }, (_, j) =>
      Math.abs(Math.fround(weights[j]! * gates[j]!) - weights[j]! * gates[j]!),
    );
    const most = Math.max(...gaps);
    expect(bound!.channel).toBe(gaps.indexOf(most));
    expect(bound!.worst / (width * most)).toBeGreaterThanOrEqual(1);
    expect(bound!.worst / (width * most)).toBeLessThan(1 + 2 ** -40);
    const same = gated([1, 2], Float32Array.of(1 / 7, 1 / 7), Float32Array.of(1 / 3, 1 / 3));
    expect(merged(same)[0]!.channel).toBe(0);
  });

  it("counts what binary64 loses of a product where a factor is not of binary32", () => {
    const [third, seventh] = [1 / 3, 1 / 7];
    for (const [kernel, gates] of [
      [Float64Array.of(seventh), Float64Array.of(third)],
      [Float64Array.of(seventh), Float32Array.of(third)],
      [Float32Array.of(seventh), Float64Array.of(third)],
    ] as const) {
      const product = kernel[0]! * gates[0]!;
      const [bound] = merged(gated([1, 1], kernel, gates), float64);
      const gap = magnitude(
        rational.sub(exactly(product), rational.mul(exactly(kernel[0]!), exactly(gates[0]!))),
      );
      expect(toNumber(gap)).toBeGreaterThan(0);
      expect(isAtMost(gap, exactly(bound!.worst))).toBe(true);
      expect(bound!.worst).toBeLessThan(1.001 * 2 ** -53 * product);
      expect(bound!.relative).toBeCloseTo(2 ** -53, 18);
    }
  });

  it("is zero where nothing is rounded, relatively too", () => {
    for (const weight of [0, 0.5])
      expect(merged(gated([1, 1], Float32Array.of(weight), Float32Array.of(2)))).toEqual([
        { layer: "y", worst: 0, channel: 0, relative: 0 },
      ]);
  });

  it("is said of merged layers alone: not of those that are kept, gated or not, nor of unknown ones", () => {
    const op = gated([1, 1], Float32Array.of(1 / 7), Float32Array.of(1 / 3));
    const { gates, ...convolution } = op;
    const source = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [1] }, inputs: [] },
        { name: "plain", op: { ...convolution, kind: "convolution" }, inputs: ["x"] },
        { name: "y", op, inputs: ["plain"] },
        { name: "z", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["y"] },
      ]),
    );
    expect(gates.data.length).toBe(1);
    const made = succeed(merge(float32)(source));
    const said = (target: typeof made.network | typeof source, from: Certificate): string[] =>
      mergeRounding(source, target, from).map(({ layer }) => layer);
    expect(said(made.network, made.certificate)).toEqual(["y"]);
    const folded = succeed(foldBatchNorm(float32)(source));
    expect(said(folded.network, folded.certificate)).toEqual([]);
    const forged = (layer: string, from: readonly string[]): Certificate => ({
      ...made.certificate,
      steps: [{ theorem: "T4_merge", layer, from, groups: 1 }],
    });
    for (const [layer, from] of [
      ["y", ["nowhere"]],
      ["nowhere", ["y"]],
      ["y", []],
    ] as const)
      expect(said(made.network, forged(layer, from))).toEqual([]);
  });
});
