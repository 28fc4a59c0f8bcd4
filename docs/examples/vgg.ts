/** VGG-11 and VGG-16 (Simonyan and Zisserman 2014, arXiv 1409.1556), dense layers included. */
import { pipe } from "fp-ts/lib/function.js";
import {
  conv,
  dense,
  dropout,
  flatten,
  input,
  maxPool,
  named,
  relu,
  type Block,
  type Draft,
  type DraftClass,
  type Shape,
} from "heirloom";

const unit =
  <F extends number>(filters: F): Block<F> =>
  (x) =>
    pipe(x, conv({ filters, kernel: 3 }), relu);

const half = maxPool({ size: 2 });

const head = <C extends DraftClass, In extends Shape>(x: Draft<C, In, readonly [7, 7, 512]>) =>
  pipe(x, flatten, dense(4096), relu, dropout(0.5), dense(4096), relu, dropout(0.5), dense(1000));

type Classifier = Draft<"GCNN", readonly [224, 224, 3], readonly [1000]>;

export const vgg11: Classifier = pipe(
  input([224, 224, 3]),
  named("stage1", (x) => pipe(x, unit(64), half)),
  named("stage2", (x) => pipe(x, unit(128), half)),
  named("stage3", (x) => pipe(x, unit(256), unit(256), half)),
  named("stage4", (x) => pipe(x, unit(512), unit(512), half)),
  named("stage5", (x) => pipe(x, unit(512), unit(512), half)),
  named("head", head),
);

export const vgg16: Classifier = pipe(
  input([224, 224, 3]),
  named("stage1", (x) => pipe(x, unit(64), unit(64), half)),
  named("stage2", (x) => pipe(x, unit(128), unit(128), half)),
  named("stage3", (x) => pipe(x, unit(256), unit(256), unit(256), half)),
  named("stage4", (x) => pipe(x, unit(512), unit(512), unit(512), half)),
  named("stage5", (x) => pipe(x, unit(512), unit(512), unit(512), half)),
  named("head", head),
);
