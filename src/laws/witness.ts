/**
 * Witnesses that a convolution is no GFFN layer (T2_general).
 *
 * The value of a GFFN layer at a position depends on the input at that position alone. Where an output `p`
 * of a convolution reads another position `q` through a tap whose weight `F[t, k, j]` is not zero, set
 * `x_k[q]` from 0 to 1 and leave everything else zero: the inputs agree at `p`, and since no other tap of
 * output `p` reads `q`, the convolution's value there moves by `F[t, k, j]`. Two inputs and one output
 * position are thus all that has to be looked at.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Convolution } from "../model/operator.js";
import { convolve } from "../semantics/convolution.js";
import { PADDING, readMap, type ReadMap } from "../semantics/readMap.js";
import { kernelExtents, type Geometry } from "../tensor/geometry.js";
import { channelsOf, sameShape, size, type Shape } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";

/** A read of a position other than the output's own. */
export interface Coupling {
  readonly tap: number;
  /** The output's position, and the one it reads. */
  readonly position: number;
  readonly reads: number;
}

/** A coupling through a weight that is not zero: why a convolution is no GFFN layer. */
export interface Witness extends Coupling {
  /** Channels of the layer's input and output. */
  readonly input: number;
  readonly output: number;
}

const couplingThrough = (map: ReadMap, tap: number): Coupling | null => {
  for (let p = 0; p < map.positions; p++) {
    const reads = map.reads[p * map.taps + tap]!;
    if (reads !== PADDING && reads !== p) return { tap, position: p, reads };
  }
  return null;
};

/**
 * For each tap that some output reads another position through, the first such read. A window that changes
 * the extents has none: its outputs are at no position of the input.
 *
 * @example
 * import { axis } from "heirloom"
 * import { couplingsOf } from "heirloom/laws"
 *
 * const three = axis({ kernel: 3, low: 1, high: 1 })
 * assert.deepStrictEqual(couplingsOf([three], [4])[0], { tap: 0, position: 1, reads: 0 })
 * assert.deepStrictEqual(couplingsOf([three], [1]), [])
 * assert.deepStrictEqual(couplingsOf([axis({ kernel: 1 })], [4]), [])
 */
export const couplingsOf = (geometry: Geometry, extents: Shape): readonly Coupling[] => {
  const map = readMap(geometry, extents);
  if (!sameShape(map.extents, extents)) return [];
  return Array.from({ length: map.taps }, (_, tap) => couplingThrough(map, tap)).filter(
    (coupling): coupling is Coupling => coupling !== null,
  );
};

/** The first weight that couples two positions; null where there is none. */
export const witnessOf =
  <A>(ring: Ring<A>) =>
  (op: Convolution<A>, extents: Shape): Witness | null => {
    const outputs = channelsOf(op.kernel.shape);
    const perGroup = op.kernel.shape.at(-2)!;
    for (const coupling of couplingsOf(op.geometry, extents))
      for (let i = 0; i < perGroup * outputs; i++) {
        const weight = op.kernel.data[coupling.tap * perGroup * outputs + i]!;
        if (ring.equals(weight, ring.zero)) continue;
        const output = i % outputs;
        const group = Math.floor(output / (outputs / op.groups));
        return { ...coupling, input: group * perGroup + Math.floor(i / outputs), output };
      }
    return null;
  };

/** The two inputs of a witness: zero, and one at the position that is read. They agree everywhere else. */
export const witnessInputs =
  <A>(ring: Ring<A>) =>
  (w: Witness, input: Shape): readonly [Tensor<A>, Tensor<A>] => {
    const shape = [1, ...input];
    const at = w.reads * channelsOf(input) + w.input;
    return [
      generated(ring)(shape, () => ring.zero),
      generated(ring)(shape, (i) => (i === at ? ring.one : ring.zero)),
    ];
  };

/**
 * Check a witness by what it claims: the inputs agree at its position, and the convolution's values there do
 * not. Nothing of how it was found is used.
 */
export const verifyWitness =
  <A>(ring: Ring<A>) =>
  (op: Convolution<A>, input: Shape, w: Witness): Result<null> => {
    const inputs = channelsOf(input);
    const [zero, one] = witnessInputs(ring)(w, input);
    for (let k = 0; k < inputs; k++) {
      const at = w.position * inputs + k;
      if (!ring.equals(zero.data[at]!, one.data[at]!))
        return refuse({
          where: `inputs at position ${w.position}`,
          found: "different values",
          expected: "the same",
        });
    }
    const value = (x: Tensor<A>): A => {
      const y = convolve(ring)(x, op.kernel, op.geometry, op.groups);
      return y.data[w.position * channelsOf(y.shape) + w.output]!;
    };
    const [before, after] = [value(zero), value(one)];
    return ring.equals(before, after)
      ? refuse({
          where: `output ${w.output} at position ${w.position} of ${size(input) / inputs}`,
          found: `the value ${ring.show(after)} for both inputs`,
          expected: "two values: the inputs differ where the output reads",
        })
      : E.right(null);
  };

/** The convolution of one input channel, out of `inputs`, through one tap alone, with a weight of one. */
export const deltaAt =
  <A>(ring: Ring<A>) =>
  (geometry: Geometry, tap: number, inputs = 1, channel = 0): Convolution<A> => ({
    kind: "convolution",
    geometry,
    groups: 1,
    kernel: generated(ring)([...kernelExtents(geometry), inputs, 1], (i) =>
      i === tap * inputs + channel ? ring.one : ring.zero,
    ),
    bias: null,
  });
