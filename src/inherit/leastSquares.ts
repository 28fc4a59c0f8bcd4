/**
 * Least squares, node by node: the coefficients (and the bias) of a layer for which its value is nearest to given
 * targets, in closed form.
 *
 * The minimum of `|Z_j w + b - t_j|^2 + lambda |w|^2` solves the normal equations of moments.ts with `lambda` added
 * on the diagonal of `w` (ridge regression; the bias is free). The nodes of a dense layer, or of a group of a
 * convolution, have one Gram matrix: it is factored once, `n^3 / 6` products, and each node costs `n^2`. The nodes
 * of a projected layer have one each, so the factor costs `n^3 / 6` a node; but `n` is the number of gates, which
 * is the taps' number smaller than that of the convolution's weights.
 *
 * The sum of squares is all that gradient descent could reach: at the solution the gradient is zero, and the loss
 * of any other coefficients is larger by the square of the difference they make (pythagoras in proofs/Fitting.v).
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { replaceOperator } from "../model/edit.js";
import type { Tensor } from "../tensor/tensor.js";
import { factor, solve, type Factor } from "./cholesky.js";
import {
  addMoments,
  momentsOf,
  normalEquations,
  type Moments,
  type NormalEquations,
  type Reading,
} from "./moments.js";
import type { Reals } from "./reals.js";
import { inputAt, operatorOf } from "./sequence.js";
import { nodeCount, rowCount, scalarsOf, withScalars, type NodeOperator } from "./scalars.js";

/** How a layer is fitted. */
export interface FitOptions {
  /** What is added on the diagonal: how much a square of a coefficient costs. */
  readonly ridge: number;
}

/** No ridge. */
export const plainFit: FitOptions = { ridge: 0 };

/** The leading part of the equations, with the ridge; without the bias's row where there is no bias. */
const penalised = <A>(
  { ring, of }: Reals<A>,
  { shape, data }: Tensor<A>,
  hasBias: boolean,
  ridge: number,
): Tensor<A> => {
  const whole = shape[0]!;
  const n = hasBias ? whole : whole - 1;
  const out = ring.allocate(n * n);
  for (let a = 0; a < n; a++) for (let b = 0; b <= a; b++) out[a * n + b] = data[a * whole + b]!;
  if (ridge !== 0)
    for (let a = 0; a < whole - 1; a++) out[a * n + a] = ring.add(out[a * n + a]!, of(ridge));
  return { shape: [n, n], data: out };
};

/** Solve for all nodes; as long as nodes have one Gram matrix, it is factored once. */
const solved =
  <A>(reals: Reals<A>, options: FitOptions) =>
  <Op extends NodeOperator<A>>(
    op: Op,
    equations: (node: number) => NormalEquations<A>,
  ): Result<Op> => {
    const { ring } = reals;
    const [count, nodes] = [rowCount<A>(op), nodeCount<A>(op)];
    const hasBias = op.bias !== null;
    const scalars = ring.allocate(count * nodes);
    const bias = ring.allocate(nodes);
    let last: { readonly gram: Tensor<A>; readonly factor: Factor<A> } | null = null;
    for (let j = 0; j < nodes; j++) {
      const { gram, right } = equations(j);
      if (last === null || last.gram !== gram) {
        const made = factor(reals)(penalised(reals, gram, hasBias, options.ridge));
        if (E.isLeft(made)) return E.left(within(`node ${j}`)(made.left));
        last = { gram, factor: made.right };
      }
      const w = solve(reals, last.factor, right);
      for (let k = 0; k < count; k++) scalars[k * nodes + j] = w[k]!;
      if (hasBias) bias[j] = w[count]!;
    }
    const fit = withScalars<A, Op>(op, { shape: scalarsOf<A>(op).shape, data: scalars });
    return E.right(hasBias ? { ...fit, bias: { shape: [nodes], data: bias } } : fit);
  };

/**
 * The layer with the scalars and the bias of least squares for these moments, each node by its own equations. A
 * layer without bias stays without.
 */
export const fitted =
  <A>(reals: Reals<A>, options: FitOptions = plainFit) =>
  <Op extends NodeOperator<A>>(op: Op, moments: Moments<A>): Result<Op> =>
    solved(reals, options)(op, (j) => normalEquations<A>(reals.ring, op, moments, j));

/**
 * The same with one Gram matrix for the whole layer, that of node 0, which is factored once: `n^3 / 6 + J n^2` products
 * in place of `J n^3 / 6`. It is the minimum where all nodes see what node 0 sees, and else it is not
 * (shared_gram_refused).
 */
export const sharedFit =
  <A>(reals: Reals<A>, options: FitOptions = plainFit) =>
  <Op extends NodeOperator<A>>(op: Op, moments: Moments<A>): Result<Op> => {
    const { gram } = normalEquations<A>(reals.ring, op, moments, 0);
    return solved(reals, options)(op, (j) => ({
      gram,
      right: normalEquations<A>(reals.ring, op, moments, j).right,
    }));
  };

/** Inputs of a network, and what one of its layers is to make of them. */
export interface Examples<A> {
  /** `[n, ...input]`. */
  readonly inputs: Tensor<A>;
  /** `[n, ...]`, of the shape of the layer's value. */
  readonly targets: Tensor<A>;
}

/** How the moments of a layer become the layer. */
type Fit<A> = (op: NodeOperator<A>, moments: Moments<A>) => Result<NodeOperator<A>>;

/** The moments of a layer where it stands in a network, batch after batch. */
export const gathered =
  <A>(ring: Ring<A>, reading: Reading = "positions") =>
  (n: AnyNetwork<A>, name: string, batches: readonly Examples<A>[]): Result<Moments<A>> =>
    E.chain((op: NodeOperator<A>) => {
      let sum: Moments<A> | null = null;
      for (const { inputs, targets } of batches) {
        const more = pipe(
          inputAt(ring)(n, name, inputs),
          E.chain((x) => momentsOf(ring, reading)(op, x, targets)),
        );
        if (E.isLeft(more)) return more;
        sum = sum === null ? more.right : addMoments(ring)(sum, more.right);
      }
      return sum === null
        ? refuse({ where: "examples", found: "none", expected: "at least one batch" })
        : E.right(sum);
    })(operatorOf(n, name));

/**
 * Fit one layer of a network to targets for its value, `fitted` or `sharedFit`; everything else stays.
 *
 * @example
 * import { network, rational, tensor } from "heirloom"
 * import { fitLayer, fitted, fractions } from "heirloom/inherit"
 *
 * const of = (...xs) => xs.map((x) => ({ numerator: BigInt(x), denominator: 1n }))
 * const line = network([
 *   { name: "x", op: { kind: "input", shape: [1] }, inputs: [] },
 *   { name: "y", op: { kind: "dense", weights: tensor([1, 1], of(0)), bias: tensor([1], of(0)) }, inputs: ["x"] },
 * ])
 * // Through (0, 1), (1, 3), (2, 5): y = 2 x + 1.
 * const examples = [{ inputs: tensor([3, 1], of(0, 1, 2)), targets: tensor([3, 1], of(1, 3, 5)) }]
 * const fit = E.chain((n) => fitLayer(rational, fitted(fractions))(n, "y", examples))(line)
 * const found = E.map((n) => [n.layers[1].op.weights.data[0], n.layers[1].op.bias.data[0]].map(rational.show))(fit)
 * assert.deepStrictEqual(found, E.right(["2", "1"]))
 */
export const fitLayer =
  <A>(ring: Ring<A>, fit: Fit<A>, reading: Reading = "positions") =>
  (n: AnyNetwork<A>, name: string, batches: readonly Examples<A>[]): Result<AnyNetwork<A>> =>
    pipe(
      operatorOf(n, name),
      E.chain((op) =>
        E.chain((m: Moments<A>) => fit(op, m))(gathered(ring, reading)(n, name, batches)),
      ),
      E.chain((op) => replaceOperator(name, op)(n)),
      E.mapLeft(within(`layer ${name}`)),
    );
