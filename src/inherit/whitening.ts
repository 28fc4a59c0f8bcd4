/**
 * Whitening the inputs of a layer: inputs that are uncorrelated and of one length make the loss equally steep in
 * all scalars of a node (LeCun, Bottou, Orr and Mueller, Efficient BackProp, 1998).
 *
 * Let `G = Z^T Z = L D L^T` be the moments of the inputs on a batch. The inputs `Z V` with `V = L^-T` have moments
 * `V^T G V = D`, no mixed ones, and with `V = L^-T D^(-1/2)` they have length one. Node weights become `V^-1 w`, and
 * `(Z V) (V^-1 w) = Z w`: the layer is the same in other scalars. An input that is a combination of earlier ones
 * has nothing left; its column is zero on the batch, and its length stays as it is.
 *
 * `V` is computed from what one node sees, and serves all nodes that see the same. For a projected layer it would
 * take another `V` for each node, and as many whitened inputs: there is no layer of them (whitening_refused).
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import { matmul } from "../compile/interpret/matrix.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { layerNamed } from "../model/network.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { backward, factor, type Factor } from "./cholesky.js";
import { computedOnce, scalarMatrix, type Factors } from "./lowRank.js";
import { nodeInputs } from "./patches.js";
import { withNodes } from "./place.js";
import type { Reals } from "./reals.js";
import type { NodeOperator } from "./scalars.js";

/** Uncorrelated inputs, or moreover of length one over the batch, for which roots are taken. */
export type Whitening = "uncorrelated" | "unit";

/** `V`, and `V^-1 w` for all nodes. */
const whiteFactors = <A>(
  { ring, divide, sqrt }: Reals<A>,
  f: Factor<A>,
  w: Tensor<A>,
  whitening: Whitening,
): Factors<A> => {
  const n = f.size;
  const length = (i: number): A =>
    whitening === "uncorrelated" || ring.equals(f.inverses[i]!, ring.zero)
      ? ring.one
      : sqrt(f.pivots[i]!);
  const lengths = Array.from({ length: n }, (_, i) => length(i));
  /** Column `i` of `L^-T` solves `L^T v = e_i`. */
  const columns = Array.from({ length: n }, (_, i) =>
    backward(
      { ring },
      f,
      Array.from({ length: n }, (_, k) => (k === i ? ring.one : ring.zero)),
    ),
  );
  const left = generated(ring)([n, n], (at) =>
    divide(columns[at % n]![Math.floor(at / n)]!, lengths[at % n]!),
  );
  const transposed = generated(ring)([n, n], (at) => {
    const [i, k] = [Math.floor(at / n), at % n];
    const entry = i === k ? ring.one : k > i ? f.lower[k * n + i]! : ring.zero;
    return ring.mul(lengths[i]!, entry);
  });
  return { left, right: matmul(ring)(transposed, w, false, false) };
};

/** Whiten what a layer reads on a batch of its inputs `x`: a layer of white inputs, and the layer on them. */
export const whitenedLayer =
  <A>(reals: Reals<A>, whitening: Whitening = "uncorrelated") =>
  (n: AnyNetwork<A>, name: string, x: Tensor<A>): Result<AnyNetwork<A>> =>
    E.mapLeft(within(`layer ${name}`))(
      E.chain(({ op }: { readonly op: NodeOperator<A> }) => {
        const z = nodeInputs(reals.ring, op, x, 0);
        const gram = matmul(reals.ring)(z, z, true, false);
        return E.chain((f: Factor<A>) =>
          computedOnce(reals)(n, name, whiteFactors(reals, f, scalarMatrix(op), whitening)),
        )(factor(reals)(gram));
      })(E.chain(withNodes<A>)(layerNamed(n, name))),
    );
