/**
 * Layer by layer agreement with stock TensorFlow.js. Each layer of ours is evaluated in binary64 on the
 * values that stock TensorFlow.js computed for its inputs, so that roundings do not pile up over the depth
 * and every layer is held against the rounding bound of its own arithmetic: gamma_n for n roundings on
 * any path, times the sum of the absolute terms.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import { float64 } from "../../src/algebra/float64.js";
import type { Layer, Network } from "../../src/model/network.js";
import { mapWeights, type Operator } from "../../src/model/operator.js";
import { evaluateOperator } from "../../src/semantics/evaluate.js";
import { taps } from "../../src/tensor/geometry.js";
import { channelsOf, size, spatialOf, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const u = 2 ** -24;
const gamma = (n: number): number => (n * u) / (1 - n * u);
/** What underflow may add to one product. */
const tiny = 2 ** -149;

const absolute = (t: Tensor<number>): Tensor<number> => ({
  shape: t.shape,
  data: Float64Array.from(t.data, Math.abs),
});

/** The largest number of roundings on a path from an input to the output of an operator. */
const roundings = (op: Operator, x: Shape): number => {
  switch (op.kind) {
    case "convolution":
      return taps(op.geometry) * (channelsOf(x) / op.groups) + 2;
    case "dense":
      return channelsOf(x) + 2;
    case "globalPool":
      return op.reduce === "average" ? size(spatialOf(x)) + 1 : 0;
    case "averagePool":
      return taps(op.geometry) + 1;
    case "add":
      return 1;
    default:
      return 0;
  }
};

/** Batch norm's terms with nothing cancelled: `|gamma| (|x| + |mean|) / deviation + |beta|`. */
const batchNormTerms = (op: Operator & { readonly kind: "batchNorm" }): Operator => ({
  ...op,
  gamma: op.gamma === null ? null : absolute(op.gamma),
  beta: op.beta === null ? null : absolute(op.beta),
  mean: { shape: op.mean.shape, data: Float64Array.from(op.mean.data, (m) => -Math.abs(m)) },
});

/** How far a correct float32 implementation may be from the value, element by element. */
const allowance = (op: Operator, inputs: readonly Tensor<number>[]): ((i: number) => number) => {
  // The exponentials and their sum, and the quotient; every probability is at most 1.
  if (op.kind === "activation" && op.fn.name === "softmax")
    return () => 2 * gamma(channelsOf(inputs[0]!.shape) + 4);
  const n = op.kind === "batchNorm" ? 6 : roundings(op, inputs[0]!.shape.slice(1));
  if (n === 0) return () => 0;
  const terms = op.kind === "batchNorm" ? batchNormTerms(op) : mapWeights(op, (t) => absolute(t));
  const sums = succeed(evaluateOperator(float64)(terms, inputs.map(absolute))).data;
  return (i) => gamma(n) * sums[i]! + n * tiny;
};

/** Stock TensorFlow.js on a folder, with another input shape and with the value of every layer. */
export const stockValues = async (
  folder: string,
  batch: Tensor<number>,
): Promise<ReadonlyMap<string, Tensor<number>>> => {
  await tf.setBackend("cpu");
  const file = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  const config = (file.modelTopology.model_config ?? file.modelTopology).config;
  config.layers[0].config.batch_input_shape = [null, ...batch.shape.slice(1)];
  const manifest = file.weightsManifest as {
    readonly paths: readonly string[];
    readonly weights: tf.io.WeightsManifestEntry[];
  }[];
  const shards: Uint8Array[] = [];
  for (const path of manifest.flatMap((g) => g.paths))
    shards.push(await readFile(join(folder, path)));
  const all = Buffer.concat(shards);
  const model = await layers.loadLayersModel({
    load: async () => ({
      modelTopology: file.modelTopology as object,
      weightSpecs: manifest.flatMap((g) => g.weights),
      weightData: all.buffer.slice(all.byteOffset, all.byteOffset + all.length) as ArrayBuffer,
    }),
  });
  const every = layers.model({
    inputs: model.inputs,
    outputs: model.layers.map((l) => l.output as layers.SymbolicTensor),
  });
  const outputs = every.predict(
    tf.tensor(Float32Array.from(batch.data), [...batch.shape]),
  ) as tf.Tensor[];
  return new Map(
    model.layers.map((l, i) => [
      l.name,
      { shape: outputs[i]!.shape, data: outputs[i]!.dataSync() as Float32Array },
    ]),
  );
};

/** A layer of the file: its name there, and our layers for it in order. */
const chains = (n: Network): readonly (readonly [name: string, layers: readonly Layer[]])[] => {
  const found = new Map<string, Layer[]>();
  for (const layer of n.layers) {
    const name = layer.name.split("/")[0]!;
    found.set(name, [...(found.get(name) ?? []), layer]);
  }
  return [...found];
};

/** The largest difference of a layer in parts of what its arithmetic allows. */
export interface Agreement {
  readonly layer: string;
  readonly kind: string;
  readonly difference: number;
  readonly ofBound: number;
}

/**
 * Compare every layer. Where a layer of the file is several of ours only pointwise activations with a
 * slope of at most 1 and softmax may follow the first.
 */
export const agreement = (
  n: Network,
  stock: ReadonlyMap<string, Tensor<number>>,
): readonly Agreement[] =>
  chains(n).flatMap(([name, [first, ...rest]]) => {
    if (first === undefined || first.op.kind === "input") return [];
    const inputs = first.inputs.map((i) => stock.get(i.split("/")[0]!)!);
    let value = succeed(evaluateOperator(float64)(first.op, inputs));
    let allowed = allowance(first.op, inputs);
    for (const { op } of rest) {
      const before = allowed;
      value = succeed(evaluateOperator(float64)(op, [value]));
      if (op.kind === "activation" && op.fn.name === "softmax") {
        // Logits off by d move a probability p by at most p (exp(2 d) - 1); the exponentials, a sum of
        // n and a quotient add n + 4 roundings.
        const logits = value.data.length;
        const worst = Array.from({ length: logits }, (_, i) => before(i)).reduce((a, b) =>
          Math.max(a, b),
        );
        const after = value.data;
        allowed = (i) => after[i]! * (Math.expm1(2 * worst) + 2 * gamma(logits + 4)) + tiny;
      }
    }
    const found = stock.get(name)!.data;
    let difference = 0;
    let ofBound = 0;
    for (let i = 0; i < found.length; i++) {
      const d = Math.abs(found[i]! - value.data[i]!);
      if (d === 0) continue;
      difference = Math.max(difference, d);
      ofBound = Math.max(ofBound, d / allowed(i));
    }
    return [{ layer: name, kind: first.op.kind, difference, ofBound }];
  });
