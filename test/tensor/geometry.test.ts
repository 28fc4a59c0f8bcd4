import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import {
  axis,
  centreTap,
  everyWindowReads,
  isPointwise,
  outputExtent,
  outputExtents,
  resolveGeometry,
  samePadding,
  span,
  taps,
  type Axis,
} from "../../src/tensor/geometry.js";

const anyAxis: fc.Arbitrary<Axis> = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: 0, max: 6 }),
  high: fc.integer({ min: 0, max: 6 }),
});
const extent = fc.integer({ min: 1, max: 20 });

/** Every place where the window fits into the padded input, tried one by one. */
const placements = (a: Axis, n: number): number[] => {
  const starts: number[] = [];
  for (let start = -a.low; start < n + a.high; start += a.stride) {
    const reads = Array.from({ length: a.kernel }, (_, t) => start + t * a.dilation);
    if (reads.every((p) => p < n + a.high)) starts.push(start);
  }
  return starts;
};

describe("output extents", () => {
  it("count the places where the window fits", () => {
    fc.assert(
      fc.property(anyAxis, extent, (a, n) => {
        expect(Math.max(0, outputExtent(a, n))).toBe(placements(a, n).length);
      }),
    );
  });

  it("are refused where the window does not fit, quoting the values", () => {
    expect(outputExtents([axis({ kernel: 3 }), axis({ kernel: 5, low: 1 })], [3, 3])).toEqual(
      E.left({
        where: "axis 1",
        found: "a window of 5 positions over 3 positions padded by 1 + 0",
        expected: "a window no longer than the padded input",
        advice: "use a larger input, a smaller kernel or more padding",
      }),
    );
  });

  it("are refused for parts that are no whole numbers in range", () => {
    const bad: readonly (readonly [Axis, string])[] = [
      [axis({ kernel: 0 }), "kernel 0, stride 1, dilation 1"],
      [axis({ kernel: 3, stride: 0 }), "kernel 3, stride 0, dilation 1"],
      [axis({ kernel: 3, dilation: 1.5 }), "kernel 3, stride 1, dilation 1.5"],
      [axis({ kernel: 3, low: -1 }), "padding -1 before and 0 after"],
      [axis({ kernel: 3, high: NaN }), "padding 0 before and NaN after"],
    ];
    for (const [a, found] of bad) {
      const refused = outputExtents([a], [9]);
      expect(E.isLeft(refused) && refused.left).toMatchObject({ where: "axis 0", found });
    }
    const rank = outputExtents([axis({ kernel: 1 })], [9, 9]);
    expect(E.isLeft(rank) && rank.left.found).toBe("1 axes over 2 spatial dimensions");
  });
});

describe("same padding", () => {
  it("gives ceil(n / stride) outputs", () => {
    fc.assert(
      fc.property(anyAxis, extent, ({ kernel, stride, dilation }, n) => {
        const [low, high] = samePadding(kernel, stride, dilation, n);
        expect(outputExtent({ kernel, stride, dilation, low, high }, n)).toBe(
          Math.ceil(n / stride),
        );
      }),
    );
  });

  it("is the least padding that does, with the odd element last", () => {
    fc.assert(
      fc.property(anyAxis, extent, ({ kernel, stride, dilation }, n) => {
        const [low, high] = samePadding(kernel, stride, dilation, n);
        expect(high - low === 0 || high - low === 1).toBe(true);
        if (low + high > 0) {
          const less = { kernel, stride, dilation, low, high: high - 1 };
          expect(outputExtent(less, n)).toBeLessThan(Math.ceil(n / stride));
        }
      }),
    );
  });

  it("is TensorFlow's rule: by the remainder of n / stride", () => {
    fc.assert(
      fc.property(anyAxis, extent, ({ kernel, stride }, n) => {
        const needed =
          n % stride === 0 ? Math.max(kernel - stride, 0) : Math.max(kernel - (n % stride), 0);
        expect(samePadding(kernel, stride, 1, n)).toEqual([
          Math.floor(needed / 2),
          needed - Math.floor(needed / 2),
        ]);
      }),
    );
    expect(samePadding(7, 2, 1, 224)).toEqual([2, 3]);
  });
});

describe("the centre tap", () => {
  const inBounds = (n: number, p: number): boolean => p >= 0 && p < n;

  it("is the tap that reads the output's own position, and null where there is none", () => {
    fc.assert(
      fc.property(anyAxis, fc.integer({ min: 8, max: 20 }), (a, n) => {
        fc.pre(outputExtent(a, n) >= 2);
        const own = Array.from({ length: a.kernel }, (_, t) => t).find((t) =>
          Array.from({ length: outputExtent(a, n) }, (_, o) => o).every(
            (o) => o * a.stride + t * a.dilation - a.low === o,
          ),
        );
        expect(centreTap(a)).toBe(own ?? null);
      }),
    );
  });

  it("reads inside the input where the output has the input's extent", () => {
    fc.assert(
      fc.property(anyAxis, extent, (a, n) => {
        const c = centreTap(a);
        fc.pre(c !== null && outputExtent(a, n) === n);
        for (let o = 0; o < n; o++)
          expect(inBounds(n, o * a.stride + c! * a.dilation - a.low)).toBe(true);
      }),
    );
  });

  it("does not exist for strided or, above one tap, only for the first tap of valid windows", () => {
    expect(centreTap(axis({ kernel: 3, stride: 2, low: 1 }))).toBeNull();
    expect(centreTap(axis({ kernel: 3 }))).toBe(0);
    expect(centreTap(axis({ kernel: 3, low: 1, high: 1 }))).toBe(1);
    expect(centreTap(axis({ kernel: 3, dilation: 2, low: 1 }))).toBeNull();
  });
});

describe("windows", () => {
  it("every window reads an input position exactly when no placement lies in the padding", () => {
    fc.assert(
      fc.property(anyAxis, extent, (a, n) => {
        const all = placements(a, n).every((start) =>
          Array.from({ length: a.kernel }, (_, t) => start + t * a.dilation).some(
            (p) => p >= 0 && p < n,
          ),
        );
        fc.pre(outputExtent(a, n) >= 0);
        expect(everyWindowReads(a, n)).toBe(all);
      }),
      { numRuns: 500 },
    );
  });

  it("whose taps are further apart than the input is long are tried one by one", () => {
    const apart = fc.record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 9 }),
      dilation: fc.integer({ min: 1, max: 7 }),
      low: fc.integer({ min: 0, max: 20 }),
      high: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(apart, fc.integer({ min: 1, max: 6 }), (a, n) => {
        const all = placements(a, n).every((start) =>
          Array.from({ length: a.kernel }, (_, t) => start + t * a.dilation).some(
            (p) => p >= 0 && p < n,
          ),
        );
        expect(everyWindowReads(a, n)).toBe(all);
      }),
      { numRuns: 1000 },
    );
  });

  it("of any size are decided at once", () => {
    const far = 2 ** 45;
    expect(everyWindowReads(axis({ kernel: 2, high: far }), 4)).toBe(false);
    expect(everyWindowReads(axis({ kernel: 2 }), far)).toBe(true);
    expect(everyWindowReads(axis({ kernel: far, low: far - 1, high: far - 1 }), 4)).toBe(true);
    const [gap, padding] = [2 ** 25, far - 2 ** 25];
    const spread = axis({ kernel: 2 ** 20, dilation: gap, low: padding, high: padding });
    expect(everyWindowReads({ ...spread, stride: gap }, 4)).toBe(true);
    expect(everyWindowReads({ ...spread, stride: gap / 2 }, 4)).toBe(false);
  });

  it("know their taps, their span and whether they are pointwise", () => {
    const g = [axis({ kernel: 3, dilation: 2 }), axis({ kernel: 5 })];
    expect(taps(g)).toBe(15);
    expect(g.map(span)).toEqual([5, 5]);
    expect(isPointwise(g)).toBe(false);
    expect(isPointwise([axis({ kernel: 1 }), axis({ kernel: 1 })])).toBe(true);
    expect(isPointwise([axis({ kernel: 1, stride: 2 })])).toBe(false);
    expect(isPointwise([axis({ kernel: 1, low: 1 })])).toBe(false);
  });

  it("resolve named and explicit padding axis by axis", () => {
    expect(resolveGeometry([3, 1], [2, 1], [1, 1], "same", [8, 8])).toEqual([
      { kernel: 3, stride: 2, dilation: 1, low: 0, high: 1 },
      { kernel: 1, stride: 1, dilation: 1, low: 0, high: 0 },
    ]);
    const explicit = resolveGeometry([3], [1], [2], [[4, 1]], [8]);
    expect(explicit).toEqual([{ kernel: 3, stride: 1, dilation: 2, low: 4, high: 1 }]);
  });
});
