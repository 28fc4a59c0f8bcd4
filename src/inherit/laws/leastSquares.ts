/**
 * That least squares found the minimum, by three ways that share nothing with the solver: the residual, from the
 * layer's value, is orthogonal to what each node makes of its inputs; the gradient program of the loss is zero;
 * and the scalars that were there before are not better.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Result } from "../../algebra/refusal.js";
import { exactly } from "../../compile/arithmetic.js";
import { interpret, type Values } from "../../compile/interpret.js";
import { every } from "../../laws/law.js";
import type { AnyNetwork } from "../../laws/generators/network.js";
import { layerNamed, truncate, type Layer } from "../../model/network.js";
import { size } from "../../tensor/shape.js";
import { filled, generated, type Tensor } from "../../tensor/tensor.js";
import { claimAtMost, claimEqual, claimNodes } from "../claims.js";
import { drawNumber } from "../draw.js";
import { add, dot, minus, mul, number, square, total, type Vector } from "../exact.js";
import { fitLayer, fitted, sharedFit, type Examples } from "../leastSquares.js";
import { gradientName, gradientProgram } from "../objective.js";
import { subjectAt, tapeAt, type Place } from "../place.js";
import { fractions } from "../reals.js";
import { nodeCount, scalarName, scalarsOf } from "../scalars.js";
import { channel, outputs, scalarsAt, transformed, type Subject } from "../subject.js";

/** Targets for a layer at a place, and the ridge: none half of the time. */
export interface Task {
  readonly targets: Tensor<Rational>;
  readonly ridge: number;
}

/** Draw them; `ridge` may be demanded. */
export const drawTask = (p: Place, layer: Layer<Rational>, demanded = false): Task => {
  const t = tapeAt(p);
  const ridge = demanded ? t.between(1, 4) / 2 : t.pick([0, 0.5, 0, 2]);
  const shape = [p.batch.shape[0]!, ...layer.shape];
  return {
    ridge,
    targets: { shape, data: Array.from({ length: size(shape) }, () => drawNumber(t)) },
  };
};

const rows = (x: Tensor<Rational>, from: number, to: number): Tensor<Rational> => {
  const each = size(x.shape.slice(1));
  return generated(rational)([to - from, ...x.shape.slice(1)], (i) => x.data[from * each + i]!);
};

/** The examples one by one, as they would stream. */
export const streamed = (
  inputs: Tensor<Rational>,
  targets: Tensor<Rational>,
): readonly Examples<Rational>[] =>
  Array.from({ length: inputs.shape[0]! }, (_, i) => ({
    inputs: rows(inputs, i, i + 1),
    targets: rows(targets, i, i + 1),
  }));

/** The normal equations of every node, from the layer's value and its transformed inputs. */
export const claimNormal = (s: Subject, { targets, ridge }: Task): Result<null> => {
  const [y, z] = [outputs(s), transformed(s)];
  return claimNodes(s, (j) => {
    const residual = minus(y[j]!, channel(targets, j));
    const w = scalarsAt(s, j);
    return every([
      ...z[j]!.map(
        (input, r) => () =>
          claimEqual(
            `the residual of node ${j} against its input ${r}`,
            add(dot(residual, input), mul(number(ridge), w[r]!)),
            rational.zero,
          ),
      ),
      () =>
        s.op.bias === null
          ? E.right(null)
          : claimEqual(`the sum of the residual of node ${j}`, total(residual), rational.zero),
    ]);
  });
};

const penalty = (s: Subject, ridge: number, j: number): Rational =>
  mul(number(ridge), total(scalarsAt(s, j).map(square)));
const lossAt = (s: Subject, { targets, ridge }: Task, j: number): Rational => {
  const residual: Vector = minus(outputs(s)[j]!, channel(targets, j));
  return add(dot(residual, residual), penalty(s, ridge, j));
};

/** The gradient of the loss, by the program that gradient descent would follow, is zero. */
const claimStationary = (p: Place, n: AnyNetwork<Rational>, task: Task): Result<null> =>
  pipe(
    truncate(p.layer)(n),
    E.chain((upTo) => {
      const { op } = subjectOf(upTo);
      const name = `${p.layer}/${scalarName(op)}`;
      const shape = scalarsOf(op).shape;
      const trainable = new Set([name, ...(op.bias === null ? [] : [`${p.layer}/bias`])]);
      return pipe(
        gradientProgram(exactly(rational))(upTo, {
          batch: p.batch.shape[0]!,
          trainable,
          loss: "squared",
          anchor: {
            strength: 2 * task.ridge,
            importance: { [name]: filled(rational)(shape, rational.one) },
            centre: { [name]: filled(rational)(shape, rational.zero) },
          },
        }),
        E.chain(({ program, initial }) =>
          interpret(rational)(program, {
            ...initial,
            input: p.batch,
            targets: task.targets,
            exampleWeight: { shape: [], data: [rational.one] },
          }),
        ),
        E.chain((values: Values<Rational>) =>
          every(
            [...trainable].flatMap((parameter) =>
              Array.from(
                values[gradientName(parameter)]!.data,
                (g, i) => () =>
                  claimEqual(`the gradient of ${parameter}, element ${i}`, g, rational.zero),
              ),
            ),
          ),
        ),
      );
    }),
  );

const subjectOf = (n: AnyNetwork<Rational>): { readonly op: Subject["op"] } => ({
  op: n.layers.at(-1)!.op as Subject["op"],
});

/** least_squares_inherited, at a place. */
export const leastSquaresLaw = (p: Place): Result<null> =>
  pipe(
    layerNamed(p.network, p.layer),
    E.chain((layer) => {
      const task = drawTask(p, layer);
      const fit = fitted(fractions, { ridge: task.ridge });
      return pipe(
        fitLayer(rational, fit)(p.network, p.layer, streamed(p.batch, task.targets)),
        E.chain((network) =>
          pipe(
            subjectAt({ ...p, network }),
            E.chain((after) =>
              every([
                () => claimNormal(after, task),
                () => claimStationary(p, network, task),
                () =>
                  E.chain((before: Subject) =>
                    every(
                      Array.from(
                        { length: nodeCount(after.op) },
                        (_, j) => () =>
                          claimAtMost(
                            `the loss of node ${j}`,
                            lossAt(after, task, j),
                            lossAt(before, task, j),
                          ),
                      ),
                    ),
                  )(subjectAt(p)),
              ]),
            ),
          ),
        ),
      );
    }),
  );

/** shared_gram: one inverse solves the ridge regression of every node. */
export const sharedGramLaw = (p: Place): Result<null> =>
  pipe(
    layerNamed(p.network, p.layer),
    E.chain((layer) => {
      const task = drawTask(p, layer, true);
      const fit = sharedFit(fractions, { ridge: task.ridge });
      return pipe(
        fitLayer(rational, fit)(p.network, p.layer, streamed(p.batch, task.targets)),
        E.chain((network) => subjectAt({ ...p, network })),
        E.chain((after) => claimNormal(after, task)),
      );
    }),
  );
