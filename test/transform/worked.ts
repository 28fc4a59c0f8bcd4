/** Small networks over the rationals, for worked examples: every number in them can be checked by hand. */
import { rational, type Rational } from "../../src/algebra/rational.js";
import { asClass, network, type LayerSpec } from "../../src/model/network.js";
import type { Convolution, Dense, Operator, ZeroPad } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { embed, type EmbedOptions } from "../../src/transform/embed.js";
import { project, type ProjectOptions } from "../../src/transform/project.js";
import { succeed } from "../generators/succeed.js";

/** The rational that a machine number is. */
export const number = (x: number): Rational => succeed(rational.fromNumber(x));

/** The weight whose element at row-major offset `i` is `f(i)`. */
export const numbers = (shape: Shape, f: (i: number) => number): Tensor<Rational> =>
  generated(rational)(shape, (i) => number(f(i)));

/** A network of one layer after another: `x`, `l0`, `l1`, ... */
export const chain = (
  shape: Shape,
  ...ops: readonly Operator<Rational>[]
): AnyNetwork<Rational> => {
  const layers = ops.map((op, i) => ({ name: `l${i}`, op, inputs: [i === 0 ? "x" : `l${i - 1}`] }));
  return succeed(network([input(shape), ...layers]));
};

/** The input `x`. */
export const input = (shape: Shape): LayerSpec<Rational> => ({
  name: "x",
  op: { kind: "input", shape },
  inputs: [],
});

/** Three taps on each of two axes, extents kept. */
export const same3: Geometry = [
  axis({ kernel: 3, low: 1, high: 1 }),
  axis({ kernel: 3, low: 1, high: 1 }),
];

/** A convolution without bias. */
export const convolution = (
  kernel: Tensor<Rational>,
  geometry: Geometry = same3,
  groups = 1,
): Convolution<Rational> => ({ kind: "convolution", geometry, groups, kernel, bias: null });

/** One tap on each of two axes. */
export const one: Geometry = [axis({ kernel: 1 }), axis({ kernel: 1 })];
/** Layers on two channels. */
export const relu = { kind: "activation", fn: { name: "relu" } } as const;
export const pointwise = convolution(
  numbers([1, 1, 2, 2], (i) => i + 1),
  one,
);
export const projected = {
  ...pointwise,
  kind: "projected",
  gates: numbers([2, 2], (i) => i + 2),
} as const;
export const dense: Dense<Rational> = {
  kind: "dense",
  weights: numbers([2, 2], (i) => i + 1),
  bias: numbers([2], (i) => i),
};
export const affine = {
  kind: "affine",
  scale: numbers([2], () => 2),
  shift: numbers([2], () => 1),
} as const;
export const pad: ZeroPad = {
  kind: "zeroPad",
  padding: [
    [1, 0],
    [0, 2],
  ],
};

/** Conversions that ask for a class, on a network of any that fits. */
export const projecting = (n: AnyNetwork<Rational>, options: ProjectOptions<Rational> = {}) =>
  project(rational, options)(succeed(asClass("GCNN")(n)));
export const embedding = (n: AnyNetwork<Rational>, options: EmbedOptions = {}) =>
  embed(rational, options)(succeed(asClass("GFFN")(n)));
