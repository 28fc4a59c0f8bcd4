/** Per-channel layers: batch normalisation, affine maps, dropout. */
import * as E from "fp-ts/lib/Either.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import { append, unfilled, type Draft, type DraftClass } from "./draft.js";
import { ones, zeros, type WeightSource } from "./initialiser.js";

export interface BatchNormOptions {
  /** Which statistics it uses: those of the batch unless told. */
  readonly statistics?: "frozen" | "batch";
  /** The learned factor: ones unless told, `false` for none. */
  readonly gamma?: WeightSource | false;
  /** The learned offset: zeros unless told, `false` for none. */
  readonly beta?: WeightSource | false;
  /** The stored mean: zeros unless told. */
  readonly mean?: WeightSource;
  /** The stored variance: ones unless told. */
  readonly variance?: WeightSource;
  /** Added to the variance; 1e-5 unless told, as in PyTorch (Keras has 1e-3). */
  readonly epsilon?: number;
  /** How much of the stored statistics a training step keeps; 0.9 unless told. */
  readonly momentum?: number;
  readonly name?: string;
}

const unlessFalse = (source: WeightSource | false | undefined, otherwise: WeightSource) =>
  source === undefined || source === false ? otherwise : source;

/** Batch normalisation along the channels. */
export const batchNorm =
  (options: BatchNormOptions = {}) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(x: Draft<C, In, S>): Draft<C, In, S> =>
    append(x, {
      name: options.name,
      base: "batchNorm",
      op: ([shape = []]) => {
        const perChannel = unfilled([channelsOf(shape)]);
        return E.right({
          kind: "batchNorm",
          statistics: options.statistics ?? "batch",
          gamma: options.gamma === false ? null : perChannel,
          beta: options.beta === false ? null : perChannel,
          mean: perChannel,
          variance: perChannel,
          epsilon: options.epsilon ?? 1e-5,
          momentum: options.momentum ?? 0.9,
        });
      },
      sources: {
        gamma: unlessFalse(options.gamma, ones),
        beta: unlessFalse(options.beta, zeros),
        mean: options.mean ?? zeros,
        variance: options.variance ?? ones,
      },
    });

export interface LayerNormOptions {
  /** The learned factor: ones unless told, `false` for none. */
  readonly gamma?: WeightSource | false;
  /** The learned offset: zeros unless told, `false` for none. */
  readonly beta?: WeightSource | false;
  /** Added to the variance; 1e-6 unless told, as in ConvNeXt (PyTorch has 1e-5, Keras 1e-3). */
  readonly epsilon?: number;
  readonly name?: string;
}

/**
 * Layer normalisation over the channels of each position.
 *
 * @example
 * import { build, evaluate, float64, input, layerNorm, tensor } from "heirloom"
 *
 * const norm = pipe(input([2]), layerNorm({ epsilon: 0 }), build({ seed: 0 }))
 * const y = pipe(norm, E.chain((n) => evaluate(float64)(n, tensor([1, 2], [3, 7]))))
 * assert.deepStrictEqual(E.isRight(y) && Array.from(y.right.data), [-1, 1])
 */
export const layerNorm =
  (options: LayerNormOptions = {}) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(x: Draft<C, In, S>): Draft<C, In, S> =>
    append(x, {
      name: options.name,
      base: "layerNorm",
      op: ([shape = []]) => {
        const perChannel = unfilled([channelsOf(shape)]);
        return E.right({
          kind: "layerNorm",
          gamma: options.gamma === false ? null : perChannel,
          beta: options.beta === false ? null : perChannel,
          epsilon: options.epsilon ?? 1e-6,
        });
      },
      sources: {
        gamma: unlessFalse(options.gamma, ones),
        beta: unlessFalse(options.beta, zeros),
      },
    });

export interface AffineOptions {
  /** The factor of each channel: ones unless told. */
  readonly scale?: WeightSource;
  /** The offset of each channel: zeros unless told. */
  readonly shift?: WeightSource;
  readonly name?: string;
}

/** `scale_j * x_j + shift_j` for every channel. */
export const affine =
  (options: AffineOptions = {}) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(x: Draft<C, In, S>): Draft<C, In, S> =>
    append(x, {
      name: options.name,
      base: "affine",
      op: ([shape = []]) => {
        const perChannel = unfilled([channelsOf(shape)]);
        return E.right({ kind: "affine", scale: perChannel, shift: perChannel });
      },
      sources: { scale: options.scale ?? ones, shift: options.shift ?? zeros },
    });

/** In training, zero each element with this probability and scale the rest up. */
export const dropout =
  (rate: number, options: { readonly name?: string } = {}) =>
  <C extends DraftClass, In extends Shape, S extends Shape>(x: Draft<C, In, S>): Draft<C, In, S> =>
    append(x, {
      name: options.name,
      base: "dropout",
      op: () => E.right({ kind: "dropout", rate }),
    });
