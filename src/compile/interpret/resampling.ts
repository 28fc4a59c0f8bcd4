/**
 * The adjoint of up-sampling, one axis after another: where an output element read `(1 - v) * x[lower] +
 * v * x[upper]` (semantics/resampling.ts), its cotangent goes back in the same shares. Nearest reads one
 * input with the whole weight.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import type { Ring } from "../../algebra/ring.js";
import { ratioOf } from "../../semantics/capability.js";
import { bilinearBlends, type Blend } from "../../semantics/resampling.js";
import { size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

const nearestBlends = (n: number, factor: number): readonly Blend[] =>
  Array.from({ length: n * factor }, (_, o) => {
    const source = Math.floor(o / factor);
    return { lower: source, upper: source, numerator: 0 };
  });

const shrinkAxis =
  <A>(ring: Ring<A>) =>
  (dy: Tensor<A>, axis: number, factor: number, blends: readonly Blend[]): Result<Tensor<A>> => {
    const n = dy.shape[axis]! / factor;
    const outer = size(dy.shape.slice(0, axis));
    const inner = size(dy.shape.slice(axis + 1));
    const out = ring.allocate(outer * n * inner);
    const give = (to: number, share: A, from: number): void => {
      for (let block = 0; block < outer; block++)
        for (let i = 0; i < inner; i++) {
          const at = (block * n + to) * inner + i;
          const given = dy.data[(block * n * factor + from) * inner + i]!;
          out[at] = ring.add(out[at]!, ring.mul(share, given));
        }
    };
    for (const [from, { lower, upper, numerator }] of blends.entries()) {
      const low = ratioOf(ring, 2 * factor - numerator, 2 * factor);
      if (E.isLeft(low)) return low;
      give(lower, low.right, from);
      if (numerator === 0) continue;
      const high = ratioOf(ring, numerator, 2 * factor);
      if (E.isLeft(high)) return high;
      give(upper, high.right, from);
    }
    const shape = dy.shape.map((extent, d) => (d === axis ? n : extent));
    return E.right({ shape, data: out });
  };

/** The adjoint of `upsample`. */
export const upsampleGrad =
  <A>(ring: Ring<A>) =>
  (dy: Tensor<A>, factors: Shape, interpolation: "nearest" | "bilinear"): Result<Tensor<A>> =>
    factors.reduce<Result<Tensor<A>>>(
      (value, factor, i) =>
        E.chain((t: Tensor<A>) => {
          const blends = interpolation === "nearest" ? nearestBlends : bilinearBlends;
          return shrinkAxis(ring)(t, i + 1, factor, blends(t.shape[i + 1]! / factor, factor));
        })(value),
      E.right(dy),
    );
