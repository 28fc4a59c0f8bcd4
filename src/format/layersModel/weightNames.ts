/**
 * Which stored weight belongs to which layer. Keras names a weight `layer/weight`; models inside models and
 * TensorFlow's name scopes put more in front (`outer/layer/weight`), and some converters repeat the layer
 * (`layer/scope/weight`). A name is tried in this order, and a guess counts only when it is the only one.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Recipe } from "./recipe.js";
import type { FlatLayer } from "./topology.js";

/** Of each layer, the stored name of each of its weights. */
export type WeightNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

const shown = (names: readonly string[]): string =>
  names.slice(0, 8).join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "");

/** The stored names by their last two parts, and by the parts that are left without the last but one. */
const looseIndex = (stored: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const index = new Map<string, string[]>();
  for (const name of stored) {
    const parts = name.split("/");
    const keys = new Set([
      parts.slice(-2).join("/"),
      [...parts.slice(0, -2), parts.at(-1)].join("/"),
    ]);
    for (const key of keys) {
      const list = index.get(key);
      if (list === undefined) index.set(key, [name]);
      else list.push(name);
    }
  }
  return index;
};

/** The only name that is still free; null where none is, or where a second one leaves a doubt. */
const onlyFree = (names: readonly string[], free: ReadonlySet<string>): string | null => {
  let only: string | null = null;
  for (const name of names) {
    if (!free.has(name)) continue;
    if (only !== null) return null;
    only = name;
  }
  return only;
};

/** Assign every stored weight; refuses weights that are missing and weights that nobody uses. */
export const assignWeights = (
  layers: readonly FlatLayer[],
  recipes: ReadonlyMap<string, Recipe>,
  stored: readonly string[],
): Result<WeightNames> => {
  const free = new Set(stored);
  const names = new Map<string, Map<string, string>>();
  const missing: string[] = [];
  const take = (layer: FlatLayer, candidates: (key: string) => readonly string[]): void => {
    const own = names.get(layer.name) ?? new Map<string, string>();
    names.set(layer.name, own);
    for (const weight of recipes.get(layer.name)?.weights ?? []) {
      if (own.has(weight)) continue;
      const found = onlyFree(candidates(weight), free);
      if (found === null) continue;
      own.set(weight, found);
      free.delete(found);
    }
  };
  // Exact names first for all layers, so that no guess takes a weight that another layer names exactly.
  for (const layer of layers) take(layer, (w) => [`${layer.name}/${w}`]);
  for (const layer of layers) take(layer, (w) => [`${layer.ownName}/${w}`]);
  const loose = looseIndex([...free]);
  for (const layer of layers) take(layer, (w) => loose.get(`${layer.ownName}/${w}`) ?? []);
  for (const layer of layers)
    for (const weight of recipes.get(layer.name)?.weights ?? [])
      if (!names.get(layer.name)!.has(weight)) missing.push(`${layer.name}/${weight}`);
  if (missing.length > 0)
    return refuse({
      where: "weightsManifest",
      found: `no weights for ${shown(missing)}`,
      expected: "every weight of every layer",
      ...(free.size > 0 ? { advice: `unused weights: ${shown([...free])}` } : {}),
    });
  return free.size === 0
    ? E.right(names)
    : refuse({
        where: "weightsManifest",
        found: `weights that no layer uses: ${shown([...free])}`,
        expected: "only weights of layers",
      });
};
