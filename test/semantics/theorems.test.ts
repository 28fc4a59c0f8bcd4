/** The theorems about single layers that no conversion's test covers, over the rationals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, dual, withTangent, type Dual } from "../../src/algebra/dual.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import type { Projected } from "../../src/model/operator.js";
import { convolve, gatedConvolve } from "../../src/semantics/convolution.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { axis, taps, type Geometry } from "../../src/tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../src/tensor/shape.js";
import { generated, mapTensor, type Tensor } from "../../src/tensor/tensor.js";
import { mergedOperator } from "../../src/transform/merge.js";
import { drawTensor, rationals } from "../generators/element.js";
import { cases, drawOperator, piecewiseLinear, sameTensor } from "../generators/network.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../generators/tape.js";

const { add, mul, zero, one } = rational;
const isEqual = (x: Tensor<Rational>, y: Tensor<Rational>): boolean => sameTensor(rationals, x, y);
const inner = (x: ArrayLike<Rational>, y: ArrayLike<Rational>): Rational =>
  Array.from(x, (v, i) => mul(v, y[i]!)).reduce((a, b) => add(a, b), zero);

/** A projected layer over one axis, an input for it, and a cotangent of its value. */
const gatedCase = (t: Tape) => {
  const shape: Shape = [t.between(2, 4), t.between(1, 4)];
  const op = drawOperator(t, rationals, "projected", shape) as Projected<Rational>;
  const x = drawTensor(rationals, [2, ...shape], t.bulk());
  const y = gatedConvolve(rational)(x, op.kernel, op.gates, op.geometry, op.groups);
  return { op, x, cotangent: drawTensor(rationals, y.shape, t.bulk()) };
};

const D = dual(rational);
const still = constant(rational);
/** The same numbers, of which one moves. */
const moving = (t: Tensor<Rational>, at: number): Tensor<Dual<Rational>> => ({
  shape: t.shape,
  data: Array.from(t.data, (v, i) => withTangent(v, i === at ? one : zero)),
});
const tangents = (t: Tensor<Dual<Rational>>): readonly Rational[] =>
  Array.from(t.data, (v) => v.tangent);

describe("T5", () => {
  it("T5_adjoint, T5_gate: a gate's gradient, from the transformed input and from the kernel's gradient", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const { op, x, cotangent } = gatedCase(t);
        const still_x = mapTensor(D)(x, still);
        const frozen = mapTensor(D)(op.kernel, still);
        const merged = mergedOperator(rational)(op).kernel;
        const outputs = channelsOf(op.kernel.shape);
        const pairs = op.gates.data.length;
        const at = t.below(pairs);
        const [k, j] = [Math.floor(at / outputs), at % outputs];
        const derivative = inner(
          cotangent.data,
          tangents(gatedConvolve(D)(still_x, frozen, moving(op.gates, at), op.geometry, op.groups)),
        );
        // T5_adjoint: the cotangent of channel j against conv(x_k, F_jk), the other pairs silenced.
        const alone = generated(rational)(op.kernel.shape, (i) =>
          i % pairs === k * outputs + j ? op.kernel.data[i]! : zero,
        );
        const transformed = convolve(rational)(x, alone, op.geometry, op.groups);
        expect(rational.equals(derivative, inner(cotangent.data, transformed.data))).toBe(true);
        // T5_gate: the merged kernel's gradient against the frozen kernel, over the taps.
        let sum = zero;
        for (let tap = 0; tap < taps(op.geometry); tap++) {
          const moved = convolve(D)(
            still_x,
            moving(merged, tap * pairs + at),
            op.geometry,
            op.groups,
          );
          const slope = inner(cotangent.data, tangents(moved));
          sum = add(sum, mul(slope, op.kernel.data[tap * pairs + at]!));
        }
        expect(rational.equals(derivative, sum)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("T6", () => {
  const line = (t: Tape, dilation: number, stride: number): Geometry => [
    axis({
      kernel: t.between(1, 3),
      dilation,
      stride,
      low: t.below(3),
      high: 4 + t.below(3),
    }),
  ];
  const drawKernel = (t: Tape, g: Geometry, inputs: number, outputs: number) =>
    drawTensor(rationals, [g[0]!.kernel, inputs, outputs], t.bulk());
  it("T6_push: a dilated kernel is a dense one with zeros between the taps", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const dilation = t.between(1, 3);
        const g = line(t, dilation, t.between(1, 2));
        const kernel = drawKernel(t, g, 2, 2);
        const x = drawTensor(rationals, [1, 5, 2], t.bulk());
        const spread = (g[0]!.kernel - 1) * dilation + 1;
        const dense = generated(rational)([spread, 2, 2], (i) => {
          const tap = Math.floor(i / 4);
          return tap % dilation === 0 ? kernel.data[(tap / dilation) * 4 + (i % 4)]! : zero;
        });
        const pushed = [{ ...g[0]!, kernel: spread, dilation: 1 }];
        expect(
          isEqual(convolve(rational)(x, kernel, g, 1), convolve(rational)(x, dense, pushed, 1)),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it("T6_stride: a strided convolution is every stride-th position of the dense one", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const stride = t.between(1, 3);
        const g = line(t, t.between(1, 2), stride);
        const kernel = drawKernel(t, g, 2, 3);
        const x = drawTensor(rationals, [1, 6, 2], t.bulk());
        const strided = convolve(rational)(x, kernel, g, 1);
        const every = convolve(rational)(x, kernel, [{ ...g[0]!, stride: 1 }], 1);
        const kept = generated(rational)(strided.shape, (i) => {
          const o = Math.floor(i / 3);
          return every.data[o * stride * 3 + (i % 3)]!;
        });
        expect(isEqual(strided, kept)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it("T6_groups: groups are zeros in a kernel without groups", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const groups = t.between(1, 3);
        const [per, out] = [t.between(1, 2), t.between(1, 2)];
        const [inputs, outputs] = [per * groups, out * groups];
        const g = line(t, t.between(1, 2), t.between(1, 2));
        const kernel = drawKernel(t, g, per, outputs);
        const x = drawTensor(rationals, [1, 5, inputs], t.bulk());
        const full = generated(rational)([g[0]!.kernel, inputs, outputs], (i) => {
          const [j, k, tap] = [
            i % outputs,
            Math.floor(i / outputs) % inputs,
            Math.floor(i / outputs / inputs),
          ];
          return Math.floor(k / per) === Math.floor(j / out)
            ? kernel.data[(tap * per + (k % per)) * outputs + j]!
            : zero;
        });
        expect(
          isEqual(convolve(rational)(x, kernel, g, groups), convolve(rational)(x, full, g, 1)),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  const twice = (t: Tape, second: Geometry) => {
    const [first] = [[axis({ kernel: t.between(2, 3), low: 1, high: 1 })]];
    const [f, g] = [drawKernel(t, first, 1, 1), drawKernel(t, second, 1, 1)];
    const span = first[0]!.kernel + second[0]!.kernel - 1;
    const composed = generated(rational)([span, 1, 1], (i) => {
      let sum = zero;
      for (let a = 0; a < second[0]!.kernel; a++)
        if (i - a >= 0 && i - a < first[0]!.kernel) sum = add(sum, mul(g.data[a]!, f.data[i - a]!));
      return sum;
    });
    const low = first[0]!.low + second[0]!.low;
    const high = first[0]!.high + second[0]!.high;
    return { first, f, g, composed, whole: [axis({ kernel: span, low, high })] };
  };
  it("conv_conv: a valid convolution after a convolution is one, with the kernels convolved", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const second = [axis({ kernel: t.between(1, 3) })];
        const { first, f, g, composed, whole } = twice(t, second);
        const x = drawTensor(rationals, [1, 5, 1], t.bulk());
        const steps = convolve(rational)(convolve(rational)(x, f, first, 1), g, second, 1);
        expect(isEqual(steps, convolve(rational)(x, composed, whole, 1))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it("conv_conv fails where the second convolution pads: zeros are not what the first would have read", () => {
    const ones = (shape: Shape) => generated(rational)(shape, () => one);
    const padded = axis({ kernel: 3, low: 1, high: 1 });
    const x = ones([1, 3, 1]);
    const steps = convolve(rational)(
      convolve(rational)(x, ones([3, 1, 1]), [padded], 1),
      ones([3, 1, 1]),
      [padded],
      1,
    );
    const composed = generated(rational)([5, 1, 1], (i) =>
      succeed(rational.fromNumber([1, 2, 3, 2, 1][i]!)),
    );
    const once = convolve(rational)(x, composed, [axis({ kernel: 5, low: 2, high: 2 })], 1);
    expect(isEqual(steps, once)).toBe(false);
  });
});

describe("network_strict", () => {
  it("the value of a GFFN network at a position depends on the input at that position alone", () => {
    fc.assert(
      fc.property(
        cases(rationals, {
          kinds: ["dense", "dense", "activation", "affine", "add", "multiply", "concat"],
          activations: piecewiseLinear,
          ranks: [2, 1],
        }).filter(({ network }) => network.output.length === network.input.length),
        fc.nat(),
        ({ network, batch }, pick) => {
          const [inputs, outputs] = [channelsOf(network.input), channelsOf(network.output)];
          const positions = size(network.input) / inputs;
          const position = pick % positions;
          const moved = generated(rational)(batch.shape, (i) =>
            Math.floor(i / inputs) % positions === position ? batch.data[i]! : one,
          );
          const [y, z] = [batch, moved].map((b) => succeed(evaluate(rational)(network, b)));
          for (let i = 0; i < y!.data.length; i++)
            if (Math.floor(i / outputs) % positions === position)
              expect(rational.equals(y!.data[i]!, z!.data[i]!)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
