/**
 * Kronecker-factored curvature (K-FAC: Martens and Grosse, ICML 2015; for convolutions Grosse and Martens, ICML
 * 2016).
 *
 * The gradient of scalar `w_jk` is `G_j z_jk`, `G` the gradient at the nodes. Where `G` is independent of the inputs,
 * which is the approximation, its second moments are
 *
 *     E[G_j z_jk G_i z_il] = E[G_j G_i] E[z_jk z_il] = S_ji A_kl        if z_jk = z_ik for all nodes
 *
 * so the curvature of the whole layer, a matrix of `(n J)^2` entries, is the Kronecker product of `S [J, J]` and
 * `A [n, n]`, and a step against it solves two small systems: the `X` with `A X S` equal to the gradient.
 *
 * The last step needs one `A`. For projected nodes `E[z_jk z_il]` depends on `j` and `i`, and there is no product
 * (kronecker_refused).
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { matmul } from "../compile/interpret/matrix.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { factor, solve, type Factor } from "./cholesky.js";
import { nodeInputs } from "./patches.js";
import type { Reals } from "./reals.js";
import type { NodeOperator } from "./scalars.js";

/** The two factors of the curvature. */
export interface Curvature<A> {
  /** `A [n, n]`: the moments of the inputs, as node 0 sees them. */
  readonly inputs: Tensor<A>;
  /** `S [J, J]`: the moments of the gradients at the nodes. */
  readonly nodes: Tensor<A>;
}

/** The factors from a batch of the layer's inputs, and gradients at its nodes `[rows, nodes]`, as sums. */
export const curvatureOf =
  <A>({ ring }: Reals<A>) =>
  (op: NodeOperator<A>, x: Tensor<A>, gradients: Tensor<A>): Curvature<A> => {
    const z = nodeInputs(ring, op, x, 0);
    return {
      inputs: matmul(ring)(z, z, true, false),
      nodes: matmul(ring)(gradients, gradients, true, false),
    };
  };

const damped = <A>({ ring, of }: Reals<A>, m: Tensor<A>, damping: number): Tensor<A> =>
  damping === 0
    ? m
    : generated(ring)(m.shape, (i) =>
        i % (m.shape[1]! + 1) === 0 ? ring.add(m.data[i]!, of(damping)) : m.data[i]!,
      );

/** Solve `F X = B` for a matrix of right-hand sides. */
const solveColumns = <A>(reals: Reals<A>, f: Factor<A>, b: Tensor<A>): Tensor<A> => {
  const columns = b.shape[1]!;
  const solved = Array.from({ length: columns }, (_, j) =>
    solve(reals, f, generated(reals.ring)([f.size], (i) => b.data[i * columns + j]!).data),
  );
  return generated(reals.ring)(b.shape, (i) => solved[i % columns]![Math.floor(i / columns)]!);
};

const transposed = <A>({ ring }: Reals<A>, { shape, data }: Tensor<A>): Tensor<A> => {
  const [rows, columns] = shape as [number, number];
  return generated(ring)(
    [columns, rows],
    (i) => data[(i % rows) * columns + Math.floor(i / rows)]!,
  );
};

/**
 * The step against a gradient `[n, J]` of the layer's scalars: the `X` with `(A + damping) X (S + damping)` equal to
 * it.
 */
export const kroneckerStep =
  <A>(reals: Reals<A>, damping = 0) =>
  ({ inputs, nodes }: Curvature<A>, gradient: Tensor<A>): Result<Tensor<A>> =>
    E.chain((a: Factor<A>) =>
      E.map((s: Factor<A>) => {
        const half = solveColumns(reals, a, gradient);
        return transposed(reals, solveColumns(reals, s, transposed(reals, half)));
      })(factor(reals)(damped(reals, nodes, damping))),
    )(factor(reals)(damped(reals, inputs, damping)));
