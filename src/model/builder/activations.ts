/** Activations, each a combinator or a function that gives one. */
import * as E from "fp-ts/lib/Either.js";
import type { Shape } from "../../tensor/shape.js";
import type { ActivationFunction } from "../activation.js";
import { append, type Draft, type DraftClass } from "./draft.js";

/** A combinator that keeps class and shape. */
export type Keeping = <C extends DraftClass, In extends Shape, S extends Shape>(
  x: Draft<C, In, S>,
) => Draft<C, In, S>;

/** Any activation, with a name where one is wanted. */
export const activation =
  (fn: ActivationFunction, options: { readonly name?: string } = {}): Keeping =>
  (x) =>
    append(x, {
      name: options.name,
      base: fn.name,
      op: () => E.right({ kind: "activation", fn }),
    });

export const relu: Keeping = activation({ name: "relu" });
export const relu6: Keeping = activation({ name: "relu6" });
export const sigmoid: Keeping = activation({ name: "sigmoid" });
export const tanh: Keeping = activation({ name: "tanh" });
/** `x * sigmoid(x)`, also called SiLU. */
export const swish: Keeping = activation({ name: "swish" });
export const hardSwish: Keeping = activation({ name: "hardSwish" });
/** Along the channels. */
export const softmax: Keeping = activation({ name: "softmax" });

/** `slope` below zero: 0.01 unless told, as in PyTorch. */
export const leakyRelu = (slope = 0.01): Keeping => activation({ name: "leakyRelu", slope });

export const elu = (alpha = 1): Keeping => activation({ name: "elu", alpha });

/** The exact function unless the tanh formula is asked for. */
export const gelu = (options: { readonly approximate?: boolean } = {}): Keeping =>
  activation({ name: "gelu", approximate: options.approximate ?? false });

/** `clamp(slope * x + offset, 0, 1)`: 1/6 and 0.5 unless told, as in PyTorch and Keras 3. */
export const hardSigmoid = (slope = 1 / 6, offset = 0.5): Keeping =>
  activation({ name: "hardSigmoid", slope, offset });
