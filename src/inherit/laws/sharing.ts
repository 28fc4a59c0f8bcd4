/** Laws of what is computed once for a layer, and of what is written as a product and computed node by node. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Result } from "../../algebra/refusal.js";
import { programBuilder } from "../../compile/builder.js";
import { interpret, type Values } from "../../compile/interpret.js";
import { matmul } from "../../compile/interpret/matrix.js";
import { lower } from "../../compile/lower.js";
import { equalValues, sameMeaning, sameNetwork } from "../../laws/equality.js";
import type { AnyNetwork } from "../../laws/generators/network.js";
import { every } from "../../laws/law.js";
import { layerNamed } from "../../model/network.js";
import { evaluate } from "../../semantics/evaluate.js";
import { generated, type Tensor } from "../../tensor/tensor.js";
import { claimEqual, claimNodes, claimSame } from "../claims.js";
import { drawNumber } from "../draw.js";
import { add, dot, mul, scaled, total, type Vector } from "../exact.js";
import { curvatureOf, kroneckerStep } from "../kronecker.js";
import { computedOnce, factoredLayer, sharedName } from "../lowRank.js";
import { factorNames, lowRankSource, lowRankStart, withLowRank } from "../lowRankGates.js";
import { subjectAt, tapeAt, withNodes, type Place } from "../place.js";
import { fractions } from "../reals.js";
import { nodeCount, rowCount, scalarName, type NodeOperator } from "../scalars.js";
import { biasAt, outputs, transformed, type Subject } from "../subject.js";
import { whitenedLayer } from "../whitening.js";

const { zero } = rational;

const operatorAt = (p: Place): Result<NodeOperator<Rational>> =>
  pipe(
    layerNamed(p.network, p.layer),
    E.chain(withNodes),
    E.map(({ op }) => op),
  );

/** Two thin matrices for the scalars of a layer, of rank one or two. */
const drawFactors = (p: Place, op: NodeOperator<Rational>) => {
  const t = tapeAt(p);
  const rank = t.between(1, 2);
  return {
    rank,
    left: generated(rational)([rowCount(op), rank], () => drawNumber(t)),
    right: generated(rational)([rank, nodeCount(op)], () => drawNumber(t)),
  };
};

const factorsAt = (
  p: Place,
  op: NodeOperator<Rational>,
  left: Tensor<Rational>,
  right: Tensor<Rational>,
): Values<Rational> => {
  const names = factorNames(p.layer, scalarName(op));
  return { [names.rows]: left, [names.nodes]: right };
};

/**
 * low_rank_gates_inherited, at a place. The program that trains the factors computes the network with their product
 * for scalars; each node mixes combinations of its own inputs; and the start of full rank is the network itself.
 */
export const lowRankGatesLaw = (p: Place): Result<null> =>
  E.chain((op: NodeOperator<Rational>) => {
    const { rank, left, right } = drawFactors(p, op);
    const factors = factorsAt(p, op, left, right);
    const network = withLowRank(fractions)(p.network, factors);
    const b = programBuilder(rational);
    const { output } = lower(b, p.network, {
      batch: p.batch.shape[0]!,
      trainable: new Set(),
      training: false,
      statistics: "constant",
      weightSource: lowRankSource(new Set([p.layer]), rank),
    });
    b.output("output", output);
    return every([
      () =>
        pipe(
          b.finish(),
          E.chain((program) => interpret(rational)(program, { ...factors, input: p.batch })),
          E.chain((values) =>
            E.chain((expected: Tensor<Rational>) =>
              equalValues(rational)(values["output"]!, expected),
            )(evaluate(rational)(network, p.batch)),
          ),
        ),
      () =>
        E.chain((s: Subject) => {
          const [y, z] = [outputs(s), transformed(s)];
          const nodes = nodeCount(op);
          return claimNodes(s, (j) => {
            const mixed = Array.from({ length: rank }, (_, r) =>
              z[j]!.map((input, k) => scaled(left.data[k * rank + r]!, input)).reduce<Vector>(
                (sum, v) => v.map((x, i) => add(x, sum[i]!)),
                y[j]!.map(() => zero),
              ),
            );
            return claimSame(
              `node ${j}`,
              y[j]!,
              y[j]!.map((_, at) =>
                add(
                  total(mixed.map((v, r) => mul(right.data[r * nodes + j]!, v[at]!))),
                  biasAt(s, j),
                ),
              ),
            );
          });
        })(subjectAt({ ...p, network })),
      () => {
        const layers = new Set([p.layer]);
        return pipe(
          lowRankStart(fractions, rowCount(op) + 1)(p.network, layers),
          E.chain((start) =>
            sameNetwork(rational)(withLowRank(fractions)(p.network, start), p.network),
          ),
        );
      },
    ]);
  })(operatorAt(p));

/**
 * low_rank: with scalars `V U`, the layer that computes `V` once and mixes by `U` means the same; and so does the
 * layer factored at full rank.
 */
export const lowRankLaw = (p: Place): Result<null> =>
  E.chain((op: NodeOperator<Rational>) => {
    const { left, right } = drawFactors(p, op);
    const thin = withLowRank(fractions)(p.network, factorsAt(p, op, left, right));
    const same = (made: Result<AnyNetwork<Rational>>, expected: AnyNetwork<Rational>) =>
      E.chain((n: AnyNetwork<Rational>) => sameMeaning(rational)(n, expected, p.batch))(made);
    return every([
      () => same(computedOnce(fractions)(thin, p.layer, { left, right }), thin),
      () => same(factoredLayer(fractions)(p.network, p.layer, rowCount(op)), p.network),
    ]);
  })(operatorAt(p));

/** whitening: the layer on white inputs means the same, and the inputs that it computes are uncorrelated. */
export const whiteningLaw = (p: Place): Result<null> =>
  pipe(
    subjectAt(p),
    E.chain(({ x }) => whitenedLayer(fractions)(p.network, p.layer, x)),
    E.chain((network) =>
      every([
        () => sameMeaning(rational)(network, p.network, p.batch),
        () =>
          E.chain((s: Subject) => {
            const white = outputs(s);
            return every(
              white.flatMap((u, n) =>
                white
                  .slice(0, n)
                  .map((v, m) => () => claimEqual(`white inputs ${n} and ${m}`, dot(u, v), zero)),
              ),
            );
          })(subjectAt({ ...p, network, layer: sharedName(p.layer) })),
      ]),
    ),
  );

/**
 * kronecker: at gradients of the nodes that are independent of the inputs, as all pairs of one with the other are,
 * a step against the two factors is a step against the curvature. For a gradient that the curvature reaches, the
 * curvature times the step is the gradient.
 */
export const kroneckerLaw = (p: Place): Result<null> =>
  E.chain((s: Subject) => {
    const t = tapeAt(p);
    const nodes = nodeCount(s.op);
    const count = rowCount(s.op);
    const gradients = generated(rational)([t.between(1, 2), nodes], () => drawNumber(t));
    const direction = generated(rational)([count, nodes], () => drawNumber(t));
    const z = transformed(s);
    const second = matmul(rational)(gradients, gradients, true, false);
    /** The curvature by its definition, applied to a direction: each node with its own inputs. */
    const applied = (x: Tensor<Rational>): Tensor<Rational> =>
      generated(rational)([count, nodes], (at) => {
        const [k, j] = [Math.floor(at / nodes), at % nodes];
        return total(
          Array.from({ length: count * nodes }, (_, other) => {
            const [l, i] = [Math.floor(other / nodes), other % nodes];
            return mul(second.data[j * nodes + i]!, mul(dot(z[j]![k]!, z[i]![l]!), x.data[other]!));
          }),
        );
      });
    const gradient = applied(direction);
    return E.chain((step: Tensor<Rational>) => equalValues(rational)(applied(step), gradient))(
      kroneckerStep(fractions)(curvatureOf(fractions)(s.op, s.x, gradients), gradient),
    );
  })(subjectAt(p));
