/** The Keras layers with weights: convolutions, dense layers and batch normalisation. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { ActivationFunction } from "../../model/activation.js";
import { resolveGeometry, type Geometry } from "../../tensor/geometry.js";
import { sameShape, showShape, spatialOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Finite, Positive } from "../codec.js";
import { activationOf } from "./activations.js";
import {
  lastAxis,
  maybe,
  only,
  pair,
  PairField,
  reader,
  type Origin,
  type Reader,
  type Recipe,
  type Step,
} from "./recipe.js";

/** Weights in memory by name. */
type Weight = (name: string) => Tensor<number>;

const Window = t.intersection([
  t.type({ kernel_size: PairField }),
  t.partial({
    strides: maybe(PairField),
    dilation_rate: maybe(PairField),
    padding: maybe(t.keyof({ same: null, valid: null })),
    data_format: t.unknown,
    activation: t.unknown,
    use_bias: maybe(t.boolean),
  }),
]);
type Window = t.TypeOf<typeof Window>;

const geometryOf = (c: Window, x: Shape): Geometry =>
  resolveGeometry(
    pair(c.kernel_size, [1, 1]),
    pair(c.strides, [1, 1]),
    pair(c.dilation_rate, [1, 1]),
    c.padding ?? "valid",
    spatialOf(x),
  );

/** Keras's kernels are checked against the configuration, which would otherwise say nothing. */
const expectKernel = (name: string, k: Tensor<number>, shape: Shape): Result<null> =>
  sameShape(k.shape, shape)
    ? E.right(null)
    : refuse({
        where: `weight ${name}`,
        found: `shape ${showShape(k.shape)}`,
        expected: showShape(shape),
      });

const biasOf = (c: Pick<Window, "use_bias">): readonly string[] =>
  c.use_bias === false ? [] : ["bias"];

const biasTensor = (c: Pick<Window, "use_bias">, weight: Weight): Tensor<number> | null =>
  c.use_bias === false ? null : weight("bias");

const fused = (fn: ActivationFunction | null): readonly Step[] =>
  fn === null ? [] : [{ suffix: fn.name, op: { kind: "activation", fn } }];

/** A recipe whose last steps are the activation of the layer's `activation` field. */
const withActivation = (
  field: unknown,
  origin: Origin,
  weights: readonly string[],
  steps: (inputs: readonly Shape[], weight: Weight) => Result<readonly Step[]>,
): Result<Recipe> =>
  E.map((fn: ActivationFunction | null) => ({
    weights,
    steps: (inputs: readonly Shape[], weight: Weight) =>
      E.map((own: readonly Step[]) => [...own, ...fused(fn)])(steps(inputs, weight)),
  }))(activationOf(field, origin));

const channelsLast = (c: Pick<Window, "data_format">): Result<null> =>
  only("data_format", c.data_format, "channels_last");

const conv2d = reader(
  t.intersection([Window, t.type({ filters: Positive }), t.partial({ groups: maybe(Positive) })]),
  (c, origin) =>
    E.chain(() =>
      withActivation(c.activation, origin, ["kernel", ...biasOf(c)], ([x = []], weight) => {
        const kernel = weight("kernel");
        const groups = c.groups ?? 1;
        const shape = [...pair(c.kernel_size, [1, 1]), (x.at(-1) ?? 0) / groups, c.filters];
        return E.map((): readonly Step[] => [
          {
            suffix: null,
            op: {
              kind: "convolution",
              geometry: geometryOf(c, x),
              groups,
              kernel,
              bias: biasTensor(c, weight),
            },
          },
        ])(expectKernel("kernel", kernel, shape));
      }),
    )(channelsLast(c)),
);

/**
 * The operator of a depthwise kernel `[h, w, channels, multiplier]`. Output `c * multiplier + m` reads
 * channel `c`, so the kernel `[h, w, 1, channels * multiplier]` of as many groups has the same elements in
 * the same order.
 */
const depthwiseStep = (
  suffix: string | null,
  c: Window,
  x: Shape,
  declared: number | null | undefined,
  kernel: Tensor<number>,
  bias: Tensor<number> | null,
): Result<Step> => {
  const channels = x.at(-1) ?? 0;
  const [h, w] = pair(c.kernel_size, [1, 1]);
  // TensorFlow.js leaves the multiplier out when it saves a SeparableConv2D.
  const multiplier = declared ?? kernel.shape[3] ?? 1;
  return E.map(() => ({
    suffix,
    op: {
      kind: "convolution" as const,
      geometry: geometryOf(c, x),
      groups: channels,
      kernel: { shape: [h, w, 1, channels * multiplier], data: kernel.data },
      bias,
    },
  }))(expectKernel("depthwise_kernel", kernel, [h, w, channels, multiplier]));
};

const Multiplier = t.partial({ depth_multiplier: maybe(Positive) });

const depthwise = reader(t.intersection([Window, Multiplier]), (c, origin) =>
  E.chain(() =>
    withActivation(c.activation, origin, ["depthwise_kernel", ...biasOf(c)], ([x = []], weight) =>
      E.map((step: Step) => [step])(
        depthwiseStep(
          null,
          c,
          x,
          c.depth_multiplier,
          weight("depthwise_kernel"),
          biasTensor(c, weight),
        ),
      ),
    ),
  )(channelsLast(c)),
);

const separable = reader(
  t.intersection([Window, Multiplier, t.type({ filters: Positive })]),
  (c, origin) =>
    E.chain(() =>
      withActivation(
        c.activation,
        origin,
        ["depthwise_kernel", "pointwise_kernel", ...biasOf(c)],
        ([x = []], weight) => {
          const kernel = weight("pointwise_kernel");
          const first = depthwiseStep(
            "depthwise",
            c,
            x,
            c.depth_multiplier,
            weight("depthwise_kernel"),
            null,
          );
          if (E.isLeft(first)) return first;
          return E.map((): readonly Step[] => [
            first.right,
            {
              suffix: null,
              op: {
                kind: "convolution",
                geometry: resolveGeometry([1, 1], [1, 1], [1, 1], "valid", [1, 1]),
                groups: 1,
                kernel,
                bias: biasTensor(c, weight),
              },
            },
          ])(
            expectKernel("pointwise_kernel", kernel, [
              1,
              1,
              (x.at(-1) ?? 0) * (weight("depthwise_kernel").shape[3] ?? 1),
              c.filters,
            ]),
          );
        },
      ),
    )(channelsLast(c)),
);

const dense = reader(
  t.intersection([
    t.type({ units: Positive }),
    t.partial({ activation: t.unknown, use_bias: maybe(t.boolean) }),
  ]),
  (c, origin) =>
    withActivation(c.activation, origin, ["kernel", ...biasOf(c)], ([x = []], weight) =>
      E.map((): readonly Step[] => [
        {
          suffix: null,
          op: { kind: "dense", weights: weight("kernel"), bias: biasTensor(c, weight) },
        },
      ])(expectKernel("kernel", weight("kernel"), [x.at(-1) ?? 0, c.units])),
    ),
);

const batchNorm = reader(
  t.partial({
    axis: t.unknown,
    momentum: maybe(Finite),
    epsilon: maybe(Finite),
    center: maybe(t.boolean),
    scale: maybe(t.boolean),
  }),
  (c) =>
    E.right({
      weights: [
        ...(c.scale === false ? [] : ["gamma"]),
        ...(c.center === false ? [] : ["beta"]),
        "moving_mean",
        "moving_variance",
      ],
      steps: ([x = []], weight) =>
        E.map((): readonly Step[] => [
          {
            suffix: null,
            op: {
              kind: "batchNorm",
              statistics: "frozen",
              gamma: c.scale === false ? null : weight("gamma"),
              beta: c.center === false ? null : weight("beta"),
              mean: weight("moving_mean"),
              variance: weight("moving_variance"),
              epsilon: c.epsilon ?? 1e-3,
              momentum: c.momentum ?? 0.99,
            },
          },
        ])(lastAxis(c.axis, x.length + 1)),
    }),
);

const layerNorm = reader(
  t.partial({
    axis: t.unknown,
    epsilon: maybe(Finite),
    center: maybe(t.boolean),
    scale: maybe(t.boolean),
  }),
  (c) =>
    E.right({
      weights: [...(c.scale === false ? [] : ["gamma"]), ...(c.center === false ? [] : ["beta"])],
      steps: ([x = []], weight) =>
        E.map((): readonly Step[] => [
          {
            suffix: null,
            op: {
              kind: "layerNorm",
              gamma: c.scale === false ? null : weight("gamma"),
              beta: c.center === false ? null : weight("beta"),
              epsilon: c.epsilon ?? 1e-3,
            },
          },
        ])(lastAxis(c.axis, x.length + 1)),
    }),
);

/** The layers with weights, by class name. */
export const kernelLayers: Readonly<Record<string, Reader>> = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
};
