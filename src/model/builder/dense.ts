/** Dense layers: GFFN. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import { fed, positive } from "./checks.js";
import { append, unfilled, type Draft, type DraftClass } from "./draft.js";
import { glorotUniform, zeros, type WeightSource } from "./initialiser.js";
import type { Fed } from "./shapeTypes.js";

export interface DenseOptions<I extends number = number> {
  /** Input channels, where a mismatch is to be told; any unless told. */
  readonly inputs?: I;
  /** Where the weights come from: Glorot's uniform distribution unless told. */
  readonly weights?: WeightSource;
  /** Where the bias comes from: zeros unless told, `false` for none. */
  readonly bias?: WeightSource | false;
  readonly name?: string;
}

/**
 * A dense layer with this many outputs. On `[channels]` it is the usual one; where there are spatial
 * axes it mixes the channels at every position alike.
 */
export const dense =
  <const F extends number, const I extends number = number>(
    outputs: F,
    options: DenseOptions<I> = {},
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, N extends number>(
    x: Draft<C, In, readonly [...P, N]> & Fed<N, I, "dense">,
  ): Draft<C, In, readonly [...P, F]> =>
    append(x, {
      name: options.name,
      base: "dense",
      op: ([shape = []]) =>
        pipe(
          E.Do,
          E.bind("outputs", () => positive("outputs", outputs)),
          E.bind("inputs", () => fed(channelsOf(shape), options.inputs)),
          E.map(({ inputs, outputs: n }): Operator<never> => ({
            kind: "dense",
            weights: unfilled([inputs, n]),
            bias: options.bias === false ? null : unfilled([n]),
          })),
        ),
      sources: {
        weights: options.weights ?? glorotUniform,
        bias: options.bias === undefined || options.bias === false ? zeros : options.bias,
      },
    });
