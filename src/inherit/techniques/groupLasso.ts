/**
 * The group lasso on scalars, as a proximal step: the scalars of a group, as a vector, become shorter by `lambda`,
 * and all zero where they are no longer than that. With `n` the length of `v` and `v = n d`, the step
 * `max(0, n - lambda) d` is the minimum of `|u - v|^2 + 2 lambda |u|`.
 *
 * A group is what one wants to be rid of as a whole: the inputs of a node, the readers of an input, a connection.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import { rational, type Rational } from "../../algebra/rational.js";
import { every } from "../../laws/law.js";
import { generated } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimAtMost, claimSame } from "../claims.js";
import { add, divide, dot, magnitude, minus, mul, number, scaled, type Vector } from "../exact.js";
import type { NodeLayer } from "../place.js";
import { fractions, lengthIn, type Reals } from "../reals.js";
import { pruning } from "../saving.js";
import {
  fanIn,
  groupOf,
  nodeCount,
  scalarsOf,
  scalarWord,
  withScalars,
  type NodeOperator,
} from "../scalars.js";
import { scalarsAt } from "../subject.js";
import { layerLaw, technique, type LayerOutcome } from "../technique.js";
import { disconnected, drawStrength, isStrength, shortened, type LassoOptions } from "./lasso.js";

/** What is shortened together. */
export type Grouping = "node" | "input" | "connection";

/** How strong the penalty is, and of which groups. */
export interface GroupLassoOptions extends LassoOptions {
  readonly groups: Grouping;
}

/** The group of each scalar, as a number. */
const groupsBy = <A>(op: NodeOperator<A>, by: Grouping): ((i: number) => number) => {
  const [nodes, inputs] = [nodeCount(op), fanIn(op)];
  const node = (i: number): number => i % nodes;
  const input = (i: number): number => Math.floor(i / nodes) % inputs;
  return by === "node"
    ? node
    : by === "input"
      ? (i) => groupOf(op, node(i)) * inputs + input(i)
      : (i) => input(i) * nodes + node(i);
};

/** The layer after the step; and how many groups there are, and how many became zero. */
export const groupShortened = <A>(
  reals: Reals<A>,
  op: NodeOperator<A>,
  by: Grouping,
  lambda: A,
): { readonly op: NodeOperator<A>; readonly groups: number; readonly gone: number } => {
  const { ring, divide: quotient } = reals;
  const { shape, data } = scalarsOf(op);
  const group = groupsBy(op, by);
  const members = new Map<number, A[]>();
  for (let i = 0; i < data.length; i++) {
    const own = members.get(group(i));
    if (own === undefined) members.set(group(i), [data[i]!]);
    else own.push(data[i]!);
  }
  const factors = new Map(
    [...members].map(([g, v]) => {
      const length = lengthIn(reals)(v);
      return [g, quotient(shortened(reals, length, lambda), length)] as const;
    }),
  );
  return {
    op: withScalars<A, NodeOperator<A>>(
      op,
      generated(ring)(shape, (i) => ring.mul(factors.get(group(i))!, data[i]!)),
    ),
    groups: members.size,
    gone: [...factors.values()].filter((f) => ring.equals(f, ring.zero)).length,
  };
};

const shorten = <A>(
  reals: Reals<A>,
  { op }: NodeLayer<A>,
  { lambda, groups: by }: GroupLassoOptions,
): Result<LayerOutcome<A>> =>
  E.map((): LayerOutcome<A> => {
    const { op: after, groups, gone } = groupShortened(reals, op, by, reals.of(lambda));
    return {
      op: after,
      what: `${scalarWord(op)} of each ${by} shortened by ${lambda}; ${gone} of ${groups} groups are zero`,
      figures: { scalars: scalarsOf(op).data.length, groups, "groups gone": gone },
    };
  })(isStrength(lambda));

/** Vectors of length five: over the fractions, directions of the length that they have. */
const fives: readonly (readonly number[])[] = [
  [5, 0, 0, 0],
  [3, 4, 0, 0],
  [4, 0, -3, 0],
  [0, -5, 0, 0],
  [1, 4, 2, 2],
];

export const groupLasso = technique({
  name: "group lasso",
  needs: [scalarWeighted],
  does: "shortens groups of scalars by the same amount, which makes whole groups zero (proximal step)",
  source:
    "Yuan and Lin, Model selection and estimation in regression with grouped variables, 2006; Wen et al., NIPS 2016",
  scope: "layer",
  theorems: { inherited: ["group_lasso_inherited"], refused: [] },
  defaults: { lambda: 0.01, groups: "input" } as GroupLassoOptions,
  law: layerLaw(
    "the step minimises |u - v|^2 + 2 lambda |u| for the group, and a group of zeros is gone from the nodes",
    (t, s) => {
      const nodes = nodeCount(s.op);
      const by = t.pick(["node", "input", "connection"] as const);
      const group = groupsBy(s.op, by);
      const chosen = group(t.below(scalarsOf(s.op).data.length));
      const places = Array.from(scalarsOf(s.op).data, (_, i) => i).filter(
        (i) => group(i) === chosen,
      );
      // A vector whose length is a fraction, on as many scalars of the group as there are.
      const fits = fives.filter((v) => v.slice(places.length).every((x) => x === 0));
      const direction = (): Vector => t.pick(fits).map((x) => divide(number(x), number(5)));
      const [length, lambda, other] = [drawStrength(t), drawStrength(t), drawStrength(t)];
      const v = scaled(length, direction());
      const values = Array.from(scalarsOf(s.op).data, (x, i) => {
        const place = places.indexOf(i);
        return place < 0 ? x : (v[place] ?? rational.zero);
      });
      const before = withScalars<Rational, NodeOperator<Rational>>(s.op, {
        shape: scalarsOf(s.op).shape,
        data: values,
      });
      const { op } = groupShortened<Rational>(fractions, before, by, lambda);
      const after = { ...s, op };
      const step = places.map((i) => scalarsAt(after, i % nodes)[Math.floor(i / nodes)]!);
      const old = places.map((i) => values[i]!);
      const objective = (u: Vector, size: Rational): Rational =>
        add(dot(minus(u, old), minus(u, old)), mul(add(lambda, lambda), size));
      const size = shortened(fractions, length, lambda);
      const rival = scaled(magnitude(other), direction());
      return every([
        () =>
          claimSame(
            `step of a group of length ${rational.show(length)}`,
            scaled(length, step),
            scaled(size, old),
          ),
        () =>
          claimAtMost(
            "objective of the step",
            objective(step, size),
            objective(
              places.map((_, place) => rival[place] ?? rational.zero),
              magnitude(other),
            ),
          ),
        () => disconnected(after),
      ]);
    },
  ),
  apply: pruning(shorten),
});
