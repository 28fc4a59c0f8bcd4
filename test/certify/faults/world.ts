/** The rings that faults are planted over, and the meaning of a network, by which harmless changes are known. */
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../../../src/algebra/float32.js";
import { modulus } from "../../../src/algebra/primeField.js";
import { rational, type Rational } from "../../../src/algebra/rational.js";
import type { Result } from "../../../src/algebra/refusal.js";
import type { Ring } from "../../../src/algebra/ring.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import { drawTensor, formal } from "../../../src/laws/generators/ring.js";
import { tapeOf } from "../../../src/laws/generators/tape.js";
import { mapNetwork } from "../../../src/model/network.js";
import { evaluate } from "../../../src/semantics/evaluate.js";
import { readIn } from "../../../src/semantics/reading.js";
import { sameShape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import type { ConversionName } from "../../../src/transform/certificate.js";
import { succeed } from "../../generators/succeed.js";
import type { Claim } from "./plot.js";
import { claimOf, conversions, names } from "./conversions.js";

/** A ring with what the tests need of it: the next number, and its reading in the formal field. */
export interface World<A> {
  readonly ring: Ring<A>;
  readonly ulp: (x: A) => A;
  readonly formally: (n: AnyNetwork<A>) => Result<AnyNetwork<bigint>>;
  readonly honest: ReadonlyMap<ConversionName, Claim<A>>;
}

const field = formal("faults");
const least = succeed(rational.fromNumber(2 ** -149));
const inField = ({ numerator, denominator }: Rational): bigint => {
  const residue = (n: bigint): bigint => ((n % modulus) + modulus) % modulus;
  return succeed(field.ring.functions.divide!(residue(numerator), residue(denominator)));
};
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
const next = (x: number): number => {
  if (x === 0) return 2 ** -149;
  float[0] = x;
  bits[0]! += x > 0 ? 1 : -1;
  return float[0];
};
export const floats: World<number> = {
  ring: float32,
  ulp: next,
  formally: readIn(field.ring),
  honest: new Map(
    names.map((name) => [name, succeed(claimOf(float32, name, conversions[name].from))]),
  ),
};
export const fractions: World<Rational> = {
  ring: rational,
  ulp: (x) => rational.add(x, least),
  formally: (n) => E.right(mapNetwork(field.ring)(n, inField)),
  honest: new Map(
    names.map((name) => [
      name,
      succeed(claimOf(rational, name, succeed(readIn(rational)(conversions[name].from)))),
    ]),
  ),
};

const meanings = new WeakMap<object, Map<number, Tensor<bigint> | null>>();
/** The value of a network at random inputs over the formal field; null where its weights are no numbers. */
const meaning = <A>(
  { formally }: World<A>,
  n: AnyNetwork<A>,
  inputs: number,
): Tensor<bigint> | null => {
  const known = meanings.get(n) ?? new Map<number, Tensor<bigint> | null>();
  meanings.set(n, known);
  const before = known.get(inputs);
  if (before !== undefined) return before;
  const read = formally(n);
  const batch = drawTensor(field, [inputs, ...n.input], tapeOf([7]).bulk());
  const value = E.isLeft(read) ? null : succeed(evaluate(field.ring)(read.right, batch));
  known.set(inputs, value);
  return value;
};

/** Whether two networks have one value at a random input, and at many where they have at one. */
export const meansTheSame = <A>(world: World<A>, a: AnyNetwork<A>, b: AnyNetwork<A>): boolean =>
  a === b ||
  (sameShape(a.input, b.input) &&
    [1, 16].every((inputs) => {
      const [x, y] = [meaning(world, a, inputs), meaning(world, b, inputs)];
      return (
        x !== null &&
        y !== null &&
        sameShape(x.shape, y.shape) &&
        Array.from(x.data).every((v, i) => v === y.data[i])
      );
    }));
