/**
 * Adapters: what training added to a base model, without the base. A folder with
 *
 *     adapter.json       the trained network's structure and the sha256 of the base's weights (that of its
 *                        canonical `weights.safetensors`, see document.ts)
 *     gates.safetensors  the gates, and every other weight that the base does not hold under the same
 *                        name with the same elements
 *
 * A projected network shares its frozen kernels with its base, so what is left is small.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { writeFolder, type WriteOptions } from "./atomic.js";
import { Sha256 } from "./codec.js";
import {
  lookUpIn,
  modelOf,
  nothingLeft,
  parseStructure,
  StructureCodec,
  structureOf,
  structureText,
  weightsSha256,
} from "./document.js";
import { readText } from "./file.js";
import { jsonLimit } from "./json.js";
import type { Model } from "./modelFile.js";
import { tensorsOf } from "./operatorCodec.js";
import { encodeSafetensors } from "./safetensors.js";
import { readSafetensors } from "./safetensorsFile.js";

/** What `adapter.json` names itself. */
export const adapterFormat = "heirloom-adapter";

const AdapterCodec = t.intersection([
  StructureCodec,
  t.type({ base: t.type({ name: t.string, sha256: Sha256 }) }),
]);

const owned = new Set(["adapter.json", "gates.safetensors"]);

const sameTensor = (a: Tensor<number>, b: Tensor<number> | undefined): boolean => {
  if (b === undefined || !sameShape(a.shape, b.shape)) return false;
  if (a.data === b.data) return true;
  for (let i = 0; i < a.data.length; i++) if (!Object.is(a.data[i], b.data[i])) return false;
  return true;
};

/** A written adapter: where it lies and how many numbers it holds. */
export interface WrittenAdapter {
  readonly path: string;
  readonly parameters: number;
}

/** Write what `trained` adds to `base`. */
export const writeAdapter = async (
  base: Model,
  trained: Model,
  path: string,
  options: WriteOptions = {},
): Promise<Result<WrittenAdapter>> => {
  const shared = tensorsOf(base.network);
  const own = new Map(
    [...tensorsOf(trained.network)].filter(([key, value]) => !sameTensor(value, shared.get(key))),
  );
  const text = structureText(adapterFormat, {
    base: { name: base.name, sha256: weightsSha256(base.network) },
    ...structureOf(trained),
  });
  const written = await writeFolder(
    path,
    [
      ["adapter.json", [text]],
      ["gates.safetensors", encodeSafetensors(own)],
    ],
    (name) => owned.has(name),
    options,
  );
  return E.map((folder: string) => ({
    path: folder,
    parameters: [...own.values()].reduce((n, value) => n + value.data.length, 0),
  }))(written);
};

/** Read the trained model from its adapter and its base; refuses a base of other weights. */
export const readAdapter = async (base: Model, path: string): Promise<Result<Model>> => {
  const file = join(path, "adapter.json");
  const text = await readText(file, jsonLimit);
  if (E.isLeft(text)) return text;
  const adapter = parseStructure(text.right, adapterFormat, AdapterCodec);
  if (E.isLeft(adapter)) return E.mapLeft(within(file))(adapter);
  const { sha256, name } = adapter.right.base;
  const found = weightsSha256(base.network);
  if (found !== sha256)
    return refuse({
      where: file,
      found: `a base (${base.name}) whose weights have the sha256 ${found}`,
      expected: `the base ${name} with the sha256 ${sha256}`,
      advice: "give the model from which the adapter was trained",
    });
  const gates = await readSafetensors(join(path, "gates.safetensors"));
  if (E.isLeft(gates)) return gates;
  const shared = tensorsOf(base.network);
  const used = new Set<string>();
  const stored = lookUpIn(gates.right, used);
  const model = modelOf(adapter.right, (key) => {
    const inherited = gates.right.tensors.has(key) ? undefined : shared.get(key);
    return inherited === undefined ? stored(key) : E.right(inherited);
  });
  return E.mapLeft(within(path))(
    E.chain((m: Model) => E.map(() => m)(nothingLeft(gates.right.tensors, used)))(model),
  );
};
