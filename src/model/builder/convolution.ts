/** Convolutions: full, grouped and depthwise. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { kernelExtents, type Geometry, type Padding } from "../../tensor/geometry.js";
import { channelsOf, type Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import type { Multiply } from "./arithmetic.js";
import { fed, positive } from "./checks.js";
import { append, unfilled, type Draft, type DraftClass } from "./draft.js";
import { heNormal, zeros, type WeightSource } from "./initialiser.js";
import type { Fed, PerAxis, Spatial, Windowed } from "./shapeTypes.js";
import { geometryOver } from "./window.js";

/** What all convolutions can be told. */
export interface KernelOptions<
  K extends PerAxis,
  St extends PerAxis,
  D extends PerAxis,
  Pad extends Padding,
> {
  /** Taps along each spatial axis. */
  readonly kernel: K;
  /** Input positions between neighbouring outputs; 1 unless told. */
  readonly strides?: St;
  /** Input positions between neighbouring taps; 1 unless told. */
  readonly dilation?: D;
  /** "same" unless told; explicit padding is a pair [low, high] per spatial axis. */
  readonly padding?: Pad;
  /** Where the kernel comes from: He's normal distribution unless told. */
  readonly weights?: WeightSource;
  /** Where the bias comes from: zeros unless told, `false` for none. */
  readonly bias?: WeightSource | false;
  readonly name?: string;
}

/** A convolution and how many channels it gives. */
export interface ConvOptions<
  F extends number,
  K extends PerAxis,
  St extends PerAxis,
  D extends PerAxis,
  Pad extends Padding,
  I extends number = number,
> extends KernelOptions<K, St, D, Pad> {
  /** Output channels. */
  readonly filters: F;
  /** Input channels, where a mismatch is to be told; any unless told. */
  readonly inputs?: I;
  /** Groups of channels that see only each other; must divide input and output channels. */
  readonly groups?: number;
}

const convolutionOf = (
  geometry: Geometry,
  inputs: number,
  outputs: number,
  groups: number,
  bias: boolean,
): Result<Operator<never>> =>
  inputs % groups === 0
    ? E.right({
        kind: "convolution",
        geometry,
        groups,
        kernel: unfilled([...kernelExtents(geometry), inputs / groups, outputs]),
        bias: bias ? unfilled([outputs]) : null,
      })
    : refuse({
        where: "groups",
        found: `${groups} groups for ${inputs} input channels`,
        expected: "a number of groups that divides the input channels",
      });

const windowOf = (options: KernelOptions<PerAxis, PerAxis, PerAxis, Padding>) => ({
  kernel: options.kernel,
  strides: options.strides ?? 1,
  dilation: options.dilation ?? 1,
  padding: options.padding ?? "same",
});

const sourcesOf = (options: KernelOptions<PerAxis, PerAxis, PerAxis, Padding>) => ({
  kernel: options.weights ?? heNormal,
  bias: options.bias === undefined || options.bias === false ? zeros : options.bias,
});

/**
 * A convolution over all spatial axes. With "same" padding, the default, an extent `n` becomes
 * `ceil(n / stride)`.
 *
 * @example
 * import { conv, input } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * // Draft<"GCNN", readonly [224, 224, 3], readonly [112, 112, 64]>
 * const stem = pipe(input([224, 224, 3]), conv({ filters: 64, kernel: 7, strides: 2, bias: false }))
 * // The same extents with PyTorch's padding.
 * const torch = conv({ filters: 64, kernel: [7, 7], strides: 2, padding: [[3, 3], [3, 3]] })
 */
export const conv =
  <
    const F extends number,
    const K extends PerAxis,
    const St extends PerAxis = 1,
    const D extends PerAxis = 1,
    const Pad extends Padding = "same",
    const I extends number = number,
  >(
    options: ConvOptions<F, K, St, D, Pad, I>,
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, N extends number>(
    x: Draft<C, In, readonly [...P, N]> & Spatial<P, "conv"> & Fed<N, I, "conv">,
  ): Draft<"GCNN", In, Windowed<P, F, K, St, D, Pad>> =>
    append(x, {
      name: options.name,
      base: "conv",
      op: ([shape = []]) =>
        pipe(
          E.Do,
          E.bind("filters", () => positive("filters", options.filters)),
          E.bind("inputs", () => fed(channelsOf(shape), options.inputs)),
          E.bind("groups", () => positive("groups", options.groups ?? 1)),
          E.bind("geometry", () => geometryOver(shape, windowOf(options), "kernel")),
          E.chain(({ filters, inputs, groups, geometry }) =>
            convolutionOf(geometry, inputs, filters, groups, options.bias !== false),
          ),
        ),
      sources: sourcesOf(options),
    });

/** A depthwise convolution. */
export interface DepthwiseOptions<
  M extends number,
  K extends PerAxis,
  St extends PerAxis,
  D extends PerAxis,
  Pad extends Padding,
> extends KernelOptions<K, St, D, Pad> {
  /** Output channels per input channel; 1 unless told. */
  readonly multiplier?: M;
}

/**
 * A depthwise convolution: every input channel has `multiplier` kernels of its own. Output channel
 * `k * multiplier + m` is the `m`-th of input channel `k`.
 */
export const depthwise =
  <
    const K extends PerAxis,
    const M extends number = 1,
    const St extends PerAxis = 1,
    const D extends PerAxis = 1,
    const Pad extends Padding = "same",
  >(
    options: DepthwiseOptions<M, K, St, D, Pad>,
  ) =>
  <C extends DraftClass, In extends Shape, P extends Shape, F extends number>(
    x: Draft<C, In, readonly [...P, F]> & Spatial<P, "depthwise">,
  ): Draft<"GCNN", In, Windowed<P, M extends 1 ? F : Multiply<F, M>, K, St, D, Pad>> =>
    append(x, {
      name: options.name,
      base: "depthwise",
      op: ([shape = []]) =>
        pipe(
          E.Do,
          E.bind("multiplier", () => positive("multiplier", options.multiplier ?? 1)),
          E.bind("geometry", () => geometryOver(shape, windowOf(options), "kernel")),
          E.chain(({ multiplier, geometry }) => {
            const channels = channelsOf(shape);
            const bias = options.bias !== false;
            return convolutionOf(geometry, channels, channels * multiplier, channels, bias);
          }),
        ),
      sources: sourcesOf(options),
    });
