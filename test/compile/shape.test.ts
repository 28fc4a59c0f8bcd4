/** Shapes of primitives: what fits gets the shape of the value, what does not is refused with its numbers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { applyPrimitive } from "../../src/compile/interpret.js";
import type { Primitive } from "../../src/compile/program.js";
import { arity } from "../../src/compile/arity.js";
import { primitiveShape } from "../../src/compile/shape.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { drawTensor, formal } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";
import { catalogue, primitiveNames } from "./catalogue.js";

describe("primitiveShape", () => {
  it.each(primitiveNames)("%s has the shape of its value", (name) => {
    fc.assert(
      fc.property(tape(60), (t) => {
        const { primitive, shapes } = catalogue[name](t);
        const sampled = formal("shape");
        const uniform = t.bulk();
        const args = shapes.map((shape) => drawTensor(sampled, shape, uniform));
        const value = succeed(applyPrimitive(sampled.ring)(primitive, args));
        expect(succeed(primitiveShape(primitive, shapes))).toEqual(value.shape);
      }),
      { numRuns: 10 },
    );
  });

  it.each(primitiveNames)("%s refuses a wrong number of arguments", (name) => {
    const [t] = fc.sample(tape(60), { numRuns: 1, seed: 7 });
    const { primitive, shapes } = catalogue[name](t!);
    const few = arity(name) === null ? [] : shapes.slice(1);
    expect(refused(primitiveShape(primitive, few)).found).toBe(`${few.length} arguments`);
  });

  const three = [axis({ kernel: 3 }), axis({ kernel: 3 })];
  const wrong: readonly (readonly [Primitive, readonly Shape[], string])[] = [
    [
      { op: "conv", geometry: three, groups: 2 },
      [
        [1, 8, 8, 3],
        [3, 3, 1, 4],
      ],
      "conv: arguments: found 1x8x8x3 and 3x3x1x4, expected [n, ...spatial, in] and a kernel [3, 3, in / 2, out] whose channels 2 groups divide",
    ],
    [
      { op: "conv", geometry: three, groups: 1 },
      [
        [1, 2, 8, 3],
        [3, 3, 3, 4],
      ],
      "conv: axis 0: found a window of 3 positions over 2 positions padded by 0 + 0, expected a window no longer than the padded input; use a larger input, a smaller kernel or more padding",
    ],
    [
      { op: "convInputGrad", geometry: three, groups: 1, extents: [8, 8] },
      [
        [1, 5, 6, 4],
        [3, 3, 3, 4],
      ],
      "convInputGrad: arguments: found a cotangent of shape 1x5x6x4, expected the shape of the value over 1x8x8x3, which is 1x6x6x4",
    ],
    [
      { op: "matmul", transposeA: true, transposeB: false },
      [
        [2, 3],
        [3, 4],
      ],
      "matmul: arguments: found 2x3 and 3x4, expected two matrices whose inner extents agree (transposeA true, transposeB false)",
    ],
    [
      { op: "add" },
      [[2, 3], [3]],
      "add: arguments: found 2x3 and 3, expected two tensors of one shape",
    ],
    [{ op: "scale", factor: NaN }, [[2]], "scale: factor: found NaN, expected a finite number"],
    [
      { op: "slice", begin: [1], shape: [3] },
      [[3]],
      "slice: arguments: found 3, expected a tensor that contains 3 from [1]",
    ],
    [
      { op: "upsampleGrad", factors: [2, 2], interpolation: "nearest" },
      [[1, 4, 5, 1]],
      "upsampleGrad: arguments: found 1x4x5x1, expected spatial axes for the factors 2, 2, which divide them",
    ],
    [{ op: "sum", axes: [0, 0] }, [[2, 3]], "sum: arguments: found 2x3, expected the axes 0, 0"],
    [
      {
        op: "maxPool",
        geometry: [axis({ kernel: 1, low: 1 }), axis({ kernel: 1 })],
      },
      [[1, 3, 3, 1]],
      "maxPool: padding: found 1 + 0 for 1 taps, 0 + 0 for 1 taps, expected no window that lies wholly in the padding",
    ],
  ];
  it.each(wrong)("%o is refused", (primitive, shapes, sentence) => {
    expect(showRefusal(refused(primitiveShape(primitive, shapes)))).toBe(sentence);
  });
});
