/**
 * Weight normalisation: the scalars of a node as a length and a direction, `w_j = rho_j v_j / |v_j|`, which are
 * trained apart. Here the directions stay in the layer and the lengths become a scale behind it:
 *
 *     y_j = sum_r w_jr z_jr + b_j = rho_j (sum_r (v_jr / |v_j|) z_jr) + b_j
 *
 * so a network of the same meaning has both as weights of its own. A node of zeros keeps them, with length zero.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { rational, type Rational } from "../../algebra/rational.js";
import type { Result } from "../../algebra/refusal.js";
import { sameMeaning } from "../../laws/equality.js";
import type { AnyNetwork } from "../../laws/generators/network.js";
import { every } from "../../laws/law.js";
import { insertAfter, replaceOperator } from "../../model/edit.js";
import { layerNamed } from "../../model/network.js";
import type { Affine } from "../../model/operator.js";
import { generated, tensor } from "../../tensor/tensor.js";
import { scalarWeighted } from "../assumption.js";
import { claimEqual, claimNodes } from "../claims.js";
import { dot, mul, square } from "../exact.js";
import { withNodes, type NodeLayer } from "../place.js";
import { fractions, lengthIn, type Reals } from "../reals.js";
import { nodeCount, scalarsOf, scalarWord, withScalars, type NodeOperator } from "../scalars.js";
import { scalarsAt, type Subject } from "../subject.js";
import { layerLaw, technique, type Applied, type Change, type Site } from "../technique.js";

/** The layer with directions for scalars and no bias, and the scale and shift behind it. */
export const normalised = <A>(
  reals: Reals<A>,
  op: NodeOperator<A>,
): { readonly op: NodeOperator<A>; readonly behind: Affine<A> } => {
  const { ring, divide } = reals;
  const [{ shape, data }, nodes] = [scalarsOf(op), nodeCount(op)];
  const lengths = Array.from({ length: nodes }, (_, j) =>
    lengthIn(reals)(Array.from({ length: data.length / nodes }, (_, r) => data[r * nodes + j]!)),
  );
  const directions = generated(ring)(shape, (i) => divide(data[i]!, lengths[i % nodes]!));
  return {
    op: { ...withScalars<A, NodeOperator<A>>(op, directions), bias: null },
    behind: {
      kind: "affine",
      scale: generated(ring)([nodes], (j) => lengths[j]!),
      shift: op.bias ?? tensor([nodes], ring.allocate(nodes)),
    },
  };
};

/** The name of the layer of lengths behind a layer. */
const behindName = (layer: string): string => `${layer}.length`;

const normaliseLayer =
  <A>(reals: Reals<A>) =>
  (n: AnyNetwork<A>, name: string): Result<AnyNetwork<A>> =>
    pipe(
      layerNamed(n, name),
      E.chain(withNodes),
      E.chain((layer: NodeLayer<A>) => {
        const { op, behind } = normalised(reals, layer.op);
        return pipe(
          replaceOperator<A>(name, op)(n),
          E.chain(insertAfter<A>(name, { name: behindName(name), op: behind })),
        );
      }),
    );

const apply = <A>(reals: Reals<A>, { network, layers }: Site<A>): Result<Applied<A>> =>
  pipe(
    layers.reduce<Result<AnyNetwork<A>>>(
      (n, name) => E.chain((m: AnyNetwork<A>) => normaliseLayer(reals)(m, name))(n),
      E.right(network),
    ),
    E.map((changed) => ({
      network: { ...changed, class: network.class },
      changes: layers.map((layer): Change => {
        const { op } = network.layers.find(({ name }) => name === layer) as NodeLayer<A>;
        return {
          layer,
          what: `${scalarWord(op)} of ${nodeCount(op)} nodes are directions; lengths in ${behindName(layer)}`,
          figures: { scalars: scalarsOf(op).data.length, lengths: nodeCount(op) },
        };
      }),
      figures: {},
      tensors: new Map(),
    })),
  );

/** Lengths and directions multiply to the scalars. */
const separates = (s: Subject): Result<null> => {
  const { op, behind } = normalised<Rational>(fractions, s.op);
  return claimNodes(s, (j) => {
    const [w, u] = [scalarsAt(s, j), scalarsAt({ ...s, op }, j)];
    return claimEqual(
      `squared length of node ${j}`,
      dot(w, w),
      mul(square(behind.scale.data[j]!), dot(u, u)),
    );
  });
};

export const weightNormalisation = technique({
  name: "weight normalisation",
  needs: [scalarWeighted],
  does: "takes the scalars of each node apart into a direction and a length",
  source: "Salimans and Kingma, Weight normalization, NIPS 2016",
  scope: "layer",
  theorems: { inherited: ["weight_norm_inherited"], refused: [] },
  defaults: {},
  law: layerLaw(
    "the node is its length times what the unit direction computes, plus its bias",
    (_, s, p) =>
      every([
        () => separates(s),
        () =>
          E.chain((n: AnyNetwork<Rational>) => sameMeaning(rational)(n, p.network, p.batch))(
            normaliseLayer(fractions)(p.network, p.layer),
          ),
      ]),
  ),
  apply,
});
