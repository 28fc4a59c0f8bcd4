/** Convolutions in the blocked dialect. */
import type { Geometry } from "../../../tensor/geometry.js";
import type { Shape } from "../../../tensor/shape.js";
import { isDepthwise } from "../blockable.js";
import type { Edge } from "../graph.js";
import { blocks, depthwiseBlocks, kernelBlocks, kernelStem, planes, rows } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { pad, reshape } from "../operators.js";
import type { Value } from "../value.js";
import { bare, blockedConv, type Tail, type Window } from "./operator.js";

/** The channels padded to whole blocks. */
export const wholeBlocks = (channels: number, b: number): number => Math.ceil(channels / b) * b;

/** The extents of a shape of four axes. */
export const fourExtents = (shape: Shape): readonly [number, number, number, number] => [
  shape[0]!,
  shape[1]!,
  shape[2]!,
  shape[3]!,
];

/** A vector per channel, padded with zeros to whole blocks. */
export const channelVector = (c: Lowering, v: Value): Edge => {
  const edge = v.in(rows);
  const n = edge.shape[0]!;
  return pad(c.g, edge, [[0, wholeBlocks(n, c.b) - n]]);
};

/** A geometry of two axes as a window. */
export const windowOf = (geometry: Geometry, groups: number): Window => {
  const [y, x] = [geometry[0]!, geometry[1]!];
  return {
    kernel: [y.kernel, x.kernel],
    strides: [y.stride, x.stride],
    dilations: [y.dilation, x.dilation],
    pads: [y.low, x.low, y.high, x.high],
    groups,
  };
};

/** A convolution of images, whose few channels are read in planes: padding them would waste most products. */
export const isStem = (x: Value, b: number): boolean =>
  x.shape.at(-1)! < b && x.home?.kind !== "blocks";

/** `conv(x, w)` and its tail, in blocks. */
export const convolution = (
  c: Lowering,
  x: Value,
  w: Value,
  p: { readonly geometry: Geometry; readonly groups: number },
  tail: Tail = bare,
): Edge => {
  const { g, b } = c;
  const extents: Shape = p.geometry.map((a) => a.kernel);
  const outputs = wholeBlocks(w.shape.at(-1)!, b);
  if (isDepthwise(p, w.shape)) {
    const weights = reshape(g, w.in(depthwiseBlocks), [outputs, 1, ...extents]);
    return blockedConv(g, x.in(blocks), weights, windowOf(p.geometry, outputs), tail);
  }
  const inputs = x.shape.at(-1)!;
  const window = windowOf(p.geometry, 1);
  return isStem(x, b)
    ? blockedConv(
        g,
        x.in(planes),
        reshape(g, w.in(kernelStem), [outputs, inputs, ...extents]),
        window,
        tail,
      )
    : blockedConv(
        g,
        x.in(blocks),
        reshape(g, w.in(kernelBlocks), [outputs, wholeBlocks(inputs, b), ...extents]),
        window,
        tail,
      );
};
