/**
 * Shapes in the types: what each combinator does to a literal shape, and the sentences that the
 * compiler shows where two shapes do not go together. Extents that are only `number` stay `number`,
 * and anything may then meet them: the run-time inference has the last word.
 *
 * `P` stands for the spatial extents throughout, as in `readonly [...P, channels]`.
 */
import type { Padding } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import type { Add, Divide, Multiply, Subtract } from "./arithmetic.js";

/** One number for all axes, or one per axis. */
export type PerAxis = number | Shape;

/** A shape of unknown rank still has its channel axis. */
export type WithChannelAxis<S extends Shape> = number extends S["length"]
  ? S extends readonly [...infer _, number]
    ? S
    : readonly [...number[], number]
  : S;

type At<V, I> = V extends number
  ? V
  : I extends keyof V
    ? V[I] extends number
      ? V[I]
      : number
    : number;

type Span<K extends number, D extends number> = D extends 1
  ? K
  : Add<Multiply<Subtract<K, 1>, D>, 1>;

/** `floor((n - span) / stride) + 1`; also `ceil(n / stride)`, which is the case of span 1. */
type Positions<N extends number, Sp extends number, St extends number> = Add<
  Divide<Subtract<N, Sp>, St>,
  1
>;

type Extent<
  N extends number,
  K extends number,
  St extends number,
  D extends number,
  Pad,
  I,
> = Pad extends "same"
  ? St extends 1
    ? N
    : Positions<N, 1, St>
  : Pad extends "valid"
    ? Positions<N, Span<K, D>, St>
    : I extends keyof Pad
      ? Pad[I] extends readonly [infer L extends number, infer H extends number]
        ? Positions<Add<N, Add<L, H>>, Span<K, D>, St>
        : number
      : number;

/** The shape of a window's value with `F` channels over the extents `P`. */
export type Windowed<
  P extends Shape,
  F extends number,
  K extends PerAxis,
  St extends PerAxis,
  D extends PerAxis,
  Pad extends Padding,
> = readonly [...{ [I in keyof P]: Extent<P[I], At<K, I>, At<St, I>, At<D, I>, Pad, I> }, F];

/** Every extent of `P` times its factor. */
export type Enlarged<P extends Shape, F extends number, Factors extends PerAxis> = readonly [
  ...{ [I in keyof P]: Multiply<P[I], At<Factors, I>> },
  F,
];

/** Every extent of `P` with its padding. */
export type Padded<P extends Shape, F extends number, Pad extends ZeroPadding> = readonly [
  ...{ [I in keyof P]: Add<P[I], PaddingAt<Pad, I>> },
  F,
];

/** One number for both ends of all axes, or both ends of each axis. */
export type ZeroPadding = number | readonly (readonly [low: number, high: number])[];

type PaddingAt<Pad, I> = Pad extends number
  ? Multiply<2, Pad>
  : I extends keyof Pad
    ? Pad[I] extends readonly [infer L extends number, infer H extends number]
      ? Add<L, H>
      : number
    : number;

// The compiler probes generic types with `any`, whose length takes in `number`: asking for it first
// ends the recursions below there, and on shapes of unknown rank.

/** The number of elements. */
export type SizeOf<S extends Shape, N extends number = 1> = number extends S["length"]
  ? number
  : S extends readonly [infer H extends number, ...infer R extends Shape]
    ? SizeOf<R, Multiply<N, H>>
    : N;

/** The sum of the last extents. */
export type ChannelSum<
  Ss extends readonly unknown[],
  N extends number = 0,
> = number extends Ss["length"]
  ? number
  : Ss extends readonly [infer H, ...infer R]
    ? ChannelSum<R, Add<N, LastOf<H>>>
    : N;

type LastOf<S> = S extends readonly [...number[], infer L extends number] ? L : number;
type InitOf<S> = S extends readonly [...infer P extends number[], number] ? P : number[];

/** `32x32x64`. */
type Show<S extends Shape> = number extends S["length"]
  ? "a shape of unknown rank"
  : S extends readonly [infer H extends number, ...infer R extends Shape]
    ? R extends readonly []
      ? `${H}`
      : `${H}x${Show<R>}`
    : "a scalar";

/** Whether two shapes are equal as far as their literals tell. */
type Agree<S extends Shape, T extends Shape> = S extends T
  ? true
  : T extends S
    ? true
    : number extends S["length"] | T["length"]
      ? true
      : S["length"] extends T["length"]
        ? false extends { [I in keyof S]: AgreeAt<S[I], At<T, I>> }[number]
          ? false
          : true
        : false;
type AgreeAt<M extends number, N extends number> = M extends N ? true : N extends M ? true : false;

/** No demand where the branch `T` has the shape `S`; else a sentence that says what it has instead. */
export type SameAs<S extends Shape, T extends Shape, Who extends string> =
  Agree<S, T> extends true
    ? unknown
    : InitOf<S> extends InitOf<T>
      ? `${Who}: the branch gives ${LastOf<T>} channels where ${LastOf<S>} were expected`
      : `${Who}: the branch gives ${Show<T>} where ${Show<S>} was expected`;

/** No demand where the branch `T` has the spatial extents of `S`; else a sentence. */
export type SameExtents<S extends Shape, T extends Shape, Who extends string> = T extends readonly [
  ...infer P extends Shape,
  number,
]
  ? S extends readonly [...infer Q extends Shape, number]
    ? Agree<Q, P> extends true
      ? unknown
      : `${Who}: the branch gives ${Show<T>} where the extents of ${Show<S>} were expected`
    : unknown
  : unknown;

/** No demand where `T` has the shape `S`, or its channels and spatial extents of 1; else a sentence. */
export type Broadcasts<S extends Shape, T extends Shape, Who extends string> =
  Agree<S, T> extends true
    ? unknown
    : [LastOf<S>, S["length"], InitOf<T>[number]] extends [LastOf<T>, T["length"], 1]
      ? unknown
      : `${Who}: the branch gives ${Show<T>} where ${Show<S>} or extents of 1 with ${LastOf<S>} channels were expected`;

/** No demand where there is a spatial axis; else a sentence. */
export type Spatial<P extends Shape, Who extends string> = P extends readonly []
  ? `${Who}: found a vector of channels, expected spatial axes in front, as in [height, width, channels]`
  : unknown;

/** No demand where `N` input channels are the `I` that were stated; else a sentence. */
export type Fed<N extends number, I extends number, Who extends string> = number extends I
  ? unknown
  : AgreeAt<N, I> extends true
    ? unknown
    : `${Who}: expected ${I} input channels, found ${N}`;
