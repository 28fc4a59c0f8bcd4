/** Networks at other resolutions: what changes, what stays, and what is refused. */
import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { resNet18 } from "../../docs/examples/resnet.js";
import { rational } from "../../src/algebra/rational.js";
import * as b from "../../src/model/builder.js";
import { countNetwork } from "../../src/model/count.js";
import type { Network } from "../../src/model/network.js";
import { atResolution } from "../../src/model/resolution.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { readIn } from "../../src/semantics/reading.js";
import type { Shape } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";

/** Two convolutions, a pool, a norm, a branch and a global pool: nothing knows how large the input is. */
const body = (input: Shape): b.Draft =>
  pipe(
    b.input(input as readonly [number, number, number]),
    b.conv({ filters: 3, kernel: 3, padding: "valid" }),
    b.relu,
    b.residual((x) => pipe(x, b.conv({ filters: 3, kernel: 3 }), b.batchNorm())),
    b.maxPool({ size: 2 }),
    b.globalAveragePool,
    b.dense(2),
  );

const free = (input: Shape): Network => succeed(b.build({ seed: 0 })(body(input)));

const extent = fc.integer({ min: 6, max: 20 });

describe("a network whose layers are spatially free", () => {
  it("is what would have been built at the other resolution", () => {
    fc.assert(
      fc.property(extent, extent, extent, extent, (h, w, h2, w2) => {
        const moved = succeed(atResolution([h2, w2, 1])(free([h, w, 1])));
        expect(moved).toEqual(free([h2, w2, 1]));
      }),
      { numRuns: 30 },
    );
  });

  it("keeps its weights, so a round trip is the identity", () => {
    fc.assert(
      fc.property(extent, extent, (h, w) => {
        const n = free([9, 8, 1]);
        const there = succeed(atResolution([h, w, 1])(n));
        expect(countNetwork(there).parameters).toBe(countNetwork(n).parameters);
        expect(succeed(atResolution([9, 8, 1])(there))).toEqual(n);
      }),
      { numRuns: 30 },
    );
  });

  it("computes the same where the image does not change: constant images, exactly", () => {
    const n = succeed(
      pipe(
        b.input([4, 4, 1]),
        b.conv({ filters: 2, kernel: 2, padding: "valid" }),
        b.globalAveragePool,
        b.dense(2),
        b.build({ seed: 3 }),
      ),
    );
    const exact = succeed(readIn(rational)(n));
    const larger = succeed(atResolution([7, 5, 1])(exact));
    const flat = (shape: Shape) =>
      generated(rational)(shape, () => succeed(rational.fromNumber(3)));
    const small = succeed(evaluate(rational)(exact, flat([1, 4, 4, 1])));
    const large = succeed(evaluate(rational)(larger, flat([1, 7, 5, 1])));
    expect(large.shape).toEqual(small.shape);
    expect(Array.from(large.data, rational.show)).toEqual(Array.from(small.data, rational.show));
  });

  it("may be an outline, and does its multiply-adds by area", () => {
    const at = (side: number) =>
      countNetwork(succeed(atResolution([side, side, 3])(succeed(b.outline(resNet18)))));
    expect(at(448).multiplyAdds - at(224).multiplyAdds).toBe(
      3 * (at(224).multiplyAdds - 512 * 1000),
    );
  });
});

describe("refused is", () => {
  const flattened = succeed(
    pipe(
      b.input([8, 8, 1]),
      b.conv({ filters: 2, kernel: 3, name: "conv" }),
      b.flatten,
      b.relu,
      b.dense(3, { name: "top" }),
      b.build({ seed: 0 }),
    ),
  );

  it("a flatten before a dense layer, which is named with both shapes", () => {
    expect(refused(atResolution([4, 6, 1])(flattened))).toEqual({
      where: "layer top",
      found: "4x6x2 to flatten in layer flatten1, at input 4x6x1",
      expected: "8x8x2, as at input 8x8x1",
      advice: "a flatten fixes how large the input is: cut the network before it",
    });
  });

  it("a reshape to a fixed shape", () => {
    const reshaped = succeed(pipe(b.input([4, 4, 1]), b.reshape([2, 8]), b.build({ seed: 0 })));
    expect(refused(atResolution([2, 2, 1])(reshaped))).toMatchObject({
      where: "layer reshape1",
      found: "2x2x1 to reshape, at input 2x2x1",
    });
  });

  it("no flatten whose size does not change, and none behind which nothing counts positions", () => {
    expect(succeed(atResolution([8, 8, 1])(flattened))).toBe(flattened);
    expect(succeed(atResolution([4, 16, 1])(flattened)).output).toEqual([3]);
    const open = succeed(pipe(b.input([4, 4, 1]), b.flatten, b.relu, b.build({ seed: 0 })));
    expect(succeed(atResolution([3, 5, 1])(open)).output).toEqual([15]);
  });

  it("another rank, other channels, extents that are none, an input too small for a window", () => {
    const n = free([9, 9, 1]);
    for (const input of [
      [9, 1],
      [9, 9, 2],
      [9, 9, 9, 1],
    ])
      expect(refused(atResolution(input)(n))).toMatchObject({
        where: "input",
        expected: "a shape of 3 axes and 1 channels, as 9x9x1 has",
      });
    expect(refused(atResolution([0, 9, 1])(n)).where).toContain("layer input");
    expect(refused(atResolution([2, 9, 1])(n)).where).toContain("layer conv1");
  });

  it("branches that no longer meet, in the words of the layer where they would", () => {
    const halved = succeed(
      pipe(
        b.input([8, 8, 1]),
        b.residual((x) => pipe(x, b.maxPool({ size: 2 }), b.upsample(2))),
        b.build({ seed: 0 }),
      ),
    );
    expect(succeed(atResolution([4, 6, 1])(halved)).output).toEqual([4, 6, 1]);
    expect(refused(atResolution([5, 8, 1])(halved))).toMatchObject({
      where: "layer add1: inputs",
      expected: "inputs of one shape",
    });
  });
});
