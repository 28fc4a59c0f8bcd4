/**
 * A value of the program inside an ONNX graph: its elements in one layout or in several, converted when
 * somebody asks for another and remembered.
 */
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { convert } from "./conversion.js";
import type { Edge } from "./graph.js";
import { arrange, layoutKey, type Layout } from "./layout.js";
import { edgeShape, type Lowering } from "./lowering.js";

/** A value of the program. Edges have the extents that `edgeShape` gives. */
export interface Value {
  /** The dialect's shape. */
  readonly shape: Shape;
  /** The layout that costs nothing; `null` for what can be had in every layout. */
  readonly home: Layout | null;
  readonly in: (layout: Layout) => Edge;
  /** Constants and what is made of them know their elements. */
  readonly tensor: Tensor<number> | null;
}

/** A value whose representations are made by `make`, each once. */
export const lazyValue = (
  shape: Shape,
  home: Layout | null,
  make: (layout: Layout) => Edge,
  tensor: Tensor<number> | null = null,
): Value => {
  const known = new Map<string, Edge>();
  return {
    shape,
    home,
    tensor,
    in: (layout) => {
      const key = layoutKey(layout);
      const found = known.get(key);
      if (found !== undefined) return found;
      const made = make(layout);
      known.set(key, made);
      return made;
    },
  };
};

/** A value that lies in one layout. */
export const storedValue = (c: Lowering, shape: Shape, home: Layout, edge: Edge): Value =>
  lazyValue(shape, home, (layout) =>
    layoutKey(layout) === layoutKey(home) ? edge : convert(c, edge, shape, home, layout),
  );

/** A constant: arranged when the graph is made, so every layout costs memory but no time. */
export const constantValue = (c: Lowering, tensor: Tensor<number>): Value =>
  lazyValue(
    tensor.shape,
    null,
    (layout) => {
      const data = arrange(layout, tensor, c.b);
      return c.constant(data, edgeShape(layout, tensor.shape, c.b), data !== tensor.data);
    },
    tensor,
  );
