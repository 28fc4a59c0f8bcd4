/**
 * Shapes. An activation is spatial axes followed by channels: `[height, width, channels]` for images,
 * `[channels]` for vectors. The batch is no part of a network's shapes; values that carry one have it
 * in front. A kernel is `[...kernel extents, input channels / groups, output channels]`.
 */

/** The extents of a tensor, outermost first. */
export type Shape = readonly number[];

/** How many elements a tensor of this shape has. */
export const size = (shape: Shape): number => shape.reduce((n, extent) => n * extent, 1);

/** Equal rank and equal extents. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);

/** The last extent; 1 for a scalar. */
export const channelsOf = (shape: Shape): number => shape.at(-1) ?? 1;

/** All extents but the last. */
export const spatialOf = (shape: Shape): Shape => shape.slice(0, -1);

/** `64x64x3`, or `scalar`. */
export const showShape = (shape: Shape): string =>
  shape.length === 0 ? "scalar" : shape.join("x");
