/** Where two networks or weights first differ, in words. */
import { canonicalJson } from "./canonicalJson.js";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { structureOf } from "./digest.js";

/** A row-major offset as indices: `[2, 0, 5]`. */
export const indicesOf = (shape: readonly number[], offset: number): readonly number[] =>
  shape.reduceRight<readonly number[]>(
    (indices, extent, axis) => [
      Math.floor(offset / shape.slice(axis + 1).reduce((n, e) => n * e, 1)) % extent,
      ...indices,
    ],
    [],
  );

/** The first element where two weights differ, quoted; or that they are equal. */
export const agree =
  <A>(ring: Ring<A>) =>
  (name: string, found: Tensor<A>, expected: Tensor<A>): Result<null> => {
    if (found.data === expected.data) return E.right(null);
    if (found.data.length !== expected.data.length)
      return refuse({
        where: name,
        found: `shape ${showShape(found.shape)}`,
        expected: `shape ${showShape(expected.shape)}`,
      });
    for (let i = 0; i < found.data.length; i++)
      if (!ring.equals(found.data[i]!, expected.data[i]!))
        return refuse({
          where: `${name}[${indicesOf(found.shape, i).join(", ")}]`,
          found: ring.show(found.data[i]!),
          expected: ring.show(expected.data[i]!),
        });
    return E.right(null);
  };

/** Whether two layers have one operator, weights included, and read the same layers. */
export const agreeLayers =
  <A>(ring: Ring<A>) =>
  (found: LayerSpec<A>, expected: LayerSpec<A>): Result<null> => {
    const describe = (layer: LayerSpec<A>): string =>
      canonicalJson([layer.name, layer.inputs, structureOf(layer.op)]);
    if (describe(found) !== describe(expected))
      return refuse({ where: "", found: describe(found), expected: describe(expected) });
    const others = new Map(weightsOf(expected.op));
    for (const [name, weight] of weightsOf(found.op)) {
      const same = agree(ring)(name, weight, others.get(name)!);
      if (E.isLeft(same)) return same;
    }
    return E.right(null);
  };
