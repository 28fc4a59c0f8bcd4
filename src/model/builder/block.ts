/** Blocks: parts of an architecture, written once and applied at several extents and widths. */
import * as E from "fp-ts/lib/Either.js";
import { within } from "../../algebra/refusal.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import { fed } from "./checks.js";
import type { Draft, DraftClass, Progress } from "./draft.js";
import type { Fed, Windowed } from "./shapeTypes.js";

/**
 * A block on images of any extents: `F` channels at every `St`-th position. `I` are the input channels it
 * takes, any unless told; other ones are an error that says so. A function annotated with it needs no type
 * parameters of its own.
 *
 * @example
 * import { batchNorm, conv, input, relu, type Block } from "heirloom"
 *
 * const unit = <F extends number, St extends number>(filters: F, strides: St): Block<F, St> =>
 *   (x) => pipe(x, conv({ filters, kernel: 3, strides }), batchNorm(), relu)
 *
 * // Draft<"GCNN", readonly [32, 32, 3], readonly [8, 8, 64]>
 * const features = pipe(input([32, 32, 3]), unit(32, 2), unit(64, 2))
 */
export type Block<F extends number, St extends number = 1, I extends number = number> = <
  C extends DraftClass,
  In extends Shape,
  H extends number,
  W extends number,
  N extends number,
>(
  x: Draft<C, In, readonly [H, W, N]> & Fed<N, I, "block">,
) => Draft<"GCNN", In, Windowed<readonly [H, W], F, 1, St, 1, "same">>;

/**
 * Adds nothing and states the channels there are: what a block that ends in a residual sum starts with.
 *
 * @example
 * import { conv, input, inputChannels, residual, type Block } from "heirloom"
 *
 * const basic = <F extends number>(filters: F): Block<F, 1, F> =>
 *   (x) => pipe(x, inputChannels(filters), residual(conv({ filters, kernel: 3 })))
 *
 * const fits = pipe(input([32, 32, 64]), basic(64))
 * // basic(128) there does not compile: "block: expected 128 input channels, found 64".
 */
export const inputChannels =
  <const I extends number>(channels: I) =>
  <C extends DraftClass, In extends Shape, P extends Shape, N extends number>(
    x: Draft<C, In, readonly [...P, N]> & Fed<N, I, "block">,
  ): Draft<C, In, readonly [...P, I]> => ({
    progress: E.chain((p: Progress) =>
      E.bimap(
        within(`after layer ${p.head.name}`),
        () => p,
      )(fed(channelsOf(p.head.shape), channels)),
    )(x.progress),
  });
