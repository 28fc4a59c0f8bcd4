/**
 * Optimal Brain Damage (LeCun, Denker and Solla, NIPS 1989): which scalars can go.
 *
 * At a minimum of the loss, setting `w_m` to zero raises it by `h_m w_m^2 / 2 + ..`, `h_m` being the second
 * derivative. For a squared loss in the scalars of one node this is all of it, and `h_m / 2 = sum z_m^2`: the
 * Fisher information under normal noise (fisher.ts) times the number of examples. So the saliency is
 *
 *     importance * w^2
 *
 * in units of the loss per example (proofs/Fitting.v, saliency). A magnitude forgets how large the scalar's input
 * is: a small gate on a loud input may matter more than a large one on a silent one.
 */
import type { Values } from "../compile/interpret.js";
import { allParameters } from "../compile/parameters.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Ring } from "../algebra/ring.js";
import type { Shape } from "../tensor/shape.js";
import { generated } from "../tensor/tensor.js";

/** By how much the loss rises, to second order, where each scalar alone is set to zero; by the weight's name. */
export const saliencies =
  <A>(ring: Ring<A>) =>
  (n: Network<ModelClass, Shape, Shape, A>, importance: Values<A>): Values<A> =>
    Object.fromEntries(
      allParameters(n).flatMap(({ name, value }) => {
        const weight = importance[name];
        return weight === undefined
          ? []
          : [
              [
                name,
                generated(ring)(value.shape, (i) =>
                  ring.mul(weight.data[i]!, ring.mul(value.data[i]!, value.data[i]!)),
                ),
              ] as const,
            ];
      }),
    );
