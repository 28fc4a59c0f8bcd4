/** Reading a model of any form that Heirloom knows, told apart by content. */
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { adapterFormat } from "./adapter.js";
import { setAside } from "./atomic.js";
import { documentFormat, readDocument } from "./document.js";
import { kindOf, readText } from "./file.js";
import { jsonLimit, parseJson } from "./json.js";
import { readLayersModel, type LayersModelOptions } from "./layersModel.js";
import { checkLabels, type Model } from "./modelFile.js";

/** What the file that describes a model names itself. */
export const formatOf = async (file: string): Promise<Result<unknown>> => {
  const text = await readText(file, jsonLimit);
  if (E.isLeft(text)) return text;
  return E.map((json: unknown) => (json as { readonly format?: unknown } | null)?.format)(
    parseJson(text.right, file),
  );
};

/** The describing file of a path: the path itself, or the first known name in the folder. */
export const describingFile = async (path: string): Promise<Result<string>> => {
  const kind = await kindOf(path);
  if (kind === "file") return E.right(path);
  if (kind === "folder")
    for (const name of ["network.json", "model.json", "adapter.json"])
      if ((await kindOf(join(path, name))) === "file") return E.right(join(path, name));
  const aside = kind === "nothing" ? await setAside(path) : null;
  return refuse({
    where: path,
    found: kind === "folder" ? "a folder without any of them" : "no such file or folder",
    expected: "a model: a folder with network.json, or with model.json and its shards",
    ...(aside === null
      ? {}
      : { advice: `a write was interrupted here: rename ${aside} to get the earlier model back` }),
  });
};

/** A document with what the options say instead of what it says. */
const overridden = (model: Model, options: LayersModelOptions): Result<Model> => {
  const { input, preprocessing, labels } = options;
  if (input !== undefined && !sameShape(input, model.network.input))
    return refuse({
      where: "input",
      found: showShape(input),
      expected: `${showShape(model.network.input)}, for which the document was made`,
      advice: "read the original LayersModel with another input shape",
    });
  return E.map((checked: readonly string[] | null) => ({
    ...model,
    preprocessing: preprocessing ?? model.preprocessing,
    labels: checked,
  }))(checkLabels(model.network, labels ?? model.labels));
};

/**
 * Read a model: a LayersModel (its folder or its `model.json`) or a document of Heirloom (its folder or its
 * `network.json`). An adapter is refused: it needs its base, see `readAdapter`.
 */
export const readModel = async (
  path: string,
  options: LayersModelOptions = {},
): Promise<Result<Model>> => {
  const file = await describingFile(path);
  if (E.isLeft(file)) return file;
  const format = await formatOf(file.right);
  if (E.isLeft(format)) return format;
  switch (format.right) {
    case documentFormat: {
      const document = await readDocument(dirname(file.right));
      return E.chain((model: Model) => E.mapLeft(within(path))(overridden(model, options)))(
        document,
      );
    }
    case adapterFormat:
      return refuse({
        where: path,
        found: "an adapter",
        expected: "a whole model",
        advice: "give the base model, and the adapter beside it",
      });
    default:
      return readLayersModel(file.right, options);
  }
};
