/**
 * Which of several equal formulations a backend runs best. All of them are right everywhere; the table
 * only moves time. Ratios were measured on the wasm backend of TensorFlow.js 4.22 with node 20 at the
 * shapes of ResNet-50 (batch 16): `test/bench/tfjsGradients.ts` prints them again.
 */

/** The backend's preferences. */
export interface Formulation {
  /**
   * Every s-th position of a spatial axis: `pool`, a max pool of one tap with stride s (wasm: 100 to 160 times
   * faster than StridedSlice, which copies element by element), or `stride`, StridedSlice.
   */
  readonly subsample: "pool" | "stride";
  /**
   * The sum over leading axes: `pool`, an average pool times the number of elements (wasm: 4 to 18 times
   * faster than Sum, which is scalar and transposes first), or `sum`. A pool over many positions is one
   * thread an output on a GPU, so only wasm wants it.
   */
  readonly reduce: "pool" | "sum";
  /**
   * How a matrix product gets its transposed operand: `copy`, an explicit transpose (wasm: 4 to 15 times
   * faster than BatchMatMul's own flags, which leave XNNPACK), or `flag`.
   */
  readonly transpose: "copy" | "flag";
  /**
   * A convolution with both a stride and a dilation: `kernel`, run by the backend as it is (wasm), or
   * `subsample`, run with stride 1 and thinned afterwards, because kernels and operators refuse the pair.
   */
  readonly stridedDilation: "kernel" | "subsample";
  /**
   * `x * scale + shift` per channel: `fused`, a depthwise convolution of one tap with a bias (wasm: half
   * the time, one pass instead of two), or `broadcast`.
   */
  readonly affine: "fused" | "broadcast";
  /**
   * The input gradient multiplies the kernel from the left, `W dy^T`, and adds shifted taps where there
   * are at most this many positions (batch included) per output channel; above, it convolves `dy` with
   * the transposed kernel. Transposing and packing a kernel costs wasm more than the products where the
   * map is small: at 0.125 positions a channel the left product takes 0.25 to 0.33 of the time (1x1 and
   * 3x3), at 1 as long (1x1) or 1.3 to 1.5 times as long (3x3), at 8 about four times as long (3x3).
   */
  readonly positionsPerChannel: number;
  /**
   * A max pool with padding: `kernel`, the pool's own explicit padding, or `pad`, a map padded with minus
   * infinity beforehand, because tfjs-node's MaxPool knows only the paddings "valid" and "same".
   */
  readonly poolPadding: "kernel" | "pad";
}

const accelerated: Formulation = {
  subsample: "stride",
  reduce: "sum",
  transpose: "flag",
  stridedDilation: "subsample",
  affine: "broadcast",
  positionsPerChannel: 0,
  poolPadding: "kernel",
};

const wasm: Formulation = {
  subsample: "pool",
  reduce: "pool",
  transpose: "copy",
  stridedDilation: "kernel",
  affine: "fused",
  positionsPerChannel: 0.5,
  poolPadding: "kernel",
};

/** The preferences of a backend by the name TensorFlow.js registers it under. */
export const formulationOf = (backend: string): Formulation => {
  switch (backend) {
    case "wasm":
      return wasm;
    case "tensorflow":
      return { ...accelerated, poolPadding: "pad" };
    default:
      return accelerated;
  }
};
