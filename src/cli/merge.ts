/** `heirloom merge`: gates multiplied into kernels, an ordinary model again. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { float32 } from "../algebra/float32.js";
import { check } from "../certify/check.js";
import { readAdapter } from "../format/adapter.js";
import { writeDocument, type Document } from "../format/document.js";
import type { Model } from "../format/modelFile.js";
import { writeLayersModel, type WrittenLayersModel } from "../format/writeLayersModel.js";
import { merge } from "../transform/merge.js";
import { sayCertified } from "./certified.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath } from "./option.js";
import { originOf } from "./origin.js";
import type { Conclude, Outcome } from "./outcome.js";
import { apartFrom, withOutputOptions, type OutputOptions } from "./outputOption.js";
import type { Terminal } from "./terminal.js";

interface MergeOptions extends ModelOptions, OutputOptions {
  readonly adapter?: string;
  readonly as: "layers-model" | "document";
  readonly json: boolean;
}

/** The model to merge: as it is read, or as an adapter changes it; what the options say holds for both. */
const source = async (path: string, options: MergeOptions): Promise<Result<Model>> => {
  const model = await loadModel(path, options);
  if (E.isLeft(model) || options.adapter === undefined) return model;
  return E.map((adapted: Model): Model => ({
    ...adapted,
    preprocessing:
      options.preprocessing === undefined ? adapted.preprocessing : model.right.preprocessing,
  }))(await readAdapter(model.right, options.adapter));
};

/** Write the merged model in the form that was asked for. */
const write = async (
  model: Document,
  { as, output, force }: MergeOptions,
): Promise<Result<WrittenLayersModel>> =>
  as === "layers-model"
    ? writeLayersModel(model, output, { force })
    : E.map((path: string): WrittenLayersModel => ({ path, notes: [] }))(
        await writeDocument(model, output, { force }),
      );

const work = async (
  terminal: Terminal,
  path: string,
  options: MergeOptions,
): Promise<Result<Outcome>> => {
  const { adapter } = options;
  const apart = await apartFrom(options.output, adapter === undefined ? [path] : [path, adapter]);
  if (E.isLeft(apart)) return apart;
  const model = await source(path, options);
  if (E.isLeft(model)) return model;
  const { network, name } = model.right;
  if (network.class !== "Projected")
    return refuse({
      where: path,
      found: `a ${network.class} network, without gates`,
      expected: "a projected network",
      advice: "give what `heirloom project` or `heirloom train` wrote, or its gates with --adapter",
    });
  terminal.say(`merging ${name}`);
  const merged = merge(float32)(network);
  if (E.isLeft(merged)) return merged;
  const { certificate } = merged.right;
  const report = check(float32)(network, merged.right.network, certificate);
  if (E.isLeft(report)) return report;
  const written = await write(
    {
      ...model.right,
      network: merged.right.network,
      certificate,
      origin: originOf(path, options),
    },
    options,
  );
  return E.map(({ path: output, notes }: WrittenLayersModel): Outcome => ({
    text: [
      sayCertified(report.right),
      ...notes.map((note) => `note: ${note}`),
      `written to ${output}`,
    ].join("\n"),
    json: {
      output,
      as: options.as,
      weights: report.right.weights,
      theorems: Object.fromEntries(report.right.theorems),
      notes,
    },
  }))(written);
};

export const addMerge = (parent: Command, conclude: Conclude): Command =>
  withOutputOptions(
    withModelOptions(
      parent
        .command("merge")
        .summary("multiply the gates into the kernels: an ordinary model again")
        .description(
          "Merge a projected model: every kernel becomes gate times kernel (T4_merge), at no inference " +
            "cost. The certificate is checked before anything is written. The result is a TensorFlow.js " +
            "LayersModel, which stock tf.loadLayersModel loads, or a Heirloom document.",
        )
        .argument("<model>", "a projected document, or the base model of an adapter", givenPath),
    ),
    "merged model",
  )
    .option("--adapter <folder>", "gates that were trained on top of this model", givenPath)
    .addOption(
      new Option("--as <form>", "what to write")
        .choices(["layers-model", "document"])
        .default("layers-model"),
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom merge run/model -o merged/
  $ heirloom merge resnet50/ --adapter run/adapter -o merged/`,
    )
    .action((path: string, options: MergeOptions) =>
      conclude(options.json, (terminal) => work(terminal, path, options)),
    );
