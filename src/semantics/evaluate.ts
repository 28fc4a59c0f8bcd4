/**
 * The meaning of a network over a ring: the value of every layer, from a batch of inputs.
 *
 * This evaluator is the reference. It follows the definitions, one operator at a time, and shares nothing
 * with the compiler but the kernels of this folder.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { activate } from "./activation.js";
import { concatenate, product, sum, zeroPad } from "./arrangement.js";
import { channelAffine, channelShift, normalise, normalisePositions } from "./channelwise.js";
import { convolve, gatedConvolve, mixChannels } from "./convolution.js";
import { averagePool, globalPool, maxPool } from "./pooling.js";
import { upsample } from "./resampling.js";

/** The value of one operator from those of its inputs, each a batch `[n, ...shape]` of a shape that fits. */
export const evaluateOperator =
  <A>(ring: Ring<A>) =>
  (op: Operator<A>, inputs: readonly Tensor<A>[]): Result<Tensor<A>> => {
    const x = inputs[0]!;
    switch (op.kind) {
      case "input":
      case "dropout":
        return E.right(x);
      case "convolution":
        return E.right(
          channelShift(ring)(convolve(ring)(x, op.kernel, op.geometry, op.groups), op.bias),
        );
      case "projected":
        return E.right(
          channelShift(ring)(
            gatedConvolve(ring)(x, op.kernel, op.gates, op.geometry, op.groups),
            op.bias,
          ),
        );
      case "dense":
        return E.right(channelShift(ring)(mixChannels(ring)(x, op.weights), op.bias));
      case "batchNorm":
        return normalise(ring)(x, op);
      case "layerNorm":
        return normalisePositions(ring)(x, op);
      case "affine":
        return E.right(channelAffine(ring)(x, op.scale, op.shift));
      case "activation":
        return activate(ring)(op.fn, x);
      case "maxPool":
        return maxPool(ring)(x, op.geometry);
      case "averagePool":
        return averagePool(ring)(x, op.geometry, op.divisor);
      case "globalPool":
        return globalPool(ring)(x, op.reduce, op.keepAxes);
      case "add":
        return E.right(sum(ring)(inputs));
      case "multiply":
        return E.right(product(ring)(x, inputs[1]!));
      case "concat":
        return E.right(concatenate(ring)(inputs));
      case "zeroPad":
        return E.right(zeroPad(ring)(x, op.padding));
      case "flatten":
        return E.right({ shape: [x.shape[0]!, size(x.shape.slice(1))], data: x.data });
      case "reshape":
        return E.right({ shape: [x.shape[0]!, ...op.shape], data: x.data });
      case "upsample":
        return upsample(ring)(x, op.factors, op.interpolation);
    }
  };

const checkBatch = <A>(batch: Tensor<A>, input: Shape): Result<Tensor<A>> =>
  batch.shape.length === input.length + 1 &&
  sameShape(batch.shape.slice(1), input) &&
  batch.shape[0]! >= 1 &&
  batch.data.length === size(batch.shape)
    ? E.right(batch)
    : refuse({
        where: "batch",
        found: `shape ${showShape(batch.shape)} with ${batch.data.length} elements`,
        expected: `shape n x ${showShape(input)}: one or more examples of the network's input`,
      });

/**
 * Evaluate layer by layer, handing each value to `visit`; a value is let go once its last reader has
 * been evaluated, so that a deep network needs the memory of its widest cut and not of all its layers.
 */
const run = <A, In extends Shape, Out extends Shape>(
  ring: Ring<A>,
  network: Network<ModelClass, In, Out, A>,
  batch: Tensor<A>,
  visit: (layer: Layer<A>, value: Tensor<A>) => void,
): Result<Tensor<A>> => {
  const checked = checkBatch(batch, network.input);
  if (E.isLeft(checked)) return checked;
  const lastReader = new Map<string, number>();
  for (const [i, layer] of network.layers.entries())
    for (const name of layer.inputs) lastReader.set(name, i);
  const values = new Map<string, Tensor<A>>();
  let value = batch;
  for (const [i, layer] of network.layers.entries()) {
    const inputs = layer.op.kind === "input" ? [batch] : layer.inputs.map((n) => values.get(n)!);
    const result = evaluateOperator(ring)(layer.op, inputs);
    if (E.isLeft(result)) return E.left(within(`layer ${layer.name}`)(result.left));
    value = result.right;
    visit(layer, value);
    values.set(layer.name, value);
    for (const name of layer.inputs) if (lastReader.get(name) === i) values.delete(name);
  }
  return E.right(value);
};

/**
 * The output of a network for a batch `[n, ...input]`.
 *
 * Refuses a batch of the wrong shape, and an operator that needs a function the ring lacks, by the name
 * of the layer, the function and the ring.
 */
export const evaluate =
  <A>(ring: Ring<A>) =>
  <In extends Shape, Out extends Shape>(
    network: Network<ModelClass, In, Out, A>,
    batch: Tensor<A>,
  ): Result<Tensor<A>> =>
    run(ring, network, batch, () => undefined);

/** The value of every layer, by name. */
export const evaluateLayers =
  <A>(ring: Ring<A>) =>
  <In extends Shape, Out extends Shape>(
    network: Network<ModelClass, In, Out, A>,
    batch: Tensor<A>,
  ): Result<ReadonlyMap<string, Tensor<A>>> => {
    const values = new Map<string, Tensor<A>>();
    const output = run(ring, network, batch, (layer, value) => values.set(layer.name, value));
    return E.map(() => values)(output);
  };
