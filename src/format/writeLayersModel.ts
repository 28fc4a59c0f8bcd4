/**
 * Writing a network as a TensorFlow.js LayersModel that stock `tf.loadLayersModel` loads: `model.json` and
 * shards of 4 MiB. Preprocessing and labels travel in `userDefinedMetadata.heirloom`.
 *
 * Every layer becomes the Keras layer of the same meaning; where TensorFlow.js has none, or does not do
 * what Keras says, an equal composition (see `layersModel/writing.ts`), of which the answer's notes tell.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../algebra/refusal.js";
import type { Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { writeFolder, type FileParts, type WriteOptions } from "./atomic.js";
import { writtenChain } from "./layersModel/writing.js";
import { linear, type WrittenLayer } from "./layersModel/written.js";
import type { Model } from "./modelFile.js";

/** A written LayersModel. */
export interface WrittenLayersModel {
  /** The folder's absolute path. */
  readonly path: string;
  /** Where the file says the same in other layers: one sentence each. */
  readonly notes: readonly string[];
}

const shardBytes = 4 * 2 ** 20;
const owned = /^(model\.json|group\d+-shard\d+of\d+\.bin)$/;

/** Layer names that every TensorFlow accepts, and each only once. */
const nameGiver = (): ((wanted: string) => string) => {
  const given = new Set<string>();
  // Where the search for a free number starts, so that many equal names do not each start at 1.
  const next = new Map<string, number>();
  return (wanted) => {
    const plain = wanted.replace(/[^A-Za-z0-9_.-]/g, "_").replace(/^(?![A-Za-z0-9])/, "l");
    let name = plain;
    let n = next.get(plain) ?? 1;
    for (; given.has(name); n++) name = `${plain}_${n}`;
    given.add(name);
    next.set(plain, n);
    return name;
  };
};

interface KerasLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: object;
  readonly inbound_nodes: readonly unknown[];
}

/** A network in Keras's terms. */
interface Written {
  readonly layers: readonly KerasLayer[];
  readonly weights: readonly (readonly [name: string, value: Tensor<number>])[];
  readonly input: string;
  readonly output: string;
  readonly notes: readonly string[];
}

const kerasLayer = (name: string, w: WrittenLayer, inputs: readonly string[]): KerasLayer => ({
  name,
  class_name: w.className,
  config: { name, trainable: true, dtype: "float32", ...w.config },
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
});

const translate = (network: Network): Result<Written> => {
  const giveName = nameGiver();
  const shapes = new Map<string, Shape>(network.layers.map((l) => [l.name, l.shape]));
  const holders = new Map<string, string>();
  const layers: KerasLayer[] = [];
  const weights: (readonly [string, Tensor<number>])[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  /**
   * TensorFlow.js frees a value too early when one layer reads it twice and another reads it later: each
   * repetition reads a copy.
   */
  const distinct = (names: readonly string[]): readonly string[] =>
    names.map((name, i) => {
      if (names.indexOf(name) === i) return name;
      const copy = giveName(`${name}_copy`);
      layers.push(kerasLayer(copy, linear, [name]));
      return copy;
    });
  for (const layer of network.layers) {
    const found = writtenChain(
      layer,
      layer.inputs.map((name) => shapes.get(name)!),
    );
    if (E.isLeft(found)) {
      problems.push(showRefusal({ ...found.left, where: `${layer.name}: ${found.left.where}` }));
      continue;
    }
    const { layers: chain, note } = found.right;
    if (note !== null) notes.push(`layer ${layer.name}: ${note}`);
    const source = layer.inputs.map((name) => holders.get(name) ?? name);
    let reads = source;
    // The layer with the weights keeps the name.
    const main = Math.max(
      0,
      chain.findIndex((w) => w.weights.length > 0),
    );
    for (const [i, w] of chain.entries()) {
      const name = giveName(i === main ? layer.name : `${layer.name}_${w.className.toLowerCase()}`);
      const wanted = w.alsoReads === "chainInput" ? [...source, ...reads] : reads;
      layers.push(kerasLayer(name, w, distinct(wanted)));
      for (const [weight, value] of w.weights) weights.push([`${name}/${weight}`, value]);
      reads = [name];
    }
    holders.set(layer.name, reads[0]!);
  }
  return problems.length === 0
    ? E.right({
        layers,
        weights,
        notes,
        input: layers[0]!.name,
        output: holders.get(network.layers.at(-1)!.name)!,
      })
    : refuse({
        where: "network",
        found: `${problems.length} layers that a LayersModel does not express: ${problems.join("; ")}`,
        expected: "layers that TensorFlow.js has",
        advice: "write Heirloom's own document instead, which holds everything",
      });
};

/** Cut a sequence of byte arrays into shards of at most `limit` bytes; the pieces stay views. */
const shardsOf = (
  arrays: readonly Uint8Array[],
  limit: number,
): readonly (readonly Uint8Array[])[] => {
  const shards: Uint8Array[][] = [];
  let room = 0;
  for (const bytes of arrays)
    for (let at = 0; at < bytes.length;) {
      if (room === 0) {
        shards.push([]);
        room = limit;
      }
      const part = bytes.subarray(at, at + room);
      shards.at(-1)!.push(part);
      at += part.length;
      room -= part.length;
    }
  return shards;
};

const bytesOf = ({ data }: Tensor<number>): Uint8Array => {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
};

const filesOf = (model: Model, written: Written): readonly FileParts[] => {
  const shards = shardsOf(
    written.weights.map(([, value]) => bytesOf(value)),
    shardBytes,
  );
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  const { name, preprocessing, labels } = model;
  const topology = {
    format: "layers-model",
    generatedBy: "Heirloom",
    convertedBy: null,
    modelTopology: {
      // The dialect: TensorFlow.js signs its own files so.
      keras_version: "tfjs-layers 4.22.0",
      backend: "tensor_flow.js",
      model_config: {
        class_name: "Functional",
        config: {
          name,
          layers: written.layers,
          input_layers: [[written.input, 0, 0]],
          output_layers: [[written.output, 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths,
        weights: written.weights.map(([key, { shape }]) => ({
          name: key,
          shape,
          dtype: "float32",
        })),
      },
    ],
    userDefinedMetadata: { heirloom: { name, preprocessing, labels } },
  };
  return [
    ["model.json", [JSON.stringify(topology)]],
    ...shards.map((parts, i): FileParts => [paths[i]!, parts]),
  ];
};

/**
 * Write a model as a LayersModel folder, all or nothing. Refuses a projected network (merge it first) and
 * every layer that TensorFlow.js cannot express, all of them in one refusal.
 */
export const writeLayersModel = async (
  model: Model,
  path: string,
  options: WriteOptions = {},
): Promise<Result<WrittenLayersModel>> => {
  const written = translate(model.network);
  if (E.isLeft(written)) return written;
  const folder = await writeFolder(
    path,
    filesOf(model, written.right),
    (name) => owned.test(name),
    options,
  );
  return E.map((p: string) => ({ path: p, notes: written.right.notes }))(folder);
};
