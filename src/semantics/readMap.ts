/**
 * The read map of a window: which input position each output position reads through each tap.
 *
 * On one axis output `o` reads through tap `t` the position `o * stride + t * dilation - low`, or padding
 * where that lies outside (tensor/geometry.ts). Over several axes positions and taps are tuples; both are
 * numbered in row-major order, and a window reads padding as soon as one axis does. The whole of a
 * geometry, of any rank, is therefore one table of integers, and every kernel in this folder is a loop
 * over it. Rank 0 has one position and one tap.
 */
import { kernelExtents, outputExtent, taps, type Geometry } from "../tensor/geometry.js";
import { size, type Shape } from "../tensor/shape.js";

/** The entry of a read map that stands for padding. */
export const PADDING = -1;

/** A geometry over given input extents, as a table. */
export interface ReadMap {
  /** Output extents. */
  readonly extents: Shape;
  /** Number of output positions. */
  readonly positions: number;
  /** Number of taps. */
  readonly taps: number;
  /** At `position * taps + tap`: the row-major input position that is read there, or `PADDING`. */
  readonly reads: Int32Array;
}

/** The read map of a geometry over an input with these spatial extents. */
export const readMap = (geometry: Geometry, extents: Shape): ReadMap => {
  const outputs = geometry.map((a, i) => outputExtent(a, extents[i]!));
  const kernel = kernelExtents(geometry);
  let map = { positions: 1, taps: 1, reads: new Int32Array(1) };
  for (const [i, a] of geometry.entries()) {
    const n = extents[i]!;
    const positions = map.positions * outputs[i]!;
    const width = map.taps * kernel[i]!;
    const reads = new Int32Array(positions * width);
    let at = 0;
    for (let p = 0; p < map.positions; p++)
      for (let o = 0; o < outputs[i]!; o++)
        for (let t = 0; t < map.taps; t++) {
          const outer = map.reads[p * map.taps + t]!;
          for (let s = 0; s < a.kernel; s++) {
            const inner = o * a.stride + s * a.dilation - a.low;
            reads[at++] =
              outer === PADDING || inner < 0 || inner >= n ? PADDING : outer * n + inner;
          }
        }
    map = { positions, taps: width, reads };
  }
  return { extents: outputs, positions: size(outputs), taps: taps(geometry), reads: map.reads };
};
