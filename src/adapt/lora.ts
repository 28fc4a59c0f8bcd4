/**
 * LoRA on convolutions and dense layers: `W = F + (alpha / rank) A B` (factors.ts has the shapes). The rank of
 * a layer's change is at most that of its factors; the merged kernel is an ordinary one.
 */
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import {
  adaptByFactors,
  factorDefaults,
  FactorOptionsCodec,
  type FactorOptions,
} from "./factors.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** Give every linear layer of the body factors whose product is added to its kernel. */
export const adaptByLora = <A>(
  ring: Ring<A>,
  options: FactorOptions = factorDefaults,
): ((n: AnyNetwork<A>) => Result<Adaptation<A>>) =>
  adaptByFactors(ring, "lora", options, (b, frozen, product) =>
    b.apply({ op: "add" }, frozen, product),
  );

export const loraMethod = method<FactorOptions>({
  name: "lora",
  summary: "add the product of two thin factors to every kernel",
  source: "Hu et al., LoRA, arXiv 2106.09685, 2021; on convolutions as Hugging Face PEFT has it",
  options: FactorOptionsCodec,
  defaults: factorDefaults,
  phases: (options) => [{ name: "lora", rate: 3e-3, prepare: adaptByLora(float32, options) }],
});
