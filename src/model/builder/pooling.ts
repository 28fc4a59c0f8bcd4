/** Pooling over windows and over all positions. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Geometry, Padding } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import { append, type Draft, type DraftClass } from "./draft.js";
import type { PerAxis, Spatial, Windowed } from "./shapeTypes.js";
import { geometryOver } from "./window.js";

/** A pooling window. */
export interface PoolOptions<K extends PerAxis, St extends PerAxis, Pad extends Padding> {
  /** Positions along each axis that go into one. */
  readonly size: K;
  /** The window's own size unless told, so that windows tile the input. */
  readonly strides?: St;
  /** "valid" unless told. */
  readonly padding?: Pad;
  readonly name?: string;
}

export interface AveragePoolOptions<
  K extends PerAxis,
  St extends PerAxis,
  Pad extends Padding,
> extends PoolOptions<K, St, Pad> {
  /** Divide by the positions inside the input, as TensorFlow does (default), or by the whole window. */
  readonly divisor?: "valid" | "window";
}

const pool = (
  options: PoolOptions<PerAxis, PerAxis, Padding>,
  base: string,
  op: (geometry: Geometry) => Operator<never>,
) => ({
  name: options.name,
  base,
  op: ([shape = []]: readonly Shape[]) =>
    pipe(
      geometryOver(
        shape,
        {
          kernel: options.size,
          strides: options.strides ?? options.size,
          dilation: 1,
          padding: options.padding ?? "valid",
        },
        "size",
      ),
      E.map(op),
    ),
});

/** The largest value of each window. */
export const maxPool =
  <const K extends PerAxis, const St extends PerAxis = K, const Pad extends Padding = "valid">(
    options: PoolOptions<K, St, Pad>,
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "maxPool">,
  ): Draft<C, In, Windowed<P, F, K, St, 1, Pad>> =>
    append(
      x,
      pool(options, "maxPool", (geometry) => ({ kind: "maxPool", geometry })),
    );

/** The mean of each window. */
export const averagePool =
  <const K extends PerAxis, const St extends PerAxis = K, const Pad extends Padding = "valid">(
    options: AveragePoolOptions<K, St, Pad>,
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "averagePool">,
  ): Draft<C, In, Windowed<P, F, K, St, 1, Pad>> => {
    const divisor = options.divisor ?? "valid";
    return append(
      x,
      pool(options, "averagePool", (geometry) => ({ kind: "averagePool", geometry, divisor })),
    );
  };

type Reduction = "average" | "max";

const globalStep = (reduce: Reduction, keepAxes: boolean) => ({
  base: reduce === "average" ? "globalAveragePool" : "globalMaxPool",
  op: () => E.right<never, Operator<never>>({ kind: "globalPool", reduce, keepAxes }),
});

const globalPool =
  (reduce: Reduction) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "global pooling">,
  ): Draft<C, In, readonly [F]> =>
    append(x, globalStep(reduce, false));

/** `[...spatial, channels]` to `[channels]`: the mean of each channel. */
export const globalAveragePool = globalPool("average");
/** `[...spatial, channels]` to `[channels]`: the largest value of each channel. */
export const globalMaxPool = globalPool("max");

type Ones<P extends Shape, F extends number> = readonly [...{ [I in keyof P]: 1 }, F];

const squeeze =
  (reduce: Reduction) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "global pooling">,
  ): Draft<C, In, Ones<P, F>> =>
    append(x, globalStep(reduce, true));

/** As `globalAveragePool`, but the spatial axes stay with extent 1: the squeeze of squeeze and excitation. */
export const squeezeAverage = squeeze("average");
/** As `globalMaxPool`, but the spatial axes stay with extent 1. */
export const squeezeMax = squeeze("max");
