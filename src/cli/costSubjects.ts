/** What `heirloom cost` measures: models as they are read, at each resolution, in their forms. */
import { basename, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { formAfter, formNames, formsOf, type Form, type FormName } from "../adapt/form.js";
import type { ChosenMethod } from "../adapt/method.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import { documentFormat } from "../format/document.js";
import { bytesOnDisk, documentBytes } from "../format/modelBytes.js";
import type { Model } from "../format/modelFile.js";
import { describingFile, formatOf } from "../format/readModel.js";
import type { Network } from "../model/network.js";
import { atResolution } from "../model/resolution.js";
import type { MeasuredNetwork } from "../report/cost.js";
import { channelsOf, spatialOf, type Shape } from "../tensor/shape.js";
import { loadModel, type ModelOptions } from "./modelOptions.js";

/** What the command line says about what is measured. */
export interface SubjectOptions extends ModelOptions {
  readonly forms?: readonly FormName[];
  readonly methods: readonly ChosenMethod[];
  readonly seed: number;
}

/** Networks to be measured side by side, and what is to be said of each. */
export interface Subjects {
  readonly forms: readonly Form[];
  readonly networks: readonly MeasuredNetwork[];
}

/** The input at a resolution: one extent is for every spatial axis. */
const inputAt = (resolution: Shape, rank: number, channels: number): Shape => [
  ...(resolution.length === 1 ? Array.from({ length: rank }, () => resolution[0]!) : resolution),
  channels,
];

/** Images have three channels and two axes, unless the model or the command line says otherwise. */
const usual: Shape = [1, 1, 3];

/**
 * Read a model at a resolution. A LayersModel is read with another input, which resolves its padding anew; a
 * document has its padding, and its network is built again.
 */
const modelAt = async (
  path: string,
  options: ModelOptions,
  resolution: Shape | null,
): Promise<Result<Model>> => {
  if (resolution === null) return loadModel(path, options);
  const file = await describingFile(path);
  if (E.isLeft(file)) return file;
  const format = await formatOf(file.right);
  if (E.isLeft(format)) return format;
  const read = await loadModel(path, options);
  if (format.right === documentFormat)
    return E.chain((model: Model) =>
      pipe(
        model.network,
        atResolution(
          inputAt(
            resolution,
            spatialOf(model.network.input).length,
            channelsOf(model.network.input),
          ),
        ),
        E.bimap(within(path), (network: Network): Model => ({ ...model, network })),
      ),
    )(read);
  const known = E.isRight(read) ? read.right.network.input : (options.input ?? usual);
  const input = inputAt(resolution, spatialOf(known).length, channelsOf(known));
  return loadModel(path, { ...options, input });
};

/** The forms to measure of a model where none are named: all of one, and of several each as it is. */
const usualForms = ({ network }: Model, alone: boolean): readonly FormName[] => {
  const isGated = network.layers.some(({ op }) => op.kind === "projected");
  const hasKernels = isGated || network.layers.some(({ op }) => op.kind === "convolution");
  return alone && hasKernels ? formNames : [isGated ? "projected" : "original"];
};

/** A name for each path: its last part where that tells them apart. */
const labelsOf = (paths: readonly string[]): readonly string[] => {
  const short = paths.map((path) => basename(resolve(path)));
  return new Set(short).size === short.length ? short : paths;
};

/** A form of a model as it is read: nothing was made of it. */
const isAsRead = (form: Form, model: Model): boolean =>
  form.name === (model.network.class === "Projected" ? "projected" : "original");

/** The forms of one model and what is to be said of each. */
const subjectsOf = (
  path: string,
  label: string | null,
  model: Model,
  fileBytes: number,
  options: SubjectOptions,
): Result<Subjects> => {
  const { forms = usualForms(model, label === null), methods, seed } = options;
  return pipe(
    E.Do,
    E.bind("own", () => formsOf(model.network, forms, seed)),
    E.bind("after", () =>
      E.traverseArray((m: ChosenMethod) => formAfter(m)(model.network))(methods),
    ),
    E.mapLeft((r: Refusal) => within(path)(r)),
    E.map(({ own, after }): Subjects => {
      const made = [...own, ...after];
      const named = (name: string): string =>
        label === null ? name : made.length === 1 ? label : `${label} ${name}`;
      return {
        forms: made.map((form) => ({ ...form, name: named(form.name) })),
        networks: made.map((form) => ({
          name: named(form.name),
          model: path,
          class: form.network.class,
          documentBytes: documentBytes({ ...model, network: form.network }),
          fileBytes: own.includes(form) && isAsRead(form, model) ? fileBytes : null,
        })),
      };
    }),
  );
};

/** Read the models at a resolution, as the options say, and make their forms. */
export const readSubjects = async (
  paths: readonly string[],
  options: SubjectOptions,
  resolution: Shape | null,
): Promise<Result<Subjects>> => {
  const labels = labelsOf(paths);
  const all: Subjects[] = [];
  for (const [i, path] of paths.entries()) {
    const model = await modelAt(path, options, resolution);
    if (E.isLeft(model)) return model;
    const bytes = await bytesOnDisk(path);
    if (E.isLeft(bytes)) return bytes;
    const label = paths.length === 1 ? null : labels[i]!;
    const made = subjectsOf(path, label, model.right, bytes.right, options);
    if (E.isLeft(made)) return made;
    all.push(made.right);
  }
  return E.right({
    forms: all.flatMap(({ forms }) => forms),
    networks: all.flatMap(({ networks }) => networks),
  });
};
