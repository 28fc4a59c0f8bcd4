/**
 * U-Net (Ronneberger et al. 2015, arXiv 1505.04597), in the padded variant of 64 to 1024 channels: "same"
 * padding, so that the skips need no cropping, and a nearest neighbour with a 2x2 convolution on the way up.
 * A level goes down, holds the next one and comes up again; extents that do not halve four times do not
 * compile.
 */
import { pipe } from "fp-ts/lib/function.js";
import {
  concat,
  conv,
  dropout,
  input,
  maxPool,
  named,
  relu,
  sigmoid,
  upsample,
  type Block,
  type Draft,
} from "heirloom";

const unit =
  <F extends number>(filters: F, kernel: number): Block<F> =>
  (x) =>
    pipe(x, conv({ filters, kernel }), relu);

const twice =
  <F extends number>(filters: F): Block<F> =>
  (x) =>
    pipe(x, unit(filters, 3), unit(filters, 3));

const half = maxPool({ size: 2 });
const double = upsample(2);
const itself = <D extends Draft>(x: D): D => x;

type Input = readonly [256, 256, 1];
type Image<N extends number, F extends number> = Draft<"GCNN", Input, readonly [N, N, F]>;

const deepest = (x: Image<32, 512>) =>
  pipe(x, half, twice(1024), dropout(0.5), double, unit(512, 2));

const fourth = (x: Image<64, 256>) =>
  pipe(
    x,
    half,
    twice(512),
    dropout(0.5),
    concat([itself, named("deepest", deepest)]),
    twice(512),
    double,
    unit(256, 2),
  );

const third = (x: Image<128, 128>) =>
  pipe(
    x,
    half,
    twice(256),
    concat([itself, named("fourth", fourth)]),
    twice(256),
    double,
    unit(128, 2),
  );

const second = (x: Image<256, 64>) =>
  pipe(
    x,
    half,
    twice(128),
    concat([itself, named("third", third)]),
    twice(128),
    double,
    unit(64, 2),
  );

export const uNet: Draft<"GCNN", Input, readonly [256, 256, 1]> = pipe(
  input([256, 256, 1]),
  twice(64),
  concat([itself, named("second", second)]),
  twice(64),
  unit(2, 3),
  conv({ filters: 1, kernel: 1 }),
  sigmoid,
);
