/** Running a network over examples: predictions and metrics, with the statistics frozen. */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import { inferenceProgram } from "../compile/inference.js";
import type { Executable, Target } from "../compile/target.js";
import { truncate, type Network } from "../model/network.js";
import { size } from "../tensor/shape.js";
import { gatherBatch } from "./batch.js";
import { batchAt, batching } from "./batches.js";
import type { Examples } from "./examples.js";
import { metricsOf, tallyOf, type Metrics } from "./metrics.js";

/** Which examples, how many at a time, and who is told of each batch. */
export interface EvaluationOptions {
  readonly batch: number;
  /** All of them unless told. */
  readonly indices?: readonly number[];
  readonly progress?: (done: number, total: number) => void;
}

/** The network up to its logits: without the softmax at its end, where it has one. */
export const upToLogits = (n: Network): Result<Network> => {
  const last = n.layers.at(-1)!;
  return last.op.kind === "activation" && last.op.fn.name === "softmax"
    ? truncate(last.inputs[0]!)(n)
    : E.right(n);
};

/**
 * The outputs of a loaded inference program, `width` numbers for each of `indices` in order. A last
 * partial batch is filled with zero rows, whose outputs are dropped.
 */
export const outputsOf = async (
  executable: Executable,
  examples: Examples,
  indices: readonly number[],
  batch: number,
  width: number,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<Result<Float32Array>> => {
  const outputs = new Float32Array(indices.length * width);
  const parts = { size: batch, count: Math.ceil(indices.length / batch), examples: indices.length };
  const gather = (k: number) => gatherBatch(examples, batchAt(indices, parts, k), batch, null);
  let next = gather(0);
  for (let k = 0; k < parts.count; k++) {
    const gathered = await next;
    if (E.isLeft(gathered)) return gathered;
    if (k + 1 < parts.count) next = gather(k + 1);
    const { inputs, rows } = gathered.right;
    const result = await executable.step({ input: inputs });
    if (E.isLeft(result)) return result;
    const values = result.right["output"]!.data;
    const start = k * batch * width;
    for (let i = 0; i < rows * width; i++) outputs[start + i] = values[i]!;
    progress(k * batch + rows, indices.length);
  }
  return E.right(outputs);
};

/** Use a program on a target and free it, whatever happens. */
export const withExecutable = async <A>(
  loaded: Promise<Result<Executable>>,
  use: (executable: Executable) => Promise<Result<A>>,
): Promise<Result<A>> => {
  const executable = await loaded;
  if (E.isLeft(executable)) return executable;
  try {
    return await use(executable.right);
  } finally {
    executable.right.dispose();
  }
};

const everyExample = (examples: Examples): readonly number[] =>
  Array.from({ length: examples.size }, (_, i) => i);

/** The network's outputs for the examples, one row of `size(network.output)` numbers each. */
export const predict = async (
  target: Target,
  network: Network,
  examples: Examples,
  options: EvaluationOptions,
): Promise<Result<Float32Array>> => {
  const indices = options.indices ?? everyExample(examples);
  if (indices.length === 0) return E.right(new Float32Array(0));
  const batch = batching(indices.length, options.batch, "padded").size;
  const made = inferenceProgram(network, batch);
  if (E.isLeft(made)) return made;
  return withExecutable(target.load(made.right.program, made.right.initial), (executable) =>
    outputsOf(executable, examples, indices, batch, size(network.output), options.progress),
  );
};

/** The metrics of a classifier on labelled examples. */
export const evaluate = async (
  target: Target,
  network: Network,
  examples: Examples,
  options: EvaluationOptions,
): Promise<Result<Metrics>> => {
  const indices = options.indices ?? everyExample(examples);
  const classes = size(network.output);
  const classifier = upToLogits(network);
  if (E.isLeft(classifier)) return E.left(within("evaluation")(classifier.left));
  const logits = await predict(target, classifier.right, examples, { ...options, indices });
  return E.map((values: Float32Array) =>
    metricsOf(
      tallyOf(
        classes,
        values,
        indices.map((i) => examples.labels[i]!),
      ),
    ),
  )(logits);
};
