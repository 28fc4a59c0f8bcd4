/** Dense layers: GFFN. */
import * as E from "fp-ts/lib/Either.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import { positive } from "./checks.js";
import { append, unfilled, type Draft, type DraftClass } from "./draft.js";
import { glorotUniform, zeros, type WeightSource } from "./initialiser.js";

export interface DenseOptions {
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
  <const F extends number>(outputs: F, options: DenseOptions = {}) =>
  <C extends DraftClass, In extends Shape, P extends Shape>(
    x: Draft<C, In, readonly [...P, number]>,
  ): Draft<C, In, readonly [...P, F]> =>
    append(x, {
      name: options.name,
      base: "dense",
      op: ([shape = []]) =>
        E.map((n: number): Operator<never> => ({
          kind: "dense",
          weights: unfilled([channelsOf(shape), n]),
          bias: options.bias === false ? null : unfilled([n]),
        }))(positive("outputs", outputs)),
      sources: {
        weights: options.weights ?? glorotUniform,
        bias: options.bias === undefined || options.bias === false ? zeros : options.bias,
      },
    });
