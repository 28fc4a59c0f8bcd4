/**
 * What the layers with nodes learn, as a matrix of scalars: a row for each thing that a node weighs, a column
 * for each node.
 *
 *     dense        weights  [inputs, nodes]                  a row is an input
 *     projected    gates    [inputs / groups, nodes]         a row is an input, convolved with the node's kernel
 *     convolution  kernel   [taps x inputs / groups, nodes]  a row is an input as one tap reads it
 *
 * In each case node `j` is `sum_r w[r, j] z_jr + b_j` with `z_jr` free of weights. For a convolution this is
 * its reading as a dense layer of patches (`gcnn_patches`).
 */
import type { Convolution, Dense, Operator, Projected } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** The operators whose output channels are nodes. */
export type NodeOperator<A> = Dense<A> | Convolution<A> | Projected<A>;

/** Whether the operator's output channels are nodes. */
export const hasNodes = <A>(op: Operator<A>): op is NodeOperator<A> =>
  op.kind === "dense" || op.kind === "convolution" || op.kind === "projected";

/** The learnt scalars of a layer; nodes are on the last axis. */
export const scalarsOf = <A>(op: NodeOperator<A>): Tensor<A> =>
  op.kind === "dense" ? op.weights : op.kind === "projected" ? op.gates : op.kernel;

/** The layer with other scalars. */
export const withScalars = <A, Op extends NodeOperator<A>>(op: Op, scalars: Tensor<A>): Op =>
  op.kind === "dense"
    ? { ...op, weights: scalars }
    : op.kind === "projected"
      ? { ...op, gates: scalars }
      : { ...op, kernel: scalars };

/** How many nodes a layer has. */
export const nodeCount = <A>(op: NodeOperator<A>): number => channelsOf(scalarsOf(op).shape);

/** How many scalars each node has. */
export const rowCount = <A>(op: NodeOperator<A>): number =>
  scalarsOf(op).data.length / nodeCount(op);

/** Inputs that each node sees. */
export const fanIn = <A>(op: NodeOperator<A>): number => scalarsOf(op).shape.at(-2)!;

/** Into how many groups of inputs and nodes the layer falls. */
export const groupsOf = <A>(op: NodeOperator<A>): number => (op.kind === "dense" ? 1 : op.groups);

/** The group of a node. */
export const groupOf = <A>(op: NodeOperator<A>, j: number): number =>
  Math.floor(j / (nodeCount(op) / groupsOf(op)));

/** What a scalar is called, for readers. */
export const scalarWord = <A>(op: NodeOperator<A>): string =>
  op.kind === "dense" ? "weights" : op.kind === "projected" ? "gates" : "kernel weights";

/** The name of the scalars among the layer's weights. */
export const scalarName = <A>(op: NodeOperator<A>): "weights" | "gates" | "kernel" =>
  op.kind === "dense" ? "weights" : op.kind === "projected" ? "gates" : "kernel";
