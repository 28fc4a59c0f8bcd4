/** What the main thread and the thread that computes say to each other. */
import type { InferenceSession } from "onnxruntime-node";

/** A float32 tensor as it lies in memory. */
export interface Block {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by the name of an input or an output of the graph. */
export type Blocks = Readonly<Record<string, Block>>;

/** Make a session. */
export interface OpenRequest {
  readonly kind: "open";
  readonly model: Uint8Array;
  readonly options: InferenceSession.SessionOptions;
  /** The outputs that replace residents, by the resident's input. */
  readonly successors: Readonly<Record<string, string>>;
  /** The extents of the outputs that are returned. */
  readonly results: Readonly<Record<string, readonly number[]>>;
  /** The output at which the binding stops copying outputs, and what it then says (schedule.ts). */
  readonly barrier: { readonly output: string; readonly message: string } | null;
}

/** What is answered. */
export type Question =
  | OpenRequest
  /** Compute. The residents' successors replace them at once, or wait for a `settle`. */
  | { readonly kind: "step"; readonly feeds: Blocks; readonly commit: boolean }
  /** Copies of residents. */
  | { readonly kind: "read"; readonly inputs: readonly string[] };

/** What is not answered. */
export type Order =
  /** Whether the successors of the last step replace the residents. */
  | { readonly kind: "settle"; readonly accepted: boolean }
  /** Inputs that every step reads. */
  | { readonly kind: "hold"; readonly frozen: Blocks }
  | { readonly kind: "write"; readonly residents: Blocks }
  /** Free everything and end. */
  | { readonly kind: "close" };

/** A message to the thread. Questions are numbered; messages are served one after another. */
export type Message = { readonly id: number; readonly body: Question } | { readonly body: Order };

/** The answer to a question, or what went wrong. */
export type Answer =
  | { readonly id: number; readonly blocks: Blocks }
  | { readonly id: number; readonly error: string };
