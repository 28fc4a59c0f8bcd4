/** Residual networks of basic blocks (He et al. 2015, arXiv 1512.03385). */
import { pipe } from "fp-ts/lib/function.js";
import {
  build,
  dense,
  globalAveragePool,
  input,
  maxPool,
  named,
  relu,
  residual,
  stack,
  zeros,
  type DraftClass,
} from "../../../src/model/builder.js";
import type { Shape } from "../../../src/tensor/shape.js";
import { unit, type Image } from "./parts.js";

/** Two 3x3 convolutions beside a skip. */
const basic =
  <F extends number>(filters: F) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number>(
    x: Image<C, In, H, W, F>,
  ) =>
    pipe(
      x,
      residual((y) => pipe(y, unit(filters, 3), relu, unit(filters, 3))),
      relu,
    );

/** A basic block that halves the extents; a strided 1x1 convolution carries the skip. */
const halving =
  <F extends number>(filters: F) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(
      x,
      residual((y) => pipe(y, unit(filters, 3, 2), relu, unit(filters, 3)), unit(filters, 1, 2)),
      relu,
    );

/** Four stages of this many blocks. */
const resNet = ([first, second, third, fourth]: readonly [number, number, number, number]) =>
  pipe(
    input([224, 224, 3]),
    named("stem", (x) =>
      pipe(x, unit(64, 7, 2), relu, maxPool({ size: 3, strides: 2, padding: "same" })),
    ),
    named("stage1", stack(first, basic(64))),
    named("stage2", (x) => pipe(x, halving(128), stack(second - 1, basic(128)))),
    named("stage3", (x) => pipe(x, halving(256), stack(third - 1, basic(256)))),
    named("stage4", (x) => pipe(x, halving(512), stack(fourth - 1, basic(512)))),
    globalAveragePool,
    dense(1000, { weights: zeros }),
    build({ seed: 0 }),
  );

export const resNet18 = () => resNet([2, 2, 2, 2]);
export const resNet34 = () => resNet([3, 4, 6, 3]);
