/**
 * The two adjoints of a convolution, as sums over its read map `r` (semantics/readMap.ts).
 *
 * The convolution is bilinear, `y[p, j] = sum_t sum_k x[r(p, t), k] * w[t, k, j]`, so with `dy` given each
 * product contributes to both gradients:
 *
 *     dx[r(p, t), k] += dy[p, j] * w[t, k, j]        dw[t, k, j] += dy[p, j] * x[r(p, t), k]
 *
 * Taps that read padding contribute nothing; `k` runs over the channels of the group of `j`.
 */
import type { Ring } from "../../algebra/ring.js";
import { PADDING, readMap } from "../../semantics/readMap.js";
import { kernelExtents, type Geometry } from "../../tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Offsets into x, dy and w of one product of the convolution. */
type Product = (x: number, y: number, w: number) => void;

/** Visit every product of a convolution from `[n, ...extents, inputs]` to `outputs` channels. */
const forEachProduct = (
  geometry: Geometry,
  groups: number,
  input: Shape,
  outputs: number,
  visit: Product,
): void => {
  const extents = input.slice(1, -1);
  const map = readMap(geometry, extents);
  const inputs = channelsOf(input);
  const area = size(extents);
  const groupInputs = inputs / groups;
  const groupOutputs = outputs / groups;
  for (let n = 0; n < input[0]!; n++)
    for (let p = 0; p < map.positions; p++)
      for (let t = 0; t < map.taps; t++) {
        const read = map.reads[p * map.taps + t]!;
        if (read === PADDING) continue;
        for (let j = 0; j < outputs; j++) {
          const first = Math.floor(j / groupOutputs) * groupInputs;
          for (let k = 0; k < groupInputs; k++)
            visit(
              (n * area + read) * inputs + first + k,
              (n * map.positions + p) * outputs + j,
              (t * groupInputs + k) * outputs + j,
            );
        }
      }
};

/** The adjoint of the convolution in its input, whose spatial extents are `extents`. */
export const convInputGrad =
  <A>(ring: Ring<A>) =>
  (dy: Tensor<A>, w: Tensor<A>, geometry: Geometry, groups: number, extents: Shape): Tensor<A> => {
    const shape = [dy.shape[0]!, ...extents, w.shape.at(-2)! * groups];
    const out = ring.allocate(size(shape));
    forEachProduct(geometry, groups, shape, channelsOf(dy.shape), (i, o, f) => {
      out[i] = ring.add(out[i]!, ring.mul(dy.data[o]!, w.data[f]!));
    });
    return { shape, data: out };
  };

/** The adjoint of the convolution in its kernel. */
export const convFilterGrad =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, dy: Tensor<A>, geometry: Geometry, groups: number): Tensor<A> => {
    const outputs = channelsOf(dy.shape);
    const shape = [...kernelExtents(geometry), channelsOf(x.shape) / groups, outputs];
    const out = ring.allocate(size(shape));
    forEachProduct(geometry, groups, x.shape, outputs, (i, o, f) => {
      out[f] = ring.add(out[f]!, ring.mul(dy.data[o]!, x.data[i]!));
    });
    return { shape, data: out };
  };
