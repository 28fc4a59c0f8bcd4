/** A small projected network in float32, and options to train parts of it. */
import fc from "fast-check";
import { float32 } from "../../src/algebra/float32.js";
import { network, type ModelClass, type Network } from "../../src/model/network.js";
import type { Shape } from "../../src/tensor/shape.js";
import { filled, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, floats32 } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

/** Two projected layers, a batch norm, a classifier with dropout. */
export const projectedNetwork = (): Network<ModelClass, Shape, Shape> => {
  const uniform = fc.sample(tape(1), { numRuns: 1, seed: 9 })[0]!.bulk();
  const draw = (...shape: number[]): Tensor<number> => {
    const { data } = drawTensor(floats32, shape, uniform);
    return tensor(
      shape,
      Float32Array.from(data, (x) => x / 64),
    );
  };
  const same = [0, 1].map(() => ({ kernel: 3, stride: 1, dilation: 1, low: 1, high: 1 }));
  const gated = (inputs: number, outputs: number) =>
    ({
      kind: "projected",
      geometry: same,
      groups: 1,
      kernel: draw(3, 3, inputs, outputs),
      gates: filled(float32)([inputs, outputs], 1),
      bias: draw(outputs),
    }) as const;
  return succeed(
    network<number>([
      { name: "x", op: { kind: "input", shape: [4, 4, 2] }, inputs: [] },
      { name: "conv1", op: gated(2, 3), inputs: ["x"] },
      {
        name: "bn1",
        op: {
          kind: "batchNorm",
          statistics: "frozen",
          gamma: draw(3),
          beta: draw(3),
          mean: draw(3),
          variance: filled(float32)([3], 2),
          epsilon: 1e-3,
          momentum: 0.99,
        },
        inputs: ["conv1"],
      },
      { name: "relu1", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["bn1"] },
      { name: "conv2", op: gated(3, 3), inputs: ["relu1"] },
      {
        name: "pool",
        op: { kind: "globalPool", reduce: "average", keepAxes: false },
        inputs: ["conv2"],
      },
      { name: "drop", op: { kind: "dropout", rate: 0.25 }, inputs: ["pool"] },
      { name: "fc", op: { kind: "dense", weights: draw(3, 4), bias: draw(4) }, inputs: ["drop"] },
      { name: "softmax", op: { kind: "activation", fn: { name: "softmax" } }, inputs: ["fc"] },
    ]),
  );
};

/** A step of two examples that trains the named weights. */
export const options = (...names: string[]) => ({
  batch: 2,
  trainable: new Set(names),
  optimizer: { kind: "sgd", momentum: 0.5, weightDecay: 0 } as const,
});
