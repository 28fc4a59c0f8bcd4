/** The numbers a program is made of, and how its constants are computed when it is made. */
import { float32 } from "../algebra/float32.js";
import { float64 } from "../algebra/float64.js";
import type { Ring } from "../algebra/ring.js";
import type { Tensor } from "../tensor/tensor.js";

/** A ring for the program's constants, and one, possibly wider, in which constants are folded. */
export interface Arithmetic<A> {
  readonly ring: Ring<A>;
  readonly folding: Ring<A>;
  /** A folded constant as the program keeps it. */
  readonly store: (value: Tensor<A>) => Tensor<A>;
}

/** Programs for machines: float32 constants, folded in float64 and rounded once. */
export const machine: Arithmetic<number> = {
  ring: float32,
  folding: float64,
  store: (value) => ({ shape: value.shape, data: Float32Array.from(value.data) }),
};

/** Programs over an exact ring, to reason about. */
export const exactly = <A>(ring: Ring<A>): Arithmetic<A> => ({
  ring,
  folding: ring,
  store: (value) => value,
});
