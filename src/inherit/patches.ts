/**
 * A layer on a batch as matrices, node by node: `y_j = Z_j w_j + b_j` (scalars.ts).
 *
 * The rows of `Z_j` are the positions of a batch, its columns what node `j` makes of its inputs at scalars of one.
 * Let `P` be the patches of a group: a column for each tap and channel. Then `Z_j = P` for a dense layer and for a
 * convolution, the same for all nodes of a group. A projected node has its own: since
 * `conv(x_k, F_jk) = sum_t F[t, k, j] P[t, k]`, it is `Z_j = P B_j`, with `B_j` the frozen kernels of node `j` below
 * each other, one column for each input.
 */
import type { Ring } from "../algebra/ring.js";
import { PADDING, readMap } from "../semantics/readMap.js";
import { kernelExtents } from "../tensor/geometry.js";
import { channelsOf, size } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { fanIn, groupOf, nodeCount, type NodeOperator } from "./scalars.js";

/** The patches of a group: `[positions of the batch, taps * channels]`, in the order of the kernel's rows. */
export const patches = <A>(
  ring: Ring<A>,
  op: NodeOperator<A>,
  x: Tensor<A>,
  group: number,
): Tensor<A> => {
  const all = channelsOf(x.shape);
  if (op.kind === "dense") return { shape: [x.data.length / all, all], data: x.data };
  const channels = fanIn(op);
  const extents = x.shape.slice(1, -1);
  const map = readMap(op.geometry, extents);
  const width = map.taps * channels;
  const rows = x.shape[0]! * map.positions;
  const data = ring.allocate(rows * width);
  for (let row = 0; row < rows; row++) {
    const example = Math.floor(row / map.positions);
    const position = row % map.positions;
    for (let t = 0; t < map.taps; t++) {
      const read = map.reads[position * map.taps + t]!;
      if (read === PADDING) continue;
      const from = (example * size(extents) + read) * all + group * channels;
      const to = row * width + t * channels;
      for (let k = 0; k < channels; k++) data[to + k] = x.data[from + k]!;
    }
  }
  return { shape: [rows, width], data };
};

/** `Z_j`: what a node makes of a batch, a row for each position and a column for each scalar. */
export const nodeInputs = <A>(
  ring: Ring<A>,
  op: NodeOperator<A>,
  x: Tensor<A>,
  node: number,
): Tensor<A> => {
  const p = patches(ring, op, x, groupOf(op, node));
  if (op.kind !== "projected") return p;
  const [channels, nodes] = [fanIn(op), nodeCount(op)];
  const [rows, width] = p.shape as [number, number];
  return generated(ring)([rows, channels], (i) => {
    const [row, k] = [Math.floor(i / channels), i % channels];
    let sum = ring.zero;
    for (let at = k; at < width; at += channels)
      sum = ring.add(sum, ring.mul(op.kernel.data[at * nodes + node]!, p.data[row * width + at]!));
    return sum;
  });
};

/**
 * A layer of new nodes, without bias, each of which makes of the input what `node` makes of it: new node `r` has
 * the scalars `v[:, r]`. What a technique computes once for a whole layer, it computes with this.
 */
export const seenBy = <A>(
  ring: Ring<A>,
  op: NodeOperator<A>,
  node: number,
  v: Tensor<A>,
): NodeOperator<A> => {
  if (op.kind === "dense") return { kind: "dense", weights: v, bias: null };
  const [channels, nodes, width] = [fanIn(op), nodeCount(op), channelsOf(v.shape)];
  const [all, first] = [channels * op.groups, channels * groupOf(op, node)];
  /** The kernel without groups: zero at the inputs that `node` does not see. */
  const kernel = generated(ring)([...kernelExtents(op.geometry), all, width], (i) => {
    const [r, row] = [i % width, Math.floor(i / width)];
    const k = (row % all) - first;
    if (k < 0 || k >= channels) return ring.zero;
    const at = Math.floor(row / all) * channels + k;
    return op.kind === "projected" ? op.kernel.data[at * nodes + node]! : v.data[at * width + r]!;
  });
  const shared = { geometry: op.geometry, groups: 1, kernel, bias: null };
  if (op.kind === "convolution") return { kind: "convolution", ...shared };
  const gates = generated(ring)([all, width], (i) => {
    const k = Math.floor(i / width) - first;
    return k < 0 || k >= channels ? ring.one : v.data[k * width + (i % width)]!;
  });
  return { kind: "projected", ...shared, gates };
};
