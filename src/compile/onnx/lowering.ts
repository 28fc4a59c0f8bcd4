/** What the lowerings of all primitives share. */
import type { Shape } from "../../tensor/shape.js";
import type { Edge } from "./graph.js";
import type { GraphBuilder } from "./graphBuilder.js";
import { storedExtents, type Layout } from "./layout.js";

/** What all lowerings share. */
export interface Lowering {
  readonly g: GraphBuilder;
  /** The channels in a block. */
  readonly b: number;
  /** A float32 tensor known when the graph is made; `owned` where nobody else holds its memory. */
  readonly constant: (data: Float32Array, shape: Shape, owned: boolean) => Edge;
}

/**
 * The shape of the edge that holds a value: the dialect's for rows; `[n, c, ...s]` for planes and, with the
 * channels padded to whole blocks, for blocks (ONNX Runtime declares blocked tensors so); `[j, k, ...t]` for
 * kernel planes; the digits' extents for all other layouts.
 */
export const edgeShape = (layout: Layout, shape: Shape, b: number): Shape => {
  const spatial = shape.slice(1, -1);
  switch (layout.kind) {
    case "rows":
      return shape;
    case "planes":
      return [shape[0]!, shape.at(-1)!, ...spatial];
    case "blocks":
      return [shape[0]!, Math.ceil(shape.at(-1)! / b) * b, ...spatial];
    case "kernelPlanes":
      return [shape.at(-1)!, shape.at(-2)!, ...shape.slice(0, -2)];
    default:
      return storedExtents(layout, shape, b);
  }
};
