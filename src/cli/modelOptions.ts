/** The options of every command that reads a model, and the reading itself. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { presetNamed, presets } from "../format/preprocessing.js";
import { readModel } from "../format/readModel.js";
import { truncate } from "../model/network.js";
import type { Model } from "../format/modelFile.js";
import type { Shape } from "../tensor/shape.js";
import { shape } from "./option.js";

/** What the command line says about reading a model. */
export interface ModelOptions {
  readonly input?: Shape;
  readonly preprocessing?: string;
  readonly cut?: string;
}

/** Add the options that say how a model is read. */
export const withModelOptions = (command: Command): Command =>
  command
    .option(
      "--input <HxWxC>",
      "input shape; needed where the model leaves it open, and resolves its `same` padding",
      shape,
    )
    .addOption(
      new Option(
        "--preprocessing <name>",
        "how images become inputs, where the model does not say",
      ).choices(Object.keys(presets)),
    )
    .option("--cut <layer>", "use the model only up to this layer");

/** Read a model as the options say. */
export const loadModel = async (path: string, options: ModelOptions): Promise<Result<Model>> => {
  const preset =
    options.preprocessing === undefined ? E.right(null) : presetNamed(options.preprocessing);
  if (E.isLeft(preset)) return preset;
  const model = await readModel(path, {
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(preset.right === null ? {} : { preprocessing: preset.right }),
  });
  if (E.isLeft(model) || options.cut === undefined) return model;
  return E.map((network: Model["network"]): Model => ({ ...model.right, network, labels: null }))(
    truncate(options.cut)(model.right.network),
  );
};
