/** DenseNet-121 (Huang et al. 2016, arXiv 1608.06993): every layer reads the channels of all before it. */
import { pipe } from "fp-ts/lib/function.js";
import {
  averagePool,
  batchNorm,
  conv,
  dense,
  densely,
  globalAveragePool,
  input,
  maxPool,
  named,
  relu,
  type Block,
  type Draft,
} from "heirloom";

/** Norm and ReLU come before a convolution. */
const unit =
  <F extends number>(filters: F, kernel: number): Block<F> =>
  (x) =>
    pipe(x, batchNorm(), relu, conv({ filters, kernel, bias: false }));

/** 32 new channels, by way of 128. */
const growth: Block<32> = (x) => pipe(x, unit(128, 1), unit(32, 3));

/** Between two dense blocks: half the extents. */
const pool = averagePool({ size: 2 });

export const denseNet121: Draft<"GCNN", readonly [224, 224, 3], readonly [1000]> = pipe(
  input([224, 224, 3]),
  named("stem", (x) =>
    pipe(
      x,
      conv({ filters: 64, kernel: 7, strides: 2, bias: false }),
      batchNorm(),
      relu,
      maxPool({ size: 3, strides: 2, padding: "same" }),
    ),
  ),
  named("block1", densely(6, growth, "layer")),
  named("transition1", (x) => pipe(x, unit(128, 1), pool)),
  named("block2", densely(12, growth, "layer")),
  named("transition2", (x) => pipe(x, unit(256, 1), pool)),
  named("block3", densely(24, growth, "layer")),
  named("transition3", (x) => pipe(x, unit(512, 1), pool)),
  named("block4", densely(16, growth, "layer")),
  named("top", (x) => pipe(x, batchNorm(), relu, globalAveragePool, dense(1000))),
);
