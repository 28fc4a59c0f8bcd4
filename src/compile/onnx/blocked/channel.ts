/**
 * Per-channel maps and sums in the blocked dialect. A map is a depthwise convolution of one tap, which takes
 * an addition and an activation along. The sum of products per channel is one too: `[n, c, h, w]` read as
 * one image of `n c` channels, with the other factor as the kernel.
 */
import type { Edge } from "../graph.js";
import { blocks, rows } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { reduce, reshape, slice } from "../operators.js";
import { storedValue, type Value } from "../value.js";
import { channelVector, fourExtents } from "./convolution.js";
import { blockedConv, pointwise, type Tail } from "./operator.js";

/** `x * scale + tail`; a scale of ones where there is none. */
export const channelMap = (c: Lowering, x: Value, scale: Value | null, tail: Tail): Edge => {
  const image = x.in(blocks);
  const channels = image.shape[1]!;
  const factors =
    scale === null
      ? c.constant(new Float32Array(channels).fill(1), [channels], true)
      : channelVector(c, scale);
  return blockedConv(
    c.g,
    image,
    reshape(c.g, factors, [channels, 1, 1, 1]),
    { ...pointwise, groups: channels },
    tail,
  );
};

const perChannel = (c: Lowering, sums: Edge, channels: number): Value =>
  storedValue(c, [channels], rows, slice(c.g, reduce(c.g, sums, [0]), [0], [channels]));

/** The sum over examples and positions. */
export const channelSum = (c: Lowering, x: Value): Value => {
  const image = x.in(blocks);
  const [n, wide, h, w] = fourExtents(image.shape);
  const open = reshape(c.g, image, [(n * wide) / c.b, h * w, c.b]);
  return perChannel(c, reshape(c.g, reduce(c.g, open, [1]), [n, wide]), x.shape[3]!);
};

/** The sum of products over examples and positions. */
export const channelDot = (c: Lowering, x: Value, y: Value): Value => {
  const image = x.in(blocks);
  const [n, wide, h, w] = fourExtents(image.shape);
  const sums = blockedConv(
    c.g,
    reshape(c.g, image, [1, n * wide, h, w]),
    reshape(c.g, y.in(blocks), [n * wide, 1, h, w]),
    { ...pointwise, kernel: [h, w], groups: n * wide },
  );
  return perChannel(c, reshape(c.g, sums, [n, wide]), x.shape[3]!);
};
