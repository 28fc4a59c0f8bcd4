/** ConvNeXt-T and its block (Liu et al. 2022, arXiv 2201.03545). */
import { pipe } from "fp-ts/lib/function.js";
import {
  constant,
  conv,
  dense,
  depthwise,
  gelu,
  globalAveragePool,
  input,
  inputChannels,
  layerNorm,
  named,
  residual,
  stack,
  type Block,
  type Draft,
} from "heirloom";

/**
 * Depthwise 7x7, layer norm, four times the channels and back by dense layers at every position, and a
 * learned scale for each channel: a depthwise 1x1 kernel.
 */
export const block =
  <F extends number>(channels: F): Block<F, 1, F> =>
  (x) =>
    pipe(
      x,
      inputChannels(channels),
      residual((y) =>
        pipe(
          y,
          depthwise({ kernel: 7 }),
          layerNorm(),
          dense(4 * channels),
          gelu(),
          dense(channels),
          depthwise({ kernel: 1, bias: false, weights: constant(1e-6), name: "layerScale" }),
        ),
      ),
    );

/** A norm, and a convolution that halves the extents. */
const down =
  <F extends number>(filters: F): Block<F, 2> =>
  (x) =>
    pipe(x, layerNorm(), conv({ filters, kernel: 2, strides: 2 }));

export const convNeXtT: Draft<"GCNN", readonly [224, 224, 3], readonly [1000]> = pipe(
  input([224, 224, 3]),
  named("stem", (x) => pipe(x, conv({ filters: 96, kernel: 4, strides: 4 }), layerNorm())),
  named("stage1", stack(3, block(96), "block")),
  named("stage2", (x) => pipe(x, down(192), stack(3, block(192), "block"))),
  named("stage3", (x) => pipe(x, down(384), stack(9, block(384), "block"))),
  named("stage4", (x) => pipe(x, down(768), stack(3, block(768), "block"))),
  named("top", (x) => pipe(x, globalAveragePool, layerNorm(), dense(1000))),
);
