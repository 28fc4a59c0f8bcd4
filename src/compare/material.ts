/**
 * What the runs of a comparison work on, opened once by each process: models as they were read, and data sets
 * divided into images to test on, the same for all runs, and the rest.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Dataset } from "../format/dataset.js";
import type { Model } from "../format/modelFile.js";
import { openDataset } from "../format/openDataset.js";
import { presetNamed } from "../format/preprocessing.js";
import { readModel } from "../format/readModel.js";
import { weightsSha256 } from "../format/document.js";
import { truncate } from "../model/network.js";
import { digestOfExamples } from "../train/digest.js";
import { examplesFromDataset, remembered, type Examples } from "../train/examples.js";
import { perClass, select, selectExamples, type Selection } from "../train/selection.js";
import { nameOf, type Grid } from "./grid.js";

/** A model ready to be adapted. */
export interface Backbone {
  readonly model: Model;
  readonly sha256: string;
}

/** A data set as a model sees it. */
export interface Images {
  readonly classes: readonly string[];
  /** The images to test on, and as inputs. */
  readonly test: Dataset;
  readonly testExamples: Examples;
  readonly testSha256: () => Promise<Result<string>>;
  /** So many images of each class to learn from (all of a class that has fewer), drawn by the seed; null for all. */
  readonly training: (count: number | null, seed: number) => Examples;
}

/** What there is to work on. */
export interface Material {
  readonly backbone: (name: string) => Promise<Result<Backbone>>;
  /** A data set as the model of this name sees it. */
  readonly images: (data: string, model: string) => Promise<Result<Images>>;
}

/** The same images are tested on whatever a run's seed. */
const heldOutSeed = 0;

const pathOf = (paths: readonly string[], name: string): string =>
  paths.find((path) => nameOf(path) === name)!;

const readBackbone = async (path: string, { reading }: Grid): Promise<Result<Backbone>> => {
  const preset =
    reading.preprocessing === null ? E.right(null) : presetNamed(reading.preprocessing);
  if (E.isLeft(preset)) return preset;
  const model = await readModel(path, {
    ...(reading.input === null ? {} : { input: reading.input }),
    ...(preset.right === null ? {} : { preprocessing: preset.right }),
  });
  if (E.isLeft(model)) return model;
  const network =
    reading.cut === null
      ? E.right(model.right.network)
      : truncate(reading.cut)(model.right.network);
  return E.bimap(within(path), (cut: Model["network"]): Backbone => ({
    model: { ...model.right, network: cut, labels: null },
    sha256: weightsSha256(cut),
  }))(network);
};

/** How many images of a class are held out: never more than a third of them, so that most are learnt from. */
const heldOutOf = (images: number, wanted: number): number =>
  Math.min(wanted, Math.floor(images / 3));

/** The images to test on, evenly over the classes as far as these go, and the rest. */
const setAside = (labels: ArrayLike<number>, wanted: number): Selection => {
  const sizes = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) sizes.set(labels[i]!, (sizes.get(labels[i]!) ?? 0) + 1);
  return perClass(labels, (label) => heldOutOf(sizes.get(label)!, wanted), heldOutSeed);
};

const divided = (dataset: Dataset, model: Model, { heldOut }: Grid): Result<Images> => {
  const { chosen, rest } = setAside(dataset.labels, heldOut);
  const tested = new Set(chosen.map((i) => dataset.labels[i]!));
  const small = dataset.classes.find((_, label) => !tested.has(label));
  if (small !== undefined)
    return refuse({
      where: `data ${dataset.name}`,
      found: `fewer than three images of the class ${small}`,
      expected: "at least three of each class: one to test on, and two to learn from",
    });
  return E.map((all: Examples): Images => {
    const known = remembered(all);
    const labels = rest.map((i) => dataset.labels[i]!);
    const testExamples = selectExamples(known, chosen);
    let testSha256: Promise<Result<string>> | null = null;
    return {
      classes: dataset.classes,
      test: select(dataset, chosen),
      testExamples,
      testSha256: () => (testSha256 ??= digestOfExamples(testExamples)),
      training: (count, seed) =>
        selectExamples(
          known,
          count === null ? rest : perClass(labels, count, seed).chosen.map((i) => rest[i]!),
        ),
    };
  })(examplesFromDataset(dataset, model.network.input, model.preprocessing));
};

/** Remember what a first call comes to. */
const once = <A>(open: (key: string) => Promise<Result<A>>) => {
  const known = new Map<string, Promise<Result<A>>>();
  return (key: string): Promise<Result<A>> => {
    const found = known.get(key) ?? open(key);
    known.set(key, found);
    return found;
  };
};

/** The material of a grid, opened when it is first asked for. */
export const materialOf = (grid: Grid): Material => {
  const dataset = once((name) => openDataset(pathOf(grid.data, name)));
  const backbone = once((name) => readBackbone(pathOf(grid.models, name), grid));
  const images = once<Images>(async (key) => {
    const [data, name] = JSON.parse(key) as readonly [string, string];
    const found = await backbone(name);
    if (E.isLeft(found)) return found;
    return E.chain((d: Dataset) => divided({ ...d, name: data }, found.right.model, grid))(
      await dataset(data),
    );
  });
  return { backbone, images: (data, model) => images(JSON.stringify([data, model])) };
};
