/**
 * The last act: the projected network is merged, its certificate checked, the merged network written for
 * stock TensorFlow.js, read back, and run beside the projected one on digits nobody trained on.
 *
 * The projected network is evaluated by its definition, gate after convolution, and the merged one on the
 * backend. Layer by layer, on the same inputs, they may differ by the sum of their rounding bounds and no
 * more. From input to output no useful bound exists (each layer multiplies the worst case by the sum of its
 * weights' magnitudes), so the difference of the final probabilities is reported as it is.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../../algebra/refusal.js";
import { float32 } from "../../algebra/float32.js";
import { withProbabilities } from "../../adapt/head.js";
import { compareLayers } from "../../certify/agreement.js";
import { check } from "../../certify/check.js";
import { tracedProgram } from "../../compile/inference.js";
import type { Feed, Target } from "../../compile/target.js";
import { readDocument } from "../../format/document.js";
import { openDataset } from "../../format/openDataset.js";
import { readModel } from "../../format/readModel.js";
import { writeLayersModel } from "../../format/writeLayersModel.js";
import { asClass, type Network } from "../../model/network.js";
import { showCount } from "../../report/quantity.js";
import { evaluate, evaluateOperator } from "../../semantics/evaluate.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { merge } from "../../transform/merge.js";
import { predict, withExecutable } from "../../train/evaluate.js";
import { examplesFromDataset, type Examples } from "../../train/examples.js";
import { perClass, select } from "../../train/selection.js";
import { openSettled } from "../backendOption.js";
import { sayCertified } from "../certified.js";
import type { Terminal } from "../terminal.js";
import { chosen, heldOut } from "./adapt.js";
import type { Material } from "./material.js";
import type { DemoSettings } from "./settings.js";

/** What the comparison of the projected and the merged network found. */
interface Comparison {
  readonly layers: number;
  readonly elements: number;
  /** The largest difference of a layer's values as a part of the sum of the rounding bounds. */
  readonly worst: number;
  /** The largest difference of the final probabilities. */
  readonly probabilities: number;
}

/** Images whose layers are compared one by one; the definition is evaluated without any backend. */
const compared = 2;

const batchOf = async (examples: Examples, count: number): Promise<Result<Tensor<number>>> => {
  const inputs: number[] = [];
  for (let i = 0; i < count; i++) {
    const input = await examples.input(i);
    if (E.isLeft(input)) return input;
    inputs.push(...input.right);
  }
  return E.right(tensor([count, ...examples.shape], Float32Array.from(inputs)));
};

/** Every gated layer of `projected` against the layer of the same name in `merged`. */
const compare = async (
  terminal: Terminal,
  target: Target,
  projected: Network,
  merged: Network,
  batch: Tensor<number>,
): Promise<Result<Comparison>> => {
  const made = tracedProgram(merged, batch.shape[0]!);
  if (E.isLeft(made)) return made;
  const trace = await withExecutable(
    target.load(made.right.program, made.right.initial),
    (executable): Promise<Result<Feed>> => executable.step({ input: batch }),
  );
  if (E.isLeft(trace)) return trace;
  const operators = new Map(merged.layers.map(({ name, op }) => [name, op]));
  const gated = projected.layers.filter(({ op }) => op.kind === "projected");
  const progress = terminal.progress("layers within their rounding bounds", gated.length);
  let elements = 0;
  let worst = 0;
  for (const [i, layer] of gated.entries()) {
    const inputs = layer.inputs.map((name) => trace.right[name]!);
    const defined = evaluateOperator(float32)(layer.op, inputs);
    const agreement = E.chain((value: Tensor<number>) =>
      compareLayers(
        layer.name,
        inputs,
        { op: layer.op, value },
        { op: operators.get(layer.name)!, value: trace.right[layer.name]! },
      ),
    )(defined);
    if (E.isLeft(agreement)) return agreement;
    elements += agreement.right.elements;
    worst = Math.max(worst, agreement.right.worst);
    progress.update(i + 1);
  }
  progress.stop();
  return E.map((output: Tensor<number>): Comparison => {
    const last = trace.right[merged.layers.at(-1)!.name]!;
    let probabilities = 0;
    for (let i = 0; i < last.data.length; i++)
      probabilities = Math.max(probabilities, Math.abs(last.data[i]! - output.data[i]!));
    return { layers: gated.length, elements, worst, probabilities };
  })(evaluate(float32)(projected, batch));
};

/** How many predictions of two classifiers on the same examples have the same largest class. */
const sameDecisions = (a: Float32Array, b: Float32Array, classes: number): number => {
  const best = (x: Float32Array, row: number): number => {
    let c = 0;
    for (let k = 1; k < classes; k++) if (x[row * classes + k]! > x[row * classes + c]!) c = k;
    return c;
  };
  return Array.from({ length: a.length / classes }, (_, row) => row).filter(
    (row) => best(a, row) === best(b, row),
  ).length;
};

/** Merge, write, read back and compare. */
export const deliver = async (
  terminal: Terminal,
  material: Material,
  out: string,
  settings: DemoSettings,
): Promise<Result<{ readonly text: string; readonly json: unknown }>> => {
  const document = await readDocument(join(out, chosen, "model"));
  if (E.isLeft(document)) return document;
  const projected = E.chain(asClass("Projected"))(withProbabilities(document.right.network));
  if (E.isLeft(projected)) return projected;
  const gates = projected.right;
  const merged = merge(float32)(gates);
  if (E.isLeft(merged)) return merged;
  const report = check(float32)(gates, merged.right.network, merged.right.certificate);
  if (E.isLeft(report)) return report;
  terminal.say(`\n${sayCertified(report.right)}`);
  const folder = join(out, "merged");
  const written = await writeLayersModel(
    { ...document.right, network: merged.right.network },
    folder,
    { force: true },
  );
  if (E.isLeft(written)) return written;
  const back = await readModel(folder);
  if (E.isLeft(back)) return back;

  const digits = await openDataset(material.data);
  if (E.isLeft(digits)) return digits;
  const unseen = select(digits.right, perClass(digits.right.labels, heldOut, 0).chosen);
  const examples = examplesFromDataset(unseen, gates.input, back.right.preprocessing);
  if (E.isLeft(examples)) return examples;
  const ready = await openSettled(terminal, settings.backend);
  if (E.isLeft(ready)) return ready;
  const { target } = ready.right;
  const batch = await batchOf(examples.right, compared);
  if (E.isLeft(batch)) return batch;
  const comparison = await compare(terminal, target, gates, back.right.network, batch.right);
  if (E.isLeft(comparison)) return E.left(within("merged network")(comparison.left));
  const before = await predict(target, gates, examples.right, { batch: 32 });
  if (E.isLeft(before)) return before;
  const after = await predict(target, back.right.network, examples.right, { batch: 32 });
  if (E.isLeft(after)) return after;
  const same = sameDecisions(before.right, after.right, unseen.classes.length);
  const { layers, elements, worst, probabilities } = comparison.right;
  return E.right({
    text: [
      `merged network written for tf.loadLayersModel: ${folder}`,
      `read back and compared with the projected one: all ${showCount(elements)} values of ${layers} layers lie within ` +
        `the sum of their rounding bounds (the worst at ${worst.toPrecision(2)} of it); ` +
        `final probabilities differ by at most ${probabilities.toExponential(1)}; ` +
        `the same decision on ${showCount(same)} of ${showCount(unseen.size)} digits`,
    ].join("\n"),
    json: { folder, ...comparison.right, sameDecisions: same, digits: unseen.size },
  });
};
