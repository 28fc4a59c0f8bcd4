/**
 * IA3: activations are rescaled, one factor a channel. On the input side, where the feed-forward layers of the
 * paper have theirs, the factor of input channel `k` multiplies what the layer reads, padding included (zero
 * stays zero), so it goes into the kernel:
 *
 *     input side    W_jk = l_k F_jk
 *     output side   W_jk = l_j F_jk,  b_j' = l_j b_j
 *
 * The factors of a grouped layer's inputs are stored as `[in / groups, groups]`, where column `q` belongs to group
 * `q`; repeated over the outputs of each group they are gates `[in / groups, out]`.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Builder } from "../compile/builder.js";
import type { NodeId } from "../compile/program.js";
import { filled } from "../tensor/tensor.js";
import { adaptByMaking, linearOf, type Linear } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import type { LayerReparametrisation, Psi } from "./reparametrisation.js";

/** The options of IA3. */
export interface Ia3Options {
  /** Which side of each layer is rescaled. */
  readonly side: "input" | "output";
}

/** The side of the paper's feed-forward layers. */
export const ia3Defaults: Ia3Options = { side: "input" };

/** Factors of input channels as gates. */
const gatesOf = <A>(
  b: Builder<A>,
  { inputs, outputs, groups }: Linear<unknown>,
  l: NodeId,
): NodeId =>
  b.apply(
    { op: "reshape", shape: [inputs, outputs] },
    b.apply({ op: "broadcast", axes: [2], shape: [inputs, groups, outputs / groups] }, l),
  );

const onInputs = <A>(ring: Ring<A>, linear: Linear<A>): LayerReparametrisation<A> => ({
  parameters: {
    ia3_scale: { start: filled(ring)([linear.inputs, linear.groups], ring.one), towards: 1 },
  },
  makes: {
    [linear.weight]: (b, frozen, theta) =>
      b.apply({ op: "gateWeight" }, frozen, gatesOf(b, linear, theta("ia3_scale"))),
  },
});

const onOutputs = <A>(ring: Ring<A>, linear: Linear<A>): LayerReparametrisation<A> => {
  const scaled: Psi = (b, frozen, theta) =>
    b.apply({ op: "channelScale" }, frozen, theta("ia3_scale"));
  return {
    parameters: { ia3_scale: { start: filled(ring)([linear.outputs], ring.one), towards: 1 } },
    makes: { [linear.weight]: scaled, ...(linear.op.bias === null ? {} : { bias: scaled }) },
  };
};

/** Rescale the inputs or the outputs of every linear layer of the body. */
export const adaptByIa3 =
  <A>(ring: Ring<A>, { side }: Ia3Options = ia3Defaults) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    adaptByMaking(ring)("ia3", n, {
      choose: (layer) => {
        const linear = linearOf(layer);
        return E.right(
          linear === null ? null : (side === "input" ? onInputs : onOutputs)(ring, linear),
        );
      },
    });

export const ia3Method = method<Ia3Options>({
  name: "ia3",
  summary: "train one factor per input (or output) channel of every layer",
  source: "Liu et al., Few-shot parameter-efficient fine-tuning (IA3), arXiv 2205.05638, 2022",
  options: t.exact(t.partial({ side: t.keyof({ input: null, output: null }) })),
  defaults: ia3Defaults,
  phases: (options) => [{ name: "ia3", rate: 1e-2, prepare: adaptByIa3(float32, options) }],
});
