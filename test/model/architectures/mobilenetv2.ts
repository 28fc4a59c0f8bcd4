/** MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), width 1. */
import { pipe } from "fp-ts/lib/function.js";
import {
  batchNorm,
  build,
  dense,
  depthwise,
  globalAveragePool,
  input,
  named,
  relu6,
  residual,
  stack,
  zeros,
  type DraftClass,
} from "../../../src/model/builder.js";
import type { Shape } from "../../../src/tensor/shape.js";
import { unit, type Image } from "./parts.js";

/** A depthwise 3x3 convolution and a linear 1x1 convolution. */
const separable =
  <F extends number, const St extends number>(filters: F, strides: St) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      depthwise({ kernel: 3, strides, bias: false, weights: zeros }),
      batchNorm(),
      relu6,
      unit(filters, 1),
    );

/** Expand, convolve channel by channel, contract. */
const inverted =
  <F extends number, const St extends number>(expanded: number, filters: F, strides: St) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(x, unit(expanded, 1), relu6, separable(filters, strides));

/** A first block that changes channels or extents, then `more` blocks around skips. Expansion by 6. */
const stage =
  <F extends number, const St extends number>(
    filters: F,
    more: number,
    from: number,
    strides: St,
  ) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      inverted(6 * from, filters, strides),
      stack(more, residual(inverted(6 * filters, filters, 1))),
    );

export const mobileNetV2 = () =>
  pipe(
    input([224, 224, 3]),
    named("stem", (x) => pipe(x, unit(32, 3, 2), relu6, separable(16, 1))),
    named("stage1", stage(24, 1, 16, 2)),
    named("stage2", stage(32, 2, 24, 2)),
    named("stage3", stage(64, 3, 32, 2)),
    named("stage4", stage(96, 2, 64, 1)),
    named("stage5", stage(160, 2, 96, 2)),
    named("top", (x) => pipe(x, inverted(960, 320, 1), unit(1280, 1), relu6)),
    globalAveragePool,
    dense(1000, { weights: zeros }),
    build({ seed: 0 }),
  );
