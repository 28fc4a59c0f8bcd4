import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  crossEntropyOf,
  metricsOf,
  predictionOf,
  rankOf,
  tallyMonoid,
  tallyOf,
} from "../../src/train/metrics.js";

const logit = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
const batch = fc.integer({ min: 2, max: 7 }).chain((classes) =>
  fc
    .array(
      fc.record({
        row: fc.array(logit, { minLength: classes, maxLength: classes }),
        label: fc.nat(classes - 1),
      }),
      { maxLength: 12 },
    )
    .map((rows) => ({
      classes,
      logits: rows.flatMap((r) => r.row),
      labels: rows.map((r) => r.label),
    })),
);

describe("metricsOf", () => {
  it("agrees with a computation by hand", () => {
    // labels 0 0 1 2, predictions 0 1 1 1: class 0 has F1 2/3, class 1 has 2/4, class 2 has 0
    const logits = [2, 1, 0, 0, 3, 1, 0, 1, 0, 0, 2, 1];
    const m = metricsOf(tallyOf(3, logits, [0, 0, 1, 2]));
    expect(m.examples).toBe(4);
    expect(m.accuracy).toBe(0.5);
    expect(m.topFive).toBe(1);
    expect(m.confusion).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(m.macroF1).toBeCloseTo((2 / 3 + 2 / 4 + 0) / 3, 15);
    const byHand = [
      Math.log(Math.exp(2) + Math.exp(1) + 1) - 2,
      Math.log(1 + Math.exp(3) + Math.exp(1)),
      Math.log(2 + Math.exp(1)) - 1,
      Math.log(1 + Math.exp(2) + Math.exp(1)) - 1,
    ];
    expect(m.loss).toBeCloseTo(byHand.reduce((a, b) => a + b) / 4, 14);
  });

  it("leaves classes that never occur out of macro F1", () => {
    expect(metricsOf(tallyOf(4, [9, 0, 0, 0, 0, 9, 0, 0], [0, 1])).macroF1).toBe(1);
  });

  it("counts a label of rank five as missed and of rank four as found", () => {
    const row = [6, 5, 4, 3, 2, 1];
    expect(metricsOf(tallyOf(6, row, [5])).topFive).toBe(0);
    expect(metricsOf(tallyOf(6, row, [4])).topFive).toBe(1);
  });

  it("is the same however the examples are batched", () => {
    fc.assert(
      fc.property(batch, fc.nat(12), ({ classes, logits, labels }, cut) => {
        const at = Math.min(cut, labels.length);
        const whole = tallyOf(classes, logits, labels);
        const parts = tallyMonoid(classes).concat(
          tallyOf(classes, logits.slice(0, at * classes), labels.slice(0, at)),
          tallyOf(classes, logits.slice(at * classes), labels.slice(at)),
        );
        expect(parts.confusion).toEqual(whole.confusion);
        expect(parts.topFive).toBe(whole.topFive);
        expect(Math.abs(parts.loss - whole.loss)).toBeLessThanOrEqual(2 ** -48 * (1 + whole.loss));
      }),
    );
  });

  it("is all zero without examples", () => {
    expect(metricsOf(tallyMonoid(2).empty)).toEqual({
      examples: 0,
      loss: 0,
      accuracy: 0,
      topFive: 0,
      macroF1: 0,
      confusion: [
        [0, 0],
        [0, 0],
      ],
    });
  });
});

describe("rows", () => {
  it("ranks are a permutation and the prediction has rank 0", () => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 9 }), (row) => {
        const ranks = row.map((_, c) => rankOf(row, 0, row.length, c));
        expect([...ranks].sort((a, b) => a - b)).toEqual(row.map((_, i) => i));
        expect(ranks[predictionOf(row, 0, row.length)]).toBe(0);
      }),
    );
  });

  it("cross-entropy stays finite where exp would overflow", () => {
    expect(crossEntropyOf([1000, 0], 0, 2, 1)).toBe(1000);
    expect(crossEntropyOf([1000, 0], 0, 2, 0)).toBe(0);
    expect(crossEntropyOf([NaN, 0], 0, 2, 0)).toBeNaN();
  });
});
