/** Cholesky's factorisation without roots, over the fractions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import { matmul } from "../../src/compile/interpret/matrix.js";
import { factor, solve, type Factor } from "../../src/inherit/cholesky.js";
import { drawNumber } from "../../src/inherit/draw.js";
import { inverse, number } from "../../src/inherit/exact.js";
import { doubles, fractions } from "../../src/inherit/reals.js";
import { sameTensor } from "../../src/laws/equality.js";
import { generated, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

const { zero, one } = rational;

/** Vectors, some of them often combinations of others. */
const drawVectors = (t: Tape): Tensor<Rational> => {
  const shape = [t.between(1, 4), t.between(1, 4)];
  return tensor(
    shape,
    Array.from({ length: shape[0]! * shape[1]! }, () => drawNumber(t)),
  );
};
const gramOf = (z: Tensor<Rational>): Tensor<Rational> => matmul(rational)(z, z, true, false);

/** How many of the vectors are independent of those before them. */
const rankOf = <A>(ring: Ring<A>, { inverses }: Factor<A>): number =>
  Array.from(inverses).filter((x) => !ring.equals(x, ring.zero)).length;

/** `L D L^T`. */
const product = ({ size, lower, pivots }: Factor<Rational>): Tensor<Rational> => {
  const l = generated(rational)([size, size], (at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return i === j ? one : j < i ? lower[at]! : zero;
  });
  const d = generated(rational)([size, size], (at) =>
    at % (size + 1) === 0 ? pivots[at % size]! : zero,
  );
  return matmul(rational)(matmul(rational)(l, d, false, false), l, false, true);
};

describe("Cholesky without roots", () => {
  it("gives the Gram matrix back, of whatever rank", () => {
    let singular = 0;
    fc.assert(
      fc.property(tape().map(drawVectors), (z) => {
        const gram = gramOf(z);
        const f = succeed(factor(fractions)(gram));
        if (rankOf(rational, f) < f.size) singular++;
        return sameTensor(rationals, product(f), gram);
      }),
      { numRuns: 200 },
    );
    expect(singular).toBeGreaterThan(20);
  });

  it("has a zero pivot exactly where the matrix has no inverse", () => {
    fc.assert(
      fc.property(tape().map(drawVectors), (z) => {
        const gram = gramOf(z);
        const n = gram.shape[0]!;
        const rows = Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (_, j) => gram.data[i * n + j]!),
        );
        return (
          (rankOf(rational, succeed(factor(fractions)(gram))) === n) === (inverse(rows) !== null)
        );
      }),
      { numRuns: 200 },
    );
  });

  it("solves for every right-hand side that the matrix reaches", () => {
    fc.assert(
      fc.property(tape().map(drawVectors), tape(), (z, t) => {
        const gram = gramOf(z);
        const n = gram.shape[0]!;
        const w = tensor(
          [n, 1],
          Array.from({ length: n }, () => drawNumber(t)),
        );
        const right = matmul(rational)(gram, w, false, false);
        const x = solve(fractions, succeed(factor(fractions)(gram)), right.data);
        const again = matmul(rational)(gram, tensor([n, 1], Array.from(x)), false, false);
        return sameTensor(rationals, again, right);
      }),
      { numRuns: 200 },
    );
  });

  it("gives a combination of earlier vectors the coefficient zero", () => {
    const z = tensor([2, 3], [1, 2, 0, 0, 0, 1].map(number));
    const right = matmul(rational)(z, tensor([2, 1], [3, 5].map(number)), true, false);
    const x = solve(fractions, succeed(factor(fractions)(gramOf(z))), right.data);
    expect(Array.from(x, rational.show)).toEqual(["3", "0", "5"]);
  });

  it.each([
    ["a negative pivot", [1, 2, 2, 1], /pivot 1: found -3/],
    ["something below a zero pivot", [0, 1, 1, 1], /entry 1, 0: found 1/],
  ])("refuses %s", (_, entries, words) => {
    const refusal = refused(factor(fractions)(tensor([2, 2], entries.map(number))));
    expect(showRefusal(refusal)).toMatch(words);
  });

  it("takes for nothing, in binary64, what rounding leaves of it", () => {
    const third = 1 / 3;
    const z = [0.1, 0.2, 0.3, 0.4].map((x) => [x, 1, x * third + 1]);
    const gram = tensor(
      [3, 3],
      Float64Array.from({ length: 9 }, (_, at) =>
        z.reduce((sum, row) => sum + row[Math.floor(at / 3)]! * row[at % 3]!, 0),
      ),
    );
    expect(rankOf(doubles.ring, succeed(factor(doubles)(gram)))).toBe(2);
  });
});
