/**
 * Fan-in initialisation: scalars drawn with mean zero and a mean square such that values keep their size. With
 * uncorrelated scalars of mean square `s` a node has the mean square `s sum_r z_r^2`, so `s = 1 / rows` keeps that
 * of its inputs. He's `2 / rows` makes up for a ReLU, Glorot's `2 / (rows + rows of the transpose)` keeps gradients
 * as well. A row of a projected layer is an input: its kernel has summed over the taps already, so the fan-in of
 * gates is the number of inputs and not that times the taps.
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../../algebra/random.js";
import { rational } from "../../algebra/rational.js";
import type { Result } from "../../algebra/refusal.js";
import { every } from "../../laws/law.js";
import { mapTensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimEqual, claimNodes } from "../claims.js";
import {
  divide,
  expectation,
  mul,
  number,
  square,
  sub,
  total,
  type Distribution,
} from "../exact.js";
import type { NodeLayer } from "../place.js";
import type { Reals } from "../reals.js";
import {
  fanIn,
  groupsOf,
  nodeCount,
  rowCount,
  scalarsOf,
  scalarWord,
  withScalars,
  type NodeOperator,
} from "../scalars.js";
import { outputs, rescalared, transformed, withBias } from "../subject.js";
import { layerLaw, onEachLayer, technique, type LayerOutcome } from "../technique.js";

/** What to draw. */
export interface FanInOptions {
  readonly scheme: "he" | "glorot" | "lecun";
  /** `signs` has one magnitude and both signs. */
  readonly distribution: "normal" | "uniform" | "signs";
  readonly seed: number;
}

/** The mean square of a scalar as a fraction. */
export const meanSquareOf = <A>(
  op: NodeOperator<A>,
  scheme: FanInOptions["scheme"],
): readonly [numerator: number, denominator: number] => {
  const rows = rowCount(op);
  const out = (rows / fanIn(op)) * (nodeCount(op) / groupsOf(op));
  return scheme === "he" ? [2, rows] : scheme === "lecun" ? [1, rows] : [2, rows + out];
};

const redraw = <A>(
  { ring, of }: Reals<A>,
  { name, op }: NodeLayer<A>,
  { scheme, distribution, seed }: FanInOptions,
): Result<LayerOutcome<A>> => {
  const [numerator, denominator] = meanSquareOf(op, scheme);
  const deviation = Math.sqrt(numerator / denominator);
  const stream = randomStream(seed, "fan in", name);
  // A uniform distribution over -a..a has the mean square a^2 / 3.
  const wide = deviation * Math.sqrt(3);
  const draw = {
    normal: () => deviation * stream.normal(),
    uniform: () => wide * (2 * stream.uniform() - 1),
    signs: () => (stream.below(2) === 0 ? -deviation : deviation),
  }[distribution];
  const scalars = mapTensor(ring)(scalarsOf(op), () => of(Math.fround(draw())));
  const drawn = withScalars<A, NodeOperator<A>>(op, scalars);
  const bias = op.bias && mapTensor(ring)(op.bias, () => ring.zero);
  return E.right({
    op: { ...drawn, bias },
    what: `${scalarWord(op)} of mean square ${numerator}/${denominator}, biases zero`,
    figures: { scalars: scalars.data.length },
  });
};

export const fanInInitialisation = technique({
  name: "fan-in initialisation",
  needs: [scalarWeighted],
  does: "draws the scalars of each layer anew so that values keep their size from layer to layer",
  source:
    "Glorot and Bengio, AISTATS 2010; He, Zhang, Ren and Sun, Delving deep into rectifiers, ICCV 2015",
  scope: "layer",
  theorems: { inherited: ["fan_in_inherited"], refused: [] },
  defaults: { scheme: "he", distribution: "normal", seed: 0 } as FanInOptions,
  law: layerLaw(
    "uncorrelated scalars of mean square 1 / rows give a node the mean square of its inputs, and He's has twice that",
    (_, s) => {
      const rows = rowCount(s.op);
      const [numerator, denominator] = meanSquareOf(s.op, "he");
      const weight = divide(rational.one, number(2 * rows));
      // One row is one or minus one and the others are zero, all equally likely: uncorrelated, of mean square 1 / rows.
      const drawn: Distribution<{ readonly row: number; readonly sign: typeof weight }> =
        Array.from({ length: 2 * rows }, (_, i) => ({
          weight,
          outcome: {
            row: i >> 1,
            sign: i % 2 === 0 ? rational.one : sub(rational.zero, rational.one),
          },
        }));
      const unbiased = withBias(s, null);
      const values = drawn.map(({ weight: chance, outcome: { row, sign } }) => ({
        weight: chance,
        outcome: outputs(rescalared(unbiased, (_, r) => (r === row ? sign : rational.zero))),
      }));
      const z = transformed(s);
      return every([
        () =>
          claimEqual(
            "He's mean square times the rows",
            mul(divide(number(numerator), number(denominator)), number(rows)),
            number(2),
          ),
        () =>
          claimNodes(s, (j) =>
            every(
              values[0]!.outcome[j]!.map(
                (_, p) => () =>
                  claimEqual(
                    `mean square of node ${j} at position ${p}`,
                    expectation(values, (y) => square(y[j]![p]!)),
                    divide(total(z[j]!.map((input) => square(input[p]!))), number(rows)),
                  ),
              ),
            ),
          ),
      ]);
    },
  ),
  apply: onEachLayer(redraw),
});
