/**
 * Equal convolutions in a form that TensorFlow.js evaluates. It ignores `groups` of a loaded Conv2D and
 * `dilation_rate` of a DepthwiseConv2D, and has no convolution with stride and dilation together. Both rest
 * on T6: a grouped kernel is a kernel with zeros between the groups (T6_groups), and a dilated kernel is a
 * longer one with zeros between its taps.
 */
import type { Convolution } from "../../model/operator.js";
import { kernelExtents, span, type Geometry } from "../../tensor/geometry.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The convolution with its dilation written out as zeros between the taps, over two spatial axes. */
export const undilated = (op: Convolution<number>): Convolution<number> => {
  const [rows, columns] = op.geometry;
  if (rows === undefined || columns === undefined) return op;
  const [kh, kw, perGroup, outputs] = op.kernel.shape as [number, number, number, number];
  const block = perGroup * outputs;
  const width = span(columns);
  const data = new Float32Array(span(rows) * width * block);
  const source = op.kernel.data as Float32Array;
  for (let y = 0; y < kh; y++)
    for (let x = 0; x < kw; x++) {
      const from = (y * kw + x) * block;
      const to = (y * rows.dilation * width + x * columns.dilation) * block;
      data.set(source.subarray(from, from + block), to);
    }
  const geometry: Geometry = op.geometry.map((a) => ({ ...a, kernel: span(a), dilation: 1 }));
  return {
    ...op,
    geometry,
    kernel: { shape: [...kernelExtents(geometry), perGroup, outputs], data },
  };
};

/** The convolution with its groups written out as zeros: output j keeps the inputs of its own group. */
export const ungrouped = (op: Convolution<number>): Convolution<number> => {
  const shape = op.kernel.shape;
  const outputs = shape.at(-1)!;
  const perGroup = shape.at(-2)!;
  const inputs = perGroup * op.groups;
  const outputsPerGroup = outputs / op.groups;
  const taps = op.kernel.data.length / (perGroup * outputs);
  const source = op.kernel.data as Float32Array;
  const data = new Float32Array(taps * inputs * outputs);
  for (let tap = 0; tap < taps; tap++)
    for (let group = 0; group < op.groups; group++)
      for (let k = 0; k < perGroup; k++) {
        const first = group * outputsPerGroup;
        const from = (tap * perGroup + k) * outputs + first;
        const to = (tap * inputs + group * perGroup + k) * outputs + first;
        data.set(source.subarray(from, from + outputsPerGroup), to);
      }
  const kernel: Tensor<number> = { shape: [...shape.slice(0, -2), inputs, outputs], data };
  return { ...op, groups: 1, kernel };
};
