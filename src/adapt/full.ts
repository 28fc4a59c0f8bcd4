/**
 * Full fine-tuning: every weight is trained. Batch norm with frozen statistics is not folded here:
 * folding rescales the kernels, and gradient descent on rescaled kernels is another method.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { method, type Adaptation, type AnyNetwork, type Phase } from "./method.js";
import { unchanged } from "./reparametrisation.js";
import { withStatistics, type Statistics } from "./statistics.js";
import { weightsWhere } from "./trainable.js";

/** The options of full fine-tuning. */
export interface FullOptions {
  readonly statistics: Statistics;
}

/** Train everything. */
export const adaptFully =
  ({ statistics }: FullOptions) =>
  <A>(n: AnyNetwork<A>): Adaptation<A> => {
    const network = withStatistics(statistics)(n);
    return {
      name: "full",
      network,
      trainable: weightsWhere(network, () => true),
      reparametrisation: unchanged,
      finish: (trained) => {
        const merged = withStatistics("frozen")(trained);
        return E.right({ adapted: merged, merged, certificates: [] });
      },
    };
  };

/** Full fine-tuning as a phase. */
export const fullPhase = (options: FullOptions): Phase => ({
  name: "full",
  rate: 3e-4,
  prepare: (n) => E.right(adaptFully(options)(n)),
});

export const fullMethod = method<FullOptions>({
  name: "full",
  summary: "fine-tune every weight",
  source: "Yosinski et al., How transferable are features in deep neural networks?, 2014",
  options: t.exact(t.partial({ statistics: t.keyof({ frozen: null, batch: null }) })),
  defaults: { statistics: "frozen" },
  phases: (options) => [fullPhase(options)],
});
