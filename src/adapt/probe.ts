/** Linear probe: the features stay as they are and only a new linear classifier is trained on them. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { adaptWeights } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** Train the classifier alone. */
export const adaptByProbe = <A>(n: AnyNetwork<A>): Adaptation<A> =>
  adaptWeights("probe", n, () => false);

export const probeMethod = method({
  name: "probe",
  summary: "train a new linear classifier on frozen features",
  source:
    "Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2016",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "probe", rate: 3e-2, prepare: (n) => E.right(adaptByProbe(n)) }],
});
