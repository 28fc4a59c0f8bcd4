/** Stock TensorFlow.js: its own loader and its own evaluation, on its cpu backend. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import type { Tensor } from "../../src/tensor/tensor.js";

interface Topology {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly tf.io.WeightsManifestEntry[];
  }[];
  readonly userDefinedMetadata?: { readonly [key: string]: unknown };
}

/** `tf.loadLayersModel` on a folder. */
export const loadStock = async (folder: string): Promise<layers.LayersModel> => {
  await tf.setBackend("cpu");
  const file = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as Topology;
  const shards: Uint8Array[] = [];
  for (const path of file.weightsManifest.flatMap((g) => g.paths))
    shards.push(await readFile(join(folder, path)));
  const all = Buffer.concat(shards);
  return layers.loadLayersModel({
    load: async () => ({
      modelTopology: file.modelTopology,
      weightSpecs: file.weightsManifest.flatMap((g) => g.weights),
      weightData: all.buffer.slice(all.byteOffset, all.byteOffset + all.length) as ArrayBuffer,
    }),
  });
};

/** `model.save` into a folder. */
export const saveStock = async (model: layers.LayersModel, folder: string): Promise<void> => {
  await model.save({
    save: async (artifacts) => {
      await writeFile(
        join(folder, "model.json"),
        JSON.stringify({
          format: "layers-model",
          modelTopology: artifacts.modelTopology,
          weightsManifest: [{ paths: ["weights.bin"], weights: artifacts.weightSpecs }],
        }),
      );
      await writeFile(
        join(folder, "weights.bin"),
        new Uint8Array(artifacts.weightData as ArrayBuffer),
      );
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
};

/** What stock TensorFlow.js predicts for a batch. */
export const predictStock = (model: layers.LayersModel, batch: Tensor<number>): Float32Array =>
  tf.tidy(() => {
    const x = tf.tensor(Float32Array.from(batch.data), [...batch.shape]);
    return (model.predict(x) as tf.Tensor).dataSync() as Float32Array;
  });
