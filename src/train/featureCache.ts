/**
 * Frozen features, computed once: where nothing up to some layer is trained and the examples are not
 * distorted, the network's prefix is evaluated once per example and training starts from its values.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { movedWeights, type Adaptation } from "../adapt/method.js";
import { splitFrozenPrefix, type PrefixSplit } from "../adapt/frozenPrefix.js";
import { countScalars } from "../adapt/trainable.js";
import type { Target } from "../compile/target.js";
import { size } from "../tensor/shape.js";
import { predict } from "./evaluate.js";
import { examplesFromArrays, type Examples, type PreparationProgress } from "./examples.js";

/** The frozen prefix of an adaptation where it saves work and its features fit `budget` bytes, or null. */
export const worthwhilePrefix = (
  adaptation: Adaptation,
  examples: number,
  budget: number,
): Result<PrefixSplit | null> =>
  E.map((split: PrefixSplit | null) =>
    // A prefix without weights, such as a padding, costs next to nothing and only enlarges the data.
    split !== null &&
    countScalars(split.prefix, () => true) > 0 &&
    4 * examples * size(split.prefix.output) <= budget
      ? split
      : null,
  )(splitFrozenPrefix(adaptation.network, movedWeights(adaptation)));

/** The examples as the prefix sees them: labelled features. */
export const cacheFeatures = async (
  target: Target,
  { prefix }: PrefixSplit,
  examples: Examples,
  batch: number,
  progress: PreparationProgress,
): Promise<Result<Examples>> => {
  const features = await predict(target, prefix, examples, {
    batch,
    progress: (done, total) => progress("features", done, total),
  });
  return E.chain((values: Float32Array) =>
    examplesFromArrays(examples.name, examples.classes, prefix.output, values, examples.labels),
  )(features);
};
