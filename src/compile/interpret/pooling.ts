/**
 * The adjoints of pooling. A maximum hands its cotangent to the element that won, the first in row-major
 * order among equals; a mean hands each element of the window its share, `dy / count`.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import type { Ring } from "../../algebra/ring.js";
import { functionOf } from "../../semantics/capability.js";
import { maxima, type Maxima } from "../../semantics/pooling.js";
import { PADDING, readMap } from "../../semantics/readMap.js";
import type { Geometry } from "../../tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The adjoint of `maxPool` at `x`. */
export const maxPoolGrad =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, dy: Tensor<A>, geometry: Geometry): Result<Tensor<A>> =>
    E.map(({ winners }: Maxima<A>): Tensor<A> => {
      const out = ring.allocate(x.data.length);
      for (let i = 0; i < winners.length; i++) {
        const winner = winners[i]!;
        out[winner] = ring.add(out[winner]!, dy.data[i]!);
      }
      return { shape: x.shape, data: out };
    })(maxima(ring)(x, geometry));

/** The adjoint of `averagePool` over an input of spatial `extents`. */
export const averagePoolGrad =
  <A>(ring: Ring<A>) =>
  (
    dy: Tensor<A>,
    geometry: Geometry,
    divisor: "valid" | "window",
    extents: Shape,
  ): Result<Tensor<A>> => {
    const divide = functionOf(ring, "divide");
    if (E.isLeft(divide)) return divide;
    const map = readMap(geometry, extents);
    const channels = channelsOf(dy.shape);
    const area = size(extents);
    const shape = [dy.shape[0]!, ...extents, channels];
    const out = ring.allocate(size(shape));
    for (let n = 0; n < dy.shape[0]!; n++)
      for (let p = 0; p < map.positions; p++) {
        const reads = map.reads
          .subarray(p * map.taps, (p + 1) * map.taps)
          .filter((read) => read !== PADDING);
        const count = ring.fromNumber(divisor === "valid" ? reads.length : map.taps);
        if (E.isLeft(count)) return count;
        for (let c = 0; c < channels; c++) {
          const share = divide.right(dy.data[(n * map.positions + p) * channels + c]!, count.right);
          if (E.isLeft(share)) return share;
          for (const read of reads) {
            const at = (n * area + read) * channels + c;
            out[at] = ring.add(out[at]!, share.right);
          }
        }
      }
    return E.right({ shape, data: out });
  };
