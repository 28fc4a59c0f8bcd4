/** When values and networks are equal, as the ring decides; a difference is a refusal that quotes both. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { evaluate } from "../semantics/evaluate.js";
import { sameShape, showShape, size } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { agreeLayers } from "../transform/comparison.js";
import type { AnyNetwork } from "./generators/network.js";

/** Two values are equal, element by element. */
export const equalValues =
  <A>(ring: Ring<A>) =>
  (found: Tensor<A>, expected: Tensor<A>): Result<null> => {
    if (!sameShape(found.shape, expected.shape))
      return refuse({
        where: "value",
        found: `shape ${showShape(found.shape)}`,
        expected: `shape ${showShape(expected.shape)}`,
      });
    for (let i = 0; i < size(expected.shape); i++)
      if (!ring.equals(found.data[i]!, expected.data[i]!))
        return refuse({
          where: `element ${i}`,
          found: ring.show(found.data[i]!),
          expected: ring.show(expected.data[i]!),
        });
    return E.right(null);
  };

/** Whether two values are equal element by element. */
export const sameTensor = <A>(
  { ring }: { readonly ring: Ring<A> },
  x: Tensor<A>,
  y: Tensor<A>,
): boolean => E.isRight(equalValues(ring)(x, y));

/** Two elements are equal. */
export const equalElements =
  <A>(ring: Ring<A>) =>
  (where: string, found: A, expected: A): Result<null> =>
    ring.equals(found, expected)
      ? E.right(null)
      : refuse({ where, found: ring.show(found), expected: ring.show(expected) });

/** Two networks have the same output for a batch. */
export const sameMeaning =
  <A>(ring: Ring<A>) =>
  (found: AnyNetwork<A>, expected: AnyNetwork<A>, batch: Tensor<A>): Result<null> =>
    pipe(
      evaluate(ring)(expected, batch),
      E.chain((y) =>
        E.chain((x: Tensor<A>) => equalValues(ring)(x, y))(evaluate(ring)(found, batch)),
      ),
    );

/** Two networks are the same: layers, wiring, operators and weights. The label of the class may differ. */
export const sameNetwork =
  <A>(ring: Ring<A>) =>
  (found: AnyNetwork<A>, expected: AnyNetwork<A>): Result<null> => {
    if (found.layers.length !== expected.layers.length)
      return refuse({
        where: "layers",
        found: `${found.layers.length}`,
        expected: `${expected.layers.length}`,
      });
    for (const [i, layer] of expected.layers.entries()) {
      const same = agreeLayers(ring)(found.layers[i]!, layer);
      if (E.isLeft(same)) return E.left(within(`layer ${layer.name}`)(same.left));
    }
    return E.right(null);
  };
