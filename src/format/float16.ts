/**
 * Half-precision formats. Both widen to binary32 exactly; narrowing rounds to nearest, ties to even.
 *
 * binary16 is sign, 5 exponent bits (bias 15), 10 fraction bits. bfloat16 is the upper half of a
 * binary32.
 */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The value of one binary16 bit pattern. */
const widenHalf = (h: number): number => {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** All 65,536 values, computed once: decoding is then one look-up an element. */
const halves: { table?: Float32Array } = {};
const halfTable = (): Float32Array =>
  (halves.table ??= Float32Array.from({ length: 65536 }, (_, h) => widenHalf(h)));

/** Widen binary16 bit patterns to binary32. */
export const decodeFloat16 = (bits: Uint16Array): Float32Array => {
  const table = halfTable();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
  return out;
};

/** Round `x / 2^shift` to nearest, ties to even, for a natural `x` and `shift` of at least 1. */
const roundedShift = (x: number, shift: number): number => {
  const low = x & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const quotient = x >>> shift;
  return quotient + (low > half || (low === half && (quotient & 1) === 1) ? 1 : 0);
};

const narrowHalf = (bits: number): number => {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const e = exponent - 112;
  if (e >= 31) return sign | 0x7c00;
  // A carry out of the fraction moves into the exponent, up to infinity, as it should.
  if (e >= 1) return sign | roundedShift((e << 23) | fraction, 13);
  // Below 2^-25 even the largest value rounds to zero; the shift stays within 14..24.
  if (e < -10) return sign;
  return sign | roundedShift(fraction | 0x800000, 14 - e);
};

/** Round binary32 values to binary16 bit patterns; overflow becomes infinity. */
export const encodeFloat16 = (values: ArrayLike<number>): Uint16Array => {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    single[0] = values[i]!;
    out[i] = narrowHalf(word[0]!);
  }
  return out;
};

/** Widen bfloat16 bit patterns to binary32. */
export const decodeBfloat16 = (bits: Uint16Array): Float32Array => {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
};

/** Round binary32 values to bfloat16 bit patterns. */
export const encodeBfloat16 = (values: ArrayLike<number>): Uint16Array => {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    single[0] = values[i]!;
    const bits = word[0]!;
    // A NaN keeps its sign and becomes quiet: rounding could carry it into infinity.
    out[i] = Number.isNaN(single[0]) ? (bits >>> 16) | 0x40 : roundedShift(bits, 16);
  }
  return out;
};
