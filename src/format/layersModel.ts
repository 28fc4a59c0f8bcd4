/**
 * Reading TensorFlow.js LayersModels: a folder with `model.json` and shards of weights, as the TensorFlow.js
 * converter writes them from Keras and as `model.save` of TensorFlow.js does. Nothing is executed.
 *
 * Layers of Keras that are several operators of ours (an activation fused into a convolution, a separable
 * convolution) become several layers, named `layer` and `layer/relu`, `layer/depthwise`. Containers inside
 * containers are flattened. Padding "same" is resolved against the extents of the input, which therefore
 * must be known: from the file, or from `input`.
 */
import { basename, dirname, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Refusal, type Result } from "../algebra/refusal.js";
import { inferShape } from "../model/inference.js";
import { network, type LayerSpec, type Network } from "../model/network.js";
import { channelsOf, showShape, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { decodeWith, quote } from "./codec.js";
import { kindOf, readText } from "./file.js";
import { jsonLimit, parseJson } from "./json.js";
import { activationLayers } from "./layersModel/activations.js";
import { kernelLayers } from "./layersModel/kernels.js";
import { declaredWeights, Manifest, readWeights } from "./layersModel/manifest.js";
import { HeirloomMetadata } from "./layersModel/metadata.js";
import { identity, type Origin, type Reader, type Recipe } from "./layersModel/recipe.js";
import { shapeLayers } from "./layersModel/shapes.js";
import {
  Container,
  flatten,
  inOrder,
  type FlatGraph,
  type FlatLayer,
} from "./layersModel/topology.js";
import { assignWeights } from "./layersModel/weightNames.js";
import { checkLabels, type Model } from "./modelFile.js";
import { presets, type Preprocessing } from "./preprocessing.js";

/** What the reader is told beside the file. */
export interface LayersModelOptions {
  /** The shape of the input, without the batch; needed where the file leaves extents open. */
  readonly input?: Shape;
  /** Instead of the preprocessing that the file declares; a file that declares none gets `none`. */
  readonly preprocessing?: Preprocessing;
  /** Instead of the labels in the file. */
  readonly labels?: readonly string[];
}

const File = t.intersection([
  t.type({ modelTopology: t.UnknownRecord, weightsManifest: Manifest }),
  t.partial({ format: t.unknown, userDefinedMetadata: t.unknown }),
]);

const input: Reader = () => E.right(identity);
const readers: Readonly<Record<string, Reader>> = {
  InputLayer: input,
  ...kernelLayers,
  ...activationLayers,
  ...shapeLayers,
};

/** The folder and the topology file that a path means. */
const locate = async (path: string): Promise<Result<readonly [folder: string, file: string]>> => {
  const kind = await kindOf(path);
  if (kind === "folder") return E.right([path, join(path, "model.json")]);
  return kind === "file"
    ? E.right([dirname(path), path])
    : refuse({
        where: path,
        found: "no such file or folder",
        expected: "a LayersModel's folder, or its model.json",
      });
};

const shownProblems = 50;

/** A recipe for every layer, or one refusal that names what is unsupported. */
const recipes = (
  layers: readonly FlatLayer[],
  origin: Origin,
): Result<ReadonlyMap<string, Recipe>> => {
  const found = new Map<string, Recipe>();
  const problems: string[] = [];
  for (const layer of layers) {
    const read = Object.hasOwn(readers, layer.className) ? readers[layer.className]! : null;
    if (read === null) {
      problems.push(`${layer.name} (${layer.className})`);
      continue;
    }
    const recipe = read(layer.config, origin);
    if (E.isRight(recipe)) found.set(layer.name, recipe.right);
    else {
      const { where, found: value, expected }: Refusal = recipe.left;
      problems.push(
        where === "config"
          ? `${layer.name} (${layer.className}: ${value})`
          : `${layer.name} (${layer.className}: ${where} ${value}, only ${expected})`,
      );
    }
  }
  return problems.length === 0
    ? E.right(found)
    : refuse({
        where: "layers",
        found: `${problems.length} unsupported: ${problems.slice(0, shownProblems).join("; ")}${problems.length > shownProblems ? `; and ${problems.length - shownProblems} more` : ""}`,
        expected: `layers of ${Object.keys(readers).sort().join(", ")}`,
        advice: "cut the model before them, or replace them",
      });
};

const ShapeField = t.readonlyArray(t.union([t.number, t.null]));

/** The shape that an InputLayer declares, null where an extent is open, without the batch. */
const declaredShape = (layer: FlatLayer): readonly (number | null)[] | null => {
  const { batch_input_shape, batch_shape } = layer.config;
  const shape = ShapeField.decode(batch_input_shape ?? batch_shape);
  return E.isRight(shape) ? shape.right.slice(1) : null;
};

/** The network's input shape: what the options say, as long as it agrees with the file in the channels. */
const inputShape = (graph: FlatGraph, wanted: Shape | undefined): Result<Shape> => {
  const entrances = graph.layers.filter(
    (l) =>
      l.name === graph.input || (l.className === "InputLayer" && l.inputs.includes(graph.input)),
  );
  const declared = entrances.map(declaredShape).find((shape) => shape !== null) ?? null;
  const shown = declared === null ? "no shape" : `[${declared.map((n) => n ?? "?").join(", ")}]`;
  const where = `layer ${graph.input}`;
  if (wanted === undefined) {
    const known = (declared ?? [null]).filter((n): n is number => n !== null);
    return declared !== null && known.length === declared.length
      ? E.right(known)
      : refuse({
          where,
          found: `${shown}, with open extents`,
          expected: "the extents of the input",
          advice: 'say them with the option "input" (--input 224x224x3)',
        });
  }
  return declared === null ||
    (declared.length === wanted.length &&
      (declared.at(-1) === null || declared.at(-1) === channelsOf(wanted)))
    ? E.right(wanted)
    : refuse({
        where,
        found: `${shown} in the file, ${showShape(wanted)} asked for`,
        expected: "a shape of the same rank and channels",
      });
};

const missingInputs = (layer: FlatLayer): Result<never> =>
  refuse({ where: `layer ${layer.name}`, found: "no inputs", expected: "a layer that it reads" });

/** Carry out the recipes in order, inferring every shape on the way. */
const assemble = (
  graph: FlatGraph,
  ordered: readonly FlatLayer[],
  shape: Shape,
  plans: ReadonlyMap<string, Recipe>,
  weights: ReadonlyMap<string, ReadonlyMap<string, Tensor<number>>>,
): Result<Network> => {
  const specs: LayerSpec[] = [{ name: graph.input, op: { kind: "input", shape }, inputs: [] }];
  const shapes = new Map<string, Shape>([[graph.input, shape]]);
  // The layer of ours that holds the value of each layer of the file.
  const holders = new Map<string, string>([[graph.input, graph.input]]);
  for (const layer of ordered) {
    if (layer.name === graph.input) continue;
    let reads = layer.inputs.map((name) => holders.get(name)!);
    if (reads.length === 0) return missingInputs(layer);
    const place = within(`layer ${layer.name} (${layer.className})`);
    const own = weights.get(layer.name);
    const steps = plans.get(layer.name)!.steps(
      reads.map((name) => shapes.get(name)!),
      (name) => own!.get(name)!,
    );
    if (E.isLeft(steps)) return E.mapLeft(place)(steps);
    for (const { suffix, op } of steps.right) {
      const name = suffix === null ? layer.name : `${layer.name}/${suffix}`;
      const inferred = inferShape(
        op,
        reads.map((r) => shapes.get(r)!),
      );
      if (E.isLeft(inferred)) return E.mapLeft(place)(inferred);
      specs.push({ name, op, inputs: reads });
      shapes.set(name, inferred.right);
      reads = [name];
    }
    holders.set(layer.name, reads[0]!);
  }
  const output = holders.get(graph.output)!;
  return specs.at(-1)!.name === output
    ? network(specs)
    : refuse({
        where: "output_layers",
        found: `${output}, and after it ${specs.at(-1)!.name}`,
        expected: "an output that depends on every layer",
      });
};

/** The topology inside `modelTopology`: Keras wraps it in `model_config`, TensorFlow.js does not. */
const topologyOf = (
  modelTopology: Readonly<Record<string, unknown>>,
): Result<readonly [container: t.TypeOf<typeof Container>, origin: Origin]> => {
  const version = modelTopology["keras_version"];
  const keras = typeof version === "string" ? /^(\d+)\./.exec(version) : null;
  const origin = { keras: keras === null ? 2 : Number(keras[1]) };
  return E.map((c: t.TypeOf<typeof Container>) => [c, origin] as const)(
    decodeWith(Container, "modelTopology")(modelTopology["model_config"] ?? modelTopology),
  );
};

const parseFile = (text: string): Result<t.TypeOf<typeof File>> => {
  const json = parseJson(text, "");
  if (E.isLeft(json)) return json;
  const format = (json.right as { format?: unknown } | null)?.format;
  return format === undefined || format === null || format === "layers-model"
    ? decodeWith(File, "")(json.right)
    : refuse({
        where: "format",
        found: quote(format),
        expected: '"layers-model"',
        advice: "convert the original Keras model to a LayersModel",
      });
};

/** Read the model whose parsed `model.json` is `file` and whose shards lie in `folder`. */
const build = async (
  file: t.TypeOf<typeof File>,
  folder: string,
  options: LayersModelOptions,
): Promise<Result<Model>> => {
  const topology = topologyOf(file.modelTopology);
  if (E.isLeft(topology)) return topology;
  const [container, origin] = topology.right;
  const graph = flatten(container);
  if (E.isLeft(graph)) return graph;
  const ordered = inOrder(graph.right.layers);
  if (E.isLeft(ordered)) return ordered;
  const plans = recipes(ordered.right, origin);
  if (E.isLeft(plans)) return plans;
  const shape = inputShape(graph.right, options.input);
  if (E.isLeft(shape)) return shape;
  const declared = declaredWeights(file.weightsManifest);
  if (E.isLeft(declared)) return declared;
  const assigned = assignWeights(ordered.right, plans.right, [...declared.right.keys()]);
  if (E.isLeft(assigned)) return assigned;
  const metadata = decodeWith(
    HeirloomMetadata,
    "userDefinedMetadata",
  )(file.userDefinedMetadata ?? {});
  if (E.isLeft(metadata)) return metadata;
  const read = await readWeights(folder, file.weightsManifest);
  if (E.isLeft(read)) return read;
  const weights = new Map(
    [...assigned.right].map(([layer, names]) => [
      layer,
      new Map([...names].map(([own, stored]) => [own, read.right.get(stored)!])),
    ]),
  );
  const own = metadata.right.heirloom;
  const name = (container.config as { name?: unknown } | null)?.name;
  return E.chain((n: Network) =>
    E.map((labels: readonly string[] | null) => ({
      name: own?.name ?? (typeof name === "string" ? name : basename(resolve(folder))),
      network: n,
      preprocessing: options.preprocessing ?? own?.preprocessing ?? presets.none,
      labels,
    }))(checkLabels(n, options.labels ?? own?.labels ?? null)),
  )(assemble(graph.right, ordered.right, shape.right, plans.right, weights));
};

/**
 * Read a LayersModel from its folder or its `model.json`. All weights become float32. Refuses, with every
 * reason at once, what Heirloom has no operator for; weights that no layer uses; weights that are not
 * finite; shards outside the folder or of other sizes than declared; several inputs or outputs.
 */
export const readLayersModel = async (
  path: string,
  options: LayersModelOptions = {},
): Promise<Result<Model>> => {
  const place = await locate(path);
  if (E.isLeft(place)) return place;
  const [folder, file] = place.right;
  const text = await readText(file, jsonLimit);
  if (E.isLeft(text)) return text;
  const parsed = parseFile(text.right);
  return E.mapLeft(within(file))(
    E.isLeft(parsed) ? parsed : await build(parsed.right, folder, options),
  );
};
