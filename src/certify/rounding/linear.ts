/**
 * Rounding bounds of convolutions, projected layers and dense layers.
 *
 * With `N = (in / groups) * taps` terms a convolution has at most `N + 1` roundings on a path (product,
 * `N - 1` sums, bias), a projected layer one more, whether the gate comes after the convolution or into
 * the kernel. One is added to each for an implementation that starts its sums elsewhere.
 */
import type { Convolution, Dense, Kernelled, Projected } from "../../model/operator.js";
import { PADDING, readMap } from "../../semantics/readMap.js";
import { axis, taps } from "../../tensor/geometry.js";
import { channelsOf, size } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mayOverflow, sumBound, underflow } from "../../algebra/roundoff.js";
import { largestOf, mapped } from "./magnitude.js";

/** Positions that share a pass over the kernel, so that large kernels are read from memory less often. */
const block = 16;

/** `out[to + j] += value * row[from + j]` for `length` elements. */
const accumulate = (
  out: Float64Array,
  to: number,
  value: number,
  row: Float64Array,
  from: number,
  length: number,
): void => {
  for (let j = 0; j < length; j++) out[to + j]! += value * row[from + j]!;
};

/** `sum |x| |F|` at every output: the convolution of the magnitudes. */
const convolvedMagnitudes = (
  x: Tensor<number>,
  kernel: Float64Array,
  op: Kernelled,
): Tensor<number> => {
  const extents = x.shape.slice(1, -1);
  const { positions, taps: width, reads, extents: spatial } = readMap(op.geometry, extents);
  const [batch, area, inputs] = [x.shape[0]!, size(extents), channelsOf(x.shape)];
  const outputs = channelsOf(op.kernel.shape);
  const [groupInputs, groupOutputs] = [inputs / op.groups, outputs / op.groups];
  const values = Float64Array.from(x.data, Math.abs);
  const out = new Float64Array(batch * positions * outputs);
  for (let n = 0; n < batch; n++)
    for (let start = 0; start < positions; start += block) {
      const end = Math.min(start + block, positions);
      for (let t = 0; t < width; t++)
        for (let c = 0; c < inputs; c++) {
          const first = Math.floor(c / groupInputs) * groupOutputs;
          const row = (t * groupInputs + (c % groupInputs)) * outputs + first;
          for (let p = start; p < end; p++) {
            const read = reads[p * width + t]!;
            const value = read === PADDING ? 0 : values[(n * area + read) * inputs + c]!;
            if (value === 0) continue;
            const to = (n * positions + p) * outputs + first;
            accumulate(out, to, value, kernel, row, groupOutputs);
          }
        }
    }
  return { shape: [batch, ...spatial, outputs], data: out };
};

/** The magnitudes are summed in binary64 on the same path as the terms, with as many operations as roundings. */
const linearBound = (
  sums: Tensor<number>,
  bias: Tensor<number> | null,
  roundings: number,
  lost: number,
): Tensor<number> => {
  const outputs = channelsOf(sums.shape);
  return mapped(sums, (s, i) =>
    sumBound(
      s + (bias === null ? 0 : Math.abs(bias.data[i % outputs]!)),
      roundings,
      lost,
      roundings,
    ),
  );
};

/** The bound of a convolution: product, sums, bias, and one to spare. */
export const convolutionBound = (op: Convolution<number>, x: Tensor<number>): Tensor<number> => {
  const kernel = Float64Array.from(op.kernel.data, Math.abs);
  const terms = taps(op.geometry) * op.kernel.shape.at(-2)!;
  return linearBound(convolvedMagnitudes(x, kernel, op), op.bias, terms + 2, terms * underflow);
};

/**
 * The bound of a projected layer: one rounding more, wherever the gate comes in. Either product of `g F x` may
 * underflow before the third factor scales what was lost, and either may overflow although all three
 * together do not.
 */
export const projectedBound = (op: Projected<number>, x: Tensor<number>): Tensor<number> => {
  const pairs = op.gates.data.length;
  const kernel = Float64Array.from(op.kernel.data, (f, i) =>
    Math.abs(f * op.gates.data[i % pairs]!),
  );
  const terms = taps(op.geometry) * op.kernel.shape.at(-2)!;
  const [f, g, v] = [op.kernel.data, op.gates.data, x.data].map(largestOf) as [
    number,
    number,
    number,
  ];
  const scaled = 1 + v + g + f;
  const sums = convolvedMagnitudes(x, kernel, op);
  if ([g * f, g * v, f * v * (terms + 1)].some(mayOverflow)) return mapped(sums, () => Infinity);
  return linearBound(sums, op.bias, terms + 3, 2 * terms * underflow * scaled);
};

/** A dense layer is the convolution of one tap at every position. */
export const denseBound = (op: Dense<number>, x: Tensor<number>): Tensor<number> => {
  const geometry = x.shape.slice(1, -1).map(() => axis({ kernel: 1 }));
  const kernel: Tensor<number> = {
    shape: [...geometry.map(() => 1), ...op.weights.shape],
    data: op.weights.data,
  };
  return convolutionBound({ kind: "convolution", geometry, groups: 1, kernel, bias: op.bias }, x);
};
