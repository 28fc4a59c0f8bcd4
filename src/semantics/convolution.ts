/**
 * Convolution and gated convolution: the two definitions everything else is measured against.
 *
 * With `r` the read map of the geometry, output channel `j` of group `q` at position `p` is
 *
 *     conv:   y[p, j] = sum_t sum_k           x[r(p, t), q * K + k] * F[t, k, j]
 *     gated:  y[p, j] = sum_k g[k, j] * (sum_t x[r(p, t), q * K + k] * F[t, k, j])
 *
 * where `K` is the number of input channels of a group, `k < K`, and taps that read padding contribute
 * nothing. The gated form multiplies after the convolution, as the definition of a projected node says;
 * that it equals the convolution with kernel `g * F` is T4_merge, a law to test and not an implementation.
 *
 * Values are batches `[n, ...extents, channels]`; kernels `[...extents, K, outputs]`; gates `[K, outputs]`.
 */
import type { Ring } from "../algebra/ring.js";
import type { Geometry } from "../tensor/geometry.js";
import { channelsOf, size } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { PADDING, readMap, type ReadMap } from "./readMap.js";

/** The sizes that index a convolution's arrays. */
interface Sizes {
  readonly map: ReadMap;
  readonly batch: number;
  /** Input positions of one example. */
  readonly area: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Input and output channels of one group. */
  readonly groupInputs: number;
  readonly groupOutputs: number;
}

const sizesOf = (
  x: Tensor<unknown>,
  kernel: Tensor<unknown>,
  geometry: Geometry,
  groups: number,
): Sizes => {
  const extents = x.shape.slice(1, -1);
  const inputs = channelsOf(x.shape);
  const outputs = channelsOf(kernel.shape);
  return {
    map: readMap(geometry, extents),
    batch: x.shape[0]!,
    area: size(extents),
    inputs,
    outputs,
    groupInputs: inputs / groups,
    groupOutputs: outputs / groups,
  };
};

/**
 * The convolution of a batch, on any number of spatial axes. Shapes must fit (see `inferShape`); the
 * result is `[n, ...output extents, outputs]`. Depthwise is `groups` equal to the input channels.
 */
export const convolve =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, kernel: Tensor<A>, geometry: Geometry, groups: number): Tensor<A> => {
    const s = sizesOf(x, kernel, geometry, groups);
    const { add, mul } = ring;
    const out = ring.allocate(s.batch * s.map.positions * s.outputs);
    for (let n = 0; n < s.batch; n++)
      for (let p = 0; p < s.map.positions; p++) {
        const to = (n * s.map.positions + p) * s.outputs;
        for (let t = 0; t < s.map.taps; t++) {
          const read = s.map.reads[p * s.map.taps + t]!;
          if (read === PADDING) continue;
          const from = (n * s.area + read) * s.inputs;
          for (let c = 0; c < s.inputs; c++) {
            const value = x.data[from + c]!;
            const group = Math.floor(c / s.groupInputs);
            const first = group * s.groupOutputs;
            const row = (t * s.groupInputs + (c - group * s.groupInputs)) * s.outputs;
            for (let j = first; j < first + s.groupOutputs; j++)
              out[to + j] = add(out[to + j]!, mul(value, kernel.data[row + j]!));
          }
        }
      }
    return { shape: [s.batch, ...s.map.extents, s.outputs], data: out };
  };

/** The projected layer without its bias: gate times convolution, summed over the input channels. */
export const gatedConvolve =
  <A>(ring: Ring<A>) =>
  (
    x: Tensor<A>,
    kernel: Tensor<A>,
    gates: Tensor<A>,
    geometry: Geometry,
    groups: number,
  ): Tensor<A> => {
    const s = sizesOf(x, kernel, geometry, groups);
    const { add, mul, zero } = ring;
    const out = ring.allocate(s.batch * s.map.positions * s.outputs);
    for (let n = 0; n < s.batch; n++)
      for (let p = 0; p < s.map.positions; p++)
        for (let j = 0; j < s.outputs; j++) {
          const first = Math.floor(j / s.groupOutputs) * s.groupInputs;
          let sum = zero;
          for (let k = 0; k < s.groupInputs; k++) {
            let transformed = zero;
            for (let t = 0; t < s.map.taps; t++) {
              const read = s.map.reads[p * s.map.taps + t]!;
              if (read === PADDING) continue;
              const value = x.data[(n * s.area + read) * s.inputs + first + k]!;
              const weight = kernel.data[(t * s.groupInputs + k) * s.outputs + j]!;
              transformed = add(transformed, mul(value, weight));
            }
            sum = add(sum, mul(gates.data[k * s.outputs + j]!, transformed));
          }
          out[(n * s.map.positions + p) * s.outputs + j] = sum;
        }
    return { shape: [s.batch, ...s.map.extents, s.outputs], data: out };
  };

/** `y[.., j] = sum_k x[.., k] * w[k, j]`: a dense layer without its bias, at every position alike. */
export const mixChannels =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, weights: Tensor<A>): Tensor<A> => {
    const inputs = channelsOf(x.shape);
    const outputs = channelsOf(weights.shape);
    const rows = x.data.length / inputs;
    const { add, mul } = ring;
    const out = ring.allocate(rows * outputs);
    for (let r = 0; r < rows; r++)
      for (let k = 0; k < inputs; k++) {
        const value = x.data[r * inputs + k]!;
        for (let j = 0; j < outputs; j++)
          out[r * outputs + j] = add(
            out[r * outputs + j]!,
            mul(value, weights.data[k * outputs + j]!),
          );
      }
    return { shape: [...x.shape.slice(0, -1), outputs], data: out };
  };
