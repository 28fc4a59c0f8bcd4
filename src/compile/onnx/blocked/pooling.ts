/** Pooling in the blocked dialect. */
import type { Geometry } from "../../../tensor/geometry.js";
import { blocks } from "../layout.js";
import type { Attribute, Edge } from "../graph.js";
import type { Lowering } from "../lowering.js";
import { expand, multiply, reshape } from "../operators.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Value } from "../value.js";
import { windowOf, wholeBlocks } from "./convolution.js";

const pool = (
  c: Lowering,
  op: string,
  x: Value,
  geometry: Geometry,
  shape: Shape,
  more: Readonly<Record<string, Attribute>>,
): Edge => {
  const { kernel, strides, pads } = windowOf(geometry, 1);
  return c.g.node(
    op,
    [x.in(blocks)],
    [shape[0]!, wholeBlocks(shape[3]!, c.b), shape[1]!, shape[2]!],
    {
      domain: "com.microsoft.nchwc",
      attributes: {
        kernel_shape: { ints: kernel },
        strides: { ints: strides },
        pads: { ints: pads },
        ...more,
      },
    },
  );
};

/**
 * Whether the runtime's pooling does it: no dilation, and no padding as wide as the window, which it refuses.
 * It rounds the number of outputs down, as the dialect does.
 */
export const isPoolable = (geometry: Geometry): boolean =>
  geometry.length === 2 &&
  geometry.every((a) => a.dilation === 1 && a.low < a.kernel && a.high < a.kernel);

export const maxPool = (c: Lowering, x: Value, geometry: Geometry, shape: Shape): Edge =>
  pool(c, "MaxPool", x, geometry, shape, {});

export const averagePool = (
  c: Lowering,
  x: Value,
  geometry: Geometry,
  divisor: "valid" | "window",
  shape: Shape,
): Edge =>
  pool(c, "AveragePool", x, geometry, shape, {
    count_include_pad: { int: divisor === "window" ? 1 : 0 },
  });

/** Whether one window covers an input of these extents exactly. */
export const isGlobal = (geometry: Geometry, extents: Shape): boolean =>
  geometry.every(
    (a, axis) => a.kernel === extents[axis] && a.dilation === 1 && a.low === 0 && a.high === 0,
  );

/** The adjoint of the mean over all positions: each gets its share. */
export const globalAverageGrad = (c: Lowering, dy: Value, shape: Shape): Edge => {
  const [n, h, w] = [shape[0]!, shape[1]!, shape[2]!];
  const wide = wholeBlocks(shape[3]!, c.b);
  const share = multiply(
    c.g,
    reshape(c.g, dy.in(blocks), [(n * wide) / c.b, 1, c.b]),
    c.g.number(1 / (h * w)),
  );
  return reshape(c.g, expand(c.g, share, [(n * wide) / c.b, h * w, c.b]), [n, wide, h, w]);
};
