/** Layers that move values about and compute nothing new: padding, enlarging, flattening, reshaping. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import { perAxis, spatialRank } from "./checks.js";
import { append, type Draft, type DraftClass } from "./draft.js";
import type { Enlarged, Padded, PerAxis, SizeOf, Spatial, ZeroPadding } from "./shapeTypes.js";

interface Named {
  readonly name?: string;
}

/** Zeros around every spatial axis: one number for both ends of all, or a pair per axis. */
export const zeroPad =
  <const Pad extends ZeroPadding>(padding: Pad, options: Named = {}) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "zeroPad">,
  ): Draft<C, In, Padded<P, F, Pad>> =>
    append(x, {
      name: options.name,
      base: "zeroPad",
      op: ([shape = []]) =>
        E.map((rank: number): Operator<never> => {
          const all = padding as ZeroPadding;
          const pairs =
            typeof all === "number" ? Array.from({ length: rank }, () => [all, all] as const) : all;
          return { kind: "zeroPad", padding: pairs };
        })(spatialRank(shape)),
    });

/** Enlarge every spatial axis by a whole factor, by nearest neighbour unless told. */
export const upsample =
  <const Factors extends PerAxis>(
    factors: Factors,
    options: Named & { readonly interpolation?: "nearest" | "bilinear" } = {},
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "upsample">,
  ): Draft<C, In, Enlarged<P, F, Factors>> =>
    append(x, {
      name: options.name,
      base: "upsample",
      op: ([shape = []]) =>
        pipe(
          spatialRank(shape),
          E.chain((rank) => perAxis("factors", factors, rank)),
          E.map((whole): Operator<never> => ({
            kind: "upsample",
            factors: whole,
            interpolation: options.interpolation ?? "nearest",
          })),
        ),
    });

/** All elements in one vector, row-major. */
export const flatten = <C extends DraftClass, In extends Shape, S extends Shape>(
  x: Draft<C, In, S>,
): Draft<C, In, readonly [SizeOf<S>]> =>
  append(x, { base: "flatten", op: () => E.right({ kind: "flatten" }) });

/** The same elements, row-major, under another shape. */
export const reshape =
  <const T extends Shape>(shape: T, options: Named = {}) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(x: Draft<C, In, S>): Draft<C, In, T> =>
    append(x, {
      name: options.name,
      base: "reshape",
      op: () => E.right({ kind: "reshape", shape }),
    });
