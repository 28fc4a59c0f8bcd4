/** ResNet-50 as Keras has it: convolutions with biases, the stride in a block's first convolution. */
import { pipe } from "fp-ts/lib/function.js";
import {
  batchNorm,
  build,
  conv,
  dense,
  globalAveragePool,
  input,
  maxPool,
  named,
  relu,
  residual,
  softmax,
  stack,
  zeroPad,
  zeros,
  type DraftClass,
} from "../../../src/model/builder.js";
import type { Shape } from "../../../src/tensor/shape.js";
import type { Image } from "./parts.js";

/** 1x1 to few channels, 3x3 among them, 1x1 to many. */
const narrow =
  <M extends number, F extends number, const St extends number = 1>(
    middle: M,
    filters: F,
    strides?: St,
  ) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      conv<M, 1, St>({ filters: middle, kernel: 1, weights: zeros, ...strided(strides) }),
      batchNorm(),
      relu,
      conv({ filters: middle, kernel: 3, weights: zeros }),
      batchNorm(),
      relu,
      conv({ filters, kernel: 1, weights: zeros }),
      batchNorm(),
    );

const strided = <St extends number>(strides: St | undefined) =>
  strides === undefined ? {} : { strides };

const bottleneck =
  <M extends number, F extends number>(middle: M, filters: F) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number>(
    x: Image<C, In, H, W, F>,
  ) =>
    pipe(x, residual(narrow(middle, filters)), relu);

/** The first bottleneck of a stage, where a 1x1 convolution carries the skip. */
const widening =
  <M extends number, F extends number, const St extends number>(
    middle: M,
    filters: F,
    strides: St,
  ) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      residual(narrow(middle, filters, strides), (y) =>
        pipe(y, conv({ filters, kernel: 1, strides, weights: zeros }), batchNorm()),
      ),
      relu,
    );

export const resNet50 = () =>
  pipe(
    input([224, 224, 3]),
    named("stem", (x) =>
      pipe(
        x,
        zeroPad(3),
        conv({ filters: 64, kernel: 7, strides: 2, padding: "valid", weights: zeros }),
        batchNorm(),
        relu,
        zeroPad(1),
        maxPool({ size: 3, strides: 2 }),
      ),
    ),
    named("stage1", (x) => pipe(x, widening(64, 256, 1), stack(2, bottleneck(64, 256)))),
    named("stage2", (x) => pipe(x, widening(128, 512, 2), stack(3, bottleneck(128, 512)))),
    named("stage3", (x) => pipe(x, widening(256, 1024, 2), stack(5, bottleneck(256, 1024)))),
    named("stage4", (x) => pipe(x, widening(512, 2048, 2), stack(2, bottleneck(512, 2048)))),
    globalAveragePool,
    dense(1000, { weights: zeros }),
    softmax,
    build({ seed: 0 }),
  );
