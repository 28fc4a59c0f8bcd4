/**
 * DropConnect: in training each scalar is set to zero with a probability, anew for each batch; afterwards scalars
 * are multiplied by the probability `q` of being kept. A node is linear in its scalars, so with masks `m_r` of
 * mean `q`, uncorrelated and of variance `q (1 - q)`,
 *
 *     E[sum_r m_r w_r z_r] = sum_r q w_r z_r,   Var[..] = sum_r q (1 - q) (w_r z_r)^2.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { randomStream } from "../../algebra/random.js";
import { rational } from "../../algebra/rational.js";
import { every } from "../../laws/law.js";
import { generated, mapTensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimEqual, claimNodes } from "../claims.js";
import { expectation, independent, mul, number, square, sub, total } from "../exact.js";
import type { NodeLayer } from "../place.js";
import type { Reals } from "../reals.js";
import { rowCount, scalarsOf, scalarWord, withScalars, type NodeOperator } from "../scalars.js";
import { outputs, rescalared, scalarsAt, transformed } from "../subject.js";
import { layerLaw, onEachLayer, technique, type LayerOutcome } from "../technique.js";

/** How to drop. */
export interface DropConnectOptions {
  /** The probability that a scalar is set to zero, from 0 to 1. */
  readonly rate: number;
  /** A network of one draw of masks, for a step of training; or the mean network, for prediction. */
  readonly network: "sample" | "mean";
  /** Of the masks. */
  readonly seed: number;
}

const drop = <A>(
  { ring, of }: Reals<A>,
  { name, op }: NodeLayer<A>,
  { rate, network, seed }: DropConnectOptions,
): Result<LayerOutcome<A>> => {
  if (!(rate >= 0 && rate <= 1))
    return refuse({ where: "rate", found: `${rate}`, expected: "a number from 0 to 1" });
  const scalars = scalarsOf(op);
  const uniform = randomStream(seed, "dropconnect", name).uniform;
  const mask =
    network === "mean"
      ? mapTensor(ring)(scalars, () => of(1 - rate))
      : mapTensor(ring)(scalars, () => (uniform() < rate ? ring.zero : ring.one));
  const kept = Array.from(mask.data).filter((m) => !ring.equals(m, ring.zero)).length;
  return E.right({
    op: withScalars<A, NodeOperator<A>>(
      op,
      generated(ring)(scalars.shape, (i) => ring.mul(mask.data[i]!, scalars.data[i]!)),
    ),
    what:
      network === "mean"
        ? `${scalarWord(op)} times ${1 - rate}`
        : `${mask.data.length - kept} of ${mask.data.length} ${scalarWord(op)} dropped`,
    figures: { scalars: mask.data.length, kept },
    tensors: { mask },
  });
};

/** Scalars of a node that the law drops: it runs through all masks, which are exponentially many. */
const most = 5;

export const dropConnect = technique({
  name: "DropConnect",
  needs: [scalarWeighted],
  does: "sets scalars to zero at random while training, and scales them by the share that is kept afterwards",
  source:
    "Wan, Zeiler, Zhang, LeCun and Fergus, Regularization of neural networks using DropConnect, ICML 2013",
  scope: "layer",
  theorems: { inherited: ["dropconnect_inherited"], refused: [] },
  defaults: { rate: 0.5, network: "sample", seed: 0 } as DropConnectOptions,
  law: layerLaw(
    "over all masks of a few scalars, a node has the mean of the network with scalars times q, and the variance " +
      "q (1 - q) times the sum of the squares of what the scalars contribute",
    (t, s) => {
      const q = number(t.between(1, 3) / 4);
      const rows = rowCount(s.op);
      const count = Math.min(rows, most);
      const first = t.below(rows - count + 1);
      const coin = [
        { weight: q, outcome: rational.one },
        { weight: sub(rational.one, q), outcome: rational.zero },
      ];
      const masked = independent(coin, count).map(({ weight, outcome }) => ({
        weight,
        outcome: outputs(
          rescalared(s, (j, r) => mul(outcome[r - first] ?? rational.one, scalarsAt(s, j)[r]!)),
        ),
      }));
      const isMasked = (r: number): boolean => r >= first && r < first + count;
      const mean = outputs(
        rescalared(s, (j, r) => mul(isMasked(r) ? q : rational.one, scalarsAt(s, j)[r]!)),
      );
      const z = transformed(s);
      return claimNodes(s, (j) =>
        every(
          mean[j]!.flatMap((m, p) => [
            () =>
              claimEqual(
                `mean of node ${j} at position ${p}`,
                expectation(masked, (y) => y[j]![p]!),
                m,
              ),
            () =>
              claimEqual(
                `variance of node ${j} at position ${p}`,
                expectation(masked, (y) => square(sub(y[j]![p]!, m))),
                mul(
                  mul(q, sub(rational.one, q)),
                  total(
                    scalarsAt(s, j).flatMap((w, r) =>
                      isMasked(r) ? [square(mul(w, z[j]![r]![p]!))] : [],
                    ),
                  ),
                ),
              ),
          ]),
        ),
      );
    },
  ),
  apply: onEachLayer(drop),
});
