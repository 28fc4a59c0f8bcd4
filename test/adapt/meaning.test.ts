/**
 * What each reparametrisation means, exactly: the merged layer computes what its paper says, written out as layers of
 * its own beside or around the frozen convolution, with groups, stride, dilation and padding.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptByChannelScale } from "../../src/adapt/channelScale.js";
import { adaptByFilterSubspace } from "../../src/adapt/filterSubspace.js";
import { adaptByHira } from "../../src/adapt/hira.js";
import { adaptByIa3 } from "../../src/adapt/ia3.js";
import { adaptByLora } from "../../src/adapt/lora.js";
import type { Adaptation, AnyNetwork } from "../../src/adapt/method.js";
import { newParameters } from "../../src/adapt/reparametrisation.js";
import { adaptByScaleShift } from "../../src/adapt/scaleShift.js";
import { adaptBySsf } from "../../src/adapt/ssf.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { randomStream } from "../../src/algebra/random.js";
import type { Result } from "../../src/algebra/refusal.js";
import type { Values } from "../../src/compile/interpret.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { axis } from "../../src/tensor/geometry.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const ring = rational;
const whole = (n: number): Rational => succeed(ring.fromNumber(n));

/** Small whole numbers by a seed. */
const drawn = (shape: readonly number[], seed: number): Tensor<Rational> => {
  const random = randomStream(seed, "meaning");
  return generated(ring)(shape, () => whole(random.below(11) - 5));
};

const inputs = 4;
const outputs = 6;
const geometry = [
  axis({ kernel: 3, stride: 2, low: 1, high: 1 }),
  axis({ kernel: 2, dilation: 2, low: 2, high: 0 }),
];

type Layers = readonly LayerSpec<Rational>[];

const input: LayerSpec<Rational> = {
  name: "x",
  op: { kind: "input", shape: [5, 6, inputs] },
  inputs: [],
};
const head = (from: string, features: number): Layers => [
  { name: "flat", op: { kind: "flatten" }, inputs: [from] },
  {
    name: "head",
    op: { kind: "dense", weights: drawn([features, 2], 9), bias: null },
    inputs: ["flat"],
  },
];
const features = 3 * 6 * outputs;

const kernelOf = (groups: number): Tensor<Rational> => drawn([3, 2, inputs / groups, outputs], 1);
const biasOf = (isBiased: boolean): Tensor<Rational> | null =>
  isBiased ? drawn([outputs], 2) : null;

const convolution = (
  kernel: Tensor<Rational>,
  bias: Tensor<Rational> | null,
  groups: number,
  from = "x",
  name = "conv",
): LayerSpec<Rational> => ({
  name,
  op: { kind: "convolution", geometry, groups, kernel, bias },
  inputs: [from],
});

const affine = (
  name: string,
  scale: Tensor<Rational>,
  shift: Tensor<Rational> | null,
  from: string,
): LayerSpec<Rational> => ({
  name,
  op: {
    kind: "affine",
    scale,
    shift: shift ?? generated(ring)(scale.shape, () => ring.zero),
  },
  inputs: [from],
});

const batch = drawn([2, 5, 6, inputs], 3);
const valueOf = (n: AnyNetwork<Rational>): readonly string[] =>
  Array.from(succeed(evaluate(ring)(n, batch)).data, ring.show);
const valueOfLayers = (layers: Layers): readonly string[] =>
  valueOf(succeed(network<Rational>(layers)));

/** Merge the method's network with drawn parameters, and hand these to the paper's own form. */
const means = (
  prepare: (n: AnyNetwork<Rational>) => Result<Adaptation<Rational>>,
  written: (
    theta: (name: string) => Tensor<Rational>,
    kernel: Tensor<Rational>,
    bias: Tensor<Rational> | null,
    groups: number,
  ) => Layers,
): void =>
  fc.assert(
    fc.property(fc.constantFrom(1, 2), fc.boolean(), fc.nat(1000), (groups, isBiased, seed) => {
      const [kernel, bias] = [kernelOf(groups), biasOf(isBiased)];
      const start = succeed(
        network<Rational>([input, convolution(kernel, bias, groups), ...head("conv", features)]),
      );
      const adaptation = succeed(prepare(start));
      const values: Values<Rational> = Object.fromEntries(
        newParameters(adaptation.reparametrisation).map(([name, { start: t }], i) => [
          name,
          drawn(t.shape, seed + i + 10),
        ]),
      );
      const { merged } = succeed(adaptation.finish(adaptation.network, values));
      const theta = (name: string): Tensor<Rational> => values[`conv/${name}`]!;
      expect(valueOf(merged)).toEqual(
        valueOfLayers([input, ...written(theta, kernel, bias, groups)]),
      );
    }),
    { numRuns: 12 },
  );

const unit = [axis({ kernel: 1 }), axis({ kernel: 1 })];

/** A matrix as a 1x1 kernel, or as the kernel of the window. */
const asKernel = (t: Tensor<Rational>, shape: readonly number[]): Tensor<Rational> => ({
  shape,
  data: t.data,
});

describe("a merged layer", () => {
  it("of IA3 reads rescaled inputs", () => {
    means(adaptByIa3(ring, { side: "input" }), (theta, kernel, bias, groups) => {
      const l = theta("ia3_scale");
      const perChannel = generated(ring)(
        [inputs],
        (c) => l.data[(c % (inputs / groups)) * groups + Math.floor(c / (inputs / groups))]!,
      );
      return [
        affine("scaled", perChannel, null, "x"),
        convolution(kernel, bias, groups, "scaled"),
        ...head("conv", features),
      ];
    });
  });

  it("of IA3 has rescaled outputs", () => {
    means(adaptByIa3(ring, { side: "output" }), (theta, kernel, bias, groups) => [
      convolution(kernel, bias, groups),
      affine("scaled", theta("ia3_scale"), null, "conv"),
      ...head("scaled", features),
    ]);
  });

  it("of SSF is followed by a scale and a shift", () => {
    means(adaptBySsf(ring), (theta, kernel, bias, groups) => [
      convolution(kernel, bias, groups),
      affine("scaled", theta("ssf_scale"), theta("ssf_shift"), "conv"),
      ...head("scaled", features),
    ]);
  });

  it("of channel-scale has a scaled kernel and its own bias", () => {
    means(adaptByChannelScale(ring), (theta, kernel, bias, groups) => [
      convolution(kernel, null, groups),
      affine("scaled", theta("channel_scale"), bias, "conv"),
      ...head("scaled", features),
    ]);
  });

  it("of scale-shift is the projected layer with these gates, its bias shifted", () => {
    means(adaptByScaleShift(ring), (theta, kernel, bias, groups) => {
      const shift = theta("mtl_shift");
      const moved = generated(ring)([outputs], (j) =>
        ring.add(bias?.data[j] ?? ring.zero, shift.data[j]!),
      );
      return [
        {
          name: "conv",
          op: {
            kind: "projected",
            ...{ geometry, groups, kernel, gates: theta("mtl_scale"), bias: moved },
          },
          inputs: ["x"],
        },
        ...head("conv", features),
      ];
    });
  });

  it("of LoRA is the frozen one beside a thin convolution and a 1x1 one", () => {
    for (const rank of [1, 2, 4])
      means(adaptByLora(ring, { rank, alpha: rank, seed: 0 }), (theta, kernel, bias, groups) => {
        const r = Math.ceil(rank / groups);
        return [
          convolution(kernel, bias, groups),
          convolution(
            asKernel(theta("lora_a"), [3, 2, inputs / groups, groups * r]),
            null,
            groups,
            "x",
            "thin",
          ),
          {
            name: "wide",
            op: {
              kind: "convolution",
              ...{ geometry: unit, groups, bias: null },
              kernel: asKernel(theta("lora_b"), [1, 1, r, outputs]),
            },
            inputs: ["thin"],
          },
          { name: "sum", op: { kind: "add" }, inputs: ["conv", "wide"] },
          ...head("sum", features),
        ];
      });
  });

  it("of HiRA has the frozen kernel times one plus LoRA's product, scaled", () => {
    means(adaptByHira(ring, { rank: 2, alpha: 1, seed: 0 }), (theta, kernel, bias, groups) => {
      const [a, b] = [theta("hira_a"), theta("hira_b")];
      const r = 2 / groups;
      const factor = (row: number, j: number): Rational => {
        const group = Math.floor(j / (outputs / groups));
        let sum = ring.one;
        for (let k = 0; k < r; k++) {
          const product = ring.mul(
            a.data[row * groups * r + group * r + k]!,
            b.data[k * outputs + j]!,
          );
          sum = ring.add(sum, ring.mul(whole(0.5), product));
        }
        return sum;
      };
      const made = generated(ring)(kernel.shape, (i) =>
        ring.mul(kernel.data[i]!, factor(Math.floor(i / outputs), i % outputs)),
      );
      return [convolution(made, bias, groups), ...head("conv", features)];
    });
  });

  it("of filter-subspace has taps that are mixtures of the frozen ones", () => {
    means(adaptByFilterSubspace(ring), (theta, kernel, bias, groups) => {
      const each = (inputs / groups) * outputs;
      const taps = 6;
      const made = generated(ring)(kernel.shape, (i) => {
        const [t, place] = [Math.floor(i / each), i % each];
        return Array.from({ length: taps }, (_, m) =>
          ring.mul(theta("atoms").data[t * taps + m]!, kernel.data[m * each + place]!),
        ).reduce((x, y) => ring.add(x, y), ring.zero);
      });
      return [convolution(made, bias, groups), ...head("conv", features)];
    });
  });
});
