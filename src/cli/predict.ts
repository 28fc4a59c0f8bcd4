/** `heirloom predict`: what a model sees in images. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Dataset } from "../format/dataset.js";
import { decodeImage } from "../format/decodeImage.js";
import { readBytes } from "../format/file.js";
import { showShape, size } from "../tensor/shape.js";
import { withProbabilities } from "../adapt/head.js";
import { examplesFromDataset } from "../train/examples.js";
import { predict } from "../train/evaluate.js";
import { showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import { openBackend, withBackendOption, type BackendOptions } from "./backendOption.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface PredictOptions extends ModelOptions, BackendOptions {
  readonly top: number;
  readonly json: boolean;
}

/** The largest image file that is read, in bytes. */
const fileLimit = 256 * 2 ** 20;

/** The images in these files, each read when its turn comes; they have no classes yet. */
const imagesOf = (files: readonly string[]): Dataset => ({
  name: "images",
  classes: [],
  labels: new Int32Array(files.length),
  size: files.length,
  load: async (index) => {
    const file = files[index]!;
    return E.chain((bytes: Uint8Array) => decodeImage(bytes, file))(
      await readBytes(file, fileLimit),
    );
  },
  skipped: [],
});

const batchSize = 16;

const work = async (
  terminal: Terminal,
  path: string,
  files: readonly string[],
  options: PredictOptions,
): Promise<Result<Outcome>> => {
  const model = await loadModel(path, options);
  if (E.isLeft(model)) return model;
  if (model.right.network.output.length !== 1)
    return refuse({
      where: path,
      found: `an output of shape ${showShape(model.right.network.output)}`,
      expected: "a classifier, one number per class",
    });
  const classifier = withProbabilities(model.right.network);
  if (E.isLeft(classifier)) return classifier;
  const examples = examplesFromDataset(
    imagesOf(files),
    classifier.right.input,
    model.right.preprocessing,
  );
  if (E.isLeft(examples)) return examples;
  const ready = await openBackend(terminal, options);
  if (E.isLeft(ready)) return ready;
  const { target, record } = ready.right;
  const progress = terminal.progress("predicting", files.length);
  const outputs = await predict(target, classifier.right, examples.right, {
    batch: batchSize,
    progress: (done) => progress.update(done),
  });
  progress.stop();
  return E.map((values: Float32Array) => {
    const classes = size(classifier.right.output);
    const name = (c: number): string => model.right.labels?.[c] ?? `class ${c}`;
    const predictions = files.map((file, i) => ({
      file,
      classes: Array.from({ length: classes }, (_, c) => ({
        class: c,
        name: name(c),
        probability: values[i * classes + c]!,
      }))
        .sort((a, b) => b.probability - a.probability || a.class - b.class)
        .slice(0, options.top),
    }));
    return {
      text: showTable(
        [{ title: "image" }, { title: "class" }, { title: "probability", align: "right" }],
        predictions.flatMap((p) =>
          p.classes.map((c, rank) => [
            rank === 0 ? p.file : "",
            c.name,
            showShare(c.probability, 2),
          ]),
        ),
      ),
      json: { backend: record, predictions },
    };
  })(outputs);
};

export const addPredict = (parent: Command, conclude: Conclude): Command =>
  withBackendOption(
    withModelOptions(
      parent
        .command("predict")
        .summary("the most probable classes of images")
        .description("Run a classifier on images and print the most probable classes of each.")
        .argument("<model>", "a LayersModel or a Heirloom document", givenPath)
        .argument("<images...>", "PNG or JPEG files"),
    ),
  )
    .option("--top <n>", "how many classes to print", wholeNumber(1), 5)
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom predict merged/ photo.jpg
  $ heirloom predict resnet50/ --preprocessing caffe --top 3 espresso.jpg cat.png`,
    )
    .action((path: string, files: readonly string[], options: PredictOptions) =>
      conclude(options.json, (terminal) => work(terminal, path, files, options)),
    );
