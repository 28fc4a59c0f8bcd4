/** What a technique saves of a network, found by applying it. */
import * as E from "fp-ts/lib/Either.js";
import { applyAt } from "../../inherit/apply.js";
import { singles } from "../../inherit/reals.js";
import type { Technique } from "../../inherit/technique.js";
import type { ModelClass, Network } from "../../model/network.js";
import type { Shape } from "../../tensor/shape.js";

/** A network of float32, whatever its class. */
export type AnyNetwork = Network<ModelClass, Shape, Shape, number>;

/** A number before a technique and after it. */
export interface Saved {
  readonly of: "weights" | "multiply-adds" | "bits of the scalars";
  readonly before: number;
  readonly after: number;
}

/** Techniques that make a network smaller, whose figures say by how much. */
const savers: ReadonlySet<string> = new Set([
  "magnitude pruning",
  "connection pruning",
  "quantisation",
]);

const figures = [
  ["weights", "weights left"],
  ["multiply-adds", "multiply-adds left"],
  ["bits of the scalars", "bits left"],
] as const;

/** What a technique saves at its defaults on these layers. */
export const savedBy = (
  n: AnyNetwork,
  t: Technique,
  layers: readonly string[],
): readonly Saved[] => {
  if (!savers.has(t.name) || layers.length === 0) return [];
  const applied = applyAt(singles, { layers })(t)(n);
  if (E.isLeft(applied)) return [];
  const found = applied.right.figures;
  return figures.flatMap(([of, left]) =>
    found[of] === undefined || found[left] === undefined
      ? []
      : [{ of, before: found[of], after: found[left] }],
  );
};
