/** From rewritten layers to a conversion: the network is built anew, and its certificate filled in. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { network, type LayerSpec, type ModelClass, type Network } from "../model/network.js";
import { sameShape, showShape, type Shape } from "../tensor/shape.js";
import type { ConversionName, Conversion, NetworkTheorem, Note, Step } from "./certificate.js";
import { digestOf } from "./digest.js";
import { roundingOf } from "./precision.js";

/** What a converter made of each layer. */
export interface Rewriting<C extends ModelClass, A> {
  readonly conversion: ConversionName;
  readonly theorem: NetworkTheorem;
  /** The class the target belongs to, by the conversion's theorem. */
  readonly class: C;
  readonly layers: readonly LayerSpec<A>[];
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
}

/** Build the target, check that its input and output have the source's shapes, and certify. */
export const rebuild =
  <A>(ring: Ring<A>) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    source: Network<ModelClass, In, Out, A>,
    r: Rewriting<C, A>,
  ): Result<Conversion<C, In, Out, A>> =>
    E.chain((built: Network<ModelClass, Shape, Shape, A>): Result<Conversion<C, In, Out, A>> => {
      if (!sameShape(built.input, source.input) || !sameShape(built.output, source.output))
        return refuse({
          where: r.conversion,
          found: `a network from ${showShape(built.input)} to ${showShape(built.output)}`,
          expected: `one from ${showShape(source.input)} to ${showShape(source.output)}`,
        });
      const target: Network<C, In, Out, A> = {
        class: r.class,
        input: source.input,
        output: source.output,
        layers: built.layers,
      };
      return E.right({
        network: target,
        certificate: {
          conversion: r.conversion,
          theorem: r.theorem,
          ring: ring.name,
          rounding: roundingOf(ring, r.conversion),
          source: digestOf(ring)(source),
          target: digestOf(ring)(target),
          steps: r.steps,
          notes: r.notes,
        },
      });
    })(network(r.layers));

/** The step of a layer that stays as it is. */
export const kept = (layer: string): Step => ({ theorem: "keep", layer, from: [layer] });
