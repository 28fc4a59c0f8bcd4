/**
 * The moments of a layer on data: all that least squares needs to know of the examples, gathered batch by batch.
 *
 * Node `j` is `y_j = Z_j w_j + b_j` (patches.ts), its loss `|Z_j w + b - t_j|^2` a quadratic in `w` and `b`. At
 * the minimum the residual is orthogonal to every column of `Z_j`, and to ones:
 *
 *     [Z_j 1]^T [Z_j 1] [w; b] = [Z_j 1]^T t_j
 *
 * Both sides are sums over positions, so over batches: moments are a monoid, and no example is kept.
 *
 * A projected node has a Gram matrix of its own. But `Z_j = P B_j` with the patches `P` common to the group, so
 *
 *     Z_j^T Z_j = B_j^T (P^T P) B_j,     Z_j^T t_j = B_j^T (P^T t_j)
 *
 * and only the moments of the patches need the data. For `R` positions, `K` channels a group, `T` taps and `J`
 * nodes, `m = T K + 1`: `R (m^2 / 2 + m J)` products while streaming and `m^2 + m J` numbers held, whatever `R` is;
 * then `J T^2 K^2` products to get all Gram matrices, one at a time. Gathering each node's own instead would take
 * `R J (T K + K^2 / 2)` products and hold `J K^2` numbers. (What is shared are moments and not solutions:
 * `(B^T G B)^-1` is no function of `G^-1`, which is why shared_gram is refused.)
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { channelsOf, showShape } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { patches } from "./patches.js";
import { fanIn, groupOf, groupsOf, nodeCount, type NodeOperator } from "./scalars.js";

/** The moments of one group; the last row and column belong to the bias. */
export interface GroupMoments<A> {
  /** `[P 1]^T [P 1]`. */
  readonly gram: Tensor<A>;
  /** `[P 1]^T t`, a column for each node of the group. */
  readonly cross: Tensor<A>;
}

/** The moments of a layer, group by group. */
export type Moments<A> = readonly GroupMoments<A>[];

/**
 * What a target speaks of: the value at each position, or the sum over all positions of an example, which is what
 * a global pooling behind the layer sees.
 */
export type Reading = "positions" | "sum";

/** The patches with a column of ones; for sums one row an example, and a column of the positions' number. */
const augmented = <A>(
  ring: Ring<A>,
  p: Tensor<A>,
  examples: number,
  reading: Reading,
): Tensor<A> => {
  const [rows, width] = p.shape as [number, number];
  const m = width + 1;
  const block = reading === "sum" ? rows / examples : 1;
  const data = ring.allocate((rows / block) * m);
  for (let row = 0; row < rows; row++) {
    const to = Math.floor(row / block) * m;
    for (let c = 0; c < width; c++)
      data[to + c] = ring.add(data[to + c]!, p.data[row * width + c]!);
    data[to + width] = ring.add(data[to + width]!, ring.one);
  }
  return { shape: [rows / block, m], data };
};

const momentsOfGroup = <A>(
  ring: Ring<A>,
  rows: Tensor<A>,
  targets: Tensor<A>,
  first: number,
  nodes: number,
): GroupMoments<A> => {
  const { add, mul, zero } = ring;
  const [count, m] = rows.shape as [number, number];
  const all = channelsOf(targets.shape);
  const gram = ring.allocate(m * m);
  const cross = ring.allocate(m * nodes);
  for (let r = 0; r < count; r++)
    for (let a = 0; a < m; a++) {
      const x = rows.data[r * m + a]!;
      // Behind a ReLU half of the inputs are zero.
      if (ring.equals(x, zero)) continue;
      for (let b = 0; b <= a; b++)
        gram[a * m + b] = add(gram[a * m + b]!, mul(x, rows.data[r * m + b]!));
      for (let j = 0; j < nodes; j++)
        cross[a * nodes + j] = add(
          cross[a * nodes + j]!,
          mul(x, targets.data[r * all + first + j]!),
        );
    }
  for (let a = 0; a < m; a++) for (let b = a + 1; b < m; b++) gram[a * m + b] = gram[b * m + a]!;
  return { gram: { shape: [m, m], data: gram }, cross: { shape: [m, nodes], data: cross } };
};

/**
 * The moments of a layer on a batch of its inputs with targets `[..., nodes]`. Refuses targets that are not one
 * number for each node and position, or for each node and example where they speak of sums.
 */
export const momentsOf =
  <A>(ring: Ring<A>, reading: Reading = "positions") =>
  (op: NodeOperator<A>, x: Tensor<A>, targets: Tensor<A>): Result<Moments<A>> => {
    const groups = groupsOf(op);
    const nodes = nodeCount(op) / groups;
    const moments: GroupMoments<A>[] = [];
    for (let group = 0; group < groups; group++) {
      const rows = augmented(ring, patches(ring, op, x, group), x.shape[0]!, reading);
      if (targets.data.length !== rows.shape[0]! * nodeCount(op))
        return refuse({
          where: "targets",
          found: `${targets.data.length} numbers under the shape ${showShape(targets.shape)}`,
          expected: `${rows.shape[0]! * nodeCount(op)}: ${nodeCount(op)} nodes, ${rows.shape[0]} times`,
        });
      moments.push(momentsOfGroup(ring, rows, targets, group * nodes, nodes));
    }
    return E.right(moments);
  };

const sum = <A>(ring: Ring<A>, x: Tensor<A>, y: Tensor<A>): Tensor<A> =>
  generated(ring)(x.shape, (i) => ring.add(x.data[i]!, y.data[i]!));

/** The moments of two batches together. */
export const addMoments =
  <A>(ring: Ring<A>) =>
  (a: Moments<A>, b: Moments<A>): Moments<A> =>
    a.map(({ gram, cross }, group) => ({
      gram: sum(ring, gram, b[group]!.gram),
      cross: sum(ring, cross, b[group]!.cross),
    }));

/** The normal equations of one node, the bias last. */
export interface NormalEquations<A> {
  readonly gram: Tensor<A>;
  readonly right: ArrayLike<A>;
}

const column = <A>(ring: Ring<A>, { shape, data }: Tensor<A>, j: number): ArrayLike<A> =>
  generated(ring)([shape[0]!], (i) => data[i * shape[1]! + j]!).data;

/** The normal equations of a node: the group's own, or for a projected node what its frozen kernels leave of them. */
export const normalEquations = <A>(
  ring: Ring<A>,
  op: NodeOperator<A>,
  moments: Moments<A>,
  node: number,
): NormalEquations<A> => {
  const group = groupOf(op, node);
  const { gram, cross } = moments[group]!;
  const right = column(ring, cross, node - group * cross.shape[1]!);
  if (op.kind !== "projected") return { gram, right };
  const nodes = nodeCount(op);
  const kernels = generated(ring)(
    [op.kernel.data.length / nodes],
    (row) => op.kernel.data[row * nodes + node]!,
  );
  return restricted(ring, gram, right, kernels.data, fanIn(op));
};

/** `B^T gram B` and `B^T right`, `B` the kernels below each other, with a one for the bias. */
const restricted = <A>(
  ring: Ring<A>,
  gram: Tensor<A>,
  right: ArrayLike<A>,
  kernels: ArrayLike<A>,
  channels: number,
): NormalEquations<A> => {
  const { add, mul } = ring;
  const m = gram.shape[0]!;
  const n = channels + 1;
  const half = ring.allocate(m * n);
  for (let a = 0; a < m; a++) {
    for (let at = 0, k = 0; at < m - 1; at++, k = k + 1 === channels ? 0 : k + 1)
      half[a * n + k] = add(half[a * n + k]!, mul(gram.data[a * m + at]!, kernels[at]!));
    half[a * n + channels] = gram.data[a * m + m - 1]!;
  }
  const out = ring.allocate(n * n);
  const cross = ring.allocate(n);
  for (let at = 0; at < m; at++) {
    const isBias = at === m - 1;
    const k = isBias ? channels : at % channels;
    const weight: A = isBias ? ring.one : kernels[at]!;
    for (let b = 0; b < n; b++)
      out[k * n + b] = add(out[k * n + b]!, mul(weight, half[at * n + b]!));
    cross[k] = add(cross[k]!, mul(weight, right[at]!));
  }
  return { gram: { shape: [n, n], data: out }, right: cross };
};
