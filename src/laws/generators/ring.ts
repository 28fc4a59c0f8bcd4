/**
 * Rings with a way to draw their elements, which is what a law needs to be tried: it draws what it speaks of
 * (a factor, a direction, a cotangent) besides the network's weights.
 */
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../../algebra/float32.js";
import { formalField } from "../../algebra/formalField.js";
import { formalPolynomial } from "../../algebra/formalPolynomial.js";
import { integer } from "../../algebra/integer.js";
import type { Polynomial } from "../../algebra/polynomial.js";
import { primeField } from "../../algebra/primeField.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Ring } from "../../algebra/ring.js";
import { size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** A ring with a way to draw elements from a source that is uniform in `0..1`. */
export interface Sampled<A> {
  readonly ring: Ring<A>;
  readonly draw: (uniform: () => number) => A;
}

/** Quarters between -3 and 3: exact in every binary format, zero among them. */
export const rationals: Sampled<Rational> = {
  ring: rational,
  // Every quarter is a rational number, so the alternative is never taken.
  draw: (uniform) =>
    E.getOrElse(() => rational.zero)(rational.fromNumber(Math.floor(uniform() * 25 - 12) / 4)),
};

/** Whole numbers from -6 to 6. */
export const integers: Sampled<bigint> = {
  ring: integer,
  draw: (uniform) => BigInt(Math.floor(uniform() * 13 - 6)),
};

const fieldElement = (uniform: () => number): bigint =>
  (BigInt(Math.floor(uniform() * 2 ** 32)) << 29n) ^ BigInt(Math.floor(uniform() * 2 ** 29));

/** Elements of the prime field. */
export const fieldElements: Sampled<bigint> = { ring: primeField, draw: fieldElement };

/** Elements of a field in which every function is an uninterpreted symbol. */
export const formal = (key: string): Sampled<bigint> => ({
  ring: formalField(key),
  draw: fieldElement,
});

/**
 * Polynomials with uninterpreted functions, each element drawn a variable of its own: what holds for a
 * network of these holds for all weights and inputs of its shapes. The variables are `v0`, `v1`, ...
 */
export const variables = (): Sampled<Polynomial<Rational>> => {
  const ring = formalPolynomial(rational);
  let drawn = 0;
  return { ring, draw: () => ring.variable(`v${drawn++}`) };
};

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

/** The rings that the laws are tried over by name. */
export const ringNames = ["rational", "field", "polynomial"] as const;

/** The name of one of these rings. */
export type RingName = (typeof ringNames)[number];

/**
 * Do something over the ring of a name, whatever its elements are. `key` chooses the symbols of the formal
 * field, `polynomial` numbers its variables anew.
 */
export const overRing = <R>(name: RingName, key: string, use: <A>(over: Sampled<A>) => R): R => {
  switch (name) {
    case "rational":
      return use(rationals);
    case "field":
      return use(formal(key));
    case "polynomial":
      return use(variables());
  }
};
