/** What the architectures share: an image's draft, and a convolution with its batch norm. */
import { pipe } from "fp-ts/lib/function.js";
import { batchNorm, conv, zeros, type Draft, type DraftClass } from "../../../src/model/builder.js";
import type { Shape } from "../../../src/tensor/shape.js";

/** A draft whose value is an image of `K` channels. */
export type Image<
  C extends DraftClass,
  In extends Shape,
  H extends number,
  W extends number,
  K extends number,
> = Draft<C, In, readonly [H, W, K]>;

/** A convolution without bias and its batch norm. Weights are zero: these networks are only counted. */
export const unit =
  <const F extends number, const St extends number = 1>(filters: F, kernel: number, strides?: St) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      conv<F, number, St>({
        filters,
        kernel,
        ...(strides === undefined ? {} : { strides }),
        bias: false,
        weights: zeros,
      }),
      batchNorm(),
    );
