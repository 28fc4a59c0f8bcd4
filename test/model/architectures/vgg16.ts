/** The convolutions of VGG16 (Simonyan and Zisserman 2014), without the dense layers on top. */
import { pipe } from "fp-ts/lib/function.js";
import {
  build,
  conv,
  flatten,
  input,
  maxPool,
  relu,
  zeros,
  type DraftClass,
} from "../../../src/model/builder.js";
import type { Shape } from "../../../src/tensor/shape.js";
import type { Image } from "./parts.js";

const three =
  <F extends number>(filters: F) =>
  <C extends DraftClass, In extends Shape, H extends number, W extends number, K extends number>(
    x: Image<C, In, H, W, K>,
  ) =>
    pipe(x, conv({ filters, kernel: 3, weights: zeros }), relu);

export const vgg16 = () =>
  pipe(
    input([224, 224, 3]),
    (x) => pipe(x, three(64), three(64), maxPool({ size: 2 })),
    (x) => pipe(x, three(128), three(128), maxPool({ size: 2 })),
    (x) => pipe(x, three(256), three(256), three(256), maxPool({ size: 2 })),
    (x) => pipe(x, three(512), three(512), three(512), maxPool({ size: 2 })),
    (x) => pipe(x, three(512), three(512), three(512), maxPool({ size: 2 })),
    flatten,
    build({ seed: 0 }),
  );
