/**
 * How large a model is on the disk: the files that reading it opens, measured; and the document that it would
 * be, counted without writing it. Documents hold float32, so the second compares networks on equal terms,
 * whatever a file at hand was quantised to.
 */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Result } from "../algebra/refusal.js";
import { decodeWith } from "./codec.js";
import { documentFormat, structureOf, structureText } from "./document.js";
import { attempt, insideFolder, readText } from "./file.js";
import { jsonLimit, parseJson } from "./json.js";
import { Manifest } from "./layersModel/manifest.js";
import type { Model } from "./modelFile.js";
import { tensorsOf } from "./operatorCodec.js";
import { describingFile, formatOf } from "./readModel.js";
import { encodeSafetensors } from "./safetensors.js";

/**
 * The bytes of a model as a document without a certificate: what `writeDocument` writes.
 *
 * @example
 * import { build, documentBytes, input, presets, relu } from "heirloom"
 *
 * const network = pipe(input([4]), relu, build({ seed: 0 }))
 * const model = E.map((n: Network) => ({ name: "small", network: n, preprocessing: presets.none, labels: null }))(network)
 * assert.ok(pipe(model, E.map(documentBytes), E.getOrElse(() => 0)) > 100)
 */
export const documentBytes = (model: Model): number => {
  const structure = structureText(documentFormat, {
    ...structureOf(model),
    certificate: null,
    origin: null,
  });
  return [Buffer.from(structure), ...encodeSafetensors(tensorsOf(model.network))].reduce(
    (bytes, part) => bytes + part.length,
    0,
  );
};

const Shards = t.type({ weightsManifest: Manifest });

/** The files of weights that go with a describing file. */
const weightFiles = async (file: string, format: unknown): Promise<Result<readonly string[]>> => {
  const folder = dirname(file);
  if (format === documentFormat) return E.right([join(folder, "weights.safetensors")]);
  const text = await readText(file, jsonLimit);
  const shards = E.chain((json: unknown) => decodeWith(Shards, file)(json))(
    E.chain((json: string) => parseJson(json, file))(text),
  );
  if (E.isLeft(shards)) return shards;
  const files: string[] = [];
  for (const name of shards.right.weightsManifest.flatMap(({ paths }) => paths)) {
    const path = await insideFolder(folder, name);
    if (E.isLeft(path)) return path;
    files.push(path.right);
  }
  return E.right(files);
};

/** The bytes of the files that reading a model opens: the one that describes it and those of its weights. */
export const bytesOnDisk = async (path: string): Promise<Result<number>> => {
  const file = await describingFile(path);
  if (E.isLeft(file)) return file;
  const format = await formatOf(file.right);
  if (E.isLeft(format)) return format;
  const weights = await weightFiles(file.right, format.right);
  if (E.isLeft(weights)) return weights;
  let bytes = 0;
  for (const name of [file.right, ...weights.right]) {
    const found = await attempt(name, () => stat(name));
    if (E.isLeft(found)) return found;
    bytes += found.right.size;
  }
  return E.right(bytes);
};
