/** The first act: the whole ResNet-50 is read, projected, merged, and each certificate is checked. */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import { float32 } from "../../algebra/float32.js";
import { check } from "../../certify/check.js";
import { writeDocument } from "../../format/document.js";
import type { Model } from "../../format/modelFile.js";
import { presets } from "../../format/preprocessing.js";
import { readModel } from "../../format/readModel.js";
import { inventoryOf } from "../../model/inventory.js";
import { asClass, truncate, type Network } from "../../model/network.js";
import { showShape } from "../../tensor/shape.js";
import { merge } from "../../transform/merge.js";
import { project } from "../../transform/project.js";
import { showCount, showMillions, showSeconds, showShare } from "../../report/quantity.js";
import { sayCertified } from "../certified.js";
import type { Terminal } from "../terminal.js";
import type { Material } from "./material.js";

/** Seconds of each conversion of the whole network. */
export interface Conversions {
  readonly parameters: number;
  readonly kernels: number;
  readonly gates: number;
  readonly seconds: Readonly<
    Record<"read" | "project" | "checkProjection" | "merge" | "checkMerge", number>
  >;
}

const timed = <A>(f: () => A): readonly [A, number] => {
  const start = performance.now();
  const value = f();
  return [value, (performance.now() - start) / 1000];
};

/**
 * Convert the whole network back and forth, then write the stages to be trained as a document of their own.
 */
export const convertWhole = async (
  terminal: Terminal,
  material: Material,
  base: string,
): Promise<Result<Conversions>> => {
  terminal.say(`reading ${material.model}`);
  const start = performance.now();
  const model = await readModel(material.model);
  if (E.isLeft(model)) return model;
  const read = (performance.now() - start) / 1000;
  const ungated = asClass("GCNN")(model.right.network);
  if (E.isLeft(ungated)) return ungated;
  const source = ungated.right;
  const { total, saving, oneByOne, rows } = inventoryOf(source);
  const kernelled = rows.filter((row) => row.kernelParameters > 0).length;
  terminal.say(
    `ResNet-50: ${showCount(total.parameters)} parameters read in ${showSeconds(read)}; projection learns ` +
      `${showMillions(total.gates)} gates for ${showMillions(total.kernelParameters)} kernel weights, saving ` +
      `${showShare(saving)} (${oneByOne.length} of its ${kernelled} convolutions are 1x1, where a gate saves nothing)`,
  );
  const [projected, projecting] = timed(() => project(float32)(source));
  if (E.isLeft(projected)) return projected;
  const { network: gated, certificate } = projected.right;
  const [first, checking] = timed(() => check(float32)(source, gated, certificate));
  if (E.isLeft(first)) return first;
  terminal.say(`${sayCertified(first.right)}, in ${showSeconds(projecting + checking)}`);
  const [merged, merging] = timed(() => merge(float32)(gated));
  if (E.isLeft(merged)) return merged;
  const [second, rechecking] = timed(() =>
    check(float32)(gated, merged.right.network, merged.right.certificate),
  );
  if (E.isLeft(second)) return second;
  terminal.say(`${sayCertified(second.right)}, in ${showSeconds(merging + rechecking)}`);
  return E.map((): Conversions => ({
    parameters: total.parameters,
    kernels: total.kernelParameters,
    gates: total.gates,
    seconds: {
      read,
      project: projecting,
      checkProjection: checking,
      merge: merging,
      checkMerge: rechecking,
    },
  }))(await writeStages(terminal, material, base));
};

/** The stages that are trained, at the size of the digits, as a document. */
const writeStages = async (
  terminal: Terminal,
  { model: path, input, cut, preprocessing }: Material,
  base: string,
): Promise<Result<string>> => {
  const model = await readModel(path, { input, preprocessing: presets[preprocessing] });
  const stages = E.chain((m: Model) =>
    E.map((network: Network): Model => ({
      ...m,
      name: `resnet50-to-${cut}`,
      network,
      labels: null,
    }))(truncate(cut)(m.network)),
  )(model);
  if (E.isLeft(stages)) return stages;
  const { total, saving } = inventoryOf(stages.right.network);
  terminal.say(
    `training its first stages, up to ${cut}, on ${showShape(input)} images: ` +
      `${showCount(total.parameters)} parameters, ${showMillions(total.gates)} gates for ` +
      `${showMillions(total.kernelParameters)} kernel weights (saving ${showShare(saving)})`,
  );
  return writeDocument(stages.right, base, { force: true });
};
