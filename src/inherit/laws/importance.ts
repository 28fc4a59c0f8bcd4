/** Laws of what a scalar matters: the diagonal Fisher information, the anchor made of it, and saliencies. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Result } from "../../algebra/refusal.js";
import { exactly } from "../../compile/arithmetic.js";
import { interpret, type Values } from "../../compile/interpret.js";
import type { AnyNetwork } from "../../laws/generators/network.js";
import { every } from "../../laws/law.js";
import { layerNamed, truncate } from "../../model/network.js";
import { generated } from "../../tensor/tensor.js";
import { claimEqual, claimNodes } from "../claims.js";
import { drawNumber, drawSmall } from "../draw.js";
import { add, divide, dot, minus, mul, number, sub, total, square } from "../exact.js";
import { fisherDiagonal } from "../fisher.js";
import { fitLayer, fitted } from "../leastSquares.js";
import { gradientName, gradientProgram, type Anchor } from "../objective.js";
import { subjectAt, tapeAt, withNodes, type Place } from "../place.js";
import { fractions } from "../reals.js";
import { saliencies } from "../saliency.js";
import { nodeCount, rowCount, scalarName, scalarsOf } from "../scalars.js";
import { channel, outputs, rescalared, scalarsAt, transformed, type Subject } from "../subject.js";
import { drawTask, streamed } from "./leastSquares.js";

/** The importance of a layer's scalars in the network that ends with it. */
const importanceAt = (p: Place, n: AnyNetwork<Rational>): Result<Values<Rational>> =>
  pipe(
    layerNamed(n, p.layer),
    E.chain(withNodes),
    E.chain(({ op }) =>
      E.chain((upTo: AnyNetwork<Rational>) =>
        fisherDiagonal(exactly(rational))(
          upTo,
          new Set([`${p.layer}/${scalarName(op)}`]),
          p.batch,
          "normal",
        ),
      )(truncate(p.layer)(n)),
    ),
  );

/** The importance of a scalar is the mean, over examples, of the square of its own input. */
const claimImportance = (p: Place, s: Subject, importance: Values<Rational>): Result<null> => {
  const nodes = nodeCount(s.op);
  const z = transformed(s);
  const examples = number(p.batch.shape[0]!);
  const found = importance[`${p.layer}/${scalarName(s.op)}`]!;
  return claimNodes(s, (j) =>
    every(
      z[j]!.map(
        (input, r) => () =>
          claimEqual(
            `the importance of scalar ${r} of node ${j}`,
            found.data[r * nodes + j]!,
            divide(dot(input, input), examples),
          ),
      ),
    ),
  );
};

/** The gradient of an anchored loss less that of the loss is strength * importance * (w - centre). */
const claimPull = (p: Place, s: Subject, importance: Values<Rational>): Result<null> => {
  const t = tapeAt(p);
  const name = `${p.layer}/${scalarName(s.op)}`;
  const { shape } = scalarsOf(s.op);
  const strength = t.between(1, 8) / 2;
  const anchor: Anchor<Rational> = {
    strength,
    importance,
    centre: { [name]: generated(rational)(shape, () => drawNumber(t)) },
  };
  const gradient = (upTo: AnyNetwork<Rational>, own: Anchor<Rational> | null) =>
    E.chain(
      ({
        program,
        initial,
      }: {
        program: Parameters<ReturnType<typeof interpret<Rational>>>[0];
        initial: Values<Rational>;
      }) =>
        interpret(rational)(program, {
          ...initial,
          input: p.batch,
          targets: drawSmall(tapeAt(p), [p.batch.shape[0]!, ...upTo.output]),
          exampleWeight: { shape: [], data: [rational.one] },
        }),
    )(
      gradientProgram(exactly(rational))(upTo, {
        batch: p.batch.shape[0]!,
        trainable: new Set([name]),
        loss: "squared",
        ...(own === null ? {} : { anchor: own }),
      }),
    );
  return pipe(
    truncate(p.layer)(p.network),
    E.chain((upTo) =>
      pipe(
        gradient(upTo, anchor),
        E.chain((anchored) =>
          E.map((free: Values<Rational>) => [anchored, free] as const)(gradient(upTo, null)),
        ),
      ),
    ),
    E.chain(([anchored, free]) =>
      every(
        Array.from(
          scalarsOf(s.op).data,
          (w, i) => () =>
            claimEqual(
              `the pull on element ${i} of ${name}`,
              sub(anchored[gradientName(name)]!.data[i]!, free[gradientName(name)]!.data[i]!),
              mul(
                number(strength),
                mul(importance[name]!.data[i]!, sub(w, anchor.centre[name]!.data[i]!)),
              ),
            ),
        ),
      ),
    ),
  );
};

/** fisher_inherited, at a place. */
export const fisherLaw = (p: Place): Result<null> =>
  pipe(
    importanceAt(p, p.network),
    E.chain((importance) =>
      E.chain((s: Subject) =>
        every([() => claimImportance(p, s, importance), () => claimPull(p, s, importance)]),
      )(subjectAt(p)),
    ),
  );

/**
 * saliency_inherited, at a place: the layer is fitted; then setting one scalar of a node to zero raises the node's
 * squared error by the number of examples times the saliency, exactly.
 */
export const saliencyLaw = (p: Place): Result<null> =>
  pipe(
    layerNamed(p.network, p.layer),
    E.chain((layer) => {
      const task = { ...drawTask(p, layer), ridge: 0 };
      const error = (s: Subject, j: number): Rational =>
        total(minus(outputs(s)[j]!, channel(task.targets, j)).map(square));
      return pipe(
        fitLayer(rational, fitted(fractions))(p.network, p.layer, streamed(p.batch, task.targets)),
        E.chain((network) =>
          pipe(
            importanceAt(p, network),
            E.chain((importance) =>
              E.chain((s: Subject) => {
                const saliency = saliencies(rational)(network, importance);
                const found = saliency[`${p.layer}/${scalarName(s.op)}`]!;
                const m = tapeAt(p).below(rowCount(s.op));
                const without = rescalared(s, (j, r) =>
                  r === m ? rational.zero : scalarsAt(s, j)[r]!,
                );
                return claimNodes(s, (j) =>
                  claimEqual(
                    `the error of node ${j} without scalar ${m}`,
                    error(without, j),
                    add(
                      error(s, j),
                      mul(number(p.batch.shape[0]!), found.data[m * nodeCount(s.op) + j]!),
                    ),
                  ),
                );
              })(subjectAt({ ...p, network })),
            ),
          ),
        ),
      );
    }),
  );
