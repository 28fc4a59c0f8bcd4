/** Tensors that methods start from, drawn at random: binary32 numbers, in whatever ring a network is over. */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { channelsOf, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** The standard deviation of He et al. (2015) for a kernel or a matrix of this shape: variance `2 / fan-in`. */
export const heDeviation = (shape: Shape): number =>
  Math.sqrt((2 * channelsOf(shape)) / size(shape));

/** A tensor of numbers drawn one after another, each rounded to binary32. */
export const drawn =
  <A>(ring: Ring<A>) =>
  (shape: Shape, draw: () => number): Result<Tensor<A>> => {
    const data = ring.allocate(size(shape));
    for (let i = 0; i < data.length; i++) {
      const element = ring.fromNumber(Math.fround(draw()));
      if (E.isLeft(element)) return element;
      data[i] = element.right;
    }
    return E.right({ shape, data });
  };
