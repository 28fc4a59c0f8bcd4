/** A step program as an ONNX graph, with all that is needed to run it. */
import type { Shape } from "../../tensor/shape.js";
import type { Edge, OnnxGraph } from "./graph.js";
import type { Layout } from "./layout.js";

/** A parameter or state: an input of the graph, and an output where the program replaces it. */
export interface Resident {
  /** The name in the program. */
  readonly name: string;
  readonly shape: Shape;
  /** How it is stored between steps. */
  readonly layout: Layout;
  readonly input: Edge;
  /** The output that replaces it, of the same extents; null where it stays as it is. */
  readonly output: string | null;
}

/** A value that comes with every step, as the dialect writes it; also an output that is returned. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly edge: Edge;
}

/**
 * A large constant, already arranged. To the graph it is an input: the runtime then uses the memory as it
 * is, neither copies it into its own nor writes it into the model, and the model stays below protobuf's
 * 2 GB. `encode` can store constants in the model instead, for a file that stands alone.
 */
export interface FrozenInput {
  readonly edge: Edge;
  readonly data: Float32Array;
  /** Whether nobody else holds the memory, so that it may be moved to another thread. */
  readonly owned: boolean;
}

/** A program made ready for a runtime. */
export interface EmittedProgram {
  /** Its inputs are those of residents, feeds and frozen constants. */
  readonly graph: OnnxGraph;
  readonly residents: readonly Resident[];
  readonly feeds: readonly Port[];
  readonly frozen: readonly FrozenInput[];
  readonly results: readonly Port[];
  /** The block of the blocked dialect it was emitted for; null in plain ONNX. */
  readonly block: number | null;
}
