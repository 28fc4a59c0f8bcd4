/** What rounding a merged kernel does to the values of a layer, against exact arithmetic. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { rational, toNumber, type Rational } from "../../src/algebra/rational.js";
import { mergeRounding } from "../../src/certify/mergeRounding.js";
import { network } from "../../src/model/network.js";
import type { Projected } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { readIn } from "../../src/semantics/reading.js";
import { channelsOf, type Shape } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import { merge } from "../../src/transform/merge.js";
import { drawTensor, floats32, rationals } from "../../src/laws/generators/ring.js";
import { drawOperator } from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

const magnitude = (x: Rational): Rational =>
  rational.functions.compare!(x, rational.zero) < 0 ? rational.sub(rational.zero, x) : x;
const isAtMost = (x: Rational, y: Rational): boolean => rational.functions.compare!(x, y) <= 0;
const exactly = (x: number): Rational => succeed(rational.fromNumber(x));

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
        const { network: merged, certificate } = succeed(merge(float32)(projected));
        const [bound] = mergeRounding(projected, merged, certificate);
        // Inputs of magnitude one, with the signs that a random tensor has.
        const signs = drawTensor(rationals, [1, ...input], t.bulk());
        const x = generated(rational)(signs.shape, (i) =>
          rational.functions.compare!(signs.data[i]!, rational.zero) < 0
            ? rational.sub(rational.zero, rational.one)
            : rational.one,
        );
        const [before, after] = [projected, merged].map((n) =>
          succeed(evaluate(rational)(succeed(readIn(rational)(n)), x)),
        );
        const worst = exactly(bound!.worst);
        for (let i = 0; i < before!.data.length; i++) {
          const gap = magnitude(rational.sub(after!.data[i]!, before!.data[i]!));
          expect(isAtMost(gap, worst)).toBe(true);
          if (toNumber(gap) > 0) rounded++;
        }
        expect(bound!.relative).toBeLessThan(2 ** -24 * 1.001);
        expect(bound!.channel).toBeLessThan(channelsOf(op.kernel.shape));
      }),
      { numRuns: 100 },
    );
    expect(rounded).toBeGreaterThan(100);
  });

  it("is reached: one tap that is rounded moves the value by just what is stated", () => {
    const [gate, weight] = [Math.fround(1 / 3), Math.fround(1 / 7)];
    const op: Projected<number> = {
      kind: "projected",
      geometry: [],
      groups: 1,
      kernel: { shape: [1, 1], data: Float32Array.of(weight) },
      gates: { shape: [1, 1], data: Float32Array.of(gate) },
      bias: null,
    };
    const projected = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [1] }, inputs: [] },
        { name: "y", op, inputs: ["x"] },
      ]),
    );
    const made = succeed(merge(float32)(projected));
    const [bound] = mergeRounding(projected, made.network, made.certificate);
    const gap = Math.abs(Math.fround(gate * weight) - gate * weight);
    expect(gap).toBeGreaterThan(0);
    expect(bound!.worst / gap).toBeGreaterThanOrEqual(1);
    expect(bound!.worst / gap).toBeLessThan(1 + 2 ** -40);
  });
});
