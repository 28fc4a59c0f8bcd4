/** Machine numbers: one rounding a weight, and none that is not finite. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { network, type Network } from "../../src/model/network.js";
import type { Convolution, Projected } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import type { ConversionName } from "../../src/transform/certificate.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import {
  finite,
  isMachineRing,
  roundingOf,
  scaleInner,
  workingRing,
} from "../../src/transform/precision.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { refused, succeed } from "../generators/succeed.js";
import { numbers } from "./worked.js";

const single = (shape: Shape, ...data: readonly number[]): Tensor<number> =>
  tensor(shape, Float32Array.from(data));
const pointwise = [axis({ kernel: 1 })];

/** A projected layer of one tap, and `op` behind it. */
const network32 = (
  ...ops: readonly Parameters<typeof network<number>>[0][number]["op"][]
): Network<"Projected", Shape, Shape, number> =>
  succeed(
    network<number>([
      { name: "x", op: { kind: "input", shape: [2, 2] }, inputs: [] },
      ...ops.map((op, i) => ({ name: `l${i}`, op, inputs: [i === 0 ? "x" : `l${i - 1}`] })),
    ]),
  ) as Network<"Projected", Shape, Shape, number>;

const projected = (kernel: Tensor<number>, gates: Tensor<number>): Projected<number> => ({
  kind: "projected",
  geometry: pointwise,
  groups: 1,
  kernel,
  gates,
  bias: null,
});

describe("the arithmetic", () => {
  it("is binary64 for machine numbers and the ring's own otherwise", () => {
    expect([float32, float64, rational, primeField].map((r) => isMachineRing(r as never))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(workingRing(float32)).toBe(float64);
    expect(workingRing(rational)).toBe(rational);
  });
  it("rounds in the conversions that compute weights", () => {
    const rounds: Readonly<Record<string, boolean>> = {
      project: false,
      merge: true,
      unmerge: true,
      embed: false,
      recognise: false,
      foldBatchNorm: true,
      absorbPadding: false,
    };
    for (const [conversion, once] of Object.entries(rounds)) {
      expect(roundingOf(float32, conversion as ConversionName)).toBe(
        once ? "once per weight" : "exact",
      );
      expect(roundingOf(rational, conversion as ConversionName)).toBe("exact");
    }
  });
  it("is said by the certificate", () => {
    const p = network32(projected(single([1, 2, 2], 1, 2, 3, 4), single([2, 2], 5, 6, 7, 8)));
    const merged = succeed(merge(float32)(p));
    expect(merged.certificate).toMatchObject({ ring: "float32", rounding: "once per weight" });
    expect(succeed(unmerge(float32)(merged.network, p)).certificate.rounding).toBe(
      "once per weight",
    );
    const again = succeed(project(float32)(merged.network)).certificate;
    expect(again).toMatchObject({ ring: "float32", rounding: "exact" });
    const gffn = succeed(recognise(float32)(merged.network));
    expect(gffn.certificate.rounding).toBe("exact");
    expect(succeed(embed(float32)(gffn.network)).certificate.rounding).toBe("exact");
  });
});

describe("scaleInner", () => {
  it("multiplies by the factor of the innermost axes, in every period", () => {
    const t = numbers([3, 2, 2], (i) => i);
    const factors = numbers([2, 2], (i) => i + 1).data;
    const expected = [0, 2, 6, 12, 4, 10, 18, 28, 8, 18, 30, 44];
    expect(Array.from(scaleInner(rational)(t, factors).data, rational.show)).toEqual(
      expected.map(String),
    );
    const machine = scaleInner(float32)(
      single([3, 2, 2], ...Array.from({ length: 12 }, (_, i) => i)),
      [1, 2, 3, 4],
    );
    expect(machine).toEqual(single([3, 2, 2], ...expected));
  });
  it("rounds each product of binary32 numbers once", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(float, float, (x, factor) => {
        const { data } = scaleInner(float32)(single([1], x), Float32Array.of(factor));
        expect(data).toBeInstanceOf(Float32Array);
        expect(data[0]).toBe(Math.fround(x * factor));
      }),
    );
  });
});

describe("finite", () => {
  it("names the first element that is no number of the ring", () => {
    const where = single([2, 3], 1, -2, 0, 3, Infinity, NaN);
    expect(showRefusal(refused(finite(float32)("kernel", where)))).toBe(
      "kernel[1, 1]: found Infinity, expected a finite number of the ring float32",
    );
    expect(refused(finite(float64)("bias", single([2], NaN, 1)))).toMatchObject({
      where: "bias[0]",
      found: "NaN",
    });
  });
  it("is every weight over the other rings, and every weight without infinities", () => {
    succeed(
      finite(rational)(
        "kernel",
        numbers([2], (i) => i),
      ),
    );
    succeed(finite(float32)("kernel", single([2], 0, -(2 ** 127))));
  });
});

describe("over binary32", () => {
  const huge = projected(single([1, 2, 2], 1, 2 ** 100, 1, 1), single([2, 2], 1, 2 ** 100, 1, 1));
  it("a merged weight out of range is refused, with the layer and what to do", () => {
    const refusal =
      "layer l0: kernel[0, 0, 1]: found Infinity, expected a finite number of the ring float32; ";
    const advice =
      "the product of this gate and its frozen weight is out of range: train with a lower rate";
    expect(showRefusal(refused(merge(float32)(network32(huge))))).toBe(refusal + advice);
    const merged = network32({
      kind: "convolution",
      geometry: pointwise,
      groups: 1,
      kernel: single([1, 2, 2], 1, 2, 3, 4),
      bias: null,
    });
    expect(showRefusal(refused(unmerge(float32)(merged, network32(huge))))).toBe(refusal + advice);
  });
  it("a folded weight or bias out of range is refused, with both layers", () => {
    const folding = (bias: number, scale: number, shift: number) =>
      foldBatchNorm(float32)(
        network32(
          {
            ...projected(single([1, 2, 2], 1, 2, 3, 4), single([2, 2], 1, 1, 1, 1)),
            bias: single([2], 0, bias),
          },
          { kind: "affine", scale: single([2], 1, scale), shift: single([2], shift, shift) },
        ),
      );
    expect(showRefusal(refused(folding(0, 2 ** 127, 0)))).toBe(
      "layer l1 folded into l0: kernel[0, 0, 1]: found Infinity, expected a finite number of the ring float32",
    );
    expect(refused(folding(2 ** 100, 2 ** 100, 0)).where).toBe("layer l1 folded into l0: bias[1]");
    succeed(folding(2 ** 100, 2, 1));
  });
  it("gates that are not finite are no business of folding, which does not touch them", () => {
    const gates = single([2, 2], Infinity, 1, 1, 1);
    const made = succeed(
      foldBatchNorm(float32)(
        network32(projected(single([1, 2, 2], 1, 2, 3, 4), gates), {
          kind: "affine",
          scale: single([2], 2, 3),
          shift: single([2], 1, 1),
        }),
      ),
    );
    expect(made.certificate.steps).toHaveLength(2);
  });
  it("a frozen batch norm is folded in binary64 and each weight rounded once", () => {
    const [gamma, mean, variance, epsilon, w] = [1.1, 0.3, 0.7, 1e-3, 1.7].map(Math.fround);
    const op: Convolution<number> = {
      kind: "convolution",
      geometry: pointwise,
      groups: 1,
      kernel: single([1, 2, 1], w!, -w!),
      bias: single([1], 0.25),
    };
    const made = succeed(
      foldBatchNorm(float32)(
        network32(op, {
          kind: "batchNorm",
          statistics: "frozen",
          gamma: single([1], gamma!),
          beta: single([1], 0.75),
          mean: single([1], mean!),
          variance: single([1], variance!),
          epsilon: epsilon!,
          momentum: 0.9,
        }),
      ),
    );
    const scale = gamma! * (1 / Math.sqrt(variance! + epsilon!));
    const folded = made.network.layers[1]!.op as Convolution<number>;
    expect(folded.kernel).toEqual(single([1, 2, 1], w! * scale, -w! * scale));
    expect(folded.bias).toEqual(single([1], scale * 0.25 + (0.75 - mean! * scale)));
    expect(made.certificate.steps[1]).toMatchObject({ scale: [String(scale)] });
  });
  it("zero kernels are those whose taps are zero, of either sign", () => {
    const made = succeed(
      project(float32)(
        succeed(
          merge(float32)(
            network32(projected(single([1, 2, 2], 0, 1, -0, 0), single([2, 2], 1, 1, 1, 1))),
          ),
        ).network,
      ),
    );
    expect(made.certificate.steps[1]).toMatchObject({
      unidentifiable: {
        count: 3,
        first: [
          [0, 0],
          [1, 0],
          [1, 1],
        ],
      },
    });
  });
});
