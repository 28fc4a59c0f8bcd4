/**
 * Recomputation on a device: what TensorFlow.js holds at most while a step runs on wasm, kernels' own
 * intermediates included, goes down, and training takes the same course.
 */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Feed, Target } from "../../src/compile/target.js";
import { hyperValues, type Optimizer } from "../../src/compile/optimizer.js";
import { allParameters } from "../../src/compile/parameters.js";
import type { Program } from "../../src/compile/program.js";
import { recompute } from "../../src/compile/recompute.js";
import { stepProgram } from "../../src/compile/step.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { axis } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { filled, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { float32 } from "../../src/algebra/float32.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

const uniform = fc.sample(tape(1), { numRuns: 1, seed: 3 })[0]!.bulk();
const draw = (shape: Shape, scale: number): Tensor<number> =>
  tensor(
    shape,
    Float32Array.from({ length: size(shape) }, () => scale * (uniform() - 0.5)),
  );

const blocks = 6;
const channels = 8;
const batch = 8;
const classes = 4;

/** Residual blocks of a convolution, batch norm with the statistics of the batch, and ReLU. */
const residual = succeed(
  network<number>([
    { name: "x", op: { kind: "input", shape: [16, 16, channels] }, inputs: [] },
    ...Array.from({ length: blocks }, (_, i): readonly LayerSpec<number>[] => {
      const from = i === 0 ? "x" : `relu${i - 1}`;
      const same = [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 3, low: 1, high: 1 })];
      return [
        {
          name: `conv${i}`,
          op: {
            kind: "convolution",
            geometry: same,
            groups: 1,
            kernel: draw([3, 3, channels, channels], 0.4),
            bias: null,
          },
          inputs: [from],
        },
        {
          name: `bn${i}`,
          op: {
            kind: "batchNorm",
            statistics: "batch",
            gamma: filled(float32)([channels], 1),
            beta: filled(float32)([channels], 0),
            mean: filled(float32)([channels], 0),
            variance: filled(float32)([channels], 1),
            epsilon: 1e-3,
            momentum: 0.9,
          },
          inputs: [`conv${i}`],
        },
        { name: `add${i}`, op: { kind: "add" }, inputs: [`bn${i}`, from] },
        {
          name: `relu${i}`,
          op: { kind: "activation", fn: { name: "relu" } },
          inputs: [`add${i}`],
        },
      ];
    }).flat(),
    {
      name: "pool",
      op: { kind: "globalPool", reduce: "average", keepAxes: false },
      inputs: [`relu${blocks - 1}`],
    },
    {
      name: "fc",
      op: { kind: "dense", weights: draw([channels, classes], 0.5), bias: draw([classes], 0.1) },
      inputs: ["pool"],
    },
  ]),
);

interface WasmModule {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

/**
 * The most bytes that the wasm module had allocated while `run` ran, beyond those it had before. (The
 * engine's own `numBytes` counts clones and reshapes of one storage again.)
 */
const peakWhile = async (run: () => Promise<void>): Promise<number> => {
  const { wasm } = tf.backend() as unknown as { readonly wasm: WasmModule };
  const { _malloc: allocate, _free: release } = wasm;
  const sizes = new Map<number, number>();
  let bytes = 0;
  let most = 0;
  wasm._malloc = (wanted) => {
    const address = allocate(wanted);
    sizes.set(address, wanted);
    bytes += wanted;
    most = Math.max(most, bytes);
    return address;
  };
  wasm._free = (address) => {
    bytes -= sizes.get(address) ?? 0;
    sizes.delete(address);
    release(address);
  };
  try {
    await run();
  } finally {
    Object.assign(wasm, { _malloc: allocate, _free: release });
  }
  return most;
};

describe("recomputation on wasm", () => {
  let target: Target;
  beforeAll(async () => {
    target = succeed(await tfjsTarget("wasm"));
  });

  it("holds less, and the losses and weights of three steps are the same, bit by bit", async () => {
    const optimizer: Optimizer = { kind: "sgd", momentum: 0.9, weightDecay: 1e-4 };
    const trainable = new Set(allParameters(residual).map((p) => p.name));
    const made = succeed(stepProgram(residual, { batch, trainable, optimizer }));
    const feeds = [1, 2, 3].map((step): Feed => {
      const hypers: Readonly<Record<string, number>> = {
        ...hyperValues(optimizer, 0.05, step),
        exampleWeight: 1 / batch,
      };
      return {
        input: draw([batch, ...residual.input], 2),
        targets: tensor(
          [batch, classes],
          Float32Array.from({ length: batch * classes }, (_, i) =>
            i % classes === Math.floor(i / classes) % classes ? 1 : 0,
          ),
        ),
        ...Object.fromEntries(
          made.hypers.map((name) => [name, tensor([], Float32Array.of(hypers[name]!))]),
        ),
      };
    });
    const train = async (program: Program) => {
      const executable = succeed(await target.load(program, made.initial));
      const losses: number[] = [];
      const peak = await peakWhile(async () => {
        for (const feed of feeds)
          losses.push(succeed(await executable.step(feed))["loss"]!.data[0]!);
      });
      const weights = succeed(await executable.read());
      executable.dispose();
      return { losses, peak, weights };
    };

    const plain = await train(made.program);
    const half = succeed(recompute(made.program, Number.MAX_SAFE_INTEGER)).peakBefore / 2;
    const limited = succeed(recompute(made.program, half));
    expect(limited.repeated).toBeGreaterThan(0);
    const recomputed = await train(limited.program);

    // The same instructions run on the same values in the same target, so not a bit may differ. Between
    // targets, or orders of summation, this would be too much to ask.
    expect(recomputed.losses).toEqual(plain.losses);
    expect(recomputed.weights).toEqual(plain.weights);
    expect(new Set(plain.losses).size).toBe(3);

    // The device holds what the footprint says and what its kernels need on top.
    expect(plain.peak).toBeGreaterThanOrEqual(limited.peakBefore);
    expect(recomputed.peak).toBeGreaterThanOrEqual(limited.peak);
    expect(recomputed.peak).toBeLessThan(0.65 * plain.peak);
  });
});
