/** Shapes of convolutions and pools: what windows make of an activation, and which kernels fit one. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import {
  everyWindowReads,
  kernelExtents,
  outputExtents,
  type Geometry,
} from "../../tensor/geometry.js";
import { channelsOf, sameShape, showShape, type Shape } from "../../tensor/shape.js";

/** Whether it is the extent of an axis. */
export const isExtent = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;

/** The spatial extents of an activation `[n, ...spatial, c]`. */
export const extentsOf = (x: Shape): Shape => x.slice(1, -1);

/** The activation `x` with other spatial extents and channels. */
export const reshaped = (x: Shape, extents: Shape, channels: number): Shape => [
  x[0]!,
  ...extents,
  channels,
];

/** The value of a window over `x`. */
export const windowed = (geometry: Geometry, x: Shape, channels: number): Result<Shape> =>
  E.map((extents: Shape) => reshaped(x, extents, channels))(outputExtents(geometry, extentsOf(x)));

/** The shape of a pooled activation; no window may lie wholly in the padding. */
export const pooled = (geometry: Geometry, x: Shape): Result<Shape> =>
  E.chain((shape: Shape) =>
    geometry.every((a, i) => everyWindowReads(a, x[i + 1]!))
      ? E.right(shape)
      : refuse({
          where: "padding",
          found: geometry.map((a) => `${a.low} + ${a.high} for ${a.kernel} taps`).join(", "),
          expected: "no window that lies wholly in the padding",
        }),
  )(windowed(geometry, x, channelsOf(x)));

/** What the adjoint of a window receives: `dy` must be the shape of the window's value over `x`. */
export const adjointOf = (value: Result<Shape>, dy: Shape, x: Shape): Result<Shape> =>
  E.chain((y: Shape) =>
    sameShape(y, dy)
      ? E.right(x)
      : refuse({
          where: "arguments",
          found: `a cotangent of shape ${showShape(dy)}`,
          expected: `the shape of the value over ${showShape(x)}, which is ${showShape(y)}`,
        }),
  )(value);

/** Whether `w` is a kernel for these groups over `x`, with so many outputs. */
export const isKernelFor = (
  geometry: Geometry,
  groups: number,
  x: Shape,
  outputs: number,
  w: Shape,
): boolean =>
  isExtent(groups) &&
  channelsOf(x) % groups === 0 &&
  outputs % groups === 0 &&
  x.length === geometry.length + 2 &&
  sameShape(w, [...kernelExtents(geometry), channelsOf(x) / groups, outputs]);

/** What `isKernelFor` asks, in words. */
export const kernelRule = (geometry: Geometry, groups: number): string =>
  `[n, ...spatial, in] and a kernel [${kernelExtents(geometry).join(", ")}, in / ${groups}, out] whose channels ${groups} groups divide`;
