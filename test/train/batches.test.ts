import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchAt, batching, epochOrder } from "../../src/train/batches.js";

const counts = fc.record({
  examples: fc.integer({ min: 1, max: 50 }),
  size: fc.integer({ min: 1, max: 20 }),
});

describe("batching", () => {
  it("visits every example once where the last batch is padded", () => {
    fc.assert(
      fc.property(counts, fc.nat(), fc.nat(5), ({ examples, size }, seed, epoch) => {
        const all = Array.from({ length: examples }, (_, i) => 3 * i);
        const b = batching(examples, size, "padded");
        const order = epochOrder(all, seed, epoch);
        const visited = Array.from({ length: b.count }, (_, k) => batchAt(order, b, k));
        expect(visited.flat().sort((x, y) => x - y)).toEqual(all);
        expect(visited.slice(0, -1).every((v) => v.length === b.size)).toBe(true);
        expect(visited.at(-1)!.length).toBeGreaterThan(0);
        expect(b.examples).toBe(examples);
      }),
    );
  });

  it("has only full batches where the last one is dropped, and at least one", () => {
    fc.assert(
      fc.property(counts, ({ examples, size }) => {
        const b = batching(examples, size, "dropped");
        expect(b.count).toBeGreaterThan(0);
        expect(b.examples).toBe(b.count * b.size);
        expect(examples - b.examples).toBeLessThan(b.size);
      }),
    );
  });

  it("orders each epoch and seed in its own way, seed 0 too", () => {
    const all = Array.from({ length: 30 }, (_, i) => i);
    const orders = [epochOrder(all, 0, 0), epochOrder(all, 0, 1), epochOrder(all, 1, 0)];
    expect(new Set(orders.map(String)).size).toBe(3);
    expect(epochOrder(all, 0, 0)).toEqual(orders[0]);
    expect(orders[0]).not.toEqual(all);
  });
});
