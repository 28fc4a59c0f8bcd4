/** Types of the builder: what they state, and what does not compile, in which words. */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expectTypeOf, it } from "vitest";
import type { Result } from "../../src/algebra/refusal.js";
import {
  batchNorm,
  build,
  concat,
  conv,
  dense,
  densely,
  depthwise,
  dropout,
  flatten,
  globalAveragePool,
  input,
  inputChannels,
  maxPool,
  multiply,
  named,
  outline,
  relu,
  residual,
  sigmoid,
  squeezeAverage,
  stack,
  upsample,
  zeroPad,
  type Block,
  type Draft,
  type DraftClass,
} from "../../src/model/builder.js";
import type { Add, Divide, Multiply, Subtract } from "../../src/model/builder/arithmetic.js";
import type {
  Broadcasts,
  Fed,
  SameAs,
  SameExtents,
  Spatial,
} from "../../src/model/builder/shapeTypes.js";
import type { Network } from "../../src/model/network.js";
import type { Shape } from "../../src/tensor/shape.js";

describe("arithmetic in the types", () => {
  it("works on whole numbers of any length", () => {
    expectTypeOf<Add<999, 1>>().toEqualTypeOf<1000>();
    expectTypeOf<Add<0, 0>>().toEqualTypeOf<0>();
    expectTypeOf<Subtract<1000, 1>>().toEqualTypeOf<999>();
    expectTypeOf<Subtract<5, 5>>().toEqualTypeOf<0>();
    expectTypeOf<Multiply<7, Multiply<7, 512>>>().toEqualTypeOf<25088>();
    expectTypeOf<Multiply<0, 12>>().toEqualTypeOf<0>();
    expectTypeOf<Divide<223, 2>>().toEqualTypeOf<111>();
    expectTypeOf<Divide<224, 16>>().toEqualTypeOf<14>();
    expectTypeOf<Divide<5, 16>>().toEqualTypeOf<0>();
  });
  it("gives number where it cannot tell", () => {
    expectTypeOf<Add<number, 1>>().toEqualTypeOf<number>();
    expectTypeOf<Add<1.5, 1>>().toEqualTypeOf<number>();
    expectTypeOf<Add<-1, 1>>().toEqualTypeOf<number>();
    expectTypeOf<Subtract<3, 5>>().toEqualTypeOf<number>();
    expectTypeOf<Divide<7, 0>>().toEqualTypeOf<number>();
    expectTypeOf<Divide<40, 20>>().toEqualTypeOf<number>();
    expectTypeOf<Multiply<2 | 3, 4>>().toEqualTypeOf<8 | 12>();
  });
});

const image = input([32, 32, 3]);

describe("class and shapes", () => {
  it("of the example in the documentation", () => {
    const network = pipe(
      image,
      conv({ filters: 16, kernel: 3 }),
      batchNorm(),
      relu,
      maxPool({ size: 2 }),
      residual((x) =>
        pipe(
          x,
          conv({ filters: 16, kernel: 3 }),
          batchNorm(),
          relu,
          conv({ filters: 16, kernel: 3 }),
          batchNorm(),
        ),
      ),
      relu,
      globalAveragePool,
      dense(10),
      build({ seed: 0 }),
    );
    expectTypeOf(network).toEqualTypeOf<
      Result<Network<"GCNN", readonly [32, 32, 3], readonly [10]>>
    >();
  });
  it("is GFFN while only dense layers occur", () => {
    const network = pipe(
      input([784]),
      dense(100),
      relu,
      dropout(0.5),
      dense(10),
      build({ seed: 0 }),
    );
    expectTypeOf(network).toEqualTypeOf<Result<Network<"GFFN", readonly [784], readonly [10]>>>();
  });
  it("of every window and arrangement", () => {
    const strided = pipe(image, conv({ filters: 8, kernel: 3, strides: 2 }));
    expectTypeOf(strided).toEqualTypeOf<
      Draft<"GCNN", readonly [32, 32, 3], readonly [16, 16, 8]>
    >();
    const valid = pipe(
      strided,
      conv({ filters: 8, kernel: [5, 3], dilation: 2, padding: "valid" }),
    );
    expectTypeOf(valid).toEqualTypeOf<Draft<"GCNN", readonly [32, 32, 3], readonly [8, 12, 8]>>();
    const padded = pipe(
      valid,
      zeroPad([
        [1, 0],
        [2, 2],
      ]),
      depthwise({ kernel: 3, multiplier: 2 }),
    );
    expectTypeOf(padded).toEqualTypeOf<Draft<"GCNN", readonly [32, 32, 3], readonly [9, 16, 16]>>();
    const larger = pipe(
      padded,
      upsample([2, 1]),
      concat([relu, (x) => pipe(x, sigmoid), (x) => x]),
    );
    expectTypeOf(larger).toEqualTypeOf<
      Draft<"GCNN", readonly [32, 32, 3], readonly [18, 16, 48]>
    >();
    expectTypeOf(flatten(larger)).toEqualTypeOf<
      Draft<"GCNN", readonly [32, 32, 3], readonly [13824]>
    >();
  });
  it("stays number where an extent is only number", () => {
    const height: number = 7;
    const draft = pipe(input([height, 64, 3]), conv({ filters: 8, kernel: 3, strides: 2 }));
    expectTypeOf(draft).toEqualTypeOf<
      Draft<"GCNN", readonly [number, 64, 3], readonly [number, 32, 8]>
    >();
    const shape: Shape = [7, 7, 3];
    const any = pipe(input(shape), conv({ filters: 8, kernel: 3 }), globalAveragePool, dense(2));
    expectTypeOf(any).toEqualTypeOf<Draft<"GCNN", readonly [...number[], number], readonly [2]>>();
  });
  it("goes through blocks that are generic in the extents", () => {
    const block =
      <F extends number>(filters: F) =>
      <
        C extends DraftClass,
        In extends Shape,
        H extends number,
        W extends number,
        K extends number,
      >(
        x: Draft<C, In, readonly [H, W, K]>,
      ) =>
        pipe(
          x,
          residual(
            (y) => pipe(y, conv({ filters, kernel: 3, strides: 2 }), batchNorm(), relu),
            conv({ filters, kernel: 1, strides: 2 }),
          ),
          stack(3, (y) => pipe(y, named("again", residual(conv({ filters, kernel: 3 }))), relu)),
        );
    expectTypeOf(pipe(input([224, 224, 3]), block(64), block(128))).toEqualTypeOf<
      Draft<"GCNN", readonly [224, 224, 3], readonly [56, 56, 128]>
    >();
  });
});

describe("blocks", () => {
  const unit =
    <F extends number, St extends number>(filters: F, strides: St): Block<F, St> =>
    (x) =>
      pipe(x, conv({ filters, kernel: 3, strides }), batchNorm(), relu);
  it("give their channels at every position that the strides leave", () => {
    expectTypeOf(pipe(image, unit(8, 2), unit(16, 3))).toEqualTypeOf<
      Draft<"GCNN", readonly [32, 32, 3], readonly [6, 6, 16]>
    >();
  });
  it("state their input channels", () => {
    expectTypeOf(pipe(image, inputChannels(3))).toEqualTypeOf<
      Draft<"GFFN", readonly [32, 32, 3], readonly [32, 32, 3]>
    >();
    // @ts-expect-error block: expected 4 input channels, found 3
    pipe(image, inputChannels(4));
  });
  it("grow densely", () => {
    const grown = pipe(image, densely(58, unit(32, 1)));
    expectTypeOf(grown).toEqualTypeOf<
      Draft<"GCNN", readonly [32, 32, 3], readonly [32, 32, 1859]>
    >();
  });
  it("and the class of a residual sum is that of its branch", () => {
    const gffn = pipe(input([4, 4, 2]), residual(dense(2)));
    expectTypeOf(gffn).toEqualTypeOf<Draft<"GFFN", readonly [4, 4, 2], readonly [4, 4, 2]>>();
  });
  it("outline without numbers", () => {
    expectTypeOf(pipe(input([4]), dense(2), outline)).toEqualTypeOf<
      Result<Network<"GFFN", readonly [4], readonly [2], never>>
    >();
  });
});

describe("what does not compile", () => {
  it("a branch of other channels", () => {
    pipe(
      image,
      // @ts-expect-error residual: the branch gives 16 channels where 3 were expected
      residual((x) => pipe(x, conv({ filters: 16, kernel: 3 }))),
    );
    pipe(
      image,
      // @ts-expect-error residual: the branch gives 16x16x3 where 32x32x3 was expected
      residual((x) => pipe(x, maxPool({ size: 2 }))),
    );
    pipe(
      image,
      // @ts-expect-error stack: the branch gives 4 channels where 3 were expected
      stack(2, (x) => pipe(x, conv({ filters: 4, kernel: 1 }))),
    );
    pipe(
      image,
      // @ts-expect-error concat: the branch gives 16x16x3 where the extents of 32x32x3 were expected
      concat([(x) => x, (x) => pipe(x, maxPool({ size: 2 }))]),
    );
    pipe(
      image,
      // @ts-expect-error multiply: the branch gives 1x1x4 where 32x32x3 or extents of 1 ...
      multiply((x) => pipe(x, squeezeAverage, dense(4))),
    );
  });
  it("spatial layers on vectors, and misspelt options", () => {
    // @ts-expect-error conv: found a vector of channels
    pipe(input([10]), conv({ filters: 2, kernel: 3 }));
    // @ts-expect-error global pooling: found a vector of channels
    pipe(input([10]), globalAveragePool);
    // @ts-expect-error stride is no option
    conv({ filters: 2, kernel: 3, stride: 2 });
    // @ts-expect-error filters is missing
    conv({ kernel: 3 });
  });
  it("a network of another class or shape", () => {
    const network = pipe(
      image,
      conv({ filters: 2, kernel: 3 }),
      globalAveragePool,
      build({ seed: 0 }),
    );
    // @ts-expect-error the class is GCNN
    expectTypeOf(network).toExtend<Result<Network<"GFFN">>>();
    // @ts-expect-error there are 2 outputs
    expectTypeOf(network).toExtend<Result<Network<"GCNN", Shape, readonly [3]>>>();
  });
});

describe("the words of the messages", () => {
  it("name who found what and what was expected", () => {
    expectTypeOf<
      SameAs<readonly [32, 32, 64], readonly [32, 32, 128], "residual">
    >().toEqualTypeOf<"residual: the branch gives 128 channels where 64 were expected">();
    expectTypeOf<
      SameAs<readonly [32, 32, 64], readonly [16, 16, 64], "residual">
    >().toEqualTypeOf<"residual: the branch gives 16x16x64 where 32x32x64 was expected">();
    expectTypeOf<
      SameExtents<readonly [8, 8, 2], readonly [4, 8, 2], "concat">
    >().toEqualTypeOf<"concat: the branch gives 4x8x2 where the extents of 8x8x2 were expected">();
    expectTypeOf<
      Broadcasts<readonly [8, 8, 3], readonly [1, 1, 4], "multiply">
    >().toEqualTypeOf<"multiply: the branch gives 1x1x4 where 8x8x3 or extents of 1 with 3 channels were expected">();
    expectTypeOf<
      Fed<128, 64, "conv">
    >().toEqualTypeOf<"conv: expected 64 input channels, found 128">();
    expectTypeOf<
      Spatial<[], "conv">
    >().toEqualTypeOf<"conv: found a vector of channels, expected spatial axes in front, as in [height, width, channels]">();
  });
  it("demand nothing where the literals agree or are not known", () => {
    expectTypeOf<SameAs<readonly [8, 8], readonly [8, 8], "r">>().toEqualTypeOf<unknown>();
    expectTypeOf<
      SameAs<readonly [8, number], readonly [number, 4], "r">
    >().toEqualTypeOf<unknown>();
    expectTypeOf<Fed<64, 64, "c">>().toEqualTypeOf<unknown>();
    expectTypeOf<Fed<number, 64, "c">>().toEqualTypeOf<unknown>();
    expectTypeOf<Fed<64, number, "c">>().toEqualTypeOf<unknown>();
    expectTypeOf<SameAs<Shape, readonly [8, 4], "r">>().toEqualTypeOf<unknown>();
    expectTypeOf<
      Broadcasts<readonly [8, 8, 3], readonly [1, 1, 3], "m">
    >().toEqualTypeOf<unknown>();
  });
});
