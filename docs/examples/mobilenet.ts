/** MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), width 1. */
import { pipe } from "fp-ts/lib/function.js";
import {
  batchNorm,
  conv,
  dense,
  depthwise,
  dropout,
  globalAveragePool,
  input,
  named,
  relu6,
  residual,
  stack,
  type Block,
  type Draft,
} from "heirloom";

const unit =
  <F extends number, St extends number>(filters: F, kernel: number, strides: St): Block<F, St> =>
  (x) =>
    pipe(x, conv({ filters, kernel, strides, bias: false }), batchNorm());

/** A depthwise 3x3 convolution and a linear 1x1 convolution. */
const separable =
  <F extends number, St extends number>(filters: F, strides: St): Block<F, St> =>
  (x) =>
    pipe(
      x,
      depthwise({ kernel: 3, strides, bias: false }),
      batchNorm(),
      relu6,
      unit(filters, 1, 1),
    );

/** Expand by a 1x1 convolution, convolve channel by channel, contract. */
const inverted =
  <F extends number, St extends number>(expanded: number, filters: F, strides: St): Block<F, St> =>
  (x) =>
    pipe(x, unit(expanded, 1, 1), relu6, separable(filters, strides));

/** A block from `from` channels that may halve the extents, and `more` beside skips. Blocks expand by 6. */
const stage =
  <F extends number, St extends number>(
    from: number,
    filters: F,
    more: number,
    strides: St,
  ): Block<F, St> =>
  (x) =>
    pipe(
      x,
      named("first", inverted(6 * from, filters, strides)),
      stack(more, residual(inverted(6 * filters, filters, 1)), "block"),
    );

export const mobileNetV2: Draft<"GCNN", readonly [224, 224, 3], readonly [1000]> = pipe(
  input([224, 224, 3]),
  named("stem", (x) => pipe(x, unit(32, 3, 2), relu6, separable(16, 1))),
  named("stage1", stage(16, 24, 1, 2)),
  named("stage2", stage(24, 32, 2, 2)),
  named("stage3", stage(32, 64, 3, 2)),
  named("stage4", stage(64, 96, 2, 1)),
  named("stage5", stage(96, 160, 2, 2)),
  named("top", (x) => pipe(x, inverted(6 * 160, 320, 1), unit(1280, 1, 1), relu6)),
  globalAveragePool,
  dropout(0.2),
  dense(1000),
);
