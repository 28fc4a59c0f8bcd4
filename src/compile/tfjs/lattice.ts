/**
 * The arithmetic of strided taps on one axis, shared by every adjoint that scatters.
 *
 * In padded coordinates `P = p + low`, output `o` and tap `t` meet input `P = o * s + t * d`. Split both
 * sides by residue modulo the stride: `P = m * s + r`, and `t * d = q_t * s + r` for the taps of residue
 * `r`. Then `m = o + q_t`: within a residue the axis behaves as if its stride were 1. Let `g = gcd(s, d)`;
 * the taps of one residue are `s / g` apart and their shifts `q_t` are `d / g` apart.
 *
 * Every residue is computed on the same range `first <= m < first + count`, which covers the input; the
 * residues are interleaved and the input's own extent cut out at `begin`.
 */
import type { Axis } from "../../tensor/geometry.js";

/** One tap of a residue and how far it moves. */
export interface Shift {
  readonly tap: number;
  readonly by: number;
}

/** One axis seen from its input, residue by residue. */
export interface Lattice {
  readonly stride: number;
  /** The least `m` that is computed, and how many. */
  readonly first: number;
  readonly count: number;
  /** Where the input starts among the interleaved residues, and its extent. */
  readonly begin: number;
  readonly extent: number;
  /** Distance between the shifts of neighbouring taps of a residue. */
  readonly spacing: number;
  /** The taps of each residue `0 .. stride - 1`, ascending; some residues may have none. */
  readonly residues: readonly (readonly Shift[])[];
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The lattice of an axis over an input of `extent` positions. */
export const latticeOf = (a: Axis, extent: number): Lattice => {
  const s = a.stride;
  const first = Math.floor(a.low / s);
  const all = Array.from({ length: a.kernel }, (_, tap) => ({
    tap,
    by: Math.floor((tap * a.dilation) / s),
    residue: (tap * a.dilation) % s,
  }));
  return {
    stride: s,
    first,
    count: Math.floor((a.low + extent - 1) / s) - first + 1,
    begin: a.low - s * first,
    extent,
    spacing: a.dilation / gcd(s, a.dilation),
    residues: Array.from({ length: s }, (_, r) => all.filter(({ residue }) => residue === r)),
  };
};
