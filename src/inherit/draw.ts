/**
 * Random places for the laws of techniques: one layer, or two in a row, with small weights and a small batch.
 * Numbers are read off the tape one by one and the first is zero, so that what a search finds shrinks to few
 * layers' worth of few small numbers.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Rational } from "../algebra/rational.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { drawGeometry } from "../laws/generators/geometry.js";
import type { Tape } from "../laws/generators/tape.js";
import type { ActivationFunction } from "../model/activation.js";
import { network, type LayerSpec } from "../model/network.js";
import type { Convolution, Dense, Projected } from "../model/operator.js";
import { size, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { number } from "./exact.js";
import type { Place } from "./place.js";
import type { NodeOperator } from "./scalars.js";

const plain = [0, 1, -1, 2, 0.5, -2, -0.5, 3, -3, 1.5, -1.5, 0.25].map(number);

/** A small number; the plainest is zero. */
export const drawNumber = (t: Tape): Rational => t.pick(plain);

/** A tensor of small numbers, each a choice of its own. */
export const drawSmall = (t: Tape, shape: Shape): Tensor<Rational> =>
  tensor(
    shape,
    Array.from({ length: size(shape) }, () => drawNumber(t)),
  );

/** What a law chooses itself, as a list; zeros at its end are left out, since a tape goes on with zeros. */
export const drawChoices = (t: Tape, length = 24): readonly number[] => {
  const choices = Array.from({ length }, () => t.below(5040));
  return choices.slice(0, choices.findLastIndex((choice) => choice !== 0) + 1);
};

/** A layer for an input of a shape (without the batch), with nodes as wanted. */
export type DrawLayer = (t: Tape, input: Shape) => NodeOperator<Rational>;

const drawBias = (t: Tape, nodes: number): Tensor<Rational> | null =>
  t.below(2) === 0 ? null : drawSmall(t, [nodes]);

export const drawDense = (t: Tape, input: Shape): Dense<Rational> => {
  const nodes = t.between(1, 3);
  return { kind: "dense", weights: drawSmall(t, [input.at(-1)!, nodes]), bias: drawBias(t, nodes) };
};

/** A convolution without groups; two taps an axis at most, so that it is small. */
export const drawConvolution = (t: Tape, input: Shape): Convolution<Rational> => {
  const nodes = t.between(1, 3);
  const geometry = drawGeometry(t, input.slice(0, -1), {
    kernel: 2,
    stride: 2,
    dilation: 2,
    padding: 1,
  });
  const shape = [...geometry.map((a) => a.kernel), input.at(-1)!, nodes];
  return {
    kind: "convolution",
    geometry,
    groups: 1,
    kernel: drawSmall(t, shape),
    bias: drawBias(t, nodes),
  };
};

export const drawProjected = (t: Tape, input: Shape): Projected<Rational> => {
  const op = drawConvolution(t, input);
  return { ...op, kind: "projected", gates: drawSmall(t, op.kernel.shape.slice(-2)) };
};

const drawInput = (t: Tape): Shape => [t.between(2, 3), t.between(1, 3)];

const placed = (t: Tape, layer: string, layers: readonly LayerSpec<Rational>[]): Result<Place> =>
  E.map((n: AnyNetwork<Rational>): Place => ({
    network: n,
    layer,
    batch: drawSmall(t, [t.between(1, 2), ...n.input]),
    choices: drawChoices(t),
  }))(network(layers));

/** One layer, `y`. */
export const drawLayerPlace = (t: Tape, draw: DrawLayer): Result<Place> => {
  const shape = drawInput(t);
  const y: LayerSpec<Rational> = { name: "y", op: draw(t, shape), inputs: ["x"] };
  return placed(t, "y", [{ name: "x", op: { kind: "input", shape }, inputs: [] }, y]);
};

/** Activations that positive factors pass through. */
const passing: readonly ActivationFunction[] = [
  { name: "relu" },
  { name: "leakyRelu", slope: 0.25 },
];

/** Two layers in a row, `h` and `y`, with an activation between them: one of those given, or ReLU and its like. */
export const drawStackPlace = (
  t: Tape,
  draw: DrawLayer,
  activations: readonly ActivationFunction[] = passing,
): Result<Place> => {
  const shape = drawInput(t);
  const lower: readonly LayerSpec<Rational>[] = [
    { name: "x", op: { kind: "input", shape }, inputs: [] },
    { name: "h", op: draw(t, shape), inputs: ["x"] },
    { name: "a", op: { kind: "activation", fn: t.pick(activations) }, inputs: ["h"] },
  ];
  return E.chain((n: AnyNetwork<Rational>) =>
    placed(t, "h", [...lower, { name: "y", op: draw(t, n.output), inputs: ["a"] }]),
  )(network(lower));
};
