/** Tensors of magnitudes, in binary64. */
import type { Tensor } from "../../tensor/tensor.js";

/** Absolute values in binary64. */
export const magnitudes = ({ shape, data }: Tensor<number>): Tensor<number> => ({
  shape,
  data: Float64Array.from(data, Math.abs),
});

/** The largest absolute value. */
export const largestOf = (data: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]!));
  return most;
};

/** A function of every element, in binary64. */
export const mapped = (t: Tensor<number>, f: (x: number, i: number) => number): Tensor<number> => ({
  shape: t.shape,
  data: Float64Array.from(t.data, f),
});
