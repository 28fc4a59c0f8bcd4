/**
 * Cholesky's factorisation without roots: `A = L D L^T` for a Gram matrix `A`, `L` lower triangular with ones on
 * its diagonal, `D` diagonal. It needs an order and a division and no roots, so over fractions it is exact.
 *
 * Row `i` follows from the rows above. With `g_ij = L_ij d_j`, equate the entries of `A` and of `L D L^T`:
 *
 *     g_ij = A_ij - sum_{m < j} g_im L_jm,     L_ij = g_ij / d_j,     d_i = A_ii - sum_{m < i} g_im L_im
 *
 * `d_i` is the square of what is left of vector `i` when the vectors before it have explained what they can
 * (Gram and Schmidt). Where it is zero the vector is a combination of the earlier ones: then so is all that it
 * could explain, `g_ji = 0` for every `j > i`, and it gets the coefficient zero. The equations of least squares
 * always have a solution, and this is one. In machine arithmetic zero is `negligible` times the vector's square.
 *
 * `n^3 / 6` products for the factor and `n^2` for each right-hand side.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Storage } from "../algebra/ring.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Reals } from "./reals.js";

/** A factored matrix. */
export interface Factor<A> {
  readonly size: number;
  /** `L`, row-major; what is on and above the diagonal is not read. */
  readonly lower: ArrayLike<A>;
  /** `D`. */
  readonly pivots: ArrayLike<A>;
  /** `1 / d`, and zero where `d` is. */
  readonly inverses: ArrayLike<A>;
}

const notGram = <A>({ ring }: Reals<A>, where: string, found: A): Result<never> =>
  refuse({
    where: `Cholesky factorisation, ${where}`,
    found: ring.show(found),
    expected: "a Gram matrix: pivots of at least zero, and nothing below a zero",
  });

/**
 * Factor a Gram matrix `[n, n]`, of which the lower triangle is read. Where nothing rounds, a matrix that is none
 * is refused.
 */
export const factor =
  <A>(reals: Reals<A>) =>
  ({ shape, data }: Tensor<A>): Result<Factor<A>> => {
    const { ring, compare, divide, of } = reals;
    const { add, mul, sub, zero } = ring;
    const n = shape[0]!;
    const { negligible } = reals;
    const isExact = negligible === undefined;
    const small = of(negligible ?? 0);
    const lower = ring.allocate(n * n);
    const pivots = ring.allocate(n);
    const inverses = ring.allocate(n);
    const scaled = ring.allocate(n);
    for (let i = 0; i < n; i++) {
      const row = i * n;
      for (let j = 0; j < i; j++) {
        let sum = zero;
        for (let m = 0; m < j; m++) sum = add(sum, mul(scaled[m]!, lower[j * n + m]!));
        const rest = sub(data[row + j]!, sum);
        if (isExact && ring.equals(pivots[j]!, zero) && !ring.equals(rest, zero))
          return notGram(reals, `entry ${i}, ${j}`, rest);
        scaled[j] = rest;
        lower[row + j] = mul(rest, inverses[j]!);
      }
      let explained = zero;
      for (let m = 0; m < i; m++) explained = add(explained, mul(scaled[m]!, lower[row + m]!));
      const square = data[row + i]!;
      const pivot = sub(square, explained);
      if (compare(pivot, mul(small, square)) > 0) {
        pivots[i] = pivot;
        inverses[i] = divide(ring.one, pivot);
      } else if (isExact && !ring.equals(pivot, zero)) return notGram(reals, `pivot ${i}`, pivot);
    }
    return E.right({ size: n, lower, pivots, inverses });
  };

/** Solve `L y = b`. */
export const forward = <A>(
  { ring }: Pick<Reals<A>, "ring">,
  { size, lower }: Factor<A>,
  b: ArrayLike<A>,
): Storage<A> => {
  const y = ring.allocate(size);
  for (let i = 0; i < size; i++) {
    let sum: A = b[i]!;
    for (let m = 0; m < i; m++) sum = ring.sub(sum, ring.mul(lower[i * size + m]!, y[m]!));
    y[i] = sum;
  }
  return y;
};

/** Solve `L^T x = z`. */
export const backward = <A>(
  { ring }: Pick<Reals<A>, "ring">,
  { size, lower }: Factor<A>,
  z: ArrayLike<A>,
): Storage<A> => {
  const x = ring.allocate(size);
  for (let i = 0; i < size; i++) x[i] = z[i]!;
  for (let i = size - 1; i > 0; i--)
    for (let m = 0; m < i; m++) x[m] = ring.sub(x[m]!, ring.mul(lower[i * size + m]!, x[i]!));
  return x;
};

/** Solve `A x = b`, for a `b` that `A` reaches; dependent vectors get the coefficient zero. */
export const solve = <A>(reals: Reals<A>, f: Factor<A>, b: ArrayLike<A>): Storage<A> => {
  const y = forward(reals, f, b);
  for (let i = 0; i < f.size; i++) y[i] = reals.ring.mul(y[i]!, f.inverses[i]!);
  return backward(reals, f, y);
};
