/**
 * A ring as the extracted checker wants it: its operations one argument at a time, and two tests.
 * `same` decides equality of weights that a conversion moves, `near` that of weights that it computes.
 *
 * Over an exact ring both are the ring's equality, and what the checker accepts means the same (check_sound).
 *
 * Machine numbers stand for the real numbers they are. The checker computes with them in binary64. The product
 * of two binary32 numbers has 48 bits, and an exponent that binary64 reaches, so a merged weight `g F` is
 * computed exactly; sums, and products with factors that are results themselves, are rounded to 53 bits.
 * Only folding has those: a folded kernel passes through at most three such roundings, a folded bias through
 * five. `near` asks that the weight found is the computed one as the ring stores it. So it is the exact weight
 * rounded once (merge: at most `2^-24` relative, `2^-150` absolute), and for folding up to the binary64 roundings
 * before (`5 * 2^-53` of the terms' magnitudes). What the checker then proves is check_near_sound: the target
 * is, up to that much in each computed weight, a network that means exactly what the source means.
 */
import { float64 } from "../algebra/float64.js";
import type { Ring } from "../algebra/ring.js";
import type { Cring } from "./extracted.js";

/** What the checker is instantiated with. */
export interface Arithmetic<A> {
  readonly cring: Cring;
  readonly same: (x: A) => (y: A) => boolean;
  readonly near: (found: A) => (expected: A) => boolean;
  /** The ring that new weights are computed in: `sqrt` and `divide` of it give a batch norm's deviation. */
  readonly working: Ring<A>;
  readonly show: (x: A) => string;
}

const cringOf = <A>({ zero, one, add, mul, sub }: Ring<A>): Cring => [
  "CRing",
  zero,
  one,
  (x) => (y) => add(x as A, y as A),
  (x) => (y) => mul(x as A, y as A),
  (x) => (y) => sub(x as A, y as A),
  (x) => sub(zero, x as A),
];

const identical = (x: number) => (y: number) => x === y || Object.is(x, y);

/** Machine numbers, rounded by being stored in the ring's storage. */
const machine = (ring: Ring<number>): Arithmetic<number> => {
  const cell = ring.allocate(1);
  return {
    cring: [
      "CRing",
      0,
      1,
      (x) => (y) => (x as number) + (y as number),
      (x) => (y) => (x as number) * (y as number),
      (x) => (y) => (x as number) - (y as number),
      (x) => -(x as number),
    ],
    same: identical,
    near: (found) => (expected) => {
      cell[0] = expected;
      return found === cell[0] && found - found === 0;
    },
    working: float64,
    show: ring.show,
  };
};

/** Whether the ring's elements are machine numbers, so that its arithmetic rounds. */
export const isMachine = <A>(ring: Ring<A>): boolean =>
  ring.rounding === "binary32" || ring.rounding === "binary64";

/** The arithmetic of a ring. */
export const arithmetic = <A>(ring: Ring<A>): Arithmetic<A> => {
  if (isMachine(ring))
    // The ring's elements are numbers, which the types cannot see.
    return machine(ring as unknown as Ring<number>) as unknown as Arithmetic<A>;
  const same = (x: A) => (y: A) => x === y || ring.equals(x, y);
  return { cring: cringOf(ring), same, near: same, working: ring, show: ring.show };
};
