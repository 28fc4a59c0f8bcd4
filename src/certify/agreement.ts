/** Whether two float32 implementations of a layer agree, as far as rounding allows. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Operator } from "../model/operator.js";
import { sameShape, showShape, size } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { roundingBound } from "./rounding.js";

/** One implementation's value of a layer. */
export interface Implementation {
  readonly op: Operator<number>;
  /** What it computed from the common inputs: `[n, ...shape]`. */
  readonly value: Tensor<number>;
}

/** How two implementations of a layer compare. */
export interface Agreement {
  readonly elements: number;
  /** The largest difference. */
  readonly largest: number;
  /** The largest difference as a part of what is allowed: at most 1. */
  readonly worst: number;
}

/**
 * Two float32 implementations of layers with the same exact value (one operator, or a projected layer and
 * its merged form) differ by at most the sum of their bounds. Both must have read the same inputs.
 *
 * Refuses with the first element that differs by more: the two are then not the same layer.
 */
export const compareLayers = (
  layer: string,
  inputs: readonly Tensor<number>[],
  first: Implementation,
  second: Implementation,
): Result<Agreement> => {
  const shape = first.value.shape.slice(1);
  const elements = size(first.value.shape);
  const shapes = [first, second].map(({ value }) => value.shape);
  const lengths = [first, second].map(({ value }) => value.data.length);
  if (!sameShape(shapes[0]!, shapes[1]!) || elements < 1 || lengths.some((n) => n !== elements))
    return refuse({
      where: `layer ${layer}`,
      found: shapes.map((s, i) => `${showShape(s)} with ${lengths[i]} elements`).join(" and "),
      expected: "values of one shape, and at least one element",
    });
  const bounds = [first, second].map(({ op }) => roundingBound(op, inputs, shape));
  const [one, two] = bounds;
  if (E.isLeft(one!)) return E.left(within(`layer ${layer}`)(one.left));
  if (E.isLeft(two!)) return E.left(within(`layer ${layer}`)(two.left));
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < elements; i++) {
    const [a, b] = [first.value.data[i]!, second.value.data[i]!];
    const difference = Math.abs(a - b);
    const allowed = one!.right.data[i]! + two!.right.data[i]!;
    if (!(difference <= allowed))
      return refuse({
        where: `layer ${layer}, element ${i}`,
        found: `${a} and ${b}, which differ by ${difference}`,
        expected: `at most ${allowed}, the sum of their rounding bounds`,
      });
    largest = Math.max(largest, difference);
    if (allowed > 0 && allowed < Infinity) worst = Math.max(worst, difference / allowed);
  }
  return E.right({ elements, largest, worst });
};
