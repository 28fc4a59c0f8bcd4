/**
 * What is left of a network once its zeros are taken out: which channels are ever read, which are always zero,
 * and which connections of each layer still carry something.
 *
 * Backwards, a channel is needed where a needed node has a connection to it that is not zero. Forwards, a channel
 * is silent where it is zero whatever the input: a node without bias and without a connection to a channel that
 * is not silent, and what maps of zero to zero make of one. A connection is alive where its weight, merged with its
 * gate, is not zero at every tap, its node is needed and its input is not silent. Taking the others out changes
 * no value of the network.
 */
import type { Ring } from "../algebra/ring.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { ActivationFunction } from "../model/activation.js";
import type { Layer } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { channelsOf, size, spatialOf } from "../tensor/shape.js";
import {
  fanIn,
  groupOf,
  hasNodes,
  nodeCount,
  rowCount,
  scalarsOf,
  type NodeOperator,
} from "./scalars.js";

/** What is alive in a layer with nodes. */
export interface LayerLiveness {
  readonly layer: string;
  /** Pairs of an input and a node, and those of them that carry something. */
  readonly connections: number;
  readonly alive: number;
  /** Weights of a connection once gates are merged. */
  readonly taps: number;
  /** Nodes, and those that nobody needs or that are always zero. */
  readonly nodes: number;
  readonly dead: number;
  /** Output positions of one example. */
  readonly positions: number;
}

/** `row * nodes + j`: whether the connection is not zero. */
const connected = <A>(ring: Ring<A>, op: NodeOperator<A>): Uint8Array => {
  const [pairs, { data }] = [fanIn(op) * nodeCount(op), scalarsOf(op)];
  const on = new Uint8Array(pairs);
  for (let i = 0; i < data.length; i++) if (!ring.equals(data[i]!, ring.zero)) on[i % pairs] = 1;
  if (op.kind !== "projected") return on;
  const kernel = new Uint8Array(pairs);
  for (let i = 0; i < op.kernel.data.length; i++)
    if (!ring.equals(op.kernel.data[i]!, ring.zero)) kernel[i % pairs] = 1;
  return on.map((x, i) => x & kernel[i]!);
};

type Channels = readonly boolean[];

const all = (n: number, value: boolean): Channels => Array.from({ length: n }, () => value);

const keepsZero = (fn: ActivationFunction): boolean =>
  fn.name !== "sigmoid" && fn.name !== "hardSigmoid" && fn.name !== "softmax";

/** Maps of each channel by itself that take zero to zero. */
const quiet: ReadonlySet<Operator["kind"]> = new Set<Operator["kind"]>([
  "maxPool",
  "averagePool",
  "globalPool",
  "dropout",
  "zeroPad",
  "upsample",
]);

/** Maps of each channel by itself, or of the same channel of several inputs. */
const channelwise = (op: Operator<unknown>): boolean =>
  quiet.has(op.kind) ||
  ["batchNorm", "affine", "add", "multiply"].includes(op.kind) ||
  (op.kind === "activation" && op.fn.name !== "softmax");

/** The channels of inputs that a layer needs, given which of its own are needed. */
const needs = <A>(
  layer: Layer<A>,
  needed: Channels,
  inputs: readonly number[],
  on: Uint8Array | undefined,
): readonly Channels[] => {
  const { op } = layer;
  if (hasNodes(op)) {
    const [perGroup, nodes] = [fanIn(op), nodeCount(op)];
    const read = new Array<boolean>(inputs[0]!).fill(false);
    for (let j = 0; j < nodes; j++)
      if (needed[j]!)
        for (let k = 0; k < perGroup; k++)
          if (on![k * nodes + j]!) read[groupOf(op, j) * perGroup + k] = true;
    return [read];
  }
  if (channelwise(op)) return inputs.map(() => needed);
  if (op.kind === "concat") {
    let first = 0;
    return inputs.map((n) => needed.slice(first, (first += n)));
  }
  if (op.kind === "flatten")
    return inputs.map((n) =>
      Array.from({ length: n }, (_, c) => needed.some((need, i) => need && i % n === c)),
    );
  return inputs.map((n) => all(n, true));
};

/** The channels of a layer that are zero whatever the network reads. */
const silences = <A>(
  ring: Ring<A>,
  layer: Layer<A>,
  inputs: readonly Channels[],
  on: Uint8Array | undefined,
): Channels => {
  const { op, shape } = layer;
  const [x] = inputs;
  if (hasNodes(op)) {
    const [perGroup, nodes] = [fanIn(op), nodeCount(op)];
    return Array.from(
      { length: nodes },
      (_, j) =>
        (op.bias === null || ring.equals(op.bias.data[j]!, ring.zero)) &&
        Array.from({ length: perGroup }, (_, k) => k).every(
          (k) => !on![k * nodes + j]! || x![groupOf(op, j) * perGroup + k]!,
        ),
    );
  }
  if (quiet.has(op.kind) || (op.kind === "activation" && keepsZero(op.fn))) return x!;
  if (op.kind === "affine") return x!.map((z, c) => z && ring.equals(op.shift.data[c]!, ring.zero));
  if (op.kind === "add") return x!.map((_, c) => inputs.every((input) => input[c]!));
  if (op.kind === "multiply") return x!.map((_, c) => inputs.some((input) => input[c]!));
  if (op.kind === "concat") return inputs.flat();
  if (op.kind === "flatten")
    return Array.from({ length: channelsOf(shape) }, (_, i) => x![i % x!.length]!);
  return all(channelsOf(shape), false);
};

/** What is alive in each layer with nodes; and, by layer, which connections, at `input * nodes + node`. */
export const livenessOf =
  <A>(ring: Ring<A>) =>
  (
    n: AnyNetwork<A>,
  ): {
    readonly layers: readonly LayerLiveness[];
    readonly connections: ReadonlyMap<string, Uint8Array>;
  } => {
    const on = new Map(
      n.layers.flatMap(({ name, op }) => (hasNodes(op) ? [[name, connected(ring, op)]] : [])),
    );
    const shapes = new Map(n.layers.map(({ name, shape }) => [name, channelsOf(shape)]));
    const silent = new Map<string, Channels>();
    for (const layer of n.layers) {
      const inputs = layer.inputs.map((name) => silent.get(name)!);
      silent.set(layer.name, silences(ring, layer, inputs, on.get(layer.name)));
    }
    const needed = new Map(n.layers.map(({ name }) => [name, all(shapes.get(name)!, false)]));
    needed.set(n.layers.at(-1)!.name, all(channelsOf(n.output), true));
    for (const layer of [...n.layers].reverse()) {
      const inputs = layer.inputs.map((name) => shapes.get(name)!);
      const asks = needs(layer, needed.get(layer.name)!, inputs, on.get(layer.name));
      layer.inputs.forEach((name, i) => {
        const before = needed.get(name)!;
        needed.set(
          name,
          before.map((need, c) => need || asks[i]![c]!),
        );
      });
    }
    const connections = new Map<string, Uint8Array>();
    const layers = n.layers.flatMap(({ name, op, shape, inputs }): readonly LayerLiveness[] => {
      if (!hasNodes(op)) return [];
      const [perGroup, nodes] = [fanIn(op), nodeCount(op)];
      const [wanted, quietInputs, own] = [
        needed.get(name)!,
        silent.get(inputs[0]!)!,
        silent.get(name)!,
      ];
      const alive = on.get(name)!.map((x, i) => {
        const [k, j] = [Math.floor(i / nodes), i % nodes];
        return x && wanted[j]! && !quietInputs[groupOf(op, j) * perGroup + k]! ? 1 : 0;
      });
      connections.set(name, alive);
      const weights = op.kind === "projected" ? size(op.kernel.shape) : rowCount(op) * nodes;
      return [
        {
          layer: name,
          connections: alive.length,
          alive: alive.reduce((sum, x) => sum + x, 0),
          taps: weights / alive.length,
          nodes,
          dead: wanted.filter((need, j) => !need || own[j]!).length,
          positions: size(spatialOf(shape)),
        },
      ];
    });
    return { layers, connections };
  };

/** Weights of connections after merging, and multiply-adds of one example, before and after taking out the dead. */
export interface Saving {
  readonly weights: number;
  readonly weightsLeft: number;
  readonly multiplyAdds: number;
  readonly multiplyAddsLeft: number;
  readonly deadNodes: number;
}

/** The sum over layers. */
export const savingOf = (layers: readonly LayerLiveness[]): Saving => {
  const sum = (f: (l: LayerLiveness) => number): number => layers.reduce((n, l) => n + f(l), 0);
  return {
    weights: sum((l) => l.connections * l.taps),
    weightsLeft: sum((l) => l.alive * l.taps),
    multiplyAdds: sum((l) => l.connections * l.taps * l.positions),
    multiplyAddsLeft: sum((l) => l.alive * l.taps * l.positions),
    deadNodes: sum((l) => l.dead),
  };
};
