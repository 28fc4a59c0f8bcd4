import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { randomFilters } from "../../src/adapt/randomFilters.js";
import { float64 } from "../../src/algebra/float64.js";
import { randomStream } from "../../src/algebra/random.js";
import { batchNorm, build, conv, input, relu, residual } from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { generated } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const deep = succeed(
  build({ seed: 0 })(
    pipe(
      input([8, 8, 3]),
      conv({ filters: 24, kernel: 3 }),
      batchNorm(),
      relu,
      residual((x) =>
        pipe(
          x,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
          relu,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
        ),
      ),
      relu,
      residual((x) =>
        pipe(
          x,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
          relu,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
        ),
      ),
      relu,
      residual((x) =>
        pipe(
          x,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
          relu,
          conv({ filters: 24, kernel: 3 }),
          batchNorm(),
        ),
      ),
    ),
  ),
) as Network;

describe("randomFilters", () => {
  it("keeps the architecture and depends on the seed", () => {
    const [a, b, c] = [0, 0, 1].map((seed) => succeed(randomFilters(seed)(deep)));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(a!.layers.map((l) => [l.name, l.op.kind, l.shape])).toEqual(
      deep.layers.map((l) => [l.name, l.op.kind, l.shape]),
    );
  });

  it("draws kernels of He's variance", () => {
    const kernel = succeed(randomFilters(0)(deep)).layers.flatMap((l) =>
      l.op.kind === "convolution" && l.op.kernel.shape[2] === 24
        ? Array.from(l.op.kernel.data)
        : [],
    );
    const variance = kernel.reduce((s, w) => s + w * w, 0) / kernel.length;
    // 31104 draws: the sample variance deviates by 5 of its standard deviations with p < 1e-6
    const expected = 2 / (9 * 24);
    expect(kernel).toHaveLength(6 * 9 * 24 * 24);
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / kernel.length));
  });

  it("keeps the scale of a residual network's output near that of its branches", () => {
    const random = randomStream(0, "input");
    const batch = generated(float64)([4, 8, 8, 3], () => random.normal());
    const y = succeed(evaluate(float64)(succeed(randomFilters(0)(deep)), batch));
    const square = Array.from(y.data).reduce((s, v) => s + v * v, 0) / y.data.length;
    // the estimate counts 1/2 + 1, (1 + 1/2)/2 + 1, ...: at most 2; without it this is above 100
    expect(square).toBeGreaterThan(0.3);
    expect(square).toBeLessThan(6);
  });
});
