/**
 * The map per channel that a batch norm with frozen statistics amounts to:
 *
 *     gamma (x - mean) / sqrt(variance + epsilon) + beta = scale x + shift,
 *     scale = gamma / sqrt(variance + epsilon),  shift = beta - mean scale.
 *
 * It is kept in the working arithmetic (see precision.ts), unrounded, until it is folded into something.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Affine, BatchNorm } from "../model/operator.js";
import { inverseDeviation } from "../semantics/channelwise.js";
import type { Tensor } from "../tensor/tensor.js";
import { workingRing } from "./precision.js";

/** `x -> scale x + shift` per channel, in the working arithmetic. */
export interface ChannelMap<A> {
  readonly scale: ArrayLike<A>;
  readonly shift: ArrayLike<A>;
}

/** The map of a frozen batch norm or of an affine layer. */
export const channelMapOf =
  <A>(ring: Ring<A>) =>
  (op: BatchNorm<A> | Affine<A>): Result<ChannelMap<A>> => {
    if (op.kind === "affine") return E.right({ scale: op.scale.data, shift: op.shift.data });
    const wide = workingRing(ring);
    return E.map((inverse: Tensor<A>): ChannelMap<A> => {
      const scale = wide.allocate(inverse.data.length);
      const shift = wide.allocate(inverse.data.length);
      for (let j = 0; j < scale.length; j++) {
        scale[j] = wide.mul(op.gamma?.data[j] ?? wide.one, inverse.data[j]!);
        shift[j] = wide.sub(op.beta?.data[j] ?? wide.zero, wide.mul(op.mean.data[j]!, scale[j]!));
      }
      return { scale, shift };
    })(inverseDeviation(wide)(op.variance, op.epsilon));
  };
