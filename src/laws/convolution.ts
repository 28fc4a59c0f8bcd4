/**
 * Laws of the convolution itself, at each kernel of a network and the input it has there.
 *
 * `r(o, t)` is the read map of a window: the position that output `o` reads through tap `t`, or padding.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../algebra/ring.js";
import type { Kernelled } from "../model/operator.js";
import { convolve } from "../semantics/convolution.js";
import { PADDING, readMap, type ReadMap } from "../semantics/readMap.js";
import { axis, span, type Geometry } from "../tensor/geometry.js";
import { channelsOf, size, spatialOf, type Shape } from "../tensor/shape.js";
import { generated, mapTensor, type Tensor } from "../tensor/tensor.js";
import { equalValues } from "./equality.js";
import { drawGeometry } from "./generators/geometry.js";
import { drawTensor } from "./generators/ring.js";
import { atEach, has, isKernelled } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

const needs = "a convolution, gated or not";
const applies = has(isKernelled);
const kinds = ["convolution", "projected"] as const;

const kernelled = { needs, applies, networks: { kinds, layers: 2 } };

export const convScale = law({
  ...kernelled,
  name: "conv_scale",
  statement: "c conv(x, F) = conv(x, c F)",
  holds: (over) => (c) => {
    const { ring, draw } = over;
    const factor = draw(choicesOf(c).bulk());
    const scaled = (x: Tensor<typeof factor>) => mapTensor(ring)(x, (v) => ring.mul(factor, v));
    return atEach(ring, isKernelled)(c, ({ op: { kernel, geometry, groups } }, x) =>
      equalValues(ring)(
        convolve(ring)(x, scaled(kernel), geometry, groups),
        scaled(convolve(ring)(x, kernel, geometry, groups)),
      ),
    );
  },
});

const sum = <A>(ring: Ring<A>, x: Tensor<A>, y: Tensor<A>): Tensor<A> =>
  generated(ring)(x.shape, (i) => ring.add(x.data[i]!, y.data[i]!));

export const convAdd = law({
  ...kernelled,
  name: "conv_add",
  statement: "conv(x, F) + conv(x, G) = conv(x, F + G), and the same for sums of inputs",
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isKernelled)(c, ({ op: { kernel, geometry, groups } }, x) => {
      const other = drawTensor(over, kernel.shape, uniform);
      const input = drawTensor(over, x.shape, uniform);
      const conv = (v: Tensor<typeof ring.zero>, f: Tensor<typeof ring.zero>) =>
        convolve(ring)(v, f, geometry, groups);
      const same = equalValues(ring);
      return every([
        () => same(conv(x, sum(ring, kernel, other)), sum(ring, conv(x, kernel), conv(x, other))),
        () =>
          same(conv(sum(ring, x, input), kernel), sum(ring, conv(x, kernel), conv(input, kernel))),
      ]);
    });
  },
});

/** The outputs at every `stride`-th position of each axis of `[n, ...extents, channels]`. */
const subsampled = <A>(ring: Ring<A>, y: Tensor<A>, strides: Shape, extents: Shape): Tensor<A> => {
  const [channels, from] = [channelsOf(y.shape), y.shape.slice(1, -1)];
  const shape = [y.shape[0]!, ...extents, channels];
  return generated(ring)(shape, (i) => {
    let position = Math.floor(i / channels);
    let at = 0;
    let step = 1;
    for (let d = extents.length - 1; d >= 0; d--) {
      at += (position % extents[d]!) * strides[d]! * step;
      position = Math.floor(position / extents[d]!);
      step *= from[d]!;
    }
    return y.data[(position * step + at) * channels + (i % channels)]!;
  });
};

export const t6Stride = law({
  ...kernelled,
  name: "T6_stride",
  statement: "a strided convolution is every stride-th output of the one with stride 1",
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isKernelled)(c, ({ op: { kernel, geometry, groups } }, x) => {
        const strided = convolve(ring)(x, kernel, geometry, groups);
        const unstrided = geometry.map((a) => ({ ...a, stride: 1 }));
        const whole = convolve(ring)(x, kernel, unstrided, groups);
        const strides = geometry.map((a) => a.stride);
        return equalValues(ring)(
          subsampled(ring, whole, strides, strided.shape.slice(1, -1)),
          strided,
        );
      }),
});

/** `y[o] = sum over (t, s) of G[t] F[s] x[r(r'(o, t), s)]`, where `r'(o, t)` and the read in it are no padding. */
const convolvedTwice = <A>(
  ring: Ring<A>,
  x: Tensor<A>,
  first: { readonly map: ReadMap; readonly kernel: Tensor<A> },
  second: { readonly map: ReadMap; readonly kernel: Tensor<A> },
): Tensor<A> => {
  const [inputs, middle, outputs] = [
    channelsOf(x.shape),
    channelsOf(first.kernel.shape),
    channelsOf(second.kernel.shape),
  ];
  const area = size(x.shape.slice(1, -1));
  const { map, kernel } = second;
  const shape = [x.shape[0]!, ...map.extents, outputs];
  return generated(ring)(shape, (i) => {
    const j = i % outputs;
    const o = Math.floor(i / outputs) % map.positions;
    const n = Math.floor(i / outputs / map.positions);
    let y = ring.zero;
    for (let t = 0; t < map.taps; t++) {
      const between = map.reads[o * map.taps + t]!;
      if (between === PADDING) continue;
      for (let s = 0; s < first.map.taps; s++) {
        const read = first.map.reads[between * first.map.taps + s]!;
        if (read === PADDING) continue;
        for (let m = 0; m < middle; m++)
          for (let k = 0; k < inputs; k++) {
            const weight = ring.mul(
              kernel.data[(t * middle + m) * outputs + j]!,
              first.kernel.data[(s * inputs + k) * middle + m]!,
            );
            y = ring.add(y, ring.mul(weight, x.data[(n * area + read) * inputs + k]!));
          }
      }
    }
    return y;
  });
};

/**
 * The one window of a convolution after another that pads nothing: output `o` reads through taps `t`, `s` the
 * position `(o s2 + t d2) s1 + s d1 - low1`, which is tap `t d2 s1 + s d1` of a dense window of stride `s1 s2`.
 * What the first window left unread behind may make its padding after negative; the read map does not mind.
 */
const composedWindow = (
  first: Geometry,
  second: Geometry,
  extents: Shape,
  outputs: Shape,
): Geometry =>
  first.map((a, i) => {
    const b = second[i]!;
    const kernel = (span(b) - 1) * a.stride + span(a);
    const stride = a.stride * b.stride;
    const high = (outputs[i]! - 1) * stride + kernel - extents[i]! - a.low;
    return axis({ kernel, stride, low: a.low, high });
  });

/** The kernel of that window, with `sum_m G[t, m, j] F[s, k, m]` added at tap `t d2 s1 + s d1`. */
const composedKernel = <A>(
  ring: Ring<A>,
  first: { readonly geometry: Geometry; readonly kernel: Tensor<A> },
  second: { readonly geometry: Geometry; readonly kernel: Tensor<A> },
  whole: Geometry,
): Tensor<A> => {
  const [inputs, middle] = first.kernel.shape.slice(-2) as [number, number];
  const outputs = channelsOf(second.kernel.shape);
  const shape = [...whole.map((a) => a.kernel), inputs, outputs];
  const data = Array.from({ length: size(shape) }, () => ring.zero);
  const indices = (geometry: Geometry, tap: number): Shape =>
    geometry.reduceRight<{ readonly rest: number; readonly found: Shape }>(
      ({ rest, found }, a) => ({
        rest: Math.floor(rest / a.kernel),
        found: [rest % a.kernel, ...found],
      }),
      { rest: tap, found: [] },
    ).found;
  const tapsOf = (k: Tensor<A>): number => size(k.shape.slice(0, -2));
  for (let t = 0; t < tapsOf(second.kernel); t++)
    for (let s = 0; s < tapsOf(first.kernel); s++) {
      const [outer, inner] = [indices(second.geometry, t), indices(first.geometry, s)];
      const tap = whole.reduce((at, a, i) => {
        const [f, g] = [first.geometry[i]!, second.geometry[i]!];
        return at * a.kernel + outer[i]! * g.dilation * f.stride + inner[i]! * f.dilation;
      }, 0);
      for (let m = 0; m < middle; m++)
        for (let k = 0; k < inputs; k++)
          for (let j = 0; j < outputs; j++) {
            const at = (tap * inputs + k) * outputs + j;
            const product = ring.mul(
              second.kernel.data[(t * middle + m) * outputs + j]!,
              first.kernel.data[(s * inputs + k) * middle + m]!,
            );
            data[at] = ring.add(data[at]!, product);
          }
    }
  return { shape, data };
};

const isUngrouped = <A>(op: Kernelled<A>): boolean => op.groups === 1;

export const convConv = law({
  name: "conv_conv",
  statement:
    "a convolution after a convolution reads through pairs of taps with products of weights, and where the " +
    "second pads nothing it is one convolution with the kernels convolved",
  needs: "a convolution without groups",
  applies: (n) => n.layers.some(({ op }) => isKernelled(op) && isUngrouped(op)),
  networks: { kinds: ["convolution"], layers: 1, ranks: [1, 1, 2], extent: 4, channels: [1, 2] },
  holds: (over) => (c) => {
    const { ring } = over;
    const t = choicesOf(c);
    const padding = t.below(2);
    const outputs = t.between(1, 2);
    return atEach(ring, isKernelled)(c, ({ op }, x) => {
      if (!isUngrouped(op)) return E.right(null);
      const extents = x.shape.slice(1, -1);
      const between = convolve(ring)(x, op.kernel, op.geometry, 1);
      const middle = spatialOf(between.shape).slice(1);
      const limits = { kernel: 2, stride: 2, dilation: 2, padding };
      const geometry = drawGeometry(t, middle, limits);
      const shape = [...geometry.map((a) => a.kernel), channelsOf(between.shape), outputs];
      const kernel = drawTensor(over, shape, t.bulk());
      const steps = convolve(ring)(between, kernel, geometry, 1);
      const maps = [readMap(op.geometry, extents), readMap(geometry, middle)] as const;
      const same = equalValues(ring);
      return every([
        () =>
          same(
            convolvedTwice(ring, x, { map: maps[0], kernel: op.kernel }, { map: maps[1], kernel }),
            steps,
          ),
        () => {
          if (geometry.some((a) => a.low > 0 || a.high > 0)) return E.right(null);
          const whole = composedWindow(op.geometry, geometry, extents, maps[1].extents);
          const composed = composedKernel(ring, op, { geometry, kernel }, whole);
          return same(convolve(ring)(x, composed, whole, 1), steps);
        },
      ]);
    });
  },
});
