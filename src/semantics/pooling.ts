/**
 * Pooling over the windows of a geometry, channel by channel. Padding is no value: it never wins a
 * maximum, and an average counts it only in its divisor, and only where the operator says `window`.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Geometry } from "../tensor/geometry.js";
import { channelsOf, size } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { functionOf } from "./capability.js";
import { PADDING, readMap } from "./readMap.js";

/** A maximum and where it was: `winners` holds, for each element, the offset of its source in `x.data`. */
export interface Maxima<A> {
  readonly values: Tensor<A>;
  readonly winners: Int32Array;
}

const refuseEmpty = (position: number): Result<never> =>
  refuse({
    where: "padding",
    found: `a window at output position ${position} that reads no input`,
    expected: "no window that lies wholly in the padding",
  });

/** The largest value of each window and its place; of equal values the first in row-major order wins. */
export const maxima =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, geometry: Geometry): Result<Maxima<A>> => {
    const compare = functionOf(ring, "compare");
    if (E.isLeft(compare)) return compare;
    const extents = x.shape.slice(1, -1);
    const map = readMap(geometry, extents);
    const batch = x.shape[0]!;
    const channels = channelsOf(x.shape);
    const area = size(extents);
    const out = ring.allocate(batch * map.positions * channels);
    const winners = new Int32Array(out.length);
    let at = 0;
    for (let n = 0; n < batch; n++)
      for (let p = 0; p < map.positions; p++)
        for (let c = 0; c < channels; c++) {
          let winner = PADDING;
          for (let t = 0; t < map.taps; t++) {
            const read = map.reads[p * map.taps + t]!;
            if (read === PADDING) continue;
            const offset = (n * area + read) * channels + c;
            if (winner === PADDING || compare.right(x.data[offset]!, x.data[winner]!) > 0)
              winner = offset;
          }
          if (winner === PADDING) return refuseEmpty(p);
          out[at] = x.data[winner]!;
          winners[at++] = winner;
        }
    return E.right({ values: { shape: [batch, ...map.extents, channels], data: out }, winners });
  };

/** The largest value of each window where the ring knows maxima and not who they are. */
const foldedMaxima =
  <A>(ring: Ring<A>, max: (x: A, y: A) => A) =>
  (x: Tensor<A>, geometry: Geometry): Result<Tensor<A>> => {
    const extents = x.shape.slice(1, -1);
    const map = readMap(geometry, extents);
    const channels = channelsOf(x.shape);
    const area = size(extents);
    const shape = [x.shape[0]!, ...map.extents, channels];
    const out = ring.allocate(size(shape));
    for (let at = 0; at < out.length; at++) {
      const position = Math.floor(at / channels) % map.positions;
      const example = Math.floor(at / channels / map.positions);
      let largest: A | null = null;
      for (let t = 0; t < map.taps; t++) {
        const read = map.reads[position * map.taps + t]!;
        if (read === PADDING) continue;
        const value = x.data[(example * area + read) * channels + (at % channels)]!;
        largest = largest === null ? value : max(largest, value);
      }
      if (largest === null) return refuseEmpty(position);
      out[at] = largest;
    }
    return E.right({ shape, data: out });
  };

/** The largest value of each window. */
export const maxPool =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, geometry: Geometry): Result<Tensor<A>> => {
    const { compare, max } = ring.functions;
    return compare === undefined && max !== undefined
      ? foldedMaxima(ring, max)(x, geometry)
      : E.map((m: Maxima<A>) => m.values)(maxima(ring)(x, geometry));
  };

/** The mean of each window, over the positions inside the input (`valid`) or all of them (`window`). */
export const averagePool =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, geometry: Geometry, divisor: "valid" | "window"): Result<Tensor<A>> => {
    const divide = functionOf(ring, "divide");
    if (E.isLeft(divide)) return divide;
    const extents = x.shape.slice(1, -1);
    const map = readMap(geometry, extents);
    const batch = x.shape[0]!;
    const channels = channelsOf(x.shape);
    const area = size(extents);
    const out = ring.allocate(batch * map.positions * channels);
    const sums: A[] = [];
    let at = 0;
    for (let n = 0; n < batch; n++)
      for (let p = 0; p < map.positions; p++) {
        let inside = 0;
        sums.length = 0;
        for (let c = 0; c < channels; c++) sums.push(ring.zero);
        for (let t = 0; t < map.taps; t++) {
          const read = map.reads[p * map.taps + t]!;
          if (read === PADDING) continue;
          inside++;
          const from = (n * area + read) * channels;
          for (let c = 0; c < channels; c++) sums[c] = ring.add(sums[c]!, x.data[from + c]!);
        }
        const count = ring.fromNumber(divisor === "valid" ? inside : map.taps);
        if (E.isLeft(count)) return count;
        for (let c = 0; c < channels; c++) {
          const mean = divide.right(sums[c]!, count.right);
          if (E.isLeft(mean)) return mean;
          out[at++] = mean.right;
        }
      }
    return E.right({ shape: [batch, ...map.extents, channels], data: out });
  };

/** Reduce all spatial axes: `[n, ...extents, c]` to `[n, c]`, or to `[n, 1, ..., c]` with `keepAxes`. */
export const globalPool =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, reduce: "average" | "max", keepAxes: boolean): Result<Tensor<A>> => {
    const extents = x.shape.slice(1, -1);
    const whole: Geometry = extents.map((kernel) => ({
      kernel,
      stride: 1,
      dilation: 1,
      low: 0,
      high: 0,
    }));
    const pooled =
      reduce === "max" ? maxPool(ring)(x, whole) : averagePool(ring)(x, whole, "valid");
    return E.map((t: Tensor<A>): Tensor<A> =>
      keepAxes ? t : { shape: [x.shape[0]!, channelsOf(x.shape)], data: t.data },
    )(pooled);
  };
