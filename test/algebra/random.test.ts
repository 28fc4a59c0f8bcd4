import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float64 } from "../../src/algebra/float64.js";
import { fromState, randomStream, stateOf, type RandomStream } from "../../src/algebra/random.js";
import { refusalOf, valueOf } from "./laws.js";

const take = <A>(n: number, draw: () => A): A[] => Array.from({ length: n }, draw);

/** How often each of `cells` outcomes came. */
const counts = (cells: number, outcomes: readonly number[]): number[] => {
  const found = new Array<number>(cells).fill(0);
  for (const o of outcomes) found[o]! += 1;
  return found;
};

/** Pearson's statistic against equal frequencies. */
const chiSquare = (found: readonly number[]): number => {
  const expected = found.reduce((a, b) => a + b, 0) / found.length;
  return found.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
};

/** Its mean is the number of freedoms k and its spread sqrt(2k): six spreads are never seen by chance. */
const expectUniform = (found: readonly number[]): void => {
  const freedoms = found.length - 1;
  expect(Math.abs(chiSquare(found) - freedoms)).toBeLessThan(6 * Math.sqrt(2 * freedoms));
};

const seeds = [0, 1, -1, 0.5, 2 ** 40];

describe("randomStream", () => {
  it("is fixed for good: the first words of some streams", () => {
    const first = (stream: RandomStream): number[] => take(3, stream.bits32);
    expect(first(randomStream(0))).toEqual([4001062367, 3638943336, 3519298962]);
    expect(first(randomStream(7, "shuffle", 3))).toEqual([2386339100, 1821704577, 1153861224]);
    expect(randomStream(0, "normal").normal()).toBe(1.0264411329918972);
  });

  it("gives the same stream for the same name", () =>
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
        (seed, labels) => {
          const [a, b] = [randomStream(seed, ...labels), randomStream(seed, ...labels)];
          expect(take(20, a.bits32)).toEqual(take(20, b.bits32));
        },
      ),
    ));

  it("gives unrelated streams for different names, however alike", () => {
    const streams = [
      ...Array.from({ length: 500 }, (_, seed) => randomStream(seed)),
      ...Array.from({ length: 500 }, (_, label) => randomStream(0, label)),
      ...[["a", "b"], ["ab"], ["a,b"], ["b", "a"], ['a","b'], [""], ["", ""], ["1"], ["0", 0]].map(
        (labels) => randomStream(0, ...labels),
      ),
    ];
    const words = streams.map((s) => s.bits32());
    // 1009 words of 2^32: two coincide by chance with probability 1e-4, and here none does.
    expect(new Set(words).size).toBe(streams.length);
    // Over the streams, each of the bits is a coin: 1009 tosses have a spread of 16.
    for (let bit = 0; bit < 32; bit++) {
      const ones = words.filter((w) => (w >>> bit) & 1).length;
      expect(Math.abs(ones - words.length / 2)).toBeLessThan(6 * 16);
    }
  });
});

describe.each(seeds)("the stream of seed %d", (seed) => {
  it("has uniform numbers of 53 bits", () => {
    const xs = take(40_000, randomStream(seed, "uniform").uniform);
    expect(xs.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 53))).toBe(true);
    expectUniform(
      counts(
        100,
        xs.map((x) => Math.floor(x * 100)),
      ),
    );
    expectUniform(
      counts(
        64,
        xs.map((x) => Math.floor(x * 2 ** 53) % 64),
      ),
    );
    // Neighbours are independent: a grid of pairs is filled evenly.
    const pairs = take(
      20_000,
      (() => {
        let i = 0;
        return () => [xs[i++]!, xs[i++]!] as const;
      })(),
    );
    expectUniform(
      counts(
        100,
        pairs.map(([x, y]) => Math.floor(x * 10) * 10 + Math.floor(y * 10)),
      ),
    );
  });

  it.each([2, 3, 6, 7, 64, 100])("has even numbers below %d", (n) => {
    const stream = randomStream(seed, "below", n);
    expectUniform(
      counts(
        n,
        take(20_000, () => stream.below(n)),
      ),
    );
  });

  it("shuffles evenly: each of the 24 orders of 4, and each place of 20", () => {
    const stream = randomStream(seed, "permutation");
    const orders = take(24_000, () => [...stream.permutation(4)].join(""));
    const names = [...new Set(orders)].sort();
    expect(names.length).toBe(24);
    expectUniform(
      counts(
        24,
        orders.map((o) => names.indexOf(o)),
      ),
    );
    expectUniform(
      counts(
        400,
        take(10_000, () => stream.permutation(20)).flatMap((p) => [...p].map((v, i) => v * 20 + i)),
      ),
    );
  });

  it("has normal numbers", () => {
    const xs = take(40_000, randomStream(seed, "normal").normal);
    // The distribution function turns them into uniform ones.
    const phi = (x: number): number => 0.5 * (1 + valueOf(float64.functions.erf(x / Math.SQRT2)));
    expectUniform(
      counts(
        100,
        xs.map((x) => Math.min(99, Math.floor(phi(x) * 100))),
      ),
    );
  });
});

describe("normal", () => {
  it("is the polar method with the logarithm right to 20 units of roundoff", () => {
    const a = randomStream(3, "polar");
    const b = randomStream(3, "polar");
    for (let i = 0; i < 5000; i++) {
      let [x, s] = [0, 0];
      do {
        x = 2 * b.uniform() - 1;
        s = x * x + (2 * b.uniform() - 1) ** 2;
      } while (s >= 1 || s === 0);
      const expected = x * Math.sqrt((-2 * Math.log(s)) / s);
      expect(Math.abs(a.normal() - expected)).toBeLessThanOrEqual(
        20 * 2 ** -53 * Math.abs(expected),
      );
    }
  });
});

describe("below", () => {
  it("stays below n up to 2^32", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.integer(), (n, seed) => {
        const stream = randomStream(seed);
        return take(20, () => stream.below(n)).every((k) => Number.isInteger(k) && k >= 0 && k < n);
      }),
    ));

  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 32 + 1])("has no answer for %d", (n) =>
    expect(randomStream(0).below(n)).toBeNaN(),
  );
});

describe("permutation", () => {
  it("holds every number once", () =>
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.integer(), (n, seed) => {
        const order = randomStream(seed).permutation(n);
        expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    ));
});

describe("the state of a stream", () => {
  it("continues the stream, also through JSON", () =>
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 50 }), (seed, steps) => {
        const stream = randomStream(seed, "state");
        take(steps, stream.normal);
        const restored = valueOf(fromState(JSON.parse(JSON.stringify(stateOf(stream)))));
        expect(take(10, restored.normal)).toEqual(take(10, stream.normal));
        expect([...restored.permutation(9)]).toEqual([...stream.permutation(9)]);
        expect(stateOf(restored)).toEqual(stateOf(stream));
      }),
    ));

  it.each([
    [[]],
    [[1, 2, 3]],
    [[0, 0, 0, 0]],
    [[1, 2, 3, 0.5]],
    [[1, 2, 3, 2 ** 31]],
    [[NaN, 1, 1, 1]],
  ])("refuses %j", (state) => expect(refusalOf(fromState(state))).toContain(JSON.stringify(state)));
});
