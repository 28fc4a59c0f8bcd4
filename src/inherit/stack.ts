/**
 * Two layers in a row: a lower layer with nodes, maps of each channel by itself, and all the layers with nodes
 * that read them. What is done to a node of the lower layer can be undone where it is read, and nowhere else
 * is it read.
 *
 * Channels stay the innermost axis on the way, so a layer that was flattened sees channel `h` at the places
 * `p * channels + h`; everything per channel, and every row of an upper layer, is thus a block of `channels`
 * that repeats.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { consumers, layerNamed, type Layer } from "../model/network.js";
import { mapWeights, type Operator } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { hasNodes, nodeCount, scalarsOf, withScalars, type NodeOperator } from "./scalars.js";
import { withNodes, type NodeLayer } from "./place.js";

/** A lower layer, what comes between, and who reads it. */
export interface Stack<A> {
  readonly lower: NodeLayer<A>;
  readonly between: readonly Layer<A>[];
  readonly uppers: readonly NodeLayer<A>[];
}

/** A depthwise layer with one node per input: each channel by itself. */
const isDepthwise = <A>(op: Operator<A>): boolean =>
  (op.kind === "convolution" || op.kind === "projected") &&
  op.groups > 1 &&
  op.kernel.shape.at(-2) === 1 &&
  channelsOf(op.kernel.shape) === op.groups;

const channelByChannel: ReadonlySet<Operator["kind"]> = new Set<Operator["kind"]>([
  "maxPool",
  "averagePool",
  "globalPool",
  "batchNorm",
  "affine",
  "dropout",
  "zeroPad",
  "upsample",
  "flatten",
]);

/** Whether a layer maps each channel by itself. */
const isBetween = <A>(op: Operator<A>): boolean =>
  channelByChannel.has(op.kind) ||
  isDepthwise(op) ||
  (op.kind === "activation" && op.fn.name !== "softmax");

/** The stack above a layer; refuses where its nodes meet others before a layer with nodes reads them. */
export const stackOf =
  (name: string) =>
  <A>(n: AnyNetwork<A>): Result<Stack<A>> => {
    const found = E.chain(withNodes<A>)(layerNamed(n, name));
    if (E.isLeft(found)) return found;
    const lower = found.right;
    const groups = lower.op.kind === "dense" ? 1 : lower.op.groups;
    if (groups > 1)
      return refuse({
        where: `layer ${name}`,
        found: `${groups} groups`,
        expected: "nodes that see the same inputs, so that they may change places",
      });
    const readers = consumers(n);
    const between: Layer<A>[] = [];
    const uppers: NodeLayer<A>[] = [];
    const reached = [name];
    for (let at = reached.shift(); at !== undefined; at = reached.shift()) {
      const next = readers.get(at)!;
      if (next.length === 0)
        return refuse({
          where: `layer ${at}`,
          found: "the output of the network",
          expected: `a layer with nodes behind ${name}`,
        });
      for (const layer of next) {
        const { op } = layer;
        if (isBetween(op)) {
          between.push(layer);
          reached.push(layer.name);
        } else if (hasNodes(op) && (op.kind === "dense" || op.groups === 1))
          uppers.push({ ...layer, op });
        else
          return refuse({
            where: `layer ${layer.name}`,
            found: hasNodes(op) ? `${op.kind} in groups` : op.kind,
            expected: `that only layers with nodes, without groups, read the nodes of ${name}`,
          });
      }
    }
    return E.right({ lower, between, uppers });
  };

/** How many nodes the lower layer has. */
export const hiddenCount = <A>({ lower }: Stack<A>): number => nodeCount(lower.op);

/** The innermost axis, taken anew in each of its blocks: entry `i` is that of `from[i]`. */
const gathered = <A>(
  ring: Ring<A>,
  t: Tensor<A>,
  hidden: number,
  from: readonly number[],
): Tensor<A> => {
  const blocks = channelsOf(t.shape) / hidden;
  return generated(ring)(
    [...t.shape.slice(0, -1), blocks * from.length],
    (i) => t.data[Math.floor(i / from.length) * hidden + from[i % from.length]!]!,
  );
};

/** The same for the rows of a matrix of weights, the axis before the last. */
const gatheredRows = <A>(
  ring: Ring<A>,
  t: Tensor<A>,
  hidden: number,
  from: readonly number[],
): Tensor<A> => {
  const nodes = channelsOf(t.shape);
  const rows = (t.shape.at(-2)! / hidden) * from.length;
  return generated(ring)([...t.shape.slice(0, -2), rows, nodes], (i) => {
    const row = Math.floor(i / nodes);
    const place = Math.floor(row / from.length) * hidden + from[row % from.length]!;
    return t.data[place * nodes + (i % nodes)]!;
  });
};

const isVector = (weight: string): boolean => weight === "bias";

/**
 * The layers of the stack whose hidden nodes are those that `from` names, kernels and all, on the lower side and
 * on the upper (`copies` and `rewired` of proofs/Symmetries.v).
 */
export const withHidden = <A>(
  ring: Ring<A>,
  stack: Stack<A>,
  from: readonly number[],
): ReadonlyMap<string, Operator<A>> => {
  const hidden = hiddenCount(stack);
  const last = (op: Operator<A>): Operator<A> =>
    mapWeights<A, A>(op, (t) => gathered(ring, t, hidden, from));
  /** Of what is between, depthwise layers have a group for each channel. */
  const grouped = (op: Operator<A>): Operator<A> =>
    op.kind === "convolution" || op.kind === "projected" ? { ...op, groups: from.length } : op;
  return new Map([
    [stack.lower.name, last(stack.lower.op)],
    ...stack.between.map(({ name, op }) => [name, grouped(last(op))] as const),
    ...stack.uppers.map(
      ({ name, op }) =>
        [
          name,
          mapWeights<A, A>(op, (t, weight) =>
            isVector(weight) ? t : gatheredRows(ring, t, hidden, from),
          ),
        ] as const,
    ),
  ]);
};

/** A layer with the scalars of row `r` and node `j` times `c(h, j)`, `h` being the hidden node behind row `r`. */
export const scaledInputs = <A>(
  ring: Ring<A>,
  op: NodeOperator<A>,
  hidden: number,
  c: (h: number, j: number) => A,
): NodeOperator<A> => {
  const { shape, data } = scalarsOf(op);
  const nodes = nodeCount(op);
  return withScalars<A, NodeOperator<A>>(
    op,
    generated(ring)(shape, (i) => ring.mul(c(Math.floor(i / nodes) % hidden, i % nodes), data[i]!)),
  );
};
