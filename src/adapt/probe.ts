/** Linear probe: the features stay as they are and only a new linear classifier is trained on them. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { classifierOf } from "./head.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import { unchanged } from "./reparametrisation.js";
import { withStatistics } from "./statistics.js";
import { weightsWhere } from "./trainable.js";

/** Train the classifier alone. */
export const adaptByProbe = <A>(n: AnyNetwork<A>): Adaptation<A> => {
  const frozen = withStatistics("frozen")(n);
  const classifier = classifierOf(frozen)?.name;
  return {
    name: "probe",
    network: frozen,
    trainable: weightsWhere(frozen, (layer) => layer.name === classifier),
    reparametrisation: unchanged,
    finish: (trained) => E.right({ adapted: trained, merged: trained, certificates: [] }),
  };
};

export const probeMethod = method({
  name: "probe",
  summary: "train a new linear classifier on frozen features",
  source:
    "Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2016",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "probe", rate: 3e-2, prepare: (n) => E.right(adaptByProbe(n)) }],
});
