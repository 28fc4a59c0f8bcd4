/**
 * HiRA: `W = F * (1 + (alpha / rank) A B)`, element by element. The change is the pretrained kernel times a
 * matrix of low rank, so it may have full rank itself; where the kernel is zero it stays zero. Projection's gates
 * are the case of a multiplier that is the same on all taps, with no limit on its rank.
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

/** Give every linear layer of the body factors whose product its kernel is multiplied by. */
export const adaptByHira = <A>(
  ring: Ring<A>,
  options: FactorOptions = factorDefaults,
): ((n: AnyNetwork<A>) => Result<Adaptation<A>>) =>
  adaptByFactors(ring, "hira", options, (b, frozen, product) =>
    b.apply({ op: "add" }, frozen, b.apply({ op: "multiply" }, frozen, product)),
  );

export const hiraMethod = method<FactorOptions>({
  name: "hira",
  summary: "multiply every kernel by one plus the product of two thin factors",
  source: "Huang et al., HiRA, ICLR 2025",
  options: FactorOptionsCodec,
  defaults: factorDefaults,
  phases: (options) => [{ name: "hira", rate: 3e-3, prepare: adaptByHira(float32, options) }],
});
