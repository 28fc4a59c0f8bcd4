/**
 * What both measurements work on: the first stages of ResNet-50 in the size of the digits, batch norm folded and
 * every convolution projected, and MNIST digits to train on, to choose by and to test on.
 */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../../../src/algebra/refusal.js";
import { float32 } from "../../../src/algebra/float32.js";
import { findMaterial } from "../../../src/cli/demo/material.js";
import { openTarget } from "../../../src/compile/engine.js";
import type { Target } from "../../../src/compile/target.js";
import { openDataset } from "../../../src/format/openDataset.js";
import { presets } from "../../../src/format/preprocessing.js";
import { readModel } from "../../../src/format/readModel.js";
import { truncate, type Network } from "../../../src/model/network.js";
import { foldBatchNorm } from "../../../src/transform/fold.js";
import { project } from "../../../src/transform/project.js";
import { predict } from "../../../src/train/evaluate.js";
import { cached, examplesFromDataset, type Examples } from "../../../src/train/examples.js";
import { perClass, select } from "../../../src/train/selection.js";

/** The value; a refusal ends the measurement with its sentence. */
export const must = <A>(r: Result<A>): A => {
  if (E.isLeft(r)) throw new Error(showRefusal(r.left));
  return r.right;
};

/** How many digits of each class. */
export interface Sizes {
  readonly training: number;
  readonly validation: number;
  readonly test: number;
}

/** The stages and the digits. */
export interface Material {
  readonly target: Target;
  /** Up to the end of the third stage, with batch norm. */
  readonly stages: Network;
  readonly training: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/** CPU seconds of the whole process for some work: on a shared machine others take the clock's. */
export const timed = async <A>(work: () => A | Promise<A>): Promise<readonly [A, number]> => {
  const start = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(start);
  return [value, (user + system) / 1e6];
};

/** Read network and digits; which digits are which is drawn by the seed. */
export const materialOf = async (sizes: Sizes, seed: number): Promise<Material> => {
  const { model, input, cut, preprocessing, data } = must(findMaterial());
  const read = must(await readModel(model, { input, preprocessing: presets[preprocessing] }));
  const stages = must(truncate(cut)(read.network));
  const digits = must(await openDataset(data));
  const first = perClass(digits.labels, sizes.training, seed);
  const rest = select(digits, first.rest);
  const second = perClass(rest.labels, sizes.validation, seed);
  const last = select(rest, second.rest);
  const third = perClass(last.labels, sizes.test, seed);
  const prepared = async (d: typeof digits): Promise<Examples> =>
    must(
      await cached(
        must(examplesFromDataset(d, stages.input, read.preprocessing)),
        2 ** 30,
        () => undefined,
      ),
    );
  return {
    target: must(await openTarget("onnx", { threads: 1 })),
    stages,
    training: await prepared(select(digits, first.chosen)),
    validation: await prepared(select(rest, second.chosen)),
    test: await prepared(select(last, third.chosen)),
  };
};

/** Batch norm folded, and a gate of one on every kernel. */
export const projectedStages = (stages: Network): Network =>
  must(project(float32)({ ...must(foldBatchNorm(float32)(stages)).network, class: "GCNN" }))
    .network;

/** The value of a network's last layer for examples, as examples of that shape. */
export const featuresOf = async (
  target: Target,
  network: Network,
  examples: Examples,
): Promise<Float32Array> => must(await predict(target, network, examples, { batch: 50 }));
