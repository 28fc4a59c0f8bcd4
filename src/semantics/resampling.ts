/**
 * Enlarging spatial axes by whole factors.
 *
 * Output position `o` of an axis enlarged by `f` has its centre at `(o + 1/2) / f - 1/2` in input
 * coordinates (half-pixel centres). Nearest takes input `floor(o / f)`. Bilinear lies between the inputs
 * `lo = floor(centre)` and `lo + 1`, both clamped to the edges; with `2o + 1 - f = 2f * lo + r` the weight
 * of the upper one is the rational `r / 2f`. Several axes are enlarged one after another, which is the
 * tensor product of the one-dimensional maps.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Upsample } from "../model/operator.js";
import { size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { ratioOf } from "./capability.js";

/** What one output position of an enlarged axis reads: `(1 - w) * x[lower] + w * x[upper]`, `w = numerator / 2f`. */
export interface Blend {
  readonly lower: number;
  readonly upper: number;
  readonly numerator: number;
}

/** The blends of a bilinearly enlarged axis of extent `n`, one per output position. */
export const bilinearBlends = (n: number, factor: number): readonly Blend[] =>
  Array.from({ length: n * factor }, (_, o) => {
    const shifted = 2 * o + 1 - factor;
    const floor = Math.floor(shifted / (2 * factor));
    const clamp = (i: number): number => Math.min(Math.max(i, 0), n - 1);
    return {
      lower: clamp(floor),
      upper: clamp(floor + 1),
      numerator: shifted - 2 * factor * floor,
    };
  });

/** Rebuild one axis: `[outer, n, inner]` to `[outer, outputs, inner]`, `f` giving each output element. */
const alongAxis =
  <A>(ring: Ring<A>) =>
  (
    x: Tensor<A>,
    axis: number,
    outputs: number,
    f: (o: number, at: (position: number) => A) => A,
  ): Tensor<A> => {
    const n = x.shape[axis]!;
    const outer = size(x.shape.slice(0, axis));
    const inner = size(x.shape.slice(axis + 1));
    const out = ring.allocate(outer * outputs * inner);
    let from = 0;
    let i = 0;
    const at = (position: number): A => x.data[from + position * inner + i]!;
    for (let block = 0; block < outer; block++) {
      from = block * n * inner;
      for (let o = 0; o < outputs; o++)
        for (i = 0; i < inner; i++) out[(block * outputs + o) * inner + i] = f(o, at);
    }
    const shape = x.shape.map((extent, d) => (d === axis ? outputs : extent));
    return { shape, data: out };
  };

const enlargeAxis =
  <A>(ring: Ring<A>) =>
  (
    x: Tensor<A>,
    axis: number,
    factor: number,
    interpolation: Upsample["interpolation"],
  ): Result<Tensor<A>> => {
    const n = x.shape[axis]!;
    if (factor === 1) return E.right(x);
    if (interpolation === "nearest")
      return E.right(alongAxis(ring)(x, axis, n * factor, (o, at) => at(Math.floor(o / factor))));
    const blends = bilinearBlends(n, factor);
    const weights: A[] = [];
    for (let r = 0; r <= 2 * factor; r++) {
      const weight = ratioOf(ring, r, 2 * factor);
      if (E.isLeft(weight)) return weight;
      weights.push(weight.right);
    }
    return E.right(
      alongAxis(ring)(x, axis, n * factor, (o, at) => {
        const { lower, upper, numerator } = blends[o]!;
        return ring.add(
          ring.mul(weights[2 * factor - numerator]!, at(lower)),
          ring.mul(weights[numerator]!, at(upper)),
        );
      }),
    );
  };

/** Enlarge the spatial axes of a batch `[n, ...extents, c]`; bilinear needs the weights `r / 2f` in the ring. */
export const upsample =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, factors: Shape, interpolation: Upsample["interpolation"]): Result<Tensor<A>> =>
    factors.reduce<Result<Tensor<A>>>(
      (value, factor, i) =>
        E.chain((t: Tensor<A>) => enlargeAxis(ring)(t, i + 1, factor, interpolation))(value),
      E.right(x),
    );
