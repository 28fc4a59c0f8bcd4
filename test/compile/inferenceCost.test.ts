/** Counts of inference: what they are made of, and how they grow. */
import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { inferenceCost } from "../../src/compile/inferenceCost.js";
import * as b from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import { refused, succeed } from "../generators/succeed.js";
import { pretrained } from "../train/task.js";

const n = pretrained();

const conv = b.conv({ filters: 4, kernel: 3 });
const pointwise = b.conv({ filters: 4, kernel: 1 });
const image = b.input([6, 6, 4]);

describe("the cost of inference", () => {
  it("of a batch: operations and values grow with it, weights and what an image takes do not", () => {
    const one = succeed(inferenceCost(n, 1));
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4096 }), (batch) => {
        const { operations, activations, ...rest } = succeed(inferenceCost(n, batch));
        expect(rest).toEqual({
          parameters: one.parameters,
          multiplyAdds: one.multiplyAdds,
          resident: one.resident,
          busiest: one.busiest,
        });
        expect([operations % batch, activations]).toEqual([0, batch * one.activations]);
      }),
      { numRuns: 20 },
    );
  });

  it("is at least the multiply-adds of the literature", () => {
    const { operations, multiplyAdds } = succeed(inferenceCost(n, 7));
    expect(operations).toBeGreaterThan(7 * multiplyAdds);
  });

  it("of a parallel branch is more, by the branch", () => {
    const cost = (network: Network) => succeed(inferenceCost(network, 2));
    const alone = cost(succeed(pipe(image, conv, b.build({ seed: 0 }))));
    const both = cost(succeed(pipe(image, b.residual(conv, pointwise), b.build({ seed: 0 }))));
    expect(both.parameters - alone.parameters).toBe(4 * 4 + 4);
    expect(both.multiplyAdds - alone.multiplyAdds).toBe(36 * 16);
    // The convolution, its bias and the sum, on two images.
    expect(both.operations - alone.operations).toBe(2 * 36 * (16 + 4 + 4));
    expect(both.resident - alone.resident).toBe(4 * (16 + 4));
    expect(both.activations).toBeGreaterThan(alone.activations);
  });

  it("of weights that can be replaced: nothing is computed from them in advance", () => {
    const fixed = succeed(inferenceCost(n, 1));
    const open = succeed(inferenceCost(n, 1, new Set(["bn1/gamma"])));
    expect(open.operations).toBeGreaterThan(fixed.operations);
    expect(open.parameters).toBe(fixed.parameters);
  });

  it("refuses a batch that is none, and weights that it does not have", () => {
    for (const batch of [0, -1, 1.5, NaN])
      expect(refused(inferenceCost(n, batch))).toMatchObject({ where: "batch", found: `${batch}` });
    expect(refused(inferenceCost(n, 1, new Set(["conv9/gates"]))).found).toBe("conv9/gates");
  });
});
