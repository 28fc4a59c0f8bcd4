/**
 * CUDA's libraries may round the factors of float32 products to the 11 bits of TF32, which is their default
 * in convolutions on GPUs from Ampere on and two thousand times coarser than float32. Heirloom's rounding bounds
 * are those of float32, and the self test refuses less. The libraries read this variable when they start.
 */

const variable = "NVIDIA_TF32_OVERRIDE";

/** Ask CUDA's libraries for float32, unless the variable says something already. */
export const withFullPrecision = (): void => {
  process.env[variable] ??= "0";
};
