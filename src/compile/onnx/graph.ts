/**
 * An ONNX graph: the part of the format (opset 18, IR 8) that step programs need. Every edge knows its
 * element type and its shape, which are static: a program is compiled for one batch size.
 */
import type { Shape } from "../../tensor/shape.js";

/** The element types that occur; a `sequence` is a list of float32 tensors (see schedule.ts). */
export type ElementType = "float32" | "int64" | "int32" | "bool" | "sequence";

/** A value in the graph. */
export interface Edge {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A node's attribute, by its ONNX type. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string };

/**
 * Operator sets by domain: ONNX's own, ONNX Runtime's additions, and its blocked dialect, in which an
 * activation `[n, c, h, w]` is stored as `[n, c / b, h, w, b]` (see layout.ts).
 */
export type Domain = "" | "com.microsoft" | "com.microsoft.nchwc";

/** The versions of the operator sets that emitted models ask for. */
export const opsets: Readonly<Record<Domain, number>> = {
  "": 18,
  "com.microsoft": 1,
  "com.microsoft.nchwc": 1,
};

/** One operator. An input that is left out has the empty name. */
export interface OnnxNode {
  readonly domain: Domain;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor whose elements are stored in the model. */
export interface Initializer {
  readonly edge: Edge;
  readonly data: Float32Array | BigInt64Array;
}

/** A graph in topological order. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  readonly initializers: readonly Initializer[];
}
