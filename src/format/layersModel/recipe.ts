/**
 * Recipes: how a Keras layer becomes operators. A recipe is made from a layer's configuration alone, so
 * that everything unsupported in a file is found before any weight is read; it is carried out when the
 * shapes of the inputs and the weights are known.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Operator } from "../../model/operator.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { decodeWith, Positive, PositivePair, quote } from "../codec.js";

/** One operator of a layer. The first reads the layer's inputs, each other one the operator before it. */
export interface Step {
  /** What is put behind the layer's name; null for the operator that carries the name itself. */
  readonly suffix: string | null;
  readonly op: Operator;
}

/** How a layer of known configuration becomes operators; no operator at all means the identity. */
export interface Recipe {
  /** The names of the weights it needs. */
  readonly weights: readonly string[];
  readonly steps: (
    inputs: readonly Shape[],
    weight: (name: string) => Tensor<number>,
  ) => Result<readonly Step[]>;
}

/** What the file says beside the layer's configuration. */
export interface Origin {
  /** The major version of the Keras that wrote the file. */
  readonly keras: number;
}

/** A recipe, or what in the configuration is not supported. */
export type Reader = (config: unknown, origin: Origin) => Result<Recipe>;

/** The recipe of a layer without weights and of one operator. */
export const plain = (op: (inputs: readonly Shape[]) => Result<Operator>): Recipe => ({
  weights: [],
  steps: (inputs) => E.map((o: Operator): readonly Step[] => [{ suffix: null, op: o }])(op(inputs)),
});

/** The recipe of one fixed operator. */
export const fixed = (op: Operator): Recipe => plain(() => E.right(op));

/** The recipe of a layer that changes nothing when the network is evaluated. */
export const identity: Recipe = { weights: [], steps: () => E.right([]) };

/** A reader from a codec of the configuration. */
export const reader =
  <A>(
    codec: t.Decoder<unknown, A>,
    recipe: (config: A, origin: Origin) => Result<Recipe>,
  ): Reader =>
  (config, origin) =>
    E.chain((c: A) => recipe(c, origin))(decodeWith(codec, "config")(config));

/** Refuse an option of a layer. */
export const unsupported = (option: string, value: unknown, expected: string): Result<never> =>
  refuse({ where: option, found: quote(value), expected });

/** Check an option that must have one value where it is given. */
export const only = (
  option: string,
  value: unknown,
  ...accepted: readonly unknown[]
): Result<null> =>
  value === undefined || value === null || accepted.includes(value)
    ? E.right(null)
    : unsupported(option, value, accepted.map(quote).join(" or "));

/** One number for both spatial axes, or a pair. */
export const PairField = t.union([Positive, PositivePair]);

/** Both numbers of a pair; `otherwise` where the field is absent. */
export const pair = (
  value: t.TypeOf<typeof PairField> | null | undefined,
  otherwise: readonly [number, number],
): readonly [number, number] =>
  value === null || value === undefined
    ? otherwise
    : typeof value === "number"
      ? [value, value]
      : value;

/** A field that may be absent or null. */
export const maybe = <C extends t.Mixed>(codec: C) => t.union([codec, t.null, t.undefined]);

/** An axis that must be the last one of inputs whose rank, with the batch, is `rank`. */
export const lastAxis = (axis: unknown, rank: number): Result<null> => {
  const n: unknown = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  return n === undefined || n === null || n === -1 || n === rank - 1
    ? E.right(null)
    : unsupported("axis", axis, `-1 or ${rank - 1}, the channels`);
};
