import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestOf, isExhausted } from "../../src/train/earlyStopping.js";

const history = (losses: readonly number[]) => losses.map((loss, epoch) => ({ epoch, loss }));

describe("early stopping", () => {
  it("keeps the first of equal losses", () => {
    expect(bestOf(history([3, 1, 2, 1]))?.epoch).toBe(1);
    expect(bestOf(history([NaN, Infinity]))).toBeNull();
    expect(bestOf(history([NaN, 5]))?.epoch).toBe(1);
  });

  it("stops after patience epochs without improvement, and not before", () => {
    const losses = [3, 1, 2, 2, 2];
    const stops = losses.map((_, i) => isExhausted(history(losses.slice(0, i + 1)), 2));
    expect(stops).toEqual([false, false, false, true, true]);
    expect(isExhausted(history([NaN, NaN]), 2)).toBe(true);
    expect(isExhausted(history([NaN]), 2)).toBe(false);
  });

  it("never stops without patience, nor while the loss falls", () => {
    fc.assert(fc.property(fc.array(fc.double()), (losses) => !isExhausted(history(losses), null)));
    expect(isExhausted(history([5, 4, 3, 2, 1]), 1)).toBe(false);
  });
});
