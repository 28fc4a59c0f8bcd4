/**
 * The algebraic node view of arXiv 2602.06245: a layer taken apart into its nodes, one per output channel.
 * With inputs `x_k` and bias `b_j`, before the activation (which is a layer of its own here),
 *
 *     GFFN       y_j = sum_k w_jk * x_k + b_j              one scalar per input
 *     GCNN       y_j = sum_k conv(x_k, F_jk) + b_j         one spatial kernel per input
 *     projected  y_j = sum_k g_jk * conv(x_k, F_jk) + b_j  F_jk frozen, one scalar gate per input
 *
 * In a grouped layer node `j` sees the channels of group `floor(j / (outputs / groups))` only, and in a
 * depthwise one a single channel. A node lists exactly the inputs that it sees.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { kernelExtents, taps, type Geometry } from "../tensor/geometry.js";
import { channelsOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Layer } from "./network.js";
import type { Dense, Kernelled } from "./operator.js";

/** A node with one scalar per input. */
export interface Gffn<A = number> {
  readonly class: "GFFN";
  /** `input` is a channel of the layer's input; in `GffnForm`, an index into the transformed inputs. */
  readonly inputs: readonly { readonly input: number; readonly weight: A }[];
  /** `null` where the layer has no bias. */
  readonly bias: A | null;
}

/** A node with one spatial kernel per input. */
export interface Gcnn<A = number> {
  readonly class: "GCNN";
  readonly geometry: Geometry;
  /** `input` is a channel of the layer's input; the kernel's shape is the window's extents. */
  readonly inputs: readonly { readonly input: number; readonly kernel: Tensor<A> }[];
  readonly bias: A | null;
}

/** A node with one frozen kernel and one learned gate per input. */
export interface ProjectedNode<A = number> {
  readonly class: "Projected";
  readonly geometry: Geometry;
  readonly inputs: readonly {
    readonly input: number;
    readonly kernel: Tensor<A>;
    readonly gate: A;
  }[];
  readonly bias: A | null;
}

/** A node of any class. */
export type Node<A = number> = Gffn<A> | Gcnn<A> | ProjectedNode<A>;

const biasAt = <A>(bias: Tensor<A> | null, j: number): A | null =>
  bias === null ? null : bias.data[j]!;

const denseNode = <A>({ weights, bias }: Dense<A>, j: number): Gffn<A> => {
  const outputs = channelsOf(weights.shape);
  return {
    class: "GFFN",
    inputs: Array.from({ length: weights.shape[0]! }, (_, k) => ({
      input: k,
      weight: weights.data[k * outputs + j]!,
    })),
    bias: biasAt(bias, j),
  };
};

/** The kernel `F_jk` out of `[...extents, inputs per group, outputs]`. */
const kernelOf = <A>(op: Kernelled<A>, k: number, j: number): Tensor<A> => {
  const perGroup = op.kernel.shape.at(-2)!;
  const outputs = channelsOf(op.kernel.shape);
  return {
    shape: kernelExtents(op.geometry),
    data: Array.from(
      { length: taps(op.geometry) },
      (_, t) => op.kernel.data[(t * perGroup + k) * outputs + j]!,
    ),
  };
};

const kernelledNode = <A>(op: Kernelled<A>, j: number): Gcnn<A> | ProjectedNode<A> => {
  const perGroup = op.kernel.shape.at(-2)!;
  const outputs = channelsOf(op.kernel.shape);
  const first = Math.floor(j / (outputs / op.groups)) * perGroup;
  const { geometry } = op;
  const bias = biasAt(op.bias, j);
  const inputs = Array.from({ length: perGroup }, (_, k) => ({
    input: first + k,
    kernel: kernelOf(op, k, j),
  }));
  if (op.kind === "convolution") return { class: "GCNN", geometry, inputs, bias };
  const gated = inputs.map((input, k) => ({ ...input, gate: op.gates.data[k * outputs + j]! }));
  return { class: "Projected", geometry, inputs: gated, bias };
};

/**
 * Output channel `j` of a layer as a node; refuses layers that have no nodes, such as pools, and a `j`
 * that is no output channel.
 */
export const nodeAt = <A>(layer: Layer<A>, j: number): Result<Node<A>> => {
  const { op, name, shape } = layer;
  if (op.kind !== "dense" && op.kind !== "convolution" && op.kind !== "projected")
    return refuse({
      where: `layer ${name}`,
      found: op.kind,
      expected: "dense, convolution or projected, whose channels are nodes",
    });
  const outputs = channelsOf(shape);
  if (!Number.isSafeInteger(j) || j < 0 || j >= outputs)
    return refuse({
      where: `layer ${name}`,
      found: `node ${j}`,
      expected: `a whole number from 0 to ${outputs - 1}`,
    });
  return E.right(op.kind === "dense" ? denseNode(op, j) : kernelledNode(op, j));
};

/** All nodes of a layer, in the order of its output channels. */
export const nodesOf = <A>(layer: Layer<A>): Result<readonly Node<A>[]> =>
  E.traverseArray((j: number) => nodeAt(layer, j))(
    Array.from({ length: channelsOf(layer.shape) }, (_, j) => j),
  );

/** A transformed input `z = conv(x, F)`: which channel `x`, and the frozen kernel. */
export interface TransformedInput<A = number> {
  readonly input: number;
  readonly geometry: Geometry;
  readonly kernel: Tensor<A>;
}

/** A projected node as a GFFN node, and the inputs on which it is one. */
export interface GffnForm<A = number> {
  readonly node: Gffn<A>;
  readonly transformed: readonly TransformedInput<A>[];
}

/**
 * T3_gffn_form: a projected node is a GFFN node, its gates the weights, of the transformed inputs
 * `z_jk = conv(x_k, F_jk)`. They are this node's own: another node of the layer has other kernels, so a
 * method that needs one shared input for the whole layer does not carry over.
 */
export const asGffn = <A>({ geometry, inputs, bias }: ProjectedNode<A>): GffnForm<A> => ({
  node: {
    class: "GFFN",
    inputs: inputs.map(({ gate }, index) => ({ input: index, weight: gate })),
    bias,
  },
  transformed: inputs.map(({ input, kernel }) => ({ input, geometry, kernel })),
});
