/** The networks that faults are planted in: every operator and every sort of window. */
import { float32 } from "../../../src/algebra/float32.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import { drawTensor, floats32 } from "../../../src/laws/generators/ring.js";
import { tapeOf, type Tape } from "../../../src/laws/generators/tape.js";
import { network, type LayerSpec, type Network } from "../../../src/model/network.js";
import type { Operator } from "../../../src/model/operator.js";
import { axis } from "../../../src/tensor/geometry.js";
import type { Shape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { embed } from "../../../src/transform/embed.js";
import { succeed } from "../../generators/succeed.js";

/** A tape of many choices. */
export const longTape = (seed: number): Tape => {
  const uniform = tapeOf([seed]).bulk();
  return tapeOf(Array.from({ length: 4000 }, () => Math.floor(uniform() * 2 ** 31)));
};

const uniform = longTape(2026).bulk();
/** Weights of different magnitudes, none of them zero. */
const weights = (...shape: Shape): Tensor<number> => {
  const drawn = drawTensor(floats32, shape, uniform);
  return { shape, data: Float32Array.from(drawn.data, (x) => (x === 0 ? 0.375 : x)) };
};
/** Variances that are squares of rationals once epsilon is added. */
const epsilon = 2 ** -12;
const variances = (channels: number): Tensor<number> => ({
  shape: [channels],
  data: Float32Array.from(
    { length: channels },
    () => (Math.round(uniform() * 64 + 8) / 32) ** 2 - epsilon,
  ),
});
const norm = (channels: number): Operator => ({
  kind: "batchNorm",
  statistics: "frozen",
  gamma: weights(channels),
  beta: weights(channels),
  mean: weights(channels),
  variance: variances(channels),
  epsilon,
  momentum: 0.75,
});
const activation = (fn: Extract<Operator, { kind: "activation" }>["fn"]): Operator => ({
  kind: "activation",
  fn,
});
const layer = (name: string, op: Operator, ...inputs: readonly string[]): LayerSpec => ({
  name,
  op,
  inputs,
});
const build = (...specs: readonly LayerSpec[]): AnyNetwork<number> => succeed(network(specs));

/** A kernel whose input 1 to output 2 is zero at every tap. */
const withZeroKernel = (kernel: Tensor<number>): Tensor<number> => {
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  const data = Float32Array.from(kernel.data, (x, i) =>
    i % (inputs * outputs) === outputs + 2 ? 0 : x,
  );
  return { shape: kernel.shape, data };
};

const strided = [axis({ kernel: 3, stride: 2 }), axis({ kernel: 3, stride: 2, low: 1, high: 1 })];
/** Two branches of windows of every sort, joined three times, with maps per channel and a head. */
export const gcnn = build(
  layer("x", { kind: "input", shape: [5, 5, 2] }),
  layer(
    "c1",
    {
      kind: "convolution",
      geometry: [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 3, low: 1, high: 1 })],
      groups: 1,
      kernel: withZeroKernel(weights(3, 3, 2, 4)),
      bias: weights(4),
    },
    "x",
  ),
  layer("b1", norm(4), "c1"),
  layer("a1", activation({ name: "leakyRelu", slope: 0.25 }), "b1"),
  layer(
    "p2",
    {
      kind: "zeroPad",
      padding: [
        [1, 0],
        [1, 2],
      ],
    },
    "a1",
  ),
  layer(
    "c2",
    {
      kind: "convolution",
      geometry: [axis({ kernel: 3, stride: 2 }), axis({ kernel: 3, stride: 2 })],
      groups: 2,
      kernel: weights(3, 3, 2, 4),
      bias: null,
    },
    "p2",
  ),
  layer("f2", { kind: "affine", scale: weights(4), shift: weights(4) }, "c2"),
  layer("q", { kind: "averagePool", geometry: strided, divisor: "valid" }, "a1"),
  layer(
    "c4",
    {
      kind: "convolution",
      geometry: [axis({ kernel: 1 }), axis({ kernel: 1 })],
      groups: 2,
      kernel: weights(1, 1, 2, 4),
      bias: weights(4),
    },
    "q",
  ),
  layer("m", { kind: "maxPool", geometry: strided }, "a1"),
  layer("s", { kind: "add" }, "f2", "c4", "m"),
  layer(
    "c3",
    {
      kind: "convolution",
      geometry: [axis({ kernel: 2, low: 1 }), axis({ kernel: 2, dilation: 2, low: 1, high: 1 })],
      groups: 1,
      kernel: weights(2, 2, 4, 4),
      bias: weights(4),
    },
    "s",
  ),
  layer("e", activation({ name: "elu", alpha: 0.5 }), "c3"),
  layer("r", activation({ name: "relu" }), "e"),
  layer("g", { kind: "multiply" }, "r", "s"),
  layer("k", { kind: "concat" }, "g", "e", "s"),
  layer("u", { kind: "upsample", factors: [2, 1], interpolation: "bilinear" }, "k"),
  layer("o", { kind: "dropout", rate: 0.25 }, "u"),
  layer(
    "c5",
    {
      kind: "convolution",
      geometry: [axis({ kernel: 2, low: 1 }), axis({ kernel: 2, low: 1 })],
      groups: 4,
      kernel: weights(2, 2, 3, 4),
      bias: weights(4),
    },
    "o",
  ),
  layer("gp", { kind: "globalPool", reduce: "max", keepAxes: false }, "c5"),
  layer("d1", { kind: "dense", weights: weights(4, 3), bias: weights(3) }, "gp"),
  layer("b3", norm(3), "d1"),
  layer("d2", { kind: "dense", weights: weights(3, 3), bias: null }, "b3"),
  layer("y", activation({ name: "sigmoid" }), "d2"),
);

/** The same with gates on the convolutions of these names. */
const gated = (...names: readonly string[]): AnyNetwork<number> =>
  build(
    ...gcnn.layers.map((l) =>
      l.op.kind === "convolution" && names.includes(l.name)
        ? {
            ...l,
            op: {
              ...l.op,
              kind: "projected" as const,
              gates: weights(...l.op.kernel.shape.slice(-2)),
            },
          }
        : l,
    ),
  );
export const allGated = gated("c1", "c2", "c3", "c4", "c5");
export const someGated = gated("c2", "c3");

export const gffn = build(
  layer("x", { kind: "input", shape: [3, 4, 2] }),
  layer("d1", { kind: "dense", weights: weights(2, 3), bias: weights(3) }, "x"),
  layer("a1", activation({ name: "relu" }), "d1"),
  layer("d2", { kind: "dense", weights: weights(3, 3), bias: null }, "a1"),
  layer("f", { kind: "affine", scale: weights(3), shift: weights(3) }, "d2"),
  layer("s", { kind: "add" }, "f", "a1"),
  layer("k", { kind: "concat" }, "s", "f"),
  layer("v", { kind: "flatten" }, "k"),
  layer("d3", { kind: "dense", weights: weights(72, 3), bias: weights(3) }, "v"),
  layer("y", activation({ name: "sigmoid" }), "d3"),
);
const centred = [axis({ kernel: 2, low: 1 }), axis({ kernel: 3, dilation: 2, low: 2, high: 2 })];
export const windows = {
  geometry: (name: string) =>
    name === "d2"
      ? centred
      : [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 3, low: 1, high: 1 })],
};

/** The embedded network with a grouped convolution whose outer taps read nothing but padding. */
export const collapsible = ((): AnyNetwork<number> => {
  const { layers } = succeed(embed(float32, windows)(gffn as Network<"GFFN">)).network;
  const far = layer(
    "c",
    {
      kind: "convolution",
      geometry: [
        axis({ kernel: 3, dilation: 3, low: 3, high: 3 }),
        axis({ kernel: 3, dilation: 4, low: 4, high: 4 }),
      ],
      groups: 3,
      kernel: weights(3, 3, 1, 3),
      bias: weights(3),
    },
    "d2",
  );
  return build(
    ...layers.flatMap((l) =>
      l.name === "d2" ? [l, far] : l.name === "f" ? [{ ...l, inputs: ["c"] }] : [l],
    ),
  );
})();
