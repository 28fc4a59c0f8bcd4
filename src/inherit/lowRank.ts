/**
 * A matrix as a product of two thin ones, and a layer as two layers.
 *
 * `W [n, J]` of rank `r` is `V U` with `V [n, r]` and `U [r, J]`. Then `x W = (x V) U`: the `r` numbers `x V` are
 * computed once and mixed by every node, `r (n + J)` products a position where there were `n J`. The condition is
 * that the nodes have `x` in common: a dense layer, or a convolution without groups, whose `x` is the patch (a
 * convolution of `r` filters, then a 1x1 one). Node `j` of a projected layer weighs `z_j`, its own; factoring the
 * gates in this way is refused (low_rank_refused). What the gates can have is a low-rank parametrisation:
 * lowRankGates.ts.
 *
 * The factors are an interpolative decomposition (Cheng, Gimbutas, Martinsson and Rokhlin, SIAM J. Sci. Comput.
 * 2005): `V` is made of `r` columns of `W`, each time the one of which the columns before leave most, and `U` says
 * by least squares how the others follow from them. No root is taken, so over fractions it is exact, and it is
 * the whole of `W` as soon as `r` is the rank. Of a matrix of larger rank it keeps a little less than the best
 * factors of rank `r` would, those of the singular values.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import { matmul } from "../compile/interpret/matrix.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { flatMapLayers } from "../model/edit.js";
import { layerNamed } from "../model/network.js";
import { axis } from "../tensor/geometry.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { factor, solve } from "./cholesky.js";
import { seenBy } from "./patches.js";
import { withNodes } from "./place.js";
import type { Reals } from "./reals.js";
import { nodeCount, rowCount, scalarsOf, type NodeOperator } from "./scalars.js";

/** Two thin matrices, for `left right`. */
export interface Factors<A> {
  /** `[n, r]`. */
  readonly left: Tensor<A>;
  /** `[r, J]`. */
  readonly right: Tensor<A>;
}

/** The columns that explain most, at most `rank` of them, in the order in which they are taken. */
const leadingColumns = <A>(
  { ring, compare, divide }: Reals<A>,
  { shape, data }: Tensor<A>,
  rank: number,
): readonly number[] => {
  const [rows, columns] = shape as [number, number];
  const rest: A[][] = Array.from({ length: columns }, (_, j) =>
    Array.from({ length: rows }, (_, i): A => data[i * columns + j]!),
  );
  const dot = (u: readonly A[], v: readonly A[]): A =>
    u.reduce((sum, x, i) => ring.add(sum, ring.mul(x, v[i]!)), ring.zero);
  const taken: number[] = [];
  while (taken.length < rank) {
    const squares = rest.map((v) => dot(v, v));
    let best = 0;
    for (let j = 1; j < columns; j++) if (compare(squares[j]!, squares[best]!) > 0) best = j;
    if (columns === 0 || compare(squares[best]!, ring.zero) <= 0 || taken.includes(best)) break;
    taken.push(best);
    const leg: readonly A[] = rest[best]!;
    for (const [j, v] of rest.entries()) {
      const share = divide(dot(v, leg), squares[best]!);
      rest[j] =
        j === best
          ? v.map(() => ring.zero)
          : v.map((x, i) => ring.sub(x, ring.mul(share, leg[i]!)));
    }
  }
  return taken;
};

/** An interpolative decomposition of at most this rank; a matrix of zeros keeps one column. */
export const factorsOf =
  <A>(reals: Reals<A>) =>
  (w: Tensor<A>, rank: number): Result<Factors<A>> => {
    const { ring } = reals;
    const [rows, columns] = w.shape as [number, number];
    const found = leadingColumns(reals, w, rank);
    const taken = found.length > 0 ? found : [0];
    const r = taken.length;
    const left = generated(ring)(
      [rows, r],
      (i) => w.data[Math.floor(i / r) * columns + taken[i % r]!]!,
    );
    const gram = matmul(ring)(left, left, true, false);
    const cross = matmul(ring)(left, w, true, false);
    return E.map((f: Parameters<typeof solve<A>>[1]): Factors<A> => {
      const solved = Array.from({ length: columns }, (_, j) =>
        solve(
          reals,
          f,
          Array.from({ length: r }, (_, i) => cross.data[i * columns + j]!),
        ),
      );
      const right = generated(ring)(
        [r, columns],
        (i) => solved[i % columns]![Math.floor(i / columns)]!,
      );
      return { left, right };
    })(factor(reals)(gram));
  };

/** The learnt scalars as a matrix, a column for each node. */
export const scalarMatrix = <A>(op: NodeOperator<A>): Tensor<A> => ({
  shape: [rowCount(op), nodeCount(op)],
  data: scalarsOf(op).data,
});

/** A layer that mixes channels at every position: 1x1 where there are positions, so that it stays a convolution. */
export const mixing = <A>(op: NodeOperator<A>, weights: Tensor<A>): NodeOperator<A> =>
  op.kind === "dense"
    ? { kind: "dense", weights, bias: op.bias }
    : {
        kind: "convolution",
        geometry: op.geometry.map(() => axis({ kernel: 1 })),
        groups: 1,
        kernel: { shape: [...op.geometry.map(() => 1), ...weights.shape], data: weights.data },
        bias: op.bias,
      };

/** The name of the layer that computes what all nodes share. */
export const sharedName = (layer: string): string => `${layer}_shared`;

/**
 * Put two layers in place of one: the first computes `left` of what node 0 sees, the second mixes that by `right`.
 * Means the same as the layer with scalars `left right` wherever all nodes see what node 0 sees.
 */
export const computedOnce =
  <A>({ ring }: Reals<A>) =>
  (n: AnyNetwork<A>, name: string, { left, right }: Factors<A>): Result<AnyNetwork<A>> =>
    E.chain(({ op }: { readonly op: NodeOperator<A> }) =>
      flatMapLayers<A, A>((layer) =>
        layer.name === name
          ? [
              { name: sharedName(name), op: seenBy(ring, op, 0, left), inputs: layer.inputs },
              { name, op: mixing(op, right), inputs: [sharedName(name)] },
            ]
          : [layer],
      )(n),
    )(E.chain(withNodes<A>)(layerNamed(n, name)));

/** Factor the layer map at a rank: `x W` becomes `(x V) U`. */
export const factoredLayer =
  <A>(reals: Reals<A>) =>
  (n: AnyNetwork<A>, name: string, rank: number): Result<AnyNetwork<A>> =>
    E.mapLeft(within(`layer ${name}`))(
      E.chain(({ op }: { readonly op: NodeOperator<A> }) =>
        E.chain((factors: Factors<A>) => computedOnce(reals)(n, name, factors))(
          factorsOf(reals)(scalarMatrix(op), rank),
        ),
      )(E.chain(withNodes<A>)(layerNamed(n, name))),
    );
