/**
 * What the theorems on inheritance speak of: a layer with nodes on a batch of inputs, over the fractions.
 *
 * Outputs come from the semantics of the operator. The transformed inputs `z_jr` come from the node view, by
 * convolving one channel with one kernel, so that the two sides of a law take different ways.
 */
import { rational, type Rational } from "../algebra/rational.js";
import { channelShift } from "../semantics/channelwise.js";
import { convolve, gatedConvolve, mixChannels } from "../semantics/convolution.js";
import { taps } from "../tensor/geometry.js";
import { channelsOf } from "../tensor/shape.js";
import { generated, tensor, type Tensor } from "../tensor/tensor.js";
import type { Matrix, Vector } from "./exact.js";
import {
  fanIn,
  groupOf,
  nodeCount,
  rowCount,
  scalarsOf,
  withScalars,
  type NodeOperator,
} from "./scalars.js";

const { zero, one } = rational;

/** A layer and a batch of inputs for it. */
export interface Subject<Op extends NodeOperator<Rational> = NodeOperator<Rational>> {
  readonly op: Op;
  /** `[n, ...extents, channels]`. */
  readonly x: Tensor<Rational>;
}

/** Channel `c` of a batch, over all positions of all examples. */
export const channel = (x: Tensor<Rational>, c: number): Vector => {
  const channels = channelsOf(x.shape);
  return Array.from({ length: x.data.length / channels }, (_, p) => x.data[p * channels + c]!);
};

/** The layer's value at the batch. */
export const valueOf = ({ op, x }: Subject): Tensor<Rational> => {
  const sum =
    op.kind === "dense"
      ? mixChannels(rational)(x, op.weights)
      : op.kind === "projected"
        ? gatedConvolve(rational)(x, op.kernel, op.gates, op.geometry, op.groups)
        : convolve(rational)(x, op.kernel, op.geometry, op.groups);
  return channelShift(rational)(sum, op.bias);
};

/** The values of all nodes. */
export const outputs = (s: Subject): Matrix => {
  const y = valueOf(s);
  return Array.from({ length: nodeCount(s.op) }, (_, j) => channel(y, j));
};

/** Which inputs each node sees. */
export const seen = ({ op }: Subject): readonly (readonly number[])[] => {
  const channels = fanIn(op);
  return Array.from({ length: nodeCount(op) }, (_, j) =>
    Array.from({ length: channels }, (_, k) => groupOf(op, j) * channels + k),
  );
};

/**
 * `z_jr` by node and row of its scalars: what the node makes of its input where that scalar is one. For a
 * dense layer that is the input itself, for a projected one the convolved input, for a convolution the input
 * as one tap reads it.
 */
export const transformed = (s: Subject): readonly Matrix[] => {
  const { op, x } = s;
  const see = seen(s);
  if (op.kind === "dense") return see.map((inputs) => inputs.map((k) => channel(x, k)));
  const [inputs, count] = [fanIn(op), taps(op.geometry)];
  const nodes = nodeCount(op);
  const through = (input: number, kernel: Vector): Vector =>
    channel(
      convolve(rational)(
        tensor([...x.shape.slice(0, -1), 1], channel(x, input)),
        tensor([...op.kernel.shape.slice(0, -2), 1, 1], kernel),
        op.geometry,
        1,
      ),
      0,
    );
  return see.map((own, j) =>
    Array.from({ length: rowCount(op) }, (_, row) => {
      const k = row % inputs;
      const tap = Math.floor(row / inputs);
      const kernel = Array.from({ length: count }, (_, t) =>
        op.kind === "projected"
          ? op.kernel.data[(t * inputs + k) * nodes + j]!
          : t === tap
            ? one
            : zero,
      );
      return through(own[k]!, kernel);
    }),
  );
};

/** The scalars of node `j`, by row. */
export const scalarsAt = ({ op }: Subject, j: number): Vector =>
  Array.from({ length: rowCount(op) }, (_, r) => scalarsOf(op).data[r * nodeCount(op) + j]!);

/** The subject with other scalars, by node and row. */
export const rescalared = <Op extends NodeOperator<Rational>>(
  s: Subject<Op>,
  f: (j: number, row: number) => Rational,
): Subject<Op> => {
  const nodes = nodeCount(s.op);
  const scalars = generated(rational)(scalarsOf<Rational>(s.op).shape, (i) =>
    f(i % nodes, Math.floor(i / nodes)),
  );
  return { ...s, op: withScalars<Rational, Op>(s.op, scalars) };
};

/** The bias of node `j`, zero where the layer has none. */
export const biasAt = ({ op }: Subject, j: number): Rational => op.bias?.data[j] ?? zero;

/** The subject with another bias, or with none. */
export const withBias = <Op extends NodeOperator<Rational>>(
  s: Subject<Op>,
  f: ((j: number) => Rational) | null,
): Subject<Op> => ({
  ...s,
  op: { ...s.op, bias: f && generated(rational)([nodeCount(s.op)], f) },
});

/**
 * A convolution without groups as a dense layer of its patches: one input for each tap and channel, whose
 * values are those that the tap reads.
 */
export const patchesOf = (s: Subject): Subject => {
  const z = transformed(s)[0]!;
  const rows = z.length;
  const positions = z[0]!.length;
  return {
    op: {
      kind: "dense",
      weights: tensor([rows, nodeCount(s.op)], scalarsOf(s.op).data),
      bias: s.op.bias,
    },
    x: generated(rational)(
      [s.x.shape[0]!, positions / s.x.shape[0]!, rows],
      (i) => z[i % rows]![Math.floor(i / rows)]!,
    ),
  };
};
