import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, cosine, rateAt, step, warmupSteps } from "../../src/train/schedule.js";

const horizon = fc
  .record({
    epochs: fc.integer({ min: 1, max: 20 }),
    stepsPerEpoch: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ epochs, stepsPerEpoch }) => ({ steps: epochs * stepsPerEpoch, stepsPerEpoch }));
const peak = fc.double({ min: 1e-6, max: 10, noNaN: true });

describe("rateAt", () => {
  it("keeps a constant rate", () => {
    fc.assert(
      fc.property(
        horizon,
        peak,
        fc.nat(1000),
        (h, rate, t) => rateAt(constant, rate, h)(t) === rate,
      ),
    );
  });

  it("starts cosine at the peak, is at half of it midway and at zero at the end", () => {
    const rate = rateAt(cosine(), 0.5, { steps: 100, stepsPerEpoch: 10 });
    expect(rate(0)).toBe(0.5);
    expect(rate(50)).toBeCloseTo(0.25, 15);
    expect(rate(25)).toBeCloseTo(0.25 * (1 + Math.SQRT1_2), 15);
    expect(rate(100)).toBe(0);
  });

  it("never raises a cosine rate after warm-up and stays above its floor", () => {
    fc.assert(
      fc.property(horizon, peak, fc.double({ min: 0, max: 1, noNaN: true }), (h, rate, floor) => {
        const at = rateAt({ kind: "cosine", warmup: 1, floor }, rate, h);
        const warm = warmupSteps({ kind: "cosine", warmup: 1, floor }, h);
        for (let t = warm + 1; t < h.steps; t++) {
          expect(at(t)).toBeLessThanOrEqual(at(t - 1));
          expect(at(t)).toBeGreaterThanOrEqual(floor * rate * (1 - 2 ** -50));
        }
      }),
    );
  });

  it("warms up along a straight line that meets the peak", () => {
    const rate = rateAt(cosine(2), 1, { steps: 50, stepsPerEpoch: 5 });
    expect(Array.from({ length: 11 }, (_, t) => rate(t))).toEqual([
      0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1,
    ]);
  });

  it("multiplies at each milestone of a step schedule", () => {
    const rate = rateAt(step([0.5, 0.75], 0.1), 1, { steps: 8, stepsPerEpoch: 2 });
    expect(Array.from({ length: 8 }, (_, t) => rate(t))).toEqual([
      1,
      1,
      1,
      1,
      0.1,
      0.1,
      0.1 ** 2,
      0.1 ** 2,
    ]);
  });

  it("reaches the peak even where the warm-up is longer than the run", () => {
    const h = { steps: 4, stepsPerEpoch: 2 };
    expect(rateAt(cosine(9), 2, h)(3)).toBe(2);
  });
});
