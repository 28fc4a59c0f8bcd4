/**
 * ResNet-18, -34, -50 and -152 (He et al. 2015, arXiv 1512.03385), as torchvision has them: in a bottleneck
 * the 3x3 convolution has the stride. Padding is "same".
 *
 * `pipe(resNet18, build({ seed: 0 }))` is a Result<Network<"GCNN", readonly [224, 224, 3], readonly [1000]>>.
 */
import { pipe } from "fp-ts/lib/function.js";
import {
  batchNorm,
  conv,
  dense,
  globalAveragePool,
  input,
  inputChannels,
  maxPool,
  named,
  relu,
  residual,
  stack,
  type Block,
  type Draft,
} from "heirloom";

/** A convolution and its batch norm. */
const unit =
  <F extends number, St extends number>(filters: F, kernel: number, strides: St): Block<F, St> =>
  (x) =>
    pipe(x, conv({ filters, kernel, strides, bias: false }), batchNorm());

/** Two 3x3 convolutions beside a skip. */
const basic =
  <F extends number>(filters: F): Block<F, 1, F> =>
  (x) =>
    pipe(
      x,
      inputChannels(filters),
      residual((y) => pipe(y, unit(filters, 3, 1), relu, unit(filters, 3, 1))),
      relu,
    );

/** A basic block that halves the extents; a 1x1 convolution carries the skip. */
const halving =
  <F extends number>(filters: F): Block<F, 2> =>
  (x) =>
    pipe(
      x,
      residual((y) => pipe(y, unit(filters, 3, 2), relu, unit(filters, 3, 1)), unit(filters, 1, 2)),
      relu,
    );

/** 1x1 to few channels, 3x3 among them, 1x1 to many. */
const narrow =
  <F extends number, St extends number>(width: number, filters: F, strides: St): Block<F, St> =>
  (x) =>
    pipe(x, unit(width, 1, 1), relu, unit(width, 3, strides), relu, unit(filters, 1, 1));

const bottleneck =
  <F extends number>(width: number, filters: F): Block<F, 1, F> =>
  (x) =>
    pipe(x, inputChannels(filters), residual(narrow(width, filters, 1)), relu);

/** The first bottleneck of a stage, where a 1x1 convolution carries the skip. */
const widening =
  <F extends number, St extends number>(width: number, filters: F, strides: St): Block<F, St> =>
  (x) =>
    pipe(x, residual(narrow(width, filters, strides), unit(filters, 1, strides)), relu);

const stem = pipe(
  input([224, 224, 3]),
  named("stem", (x) =>
    pipe(x, unit(64, 7, 2), relu, maxPool({ size: 3, strides: 2, padding: "same" })),
  ),
);

/** Blocks of each of the four stages. */
type Depths = readonly [number, number, number, number];

type Classifier = Draft<"GCNN", readonly [224, 224, 3], readonly [1000]>;

const ofBasicBlocks = ([first, second, third, fourth]: Depths): Classifier =>
  pipe(
    stem,
    named("stage1", stack(first, basic(64), "block")),
    named("stage2", (x) =>
      pipe(x, named("down", halving(128)), stack(second - 1, basic(128), "block")),
    ),
    named("stage3", (x) =>
      pipe(x, named("down", halving(256)), stack(third - 1, basic(256), "block")),
    ),
    named("stage4", (x) =>
      pipe(x, named("down", halving(512)), stack(fourth - 1, basic(512), "block")),
    ),
    globalAveragePool,
    dense(1000),
  );

const ofBottlenecks = ([first, second, third, fourth]: Depths): Classifier =>
  pipe(
    stem,
    named("stage1", (x) =>
      pipe(x, named("wide", widening(64, 256, 1)), stack(first - 1, bottleneck(64, 256), "block")),
    ),
    named("stage2", (x) =>
      pipe(
        x,
        named("down", widening(128, 512, 2)),
        stack(second - 1, bottleneck(128, 512), "block"),
      ),
    ),
    named("stage3", (x) =>
      pipe(
        x,
        named("down", widening(256, 1024, 2)),
        stack(third - 1, bottleneck(256, 1024), "block"),
      ),
    ),
    named("stage4", (x) =>
      pipe(
        x,
        named("down", widening(512, 2048, 2)),
        stack(fourth - 1, bottleneck(512, 2048), "block"),
      ),
    ),
    globalAveragePool,
    dense(1000),
  );

export const resNet18 = ofBasicBlocks([2, 2, 2, 2]);
export const resNet34 = ofBasicBlocks([3, 4, 6, 3]);
export const resNet50 = ofBottlenecks([3, 4, 6, 3]);
export const resNet152 = ofBottlenecks([3, 8, 36, 3]);
