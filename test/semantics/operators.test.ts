/** Pooling, resampling, arrangement and normalisation on values worked out by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float64 } from "../../src/algebra/float64.js";
import { integer } from "../../src/algebra/integer.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { rational, toNumber, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { concatenate, pad, product, sum } from "../../src/semantics/arrangement.js";
import { normalise, normalisePositions } from "../../src/semantics/channelwise.js";
import { averagePool, globalPool, maxima, maxPool } from "../../src/semantics/pooling.js";
import { bilinearBlends, upsample } from "../../src/semantics/resampling.js";
import { readMap, PADDING } from "../../src/semantics/readMap.js";
import { axis } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { generated, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

const number = (x: number): Rational => succeed(rational.fromNumber(x));
const exact = (shape: Shape, values: readonly number[]): Tensor<Rational> =>
  generated(rational)(shape, (i) => number(values[i]!));
const shown = (t: Tensor<Rational>): readonly number[] => Array.from(t.data, toNumber);

describe("pooling", () => {
  it("padding never wins a maximum, and the first of equals does", () => {
    const x = exact([1, 3, 1], [-2, -1, -1]);
    const m = succeed(maxima(rational)(x, [axis({ kernel: 3, low: 1, high: 1 })]));
    expect(shown(m.values)).toEqual([-1, -1, -1]);
    expect(Array.from(m.winners)).toEqual([1, 1, 1]);
  });
  it("averages over the inside or over the window", () => {
    const x = exact([1, 2, 1], [3, 6]);
    const window = [axis({ kernel: 3, low: 1, high: 1 })];
    expect(shown(succeed(averagePool(rational)(x, window, "valid")))).toEqual([4.5, 4.5]);
    expect(shown(succeed(averagePool(rational)(x, window, "window")))).toEqual([3, 3]);
  });
  it("takes the largest of what each window reads, whatever the geometry", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const extents = [t.between(1, 5), t.between(1, 5)];
        const geometry = drawGeometry(t, extents, { everyWindowReads: true });
        const x = drawTensor(rationals, [2, ...extents, 3], t.bulk());
        const m = succeed(maxima(rational)(x, geometry));
        const map = readMap(geometry, extents);
        const area = size(extents);
        for (let i = 0; i < m.values.data.length; i++) {
          const [c, p, n] = [
            i % 3,
            Math.floor(i / 3) % map.positions,
            Math.floor(i / 3 / map.positions),
          ];
          const window = Array.from(map.reads.slice(p * map.taps, (p + 1) * map.taps))
            .filter((read) => read !== PADDING)
            .map((read) => (n * area + read) * 3 + c);
          const best = Math.max(...window.map((at) => toNumber(x.data[at]!)));
          expect(toNumber(m.values.data[i]!)).toBe(best);
          expect(m.winners[i]).toBe(window.filter((at) => toNumber(x.data[at]!) === best)[0]);
        }
      }),
      { numRuns: 40 },
    );
  });
  it("reduces all positions, keeping the axes or not", () => {
    const x = exact([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const average = succeed(globalPool(rational)(x, "average", false));
    expect([average.shape, shown(average)]).toEqual([
      [1, 2],
      [4, 5],
    ]);
    const most = succeed(globalPool(rational)(x, "max", true));
    expect([most.shape, shown(most)]).toEqual([
      [1, 1, 1, 2],
      [7, 8],
    ]);
  });
  it("refuses a ring without order or division by name", () => {
    const ring = polynomial(rational);
    const x = generated(ring)([1, 2, 1], () => ring.one);
    expect(showRefusal(refused(maxPool(ring)(x, [axis({ kernel: 2 })])))).toContain(
      "without compare",
    );
    const odd = generated(integer)([1, 2, 1], (i) => BigInt(i));
    expect(refused(averagePool(integer)(odd, [axis({ kernel: 2 })], "valid"))).toBeDefined();
  });
});

describe("enlarging", () => {
  it("bilinear has half-pixel centres and clamped edges, as TensorFlow and PyTorch", () => {
    const two = succeed(upsample(rational)(exact([1, 2, 1], [1, 2]), [2], "bilinear"));
    expect(shown(two)).toEqual([1, 1.25, 1.75, 2]);
    const three = succeed(upsample(rational)(exact([1, 2, 1], [0, 3]), [3], "bilinear"));
    expect(shown(three)).toEqual([0, 0, 1, 2, 3, 3]);
  });
  it("in two axes is one after the other", () => {
    const x = exact([1, 2, 2, 1], [0, 4, 8, 12]);
    expect(shown(succeed(upsample(rational)(x, [1, 2], "bilinear")))).toEqual([
      0, 1, 3, 4, 8, 9, 11, 12,
    ]);
    expect(shown(succeed(upsample(rational)(x, [2, 1], "bilinear")))).toEqual([
      0, 4, 2, 6, 6, 10, 8, 12,
    ]);
  });
  it("nearest repeats", () => {
    const x = exact([1, 2, 2], [1, 2, 3, 4]);
    const y = succeed(upsample(rational)(x, [2], "nearest"));
    expect([y.shape, shown(y)]).toEqual([
      [1, 4, 2],
      [1, 2, 1, 2, 3, 4, 3, 4],
    ]);
  });
  it("keeps affine functions of the position, away from the edges", () => {
    for (const factor of [2, 3, 4, 5]) {
      const blends = bilinearBlends(6, factor);
      for (let o = factor; o < 5 * factor; o++) {
        const { lower, upper, numerator } = blends[o]!;
        const position = lower + (numerator / (2 * factor)) * (upper - lower);
        expect(position).toBeCloseTo((o + 0.5) / factor - 0.5, 12);
      }
    }
  });
  it("refuses a ring without the weights", () => {
    const x = generated(integer)([1, 2, 1], (i) => BigInt(i));
    expect(refused(upsample(integer)(x, [2], "bilinear"))).toBeDefined();
  });
});

describe("arrangement", () => {
  it("adds, multiplies with broadcasting per example, and concatenates", () => {
    const x = exact([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const gate = exact([2, 1, 1, 2], [10, 100, 1000, 1]);
    expect(shown(product(rational)(x, gate))).toEqual([10, 200, 30, 400, 5000, 6, 7000, 8]);
    expect(shown(product(rational)(gate, x))).toEqual([10, 200, 30, 400, 5000, 6, 7000, 8]);
    expect(shown(sum(rational)([gate, gate, gate]))).toEqual([30, 300, 3000, 3]);
    const joined = concatenate(rational)([x, exact([2, 1, 2, 1], [-1, -2, -3, -4])]);
    expect([joined.shape, shown(joined)]).toEqual([
      [2, 1, 2, 3],
      [1, 2, -1, 3, 4, -2, 5, 6, -3, 7, 8, -4],
    ]);
  });
  it("pads every axis", () => {
    const y = pad(rational)(exact([1, 2], [1, 2]), [
      [1, 0],
      [0, 1],
    ]);
    expect([y.shape, shown(y)]).toEqual([
      [2, 3],
      [0, 0, 0, 1, 2, 0],
    ]);
  });
});

describe("normalisation", () => {
  const op = {
    kind: "batchNorm",
    gamma: exact([1], [3]),
    beta: exact([1], [1]),
    mean: exact([1], [2]),
    variance: exact([1], [3.75]),
    epsilon: 0.25,
    momentum: 0.9,
  } as const;
  it("uses the stored statistics when frozen", () => {
    const y = succeed(normalise(rational)(exact([2, 1], [2, 6]), { ...op, statistics: "frozen" }));
    expect(shown(y)).toEqual([1, 7]);
  });
  it("uses those of the batch, without Bessel's correction", () => {
    // Values 0 and 4: mean 2, variance 4, and 4 + 2.25 = (5/2)^2.
    const y = succeed(
      normalise(rational)(exact([2, 1], [0, 4]), { ...op, statistics: "batch", epsilon: 2.25 }),
    );
    expect(Array.from(y.data, rational.show)).toEqual(["-7/5", "17/5"]);
  });
  it("agrees with the formula in binary64", () => {
    const wide = {
      ...op,
      gamma: null,
      beta: null,
      mean: tensor([1], [0.3]),
      variance: tensor([1], [0.7]),
    };
    const y = succeed(
      normalise(float64)(tensor([1, 1], [1.1]), { ...wide, statistics: "frozen", epsilon: 1e-3 }),
    );
    expect(y.data[0]).toBeCloseTo((1.1 - 0.3) / Math.sqrt(0.701), 14);
  });
});

describe("normalisation of positions", () => {
  const op = {
    kind: "layerNorm",
    gamma: exact([4], [1, 2, 3, 4]),
    beta: exact([4], [0, 0, 1, 1]),
    epsilon: 0,
  } as const;
  it("uses the channels of each position alone", () => {
    // Means 5 and 1; deviations 2 and 4.
    const x = exact([2, 1, 4], [3, 3, 7, 7, -3, 5, -3, 5]);
    const y = succeed(normalisePositions(rational)(x, op));
    expect([y.shape, shown(y)]).toEqual([
      [2, 1, 4],
      [-1, -2, 4, 5, -1, 2, -2, 5],
    ]);
  });
  it("adds epsilon to the variance, and needs neither gamma nor beta", () => {
    // Values 0 and 4: mean 2, variance 4, and 4 + 2.25 = (5/2)^2.
    const plain = { ...op, gamma: null, beta: null, epsilon: 2.25 };
    const y = succeed(normalisePositions(rational)(exact([1, 2], [0, 4]), plain));
    expect(Array.from(y.data, rational.show)).toEqual(["-4/5", "4/5"]);
  });
  it("names the position where a variance has no root", () => {
    const x = exact([2, 2], [0, 2, 0, 3]);
    const plain = { ...op, gamma: null, beta: null, epsilon: 1 };
    const refusal = refused(normalisePositions(rational)(x, plain));
    expect(showRefusal(refusal)).toContain("position 0, variance 1 + 1");
  });
});
