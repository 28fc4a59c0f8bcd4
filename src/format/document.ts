/**
 * Heirloom's own model file: a folder with
 *
 *     network.json         format, version, class, layers with their geometry, preprocessing, labels,
 *                          and the certificate of the conversion that made the network, if any, with
 *                          the model it was made from
 *     weights.safetensors  every weight as float32 under `layer/weight`
 *
 * `weights.safetensors` is in canonical form, so `sha256sum weights.safetensors` names the weights: it is
 * what `weightsSha256` computes, and what an adapter asks of its base.
 */
import { createHash } from "node:crypto";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { readCertificate, type Certificate } from "../transform/certificate.js";
import { writeFolder, type WriteOptions } from "./atomic.js";
import { decodeWith, quote } from "./codec.js";
import { readText } from "./file.js";
import { checkFinite } from "./finite.js";
import { jsonLimit, parseJson } from "./json.js";
import { checkLabels, type Model } from "./modelFile.js";
import { describeLayer, LayerCodec, rebuildNetwork, tensorsOf } from "./operatorCodec.js";
import { PreprocessingCodec } from "./preprocessing.js";
import {
  asFloat32,
  encodeSafetensors,
  type Safetensors,
  type StoredTensor,
} from "./safetensors.js";
import { readSafetensors } from "./safetensorsFile.js";

/**
 * The model that a conversion was made from, and how it was read: what `heirloom verify` needs to check the
 * certificate again. Paths are relative to the document's folder in the file, and absolute in memory.
 */
export interface Origin {
  readonly model: string;
  /** The gates that were put on the model. */
  readonly adapter: string | null;
  readonly input: Shape | null;
  readonly cut: string | null;
}

/** A model, and the certificate of the conversion that made it where one was stored. */
export interface Document extends Model {
  readonly certificate: Certificate | null;
  readonly origin: Origin | null;
}

/** What `network.json` names itself. */
export const documentFormat = "heirloom-network";
const version = 1;
/** The codec of what `network.json` and `adapter.json` have in common. */
export const StructureCodec = t.type({
  name: t.string,
  class: t.keyof({ GFFN: null, GCNN: null, Projected: null }),
  layers: t.readonlyArray(LayerCodec),
  preprocessing: PreprocessingCodec,
  labels: t.union([t.readonlyArray(t.string), t.null]),
});
/** A model without its weights. */
export type Structure = t.TypeOf<typeof StructureCodec>;

/** A model without its weights. */
export const structureOf = ({ name, network, preprocessing, labels }: Model): Structure => ({
  name,
  class: network.class,
  layers: network.layers.map(describeLayer),
  preprocessing,
  labels,
});

/** The model of a structure whose weights are looked up by key. */
export const modelOf = (
  { name, class: declared, layers, preprocessing, labels }: Structure,
  lookUp: (key: string) => Result<Tensor<number>>,
): Result<Model> =>
  E.chain((network: Network) =>
    network.class === declared
      ? E.map((checked: readonly string[] | null) => ({
          name,
          network,
          preprocessing,
          labels: checked,
        }))(checkLabels(network, labels))
      : refuse({
          where: "class",
          found: declared,
          expected: `${network.class}, the class of the layers`,
        }),
  )(rebuildNetwork(layers, lookUp));

/**
 * Parse a structure file: `format` must be this one, and `version` at most what this Heirloom knows.
 */
export const parseStructure = <A>(
  text: string,
  format: string,
  codec: t.Decoder<unknown, A>,
): Result<A> => {
  const json = parseJson(text, "");
  if (E.isLeft(json)) return json;
  const head = (json.right ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (head.format !== format)
    return refuse({ where: "format", found: quote(head.format), expected: quote(format) });
  if (head.version !== version)
    return refuse({
      where: "version",
      found: quote(head.version),
      expected: `${version}`,
      advice: "a newer Heirloom may read it",
    });
  return decodeWith(codec, "")(json.right);
};

/** The text of a structure file. */
export const structureText = (format: string, fields: object): string =>
  `${JSON.stringify({ format, version, ...fields }, null, 1)}\n`;

/** A look-up of finite float32 tensors; each key that was asked for is added to `used`. */
export const lookUpIn =
  (file: Safetensors, used: Set<string>) =>
  (key: string): Result<Tensor<number>> => {
    const stored = file.tensors.get(key);
    if (stored === undefined)
      return refuse({
        where: "weights",
        found: `no tensor ${quote(key)}`,
        expected: "every weight",
      });
    used.add(key);
    return E.chain((tensor: Tensor<number>) => E.map(() => tensor)(checkFinite(key, tensor.data)))(
      asFloat32(key)(stored),
    );
  };

/** Refuse tensors that no layer asked for. */
export const nothingLeft = (
  tensors: ReadonlyMap<string, StoredTensor>,
  used: ReadonlySet<string>,
): Result<null> => {
  const left = [...tensors.keys()].filter((key) => !used.has(key));
  return left.length === 0
    ? E.right(null)
    : refuse({
        where: "weights",
        found: `tensors that no layer uses: ${left.slice(0, 8).join(", ")}`,
        expected: "only weights of layers",
      });
};

/** The sha256 of a network's weights: that of its canonical `weights.safetensors`. */
export const weightsSha256 = (network: Network): string => {
  const hash = createHash("sha256");
  for (const part of encodeSafetensors(tensorsOf(network))) hash.update(part);
  return hash.digest("hex");
};

const owned = new Set(["network.json", "weights.safetensors"]);

const OriginCodec = t.type({
  model: t.string,
  adapter: t.union([t.string, t.null]),
  input: t.union([t.readonlyArray(t.number), t.null]),
  cut: t.union([t.string, t.null]),
});

/** An origin with each path changed. */
const withPaths = (origin: Origin, change: (path: string) => string): Origin => ({
  ...origin,
  model: change(origin.model),
  adapter: origin.adapter === null ? null : change(origin.adapter),
});

/** A path as seen from a folder; one on another drive stays as it is. */
const seenFrom =
  (folder: string) =>
  (path: string): string => {
    const seen = relative(resolve(folder), resolve(path));
    return isAbsolute(seen) ? seen : seen.replaceAll("\\", "/");
  };

/**
 * Write a model, and its certificate and origin if there are any, as a folder. Returns its absolute path.
 */
export const writeDocument = (
  model: Model & { readonly certificate?: Certificate | null; readonly origin?: Origin | null },
  path: string,
  options: WriteOptions = {},
): Promise<Result<string>> =>
  writeFolder(
    path,
    [
      [
        "network.json",
        [
          structureText(documentFormat, {
            ...structureOf(model),
            certificate: model.certificate ?? null,
            origin:
              model.origin === undefined || model.origin === null
                ? null
                : withPaths(model.origin, seenFrom(path)),
          }),
        ],
      ],
      ["weights.safetensors", encodeSafetensors(tensorsOf(model.network))],
    ],
    (name) => owned.has(name),
    options,
  );

const DocumentCodec = t.intersection([
  StructureCodec,
  t.partial({ certificate: t.unknown, origin: t.union([OriginCodec, t.null]) }),
]);

/** Read a model from its folder. */
export const readDocument = async (path: string): Promise<Result<Document>> => {
  const file = join(path, "network.json");
  const text = await readText(file, jsonLimit);
  if (E.isLeft(text)) return text;
  const structure = parseStructure(text.right, documentFormat, DocumentCodec);
  if (E.isLeft(structure)) return E.mapLeft(within(file))(structure);
  const weights = await readSafetensors(join(path, "weights.safetensors"));
  if (E.isLeft(weights)) return weights;
  const stored = structure.right.certificate ?? null;
  const certificate = stored === null ? E.right(null) : readCertificate(stored);
  if (E.isLeft(certificate)) return E.mapLeft(within(file))(certificate);
  const { origin } = structure.right;
  const found =
    origin === undefined || origin === null
      ? null
      : withPaths(origin, (seen) => resolve(dirname(file), seen));
  const used = new Set<string>();
  const model = modelOf(structure.right, lookUpIn(weights.right, used));
  const complete = E.chain((m: Model) =>
    E.map(() => ({ ...m, certificate: certificate.right, origin: found }))(
      nothingLeft(weights.right.tensors, used),
    ),
  )(model);
  return E.mapLeft(within(path))(complete);
};
