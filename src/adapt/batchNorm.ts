/** Batch-norm tuning: the scale and shift of every batch norm, and the classifier. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import { classifierOf } from "./head.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import { unchanged } from "./reparametrisation.js";
import { withStatistics, type Statistics } from "./statistics.js";
import { weightsWhere } from "./trainable.js";

/** The options of batch-norm tuning. */
export interface BatchNormTuning {
  readonly statistics: Statistics;
}

/** Train `gamma` and `beta` of every batch norm, and the classifier. Refuses a network without batch norm. */
export const adaptBatchNorm =
  ({ statistics }: BatchNormTuning) =>
  <A>(n: AnyNetwork<A>): Result<Adaptation<A>> => {
    const network = withStatistics(statistics)(n);
    if (!network.layers.some(({ op }) => op.kind === "batchNorm"))
      return refuse({
        where: "method batch-norm",
        found: "a network without batch norm",
        expected: "at least one batch norm to tune",
        advice: "use projection or full fine-tuning",
      });
    const classifier = classifierOf(network)?.name;
    return E.right({
      name: "batch-norm",
      network,
      trainable: weightsWhere(
        network,
        ({ name, op }) => op.kind === "batchNorm" || name === classifier,
      ),
      reparametrisation: unchanged,
      finish: (trained) => {
        const merged = withStatistics("frozen")(trained);
        return E.right({ adapted: merged, merged, certificates: [] });
      },
    });
  };

export const batchNormMethod = method<BatchNormTuning>({
  name: "batch-norm",
  summary: "train the scale and shift of batch norm, and a new classifier",
  source: "Frankle, Schwab and Morcos, Training BatchNorm and only BatchNorm, 2021",
  options: t.exact(t.partial({ statistics: t.keyof({ frozen: null, batch: null }) })),
  defaults: { statistics: "frozen" },
  phases: (options) => [{ name: "batch-norm", rate: 1e-3, prepare: adaptBatchNorm(options) }],
});
