/**
 * LoRA on convolutions and dense layers: `W = F + (alpha / rank) A B` (factors.ts has the shapes). The rank of
 * a layer's change is at most that of its factors; the merged kernel is an ordinary one.
 */
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { adaptByMaking, linearOf } from "./body.js";
import {
  factorDefaults,
  FactorOptionsCodec,
  factorsOf,
  productOf,
  type FactorOptions,
} from "./factors.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import type { LayerReparametrisation, NewParameter } from "./reparametrisation.js";

/** Give every linear layer of the body factors whose product is added to its kernel. */
export const adaptByLora =
  <A>(ring: Ring<A>, options: FactorOptions = factorDefaults) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    adaptByMaking(ring)("lora", n, {
      choose: (layer) => {
        const linear = linearOf(layer);
        return linear === null
          ? E.right(null)
          : E.map(
              (
                parameters: Readonly<Record<string, NewParameter<A>>>,
              ): LayerReparametrisation<A> => ({
                parameters,
                makes: {
                  [linear.weight]: (b, frozen, theta) =>
                    b.apply(
                      { op: "add" },
                      frozen,
                      productOf(b, linear, options, theta("lora_a"), theta("lora_b")),
                    ),
                },
              }),
            )(factorsOf(ring, options)(layer.name, linear, ["lora_a", "lora_b"]));
      },
    });

export const loraMethod = method<FactorOptions>({
  name: "lora",
  summary: "add the product of two thin factors to every kernel",
  source: "Hu et al., LoRA, arXiv 2106.09685, 2021; on convolutions as Hugging Face PEFT has it",
  options: FactorOptionsCodec,
  defaults: factorDefaults,
  phases: (options) => [{ name: "lora", rate: 3e-3, prepare: adaptByLora(float32, options) }],
});
