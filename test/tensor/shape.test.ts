import { describe, expect, it } from "vitest";
import { channelsOf, sameShape, showShape, size, spatialOf } from "../../src/tensor/shape.js";
import { filled, generated, mapTensor, tensor } from "../../src/tensor/tensor.js";
import { rational } from "../../src/algebra/rational.js";
import { float32 } from "../../src/algebra/float32.js";

describe("shapes", () => {
  it("have a size, channels last and spatial extents before", () => {
    expect([size([2, 3, 4]), size([])]).toEqual([24, 1]);
    expect([channelsOf([2, 3, 4]), channelsOf([])]).toEqual([4, 1]);
    expect(spatialOf([2, 3, 4])).toEqual([2, 3]);
    expect([showShape([2, 3]), showShape([])]).toEqual(["2x3", "scalar"]);
  });
  it("are the same when rank and extents agree", () => {
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    expect(sameShape([2, 3], [3, 2])).toBe(false);
    expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
    expect(sameShape([2, 3, 1], [2, 3])).toBe(false);
  });
});

describe("tensors", () => {
  it("are filled and generated in row-major order", () => {
    expect([...Array.from(filled(float32)([2, 2], 3).data)]).toEqual([3, 3, 3, 3]);
    expect(Array.from(generated(float32)([2, 2], (i) => i).data)).toEqual([0, 1, 2, 3]);
  });
  it("are mapped into the storage of another ring", () => {
    const t = mapTensor(rational)(tensor([2], [1, 2]), (x) =>
      rational.mul(rational.one, x === 1 ? rational.zero : rational.one),
    );
    expect(Array.from(t.data)).toEqual([rational.zero, rational.one]);
    expect(mapTensor(float32)(tensor([1], [2]), (x: number) => x + 1).data).toBeInstanceOf(
      Float32Array,
    );
  });
});
