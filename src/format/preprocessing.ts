/**
 * From an image to a network's input. The image is brought to the network's extents and channels, and
 * then each sample `p` in 0..255 becomes
 *
 *     (p * scale - mean[c]) / deviation[c]
 *
 * with `c` counted in the declared order of the channels.
 *
 * Resizing is separable with a triangle filter over half-pixel centres. When enlarging that is bilinear
 * interpolation; when shrinking by a factor r the triangle is r times wider, so that every source pixel
 * counts (Pillow's BILINEAR, TensorFlow's `antialias=True`). Transparent pixels lie on white. Colour becomes
 * grey by the luma weights of ITU-R BT.601; grey becomes colour by repetition.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import { channelsOf, showShape, size, type Shape } from "../tensor/shape.js";
import { Finite } from "./codec.js";
import type { Image } from "./image.js";

/** How a model wants its input: the order of its channels and their normalisation. */
export interface Preprocessing {
  readonly channels: "rgb" | "bgr" | "grey";
  /** Factor on samples of 0..255. */
  readonly scale: number;
  /** Subtracted after scaling, one per channel (one alone serves all of them). */
  readonly mean: readonly number[];
  /** Divided by at last, one per channel (one alone serves all of them). */
  readonly deviation: readonly number[];
}

/** The declarations that Keras's applications use, by Keras's names, and `unit` for 0..1. */
export const presets: Readonly<Record<"caffe" | "tf" | "torch" | "unit" | "none", Preprocessing>> =
  {
    caffe: { channels: "bgr", scale: 1, mean: [103.939, 116.779, 123.68], deviation: [1] },
    tf: { channels: "rgb", scale: 1 / 127.5, mean: [1], deviation: [1] },
    torch: {
      channels: "rgb",
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225],
    },
    unit: { channels: "rgb", scale: 1 / 255, mean: [0], deviation: [1] },
    none: { channels: "rgb", scale: 1, mean: [0], deviation: [1] },
  };

/** The name of a preset. */
export type PresetName = keyof typeof presets;

/** The preset of this name. */
export const presetNamed = (name: string): Result<Preprocessing> =>
  Object.hasOwn(presets, name)
    ? E.right(presets[name as PresetName])
    : refuse({
        where: "preprocessing",
        found: JSON.stringify(name),
        expected: `one of ${Object.keys(presets).join(", ")}`,
      });

/** The codec of a declaration in a file. */
export const PreprocessingCodec: t.Type<Preprocessing, unknown> = t.readonly(
  t.type({
    channels: t.keyof({ rgb: null, bgr: null, grey: null }),
    scale: Finite,
    mean: t.readonlyArray(Finite),
    deviation: t.readonlyArray(Finite),
  }),
);

/** Check a declaration against the shape of a network's input, before `toInput` is used with both. */
export const checkPreprocessing = (shape: Shape, p: Preprocessing): Result<Preprocessing> => {
  const where = "preprocessing";
  const channels = channelsOf(shape);
  const fits = (xs: readonly number[]): boolean => xs.length === 1 || xs.length === channels;
  if (shape.length === 1) {
    const side = Math.sqrt(size(shape));
    return Number.isInteger(side)
      ? E.right(p)
      : refuse({
          where,
          found: `a network input of shape ${showShape(shape)}`,
          expected: "height x width x channels, or the elements of a square grey image",
        });
  }
  if (shape.length !== 3 || (channels !== 1 && channels !== 3))
    return refuse({
      where,
      found: `a network input of shape ${showShape(shape)}`,
      expected: "height x width x 1 or height x width x 3",
    });
  if (p.channels === "grey" && channels !== 1)
    return refuse({
      where,
      found: `channels "grey" for ${channels} input channels`,
      expected: '"rgb" or "bgr"',
    });
  return fits(p.mean) && fits(p.deviation) && p.deviation.every((d) => d !== 0)
    ? E.right(p)
    : refuse({
        where,
        found: `means [${p.mean.join(", ")}] and deviations [${p.deviation.join(", ")}]`,
        expected: `1 or ${channels} of each, no deviation zero`,
      });
};

/** What part of an image of other proportions is used: all of it, or the largest centred part. */
export type Fit = "stretch" | "crop";

/** The source positions of one output position and their weights. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The triangle filter from `length` positions, starting at `start`, to `outputs` positions. */
const triangle = (start: number, length: number, outputs: number): readonly Taps[] => {
  const ratio = length / outputs;
  const radius = Math.max(1, ratio);
  return Array.from({ length: outputs }, (_, o) => {
    const centre = (o + 0.5) * ratio;
    const first = Math.max(0, Math.ceil(centre - radius - 0.5));
    const last = Math.min(length - 1, Math.floor(centre + radius - 0.5));
    const weights = new Float64Array(last - first + 1);
    let total = 0;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / radius);
      total += weights[i]!;
    }
    for (let i = 0; i < weights.length; i++) weights[i]! /= total;
    return { first: start + first, weights };
  });
};

/** The samples with 1 or 3 channels, channels last, alpha composited on white. */
const toChannels = ({ width, height, channels, data }: Image, wanted: 1 | 3): Float32Array => {
  const pixels = width * height;
  const out = new Float32Array(pixels * wanted);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += channels, to += wanted) {
    const alpha = channels === 4 ? data[from + 3]! / 255 : 1;
    const white = 255 * (1 - alpha);
    const r = data[from]! * alpha + white;
    if (channels === 1) out.fill(r, to, to + wanted);
    else {
      const g = data[from + 1]! * alpha + white;
      const b = data[from + 2]! * alpha + white;
      if (wanted === 1) out[to] = 0.299 * r + 0.587 * g + 0.114 * b;
      else {
        out[to] = r;
        out[to + 1] = g;
        out[to + 2] = b;
      }
    }
  }
  return out;
};

/** Filter rows, then columns. `x` is `[height, width, channels]` with the given row length. */
const resample = (
  x: Float32Array,
  rowLength: number,
  channels: number,
  columns: readonly Taps[],
  rows: readonly Taps[],
): Float32Array => {
  const width = columns.length;
  const firstRow = rows.reduce((n, r) => Math.min(n, r.first), Infinity);
  const endRow = rows.reduce((n, r) => Math.max(n, r.first + r.weights.length), 0);
  const narrow = new Float32Array((endRow - firstRow) * width * channels);
  for (let y = firstRow; y < endRow; y++)
    for (let o = 0; o < width; o++) {
      const { first, weights } = columns[o]!;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++)
          sum += weights[i]! * x[(y * rowLength + first + i) * channels + c]!;
        narrow[((y - firstRow) * width + o) * channels + c] = sum;
      }
    }
  const stride = width * channels;
  const out = new Float32Array(rows.length * stride);
  for (let o = 0; o < rows.length; o++) {
    const { first, weights } = rows[o]!;
    for (let k = 0; k < stride; k++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++)
        sum += weights[i]! * narrow[(first - firstRow + i) * stride + k]!;
      out[o * stride + k] = sum;
    }
  }
  return out;
};

/** The part of `width x height` with the proportions of the output that lies in the centre. */
const window = (
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
  fit: Fit,
): readonly [left: number, top: number, width: number, height: number] => {
  if (fit === "stretch") return [0, 0, width, height];
  const scale = Math.min(width / outWidth, height / outHeight);
  const w = Math.max(1, Math.round(outWidth * scale));
  const h = Math.max(1, Math.round(outHeight * scale));
  return [Math.floor((width - w) / 2), Math.floor((height - h) / 2), w, h];
};

/**
 * The network input of one image: `size(shape)` numbers, row-major, channels last. `shape` is
 * `[height, width, 1 or 3]`, or `[n]` for the `n` elements of a square grey image; the pair must have
 * passed `checkPreprocessing`.
 */
export const toInput = (
  image: Image,
  shape: Shape,
  preprocessing: Preprocessing,
  fit: Fit = "stretch",
): Float32Array => {
  const side = Math.round(Math.sqrt(size(shape)));
  const [height, width, channels] = (shape.length === 1 ? [side, side, 1] : shape) as [
    number,
    number,
    1 | 3,
  ];
  const [left, top, w, h] = window(image.width, image.height, width, height, fit);
  const samples = toChannels(image, channels);
  const same = w === width && h === height && w === image.width && h === image.height;
  const x = same
    ? samples
    : resample(samples, image.width, channels, triangle(left, w, width), triangle(top, h, height));
  const { scale, mean, deviation } = preprocessing;
  const reversed = preprocessing.channels === "bgr" && channels === 3;
  const out = new Float32Array(x.length);
  for (let c = 0; c < channels; c++) {
    const from = reversed ? 2 - c : c;
    const m = mean[c] ?? mean[0]!;
    const d = deviation[c] ?? deviation[0]!;
    for (let i = 0; i < x.length; i += channels) out[i + c] = (x[i + from]! * scale - m) / d;
  }
  return out;
};
