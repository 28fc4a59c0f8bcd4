/**
 * Quantisation of scalars: each is rounded to a grid of `2^bits - 1` steps that is symmetric about zero and wide
 * enough for the largest scalar of its node (or of the layer). With the step `d` a scalar moves by at most `d / 2`,
 * and the node by at most `d / 2` times the magnitudes of what it weighs:
 *
 *     |y_j - y'_j| = |sum_r (w_jr - w'_jr) z_jr| <= d / 2 * sum_r |z_jr|
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { rational, type Rational } from "../../algebra/rational.js";
import { every } from "../../laws/law.js";
import { generated } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimAtMost, claimNodes } from "../claims.js";
import { divide, magnitude, minus, mul, number, total } from "../exact.js";
import type { NodeLayer } from "../place.js";
import { fractions, magnitudeIn, type Reals } from "../reals.js";
import {
  nodeCount,
  rowCount,
  scalarsOf,
  scalarWord,
  withScalars,
  type NodeOperator,
} from "../scalars.js";
import { outputs, scalarsAt, transformed } from "../subject.js";
import { layerLaw, onEachLayer, technique, type LayerOutcome } from "../technique.js";

/** How to quantise. */
export interface QuantisationOptions {
  /** Of a scalar, its sign included; from 2 to 16. */
  readonly bits: number;
  /** Whether each node has a step of its own, or the layer has one. */
  readonly step: "node" | "layer";
}

/** The nearest whole number of steps. The quotient is rounded before it is; the remainder says whether rightly. */
const nearest = <A>(
  { ring, compare, divide: quotient, of, toNumber }: Reals<A>,
  x: A,
  step: A,
): A => {
  const guess = Math.round(toNumber(quotient(x, step)));
  const rest = ring.sub(x, ring.mul(of(guess), step));
  const twice = ring.add(rest, rest);
  const off = compare(twice, step) > 0 ? 1 : compare(twice, ring.sub(ring.zero, step)) < 0 ? -1 : 0;
  return of(guess + off);
};

/** The layer with its scalars on grids, and the step of each node. */
export const quantised = <A>(
  reals: Reals<A>,
  op: NodeOperator<A>,
  { bits, step: per }: QuantisationOptions,
): { readonly op: NodeOperator<A>; readonly steps: readonly A[] } => {
  const { ring, compare, divide: quotient, of } = reals;
  const [{ shape, data }, nodes] = [scalarsOf(op), nodeCount(op)];
  const size = magnitudeIn(reals);
  const largest = Array.from({ length: nodes }, (_, j) => {
    let most = ring.zero;
    for (let i = j; i < data.length; i += nodes)
      if (compare(size(data[i]!), most) > 0) most = size(data[i]!);
    return most;
  });
  const widest = largest.reduce((a, b) => (compare(a, b) < 0 ? b : a), ring.zero);
  const levels = of(2 ** (bits - 1) - 1);
  const steps = largest.map((most) => quotient(per === "node" ? most : widest, levels));
  const scalars = generated(ring)(shape, (i) => {
    const step = steps[i % nodes]!;
    return ring.equals(step, ring.zero)
      ? ring.zero
      : ring.mul(nearest(reals, data[i]!, step), step);
  });
  return { op: withScalars<A, NodeOperator<A>>(op, scalars), steps };
};

const quantise = <A>(
  reals: Reals<A>,
  { op }: NodeLayer<A>,
  options: QuantisationOptions,
): Result<LayerOutcome<A>> => {
  const { bits, step } = options;
  if (!Number.isInteger(bits) || bits < 2 || bits > 16)
    return refuse({ where: "bits", found: `${bits}`, expected: "a whole number from 2 to 16" });
  const { op: rounded, steps } = quantised(reals, op, options);
  const scalars = rowCount(op) * nodeCount(op);
  return E.right({
    op: rounded,
    what: `${scalars} ${scalarWord(op)} on grids of ${2 ** bits - 1} values`,
    figures: {
      scalars,
      "bits of the scalars": 32 * scalars,
      "bits left": bits * scalars + 32 * (step === "node" ? steps.length : 1),
    },
    tensors: { steps: { shape: [steps.length], data: steps } },
  });
};

export const quantisation = technique({
  name: "quantisation",
  needs: [scalarWeighted],
  does: "rounds the scalars of each layer to a grid of a few bits",
  source:
    "Jacob et al., Quantization and training of neural networks for integer-arithmetic-only inference, CVPR 2018",
  scope: "layer",
  theorems: { inherited: ["quantisation_inherited"], refused: [] },
  defaults: { bits: 8, step: "node" } as QuantisationOptions,
  law: layerLaw(
    "scalars that move by at most half a step move a node by at most half a step times what it weighs",
    (t, s) => {
      const options = { bits: t.between(2, 5), step: t.pick(["node", "layer"] as const) };
      const { op, steps } = quantised<Rational>(fractions, s.op, options);
      const after = { ...s, op };
      const [z, y, q] = [transformed(s), outputs(s), outputs(after)];
      return claimNodes(s, (j) => {
        const half = divide(steps[j]!, number(2));
        return every([
          ...minus(scalarsAt(s, j), scalarsAt(after, j)).map(
            (move, r) => () => claimAtMost(`scalar ${r} of node ${j}`, magnitude(move), half),
          ),
          ...minus(y[j]!, q[j]!).map(
            (move, p) => () =>
              claimAtMost(
                `change of node ${j} at position ${p}`,
                magnitude(move),
                mul(half, total(z[j]!.map((input) => magnitude(input[p] ?? rational.zero)))),
              ),
          ),
        ]);
      });
    },
  ),
  apply: onEachLayer(quantise),
});
