/** Convolution against the definition, written once more as plainly as possible. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integer } from "../../src/algebra/integer.js";
import { convolve, gatedConvolve, mixChannels } from "../../src/semantics/convolution.js";
import { PADDING, readMap } from "../../src/semantics/readMap.js";
import { axis, outputExtent, type Geometry } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, integers } from "../../src/laws/generators/ring.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

/** All index tuples of a shape, in row-major order. */
const tuples = (shape: Shape): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (prefixes, n) => prefixes.flatMap((p) => Array.from({ length: n }, (_, i) => [...p, i])),
    [[]],
  );

const at = (t: Tensor<bigint>, index: readonly number[]): bigint =>
  t.data[t.shape.reduce((offset, n, d) => offset * n + index[d]!, 0)]!;

/** `y[n, o, j] = sum over taps t and channels k of x[n, o * stride + t * dilation - low, k] * F[t, k', j]`. */
const definition = (
  x: Tensor<bigint>,
  kernel: Tensor<bigint>,
  gates: Tensor<bigint> | null,
  geometry: Geometry,
  groups: number,
): readonly bigint[] => {
  const extents = x.shape.slice(1, -1);
  const [perGroup, outputs] = kernel.shape.slice(-2) as [number, number];
  const positions = tuples(geometry.map((a, i) => outputExtent(a, extents[i]!)));
  return tuples([x.shape[0]!]).flatMap(([n]) =>
    positions.flatMap((o) =>
      Array.from({ length: outputs }, (_, j) => {
        const group = Math.floor(j / (outputs / groups));
        let sum = 0n;
        for (const t of tuples(geometry.map((a) => a.kernel)))
          for (let k = 0; k < perGroup; k++) {
            const p = geometry.map((a, i) => o[i]! * a.stride + t[i]! * a.dilation - a.low);
            if (p.some((q, i) => q < 0 || q >= extents[i]!)) continue;
            const gate = gates === null ? 1n : at(gates, [k, j]);
            sum += gate * at(x, [n!, ...p, group * perGroup + k]) * at(kernel, [...t, k, j]);
          }
        return sum;
      }),
    ),
  );
};

const drawn = (t: Tape, rank: number) => {
  const extents = Array.from({ length: rank }, () => t.between(1, rank > 2 ? 3 : 5));
  const geometry = drawGeometry(t, extents);
  const groups = t.between(1, 3);
  const inputs = groups * t.between(1, 2);
  const outputs = groups * t.between(1, 2);
  const tensorOf = (shape: Shape): Tensor<bigint> => drawTensor(integers, shape, t.bulk());
  return {
    x: tensorOf([t.between(1, 2), ...extents, inputs]),
    kernel: tensorOf([...geometry.map((a) => a.kernel), inputs / groups, outputs]),
    gates: tensorOf([inputs / groups, outputs]),
    geometry,
    groups,
  };
};

describe("convolution", () => {
  it.each([0, 1, 2, 3])("is its definition on %i spatial axes", (rank) => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { x, kernel, geometry, groups } = drawn(t, rank);
        const y = convolve(integer)(x, kernel, geometry, groups);
        const expected = definition(x, kernel, null, geometry, groups);
        expect(Array.from(y.data)).toEqual(expected);
        expect(size(y.shape)).toBe(expected.length);
      }),
      { numRuns: 60 },
    );
  });
  it("with gates is the sum of gate times convolution", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { x, kernel, gates, geometry, groups } = drawn(t, 2);
        const y = gatedConvolve(integer)(x, kernel, gates, geometry, groups);
        expect(Array.from(y.data)).toEqual(definition(x, kernel, gates, geometry, groups));
      }),
      { numRuns: 60 },
    );
  });
  it("depthwise keeps the channels apart", () => {
    const x = tensor([1, 2, 2], [1n, 10n, 2n, 20n]);
    const kernel = tensor([2, 1, 2], [3n, 5n, 7n, 11n]);
    const y = convolve(integer)(x, kernel, [axis({ kernel: 2 })], 2);
    expect(y).toEqual({ shape: [1, 1, 2], data: [3n * 1n + 7n * 2n, 5n * 10n + 11n * 20n] });
  });
  it("mixes channels at every position alike", () => {
    const y = mixChannels(integer)(
      tensor([1, 2, 2], [1n, 2n, 3n, 4n]),
      tensor([2, 3], [1n, 2n, 3n, 4n, 5n, 6n]),
    );
    expect(y).toEqual({ shape: [1, 2, 3], data: [9n, 12n, 15n, 19n, 26n, 33n] });
  });
});

describe("the read map", () => {
  it("numbers positions and taps in row-major order and marks padding", () => {
    const map = readMap([axis({ kernel: 2, low: 1 }), axis({ kernel: 1, stride: 2 })], [2, 3]);
    expect(map.extents).toEqual([2, 2]);
    expect(Array.from(map.reads)).toEqual([PADDING, 0, PADDING, 2, 0, 3, 2, 5]);
  });
  it("of rank 0 has one position and one tap", () => {
    expect(readMap([], [])).toEqual({
      extents: [],
      positions: 1,
      taps: 1,
      reads: Int32Array.of(0),
    });
  });
});
