/** Elements of the rings that the tests use, drawn from a uniform source. */
import { float32 } from "../../src/algebra/float32.js";
import { formalField } from "../../src/algebra/formalField.js";
import { integer } from "../../src/algebra/integer.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "./succeed.js";

/** A ring with a way to draw elements from a source that is uniform in `0..1`. */
export interface Sampled<A> {
  readonly ring: Ring<A>;
  readonly draw: (uniform: () => number) => A;
}

/** Quarters between -3 and 3: exact in every binary format, zero among them. */
export const rationals: Sampled<Rational> = {
  ring: rational,
  draw: (uniform) => succeed(rational.fromNumber(Math.floor(uniform() * 25 - 12) / 4)),
};

export const integers: Sampled<bigint> = {
  ring: integer,
  draw: (uniform) => BigInt(Math.floor(uniform() * 13 - 6)),
};

const fieldElement = (uniform: () => number): bigint =>
  (BigInt(Math.floor(uniform() * 2 ** 32)) << 29n) ^ BigInt(Math.floor(uniform() * 2 ** 29));

export const fieldElements: Sampled<bigint> = { ring: primeField, draw: fieldElement };

/** Elements of a field in which every function is an uninterpreted symbol. */
export const formal = (key: string): Sampled<bigint> => ({
  ring: formalField(key),
  draw: fieldElement,
});

/** Binary32 numbers of very different magnitudes and both signs. */
export const floats32: Sampled<number> = {
  ring: float32,
  draw: (uniform) => Math.fround((uniform() - 0.5) * 2 ** Math.floor(uniform() * 12 - 6)),
};

/** A tensor of drawn elements. */
export const drawTensor = <A>(
  { ring, draw }: Sampled<A>,
  shape: Shape,
  uniform: () => number,
): Tensor<A> => {
  const data = ring.allocate(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = draw(uniform);
  return { shape, data };
};
