/** Kronecker-factored curvature as a technique: a step of natural gradient (kronecker.ts). */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { matmul } from "../../compile/interpret/matrix.js";
import { replaceOperator } from "../../model/edit.js";
import { showShape } from "../../tensor/shape.js";
import { generated, type Tensor } from "../../tensor/tensor.js";
import { homogeneous, scalarWeighted } from "../assumption.js";
import { curvatureOf, kroneckerStep } from "../kronecker.js";
import { kroneckerLaw } from "../laws/sharing.js";
import { nodeInputs } from "../patches.js";
import { stored, wideOf, type Reals } from "../reals.js";
import { nodeCount, rowCount, scalarsOf, withScalars, type NodeOperator } from "../scalars.js";
import { dataOf, inputAt, inTurn, operatorOf, type Turn } from "../sequence.js";
import { technique, type Applied, type Site } from "../technique.js";
import type { AnyNetwork } from "../../laws/generators/network.js";

/** How far a step goes, and what is added on the diagonals of both factors. */
export interface KroneckerOptions {
  readonly rate: number;
  readonly damping: number;
}

/** The gradients at the nodes as rows, one for each position. */
const rowsOf = <A>(op: NodeOperator<A>, given: Tensor<A> | undefined): Result<Tensor<A>> =>
  given === undefined
    ? refuse({
        where: "data",
        found: "no gradients at the values of the layer",
        expected: "the gradient of the loss at each value, on the batch",
      })
    : E.right({ shape: [given.data.length / nodeCount(op), nodeCount(op)], data: given.data });

const stepped = <A>(
  reals: Reals<A>,
  { rate, damping }: KroneckerOptions,
  n: AnyNetwork<A>,
  name: string,
  op: NodeOperator<A>,
  x: Tensor<A>,
  gradients: Tensor<A>,
): Result<Turn<A>> => {
  const wide = wideOf(reals);
  const z = nodeInputs(wide.ring, op, x, 0);
  if (z.shape[0] !== gradients.shape[0])
    return refuse({
      where: "data",
      found: `gradients at ${gradients.shape[0]} positions`,
      expected: `${z.shape[0]}: the layer reads ${showShape(x.shape)}`,
    });
  const curvature = curvatureOf(wide)(op, x, gradients);
  const gradient = matmul(wide.ring)(z, gradients, true, false);
  return pipe(
    kroneckerStep(wide, damping)(curvature, gradient),
    E.chain((step) => {
      const old = scalarsOf(op);
      const far = wide.of(rate);
      const moved = generated(wide.ring)(old.shape, (i) =>
        wide.ring.sub(old.data[i]!, wide.ring.mul(far, step.data[i]!)),
      );
      return replaceOperator(
        name,
        withScalars<A, NodeOperator<A>>(op, stored(reals)(moved)),
      )(n) as Result<AnyNetwork<A>>;
    }),
    E.map((network) => ({
      network,
      what: `a step against ${rowCount(op)} x ${rowCount(op)} and ${nodeCount(op)} x ${nodeCount(op)} moments`,
      figures: { "numbers of curvature": rowCount(op) ** 2 + nodeCount(op) ** 2 },
      tensors: { inputs: curvature.inputs, nodes: curvature.nodes },
    })),
  );
};

export const kronecker = technique({
  name: "Kronecker-factored curvature",
  needs: [scalarWeighted, homogeneous],
  does: "takes a step along the gradient, divided by a curvature that is a product of two small matrices",
  source:
    "Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature, ICML 2015; for " +
    "convolutions Grosse and Martens, ICML 2016",
  scope: "layer",
  theorems: { inherited: ["homogeneous_inherited"], refused: ["kronecker_refused"] },
  defaults: { rate: 1, damping: 0 } as KroneckerOptions,
  law: {
    statement:
      "where gradients at the nodes are independent of the inputs, the curvature times the step is the gradient",
    holds: kroneckerLaw,
  },
  apply: <A>(reals: Reals<A>, site: Site<A>, options: KroneckerOptions): Result<Applied<A>> =>
    pipe(
      dataOf(site),
      E.chain(({ batch, gradients }) =>
        inTurn(site, (n, name) =>
          pipe(
            operatorOf(n, name),
            E.chain((op) =>
              pipe(
                rowsOf(op, gradients?.get(name)),
                E.chain((rows) =>
                  E.chain((x: Tensor<A>) => stepped(reals, options, n, name, op, x, rows))(
                    inputAt(reals.ring)(n, name, batch),
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
});
