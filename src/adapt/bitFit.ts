/** BitFit: the biases alone. A batch norm's shift is the bias of the convolution before it. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import { adaptWeights } from "./body.js";
import { classifierOf } from "./head.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** Whether a weight is added to a channel and nothing else. */
export const isBias = (weight: string): boolean =>
  weight === "bias" || weight === "beta" || weight === "shift";

/** Train every bias and shift, and the classifier. Refuses a body without any. */
export const adaptBiases = <A>(n: AnyNetwork<A>): Result<Adaptation<A>> => {
  const adaptation = adaptWeights("bitfit", n, (_, weight) => isBias(weight));
  const classifier = classifierOf(n)?.name;
  return [...adaptation.trainable].every((name) => name.startsWith(`${classifier}/`))
    ? refuse({
        where: "method bitfit",
        found: "a network without biases before its classifier",
        expected: "at least one bias or shift to train",
        advice: "use channel-scale, projection or full fine-tuning",
      })
    : E.right(adaptation);
};

export const bitFitMethod = method({
  name: "bitfit",
  summary: "train the biases and shifts alone",
  source: "Ben Zaken, Goldberg and Ravfogel, BitFit, arXiv 2106.10199, 2021",
  options: t.exact(t.partial({})),
  defaults: {},
  phases: () => [{ name: "bitfit", rate: 3e-3, prepare: adaptBiases }],
});
