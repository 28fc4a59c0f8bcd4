/** Whether a machine number is the correctly rounded image of an exact one, decided by its neighbours. */
import { rational, type Rational } from "../../src/algebra/rational.js";
import { valueOf } from "./laws.js";

/** How the numbers of a format follow one another: the bits of a finite number as a whole number. */
export interface Format {
  readonly bitsOf: (x: number) => bigint;
  readonly ofBits: (bits: bigint) => number;
  /** The largest finite number, and the distance from it to the next that the format lacks. */
  readonly largest: number;
  readonly lastStep: number;
}

const view = new DataView(new ArrayBuffer(8));

export const binary64: Format = {
  bitsOf: (x) => (view.setFloat64(0, x), view.getBigUint64(0)),
  ofBits: (bits) => (view.setBigUint64(0, bits), view.getFloat64(0)),
  largest: Number.MAX_VALUE,
  lastStep: 2 ** 971,
};

export const binary32: Format = {
  bitsOf: (x) => (view.setFloat32(0, x), BigInt(view.getUint32(0))),
  ofBits: (bits) => (view.setUint32(0, Number(bits)), view.getFloat32(0)),
  largest: (2 - 2 ** -23) * 2 ** 127,
  lastStep: 2 ** 104,
};

const exact = (x: number): Rational => valueOf(rational.fromNumber(x));
const compare = rational.functions.compare!;
const magnitude = (x: Rational): Rational =>
  compare(x, rational.zero) < 0 ? rational.sub(rational.zero, x) : x;

/** No neighbour of `rounded` is nearer to `x`; one as near has an odd last bit. */
export const isNearest = (format: Format, x: Rational, rounded: number): boolean => {
  const size = magnitude(x);
  if (rounded !== 0 && rounded > 0 !== compare(x, rational.zero) > 0) return false;
  const { sub, add } = rational;
  const halfBeyond = add(exact(format.largest), exact(format.lastStep / 2));
  if (!Number.isFinite(rounded)) return !Number.isNaN(rounded) && compare(size, halfBeyond) >= 0;
  if (compare(size, halfBeyond) >= 0) return false;
  const bits = format.bitsOf(Math.abs(rounded));
  const distance = (y: number): Rational => magnitude(sub(exact(y), size));
  const own = distance(format.ofBits(bits));
  const neighbours = [bits - 1n, bits + 1n].filter(
    (b) => b >= 0n && Number.isFinite(format.ofBits(b)),
  );
  return neighbours.every((b) => {
    const order = compare(own, distance(format.ofBits(b)));
    return order < 0 || (order === 0 && (bits & 1n) === 0n);
  });
};
