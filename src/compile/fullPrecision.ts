/**
 * CUDA's libraries round the factors of float32 products to the 11 bits of TF32 where a program lets them, as ONNX
 * Runtime does: 2^13 times coarser than float32. Heirloom's rounding bounds are those of float32. The libraries read
 * this variable when they start.
 */

const variable = "NVIDIA_TF32_OVERRIDE";

/**
 * Ask CUDA's libraries for float32, unless the variable says something already. Threads have copies of the
 * environment, which the libraries do not see: a program that opens a backend in a thread of its own, or has used
 * CUDA before, sets the variable before it starts.
 */
export const withFullPrecision = (): void => {
  process.env[variable] ??= "0";
};
