/** The parts of the comparison page: scales, names that make room for each other, pictures of numbers. */
import fc from "fast-check";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { countScale, shareScale } from "../../../src/report/comparisonPage/axis.js";
import { heatColours, heatIndex, heatPicture } from "../../../src/report/comparisonPage/heat.js";
import { placeNames, spreadAlong } from "../../../src/report/comparisonPage/label.js";
import { colourOf, mark } from "../../../src/report/comparisonPage/mark.js";

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("scales", () => {
  it("hold every share between their ends, with a tick at each end", () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 20 }), (shares) => {
        const { at, ticks } = shareScale(shares, 300, 20);
        // A tick's value is a product of two roundings, the place a few more.
        const rounding = 300 * 2 ** -40;
        for (const s of shares) {
          expect(at(s)).toBeLessThanOrEqual(300 + rounding);
          expect(at(s)).toBeGreaterThanOrEqual(20 - rounding);
        }
        expect(at(ticks[0]!.value)).toBe(300);
        expect(at(ticks[ticks.length - 1]!.value)).toBe(20);
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        expect(ticks.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  it("order counts, zero among them, within their ends", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { minLength: 1, maxLength: 10 }), (counts) => {
        const { at, ticks } = countScale(counts, 40, 700);
        const ordered = [...counts].sort((a, b) => a - b).map(at);
        expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
        expect(ordered[0]).toBeGreaterThan(40);
        expect(ordered[ordered.length - 1]).toBeLessThan(700);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      }),
    );
  });
});

describe("names along a margin", () => {
  it("keep their order and their distance, within bounds where there is room", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 }),
        (wanted) => {
          const gap = 16;
          // Each height is the sum of two numbers below 512: rounded by at most 2^-45, its start by a few times that.
          const rounding = 8 * 2 ** -45;
          const heights = spreadAlong(wanted, gap, 0, 400);
          const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
          for (const [k, i] of order.slice(1).entries())
            expect(heights[i]! - heights[order[k]!]!).toBeGreaterThanOrEqual(gap - rounding);
          expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...heights)).toBeLessThanOrEqual(400);
        },
      ),
    );
  });

  it("stay where they want to be if none is near", () => {
    expect(spreadAlong([100, 20, 300], 16, 0, 400)).toEqual([100, 20, 300]);
    expect(spreadAlong([100, 100], 16, 0, 400)).toEqual([92, 108]);
  });
});

describe("names in the plane", () => {
  const bounds = { left: 0, top: 0, right: 700, bottom: 300 };

  it("cover neither marks nor each other where there is room", () => {
    const spots = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ x: 340 + 4 * i, y: 150 + (i % 3) }));
    const anchors = spots.map((spot) => ({ ...spot, width: 60, height: 13 }));
    const marks = spots.map(({ x, y }) => ({
      left: x - 5,
      right: x + 5,
      top: y - 5,
      bottom: y + 5,
    }));
    const boxes = placeNames(anchors, marks, [], bounds);
    const meets = (a: (typeof boxes)[0], b: (typeof boxes)[0]): boolean =>
      a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    for (const [i, box] of boxes.entries()) {
      for (const other of boxes.slice(i + 1)) expect(meets(box, other)).toBe(false);
      for (const spot of marks) expect(meets(box, spot)).toBe(false);
    }
  });

  it("stay inside", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ x: fc.integer({ min: 0, max: 700 }), y: fc.integer({ min: 0, max: 300 }) }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        (spots) => {
          const anchors = spots.map((spot) => ({ ...spot, width: 80, height: 13 }));
          for (const { left, top, right, bottom } of placeNames(anchors, [], [], bounds)) {
            expect(left).toBeGreaterThanOrEqual(0);
            expect(top).toBeGreaterThanOrEqual(0);
            expect(right).toBeLessThanOrEqual(700);
            expect(bottom).toBeLessThanOrEqual(300);
          }
        },
      ),
    );
  });
});

describe("marks", () => {
  it("of 35 methods all differ, and those of neighbours in both colour and outline", () => {
    const looks = Array.from({ length: 35 }, (_, i) => mark(i, "pretrained", 0, 0).markup);
    expect(new Set(looks).size).toBe(35);
    const outline = (i: number): string => looks[i]!.replace(/ k\d/, "");
    for (let i = 1; i < 35; i++) {
      expect(colourOf(i)).not.toBe(colourOf(i - 1));
      expect(outline(i)).not.toBe(outline(i - 1));
    }
  });

  it("of the control are hollow", () => {
    expect(mark(0, "random", 0, 0).markup).toContain("hollow");
    expect(mark(0, "pretrained", 0, 0).markup).not.toContain("hollow");
  });
});

describe("a picture of numbers", () => {
  const decoded = (uri: string): PNG => {
    const [head, data] = uri.split(",");
    expect(head).toBe("data:image/png;base64");
    return PNG.sync.read(Buffer.from(data!, "base64"));
  };

  it("is a PNG with the colour of each number in its place", () => {
    const sized = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([rows, columns]) =>
        fc.tuple(
          fc.constant(rows),
          fc.constant(columns),
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
            minLength: rows * columns,
            maxLength: rows * columns,
          }),
        ),
      );
    fc.assert(
      fc.property(sized, ([rows, columns, values]) => {
        const png = decoded(heatPicture(values, rows, columns, { middle: 1, reach: 2 }));
        expect([png.width, png.height]).toEqual([columns, rows]);
        for (const [i, value] of values.entries())
          expect([...png.data.subarray(4 * i, 4 * i + 4)]).toEqual([
            ...heatColours[heatIndex((value - 1) / 2)]!,
            255,
          ]);
      }),
      { numRuns: 40 },
    );
  });

  it("has the middle colour for the middle, the ends for what lies beyond, and no trouble with no reach", () => {
    expect([-9, -1, 0, 1, 9, NaN].map(heatIndex)).toEqual([0, 0, 8, 16, 16, 8]);
    const flat = decoded(heatPicture([1, 1], 1, 2, { middle: 1, reach: 0 }));
    expect([...flat.data.subarray(0, 3)]).toEqual([...heatColours[8]!]);
  });
});
