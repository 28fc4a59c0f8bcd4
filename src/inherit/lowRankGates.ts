/**
 * A low-rank parametrisation of gates: `g = V U` with `V [inputs, r]` and `U [r, nodes]` trained in place of `g`.
 *
 * A gate matrix is a matrix of scalars like any other, so it may be written as a product (low_rank_gates_inherited):
 * `r (inputs + nodes)` parameters for `inputs * nodes`. Node `j` is then
 *
 *     y_j = sum_r U_rj (sum_k V_kr z_jk) + b_j
 *
 * where the inner sum is over node `j`'s own inputs. It differs from node to node, so nothing is computed once for
 * all: fewer parameters, and no fewer products. That is the difference to lowRank.ts, which projected layers are
 * refused. (LoRA, Hu et al. 2022, is the same parametrisation of a difference of weights, HiRA, Huang et al. 2025,
 * of a factor on them.)
 *
 * The start is the gates as they are: gates of one have rank one. Columns of `V` beyond the rank are drawn, and the
 * rows of `U` that meet them are zero: the product is the same, and `U` has a gradient. The scalars of dense layers
 * and convolutions may be written in the same way.
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../algebra/random.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Values } from "../compile/interpret.js";
import { matmul } from "../compile/interpret/matrix.js";
import type { WeightSource } from "../compile/lower/context.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { Layer } from "../model/network.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { factorsOf, scalarMatrix, type Factors } from "./lowRank.js";
import type { Reals } from "./reals.js";
import {
  hasNodes,
  nodeCount,
  rowCount,
  scalarName,
  scalarsOf,
  withScalars,
  type NodeOperator,
} from "./scalars.js";

/** The names of the two factors of a layer's scalars. */
export const factorNames = (
  layer: string,
  weight: string,
): { readonly rows: string; readonly nodes: string } => ({
  rows: `${layer}/${weight}/rows`,
  nodes: `${layer}/${weight}/nodes`,
});

/** Lowers the scalars of the named layers as the product of two parameters. */
export const lowRankSource =
  (layers: ReadonlySet<string>, rank: number) =>
  <A>(...[b, layer, weight, value]: Parameters<WeightSource<A>>): ReturnType<WeightSource<A>> => {
    const { op, name } = layer;
    if (!layers.has(name) || !hasNodes(op) || weight !== scalarName(op)) return null;
    const { rows, nodes } = factorNames(name, weight);
    const product = b.apply(
      { op: "matmul", transposeA: false, transposeB: false },
      b.input(rows, "parameter", [rowCount(op), rank]),
      b.input(nodes, "parameter", [rank, nodeCount(op)]),
    );
    return value.shape.length === 2
      ? product
      : b.apply({ op: "reshape", shape: value.shape }, product);
  };

/** The factors at exactly this rank, filled up as the head of this file says. */
const widened = <A>(
  { ring, of }: Reals<A>,
  { left, right }: Factors<A>,
  rank: number,
  draw: () => number,
): Factors<A> => {
  const found = left.shape[1]!;
  const [rows, columns] = [left.shape[0]!, right.shape[1]!];
  return {
    left: generated(ring)([rows, rank], (i) =>
      i % rank < found ? left.data[Math.floor(i / rank) * found + (i % rank)]! : of(draw()),
    ),
    right: generated(ring)([rank, columns], (i) =>
      i < found * columns ? right.data[i]! : ring.zero,
    ),
  };
};

/**
 * First values of the factors, by name: the product is what the scalars are, or where their rank is larger what an
 * interpolative decomposition of this rank makes of them. Gates of one have rank one.
 */
export const lowRankStart =
  <A>(reals: Reals<A>, rank: number, seed = 0) =>
  (n: AnyNetwork<A>, layers: ReadonlySet<string>): Result<Values<A>> => {
    const values: Record<string, Tensor<A>> = {};
    for (const { name, op } of n.layers) {
      if (!layers.has(name) || !hasNodes(op)) continue;
      const factors = factorsOf(reals)(scalarMatrix(op), rank);
      if (E.isLeft(factors)) return E.left(within(`layer ${name}`)(factors.left));
      const random = randomStream(seed, "low rank", name);
      const names = factorNames(name, scalarName(op));
      const { left, right } = widened(reals, factors.right, rank, () => random.normal() / 8);
      values[names.rows] = left;
      values[names.nodes] = right;
    }
    return E.right(values);
  };

/** The network with the scalars that these factors make. */
export const withLowRank =
  <A>({ ring }: Pick<Reals<A>, "ring">) =>
  (n: AnyNetwork<A>, factors: Values<A>): AnyNetwork<A> => ({
    ...n,
    layers: n.layers.map((layer): Layer<A> => {
      const { op } = layer;
      if (!hasNodes(op)) return layer;
      const names = factorNames(layer.name, scalarName(op));
      const [rows, nodes] = [factors[names.rows], factors[names.nodes]];
      if (rows === undefined || nodes === undefined) return layer;
      const { data } = matmul(ring)(rows, nodes, false, false);
      return {
        ...layer,
        op: withScalars<A, NodeOperator<A>>(op, { shape: scalarsOf(op).shape, data }),
      };
    }),
  });
