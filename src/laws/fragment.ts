/**
 * Laws at a network of one's own, whatever its size. Exact arithmetic is too slow for a large network on a
 * large input, so the network is tried in parts: by `rewrite_sound` what holds of layers wherever they stand
 * holds of the network.
 *
 * A part is a layer with weights, with the zero padding before it and the maps per channel and the activation
 * behind it; of its channels some, on the smallest input with two outputs on each axis where the input is that large.
 * A node of the part is a node of the network with some of its inputs left out, weights and window the same.
 * A network that is small enough is its only part. Laws about gates are tried on parts without any too: their
 * convolutions get gates at random.
 */
import * as E from "fp-ts/lib/Either.js";
import type fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import type { Refusal, Result } from "../algebra/refusal.js";
import { countNetwork } from "../model/count.js";
import { mapOperators } from "../model/edit.js";
import { consumers, network, type Layer, type LayerSpec, type Network } from "../model/network.js";
import type { Dense, Kernelled, Operator } from "../model/operator.js";
import { readIn } from "../semantics/reading.js";
import { outputExtent, type Geometry } from "../tensor/geometry.js";
import { channelsOf, spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { AnyNetwork } from "./generators/network.js";
import { drawTensor, floats32, formal, type Sampled } from "./generators/ring.js";
import { choices, tapeOf, type Tape } from "./generators/tape.js";
import { isDense, isKernelled } from "./layers.js";
import type { Law } from "./law.js";
import { trialOf, type Trial } from "./run.js";

/** Multiply-adds up to which a network is tried as a whole. */
const wholeLimit = 20_000;

/** Channels of a part, into a group and out of it, and groups. */
const most = { channels: 6, groups: 3 };

/** A part of a network: the layer with weights, what stands before and behind it. */
interface Part {
  readonly padding: Layer | null;
  readonly layer: Layer & { readonly op: Kernelled | Dense<number> };
  readonly behind: readonly Layer[];
  /** What the part reads, whole. */
  readonly input: Shape;
}

const isMap = (op: Operator): boolean =>
  op.kind === "affine" ||
  op.kind === "activation" ||
  (op.kind === "batchNorm" && op.statistics === "frozen");

const partsOf = (n: AnyNetwork<number>): readonly Part[] => {
  const readers = consumers(n);
  const named = new Map(n.layers.map((layer) => [layer.name, layer]));
  return n.layers.flatMap((layer): readonly Part[] => {
    const { op } = layer;
    if (!isKernelled(op) && !isDense(op)) return [];
    const before = named.get(layer.inputs[0]!)!;
    const padding = isKernelled(op) && before.op.kind === "zeroPad" ? before : null;
    const behind: Layer[] = [];
    for (let next = readers.get(layer.name)!; next.length === 1 && isMap(next[0]!.op);) {
      behind.push(next[0]!);
      next = readers.get(next[0]!.name)!;
    }
    const input = padding === null ? before.shape : named.get(padding.inputs[0]!)!.shape;
    return [{ padding, layer: { ...layer, op }, behind, input }];
  });
};

/** Some of the places of an axis of a weight: which of the old is the `i`-th of the new. */
type Selection = (i: number) => number;

/** A weight with other extents on its last two axes, or on its last where it has one. */
const selected = (
  t: Tensor<number>,
  rows: { readonly count: number; readonly at: Selection },
  columns: { readonly count: number; readonly at: Selection },
): Tensor<number> => {
  const width = channelsOf(t.shape);
  const height = t.shape.length > 1 ? t.shape.at(-2)! : 1;
  const last = t.shape.length > 1 ? [rows.count, columns.count] : [columns.count];
  const shape = [...t.shape.slice(0, -last.length), ...last];
  const each = (t.shape.length > 1 ? rows.count : 1) * columns.count;
  const planes = t.data.length / (width * height);
  const data = new Float32Array(planes * each);
  for (let i = 0; i < data.length; i++) {
    const [plane, row, column] = [
      Math.floor(i / each),
      Math.floor((i % each) / columns.count),
      i % columns.count,
    ];
    const from = t.shape.length > 1 ? rows.at(row) : 0;
    data[i] = t.data[(plane * height + from) * width + columns.at(column)]!;
  }
  return { shape, data };
};

/** The extents of the smallest input with two outputs on each axis, or as many as there are. */
const cropped = (
  geometry: Geometry,
  padding: readonly (readonly [number, number])[] | null,
  extents: Shape,
): Shape =>
  geometry.map((a, i) => {
    const [low, high] = padding?.[i] ?? [0, 0];
    for (let n = 1; n < extents[i]!; n++)
      if (outputExtent({ ...a, low: a.low + low, high: a.high + high }, n) >= 2) return n;
    return extents[i]!;
  });

/** A part as a network of its own, of some of its channels. */
const cut = ({ padding, layer, behind, input }: Part, t: Tape): Result<AnyNetwork<number>> => {
  const { op } = layer;
  const groups = isKernelled(op) ? op.groups : 1;
  const weights = isKernelled(op) ? op.kernel : op.weights;
  const [perGroup, outputs] = weights.shape.slice(-2) as [number, number];
  const perGroupOut = outputs / groups;
  const count = {
    groups: Math.min(groups, most.groups),
    inputs: Math.min(perGroup, most.channels),
    outputs: Math.min(perGroupOut, most.channels),
  };
  const first = {
    group: t.below(groups - count.groups + 1),
    input: t.below(perGroup - count.inputs + 1),
    output: t.below(perGroupOut - count.outputs + 1),
  };
  const rows = { count: count.inputs, at: (i: number) => first.input + i };
  const columns = {
    count: count.groups * count.outputs,
    at: (j: number) =>
      (first.group + Math.floor(j / count.outputs)) * perGroupOut +
      first.output +
      (j % count.outputs),
  };
  const some = (w: Tensor<number>): Tensor<number> => selected(w, rows, columns);
  const maybe = (w: Tensor<number> | null): Tensor<number> | null => (w === null ? null : some(w));
  const inner: Operator = isDense(op)
    ? { ...op, weights: some(op.weights), bias: maybe(op.bias) }
    : op.kind === "projected"
      ? {
          ...op,
          groups: count.groups,
          kernel: some(op.kernel),
          gates: some(op.gates),
          bias: maybe(op.bias),
        }
      : { ...op, groups: count.groups, kernel: some(op.kernel), bias: maybe(op.bias) };
  const mapped = (map: Operator): Operator =>
    map.kind === "affine"
      ? { ...map, scale: some(map.scale), shift: some(map.shift) }
      : map.kind === "batchNorm"
        ? {
            ...map,
            gamma: maybe(map.gamma),
            beta: maybe(map.beta),
            mean: some(map.mean),
            variance: some(map.variance),
          }
        : map;
  const pads = padding?.op.kind === "zeroPad" ? padding.op.padding : null;
  const extents = isKernelled(op)
    ? cropped(op.geometry, pads, spatialOf(input))
    : spatialOf(input).map((n) => Math.min(n, 2));
  const shape = [...extents, count.groups * count.inputs];
  const specs: LayerSpec[] = [
    { name: "input of the part", op: { kind: "input", shape }, inputs: [] },
  ];
  for (const { name, op: next } of [
    ...(padding === null ? [] : [padding]),
    { ...layer, op: inner },
    ...behind,
  ])
    specs.push({ name, op: mapped(next), inputs: [specs.at(-1)!.name] });
  return network(specs);
};

/** A network in parts that exact arithmetic can try, and what they are, in words. */
export interface Fragments {
  readonly count: number;
  readonly whole: boolean;
  readonly summary: string;
  /** The parts that a law says something about, as networks, for the asking. */
  readonly applicable: (l: Law) => number;
  /** Random trials of a law at these parts, over a formal field, with random inputs. */
  readonly trials: (l: Law) => fc.Arbitrary<Trial>;
}

/** The network with gates at random on every convolution. */
const gated = <A>(
  over: Sampled<A>,
  n: AnyNetwork<A>,
  uniform: () => number,
): Result<AnyNetwork<A>> =>
  mapOperators<A, A>((op) =>
    E.right(
      op.kind === "convolution"
        ? {
            ...op,
            kind: "projected",
            gates: drawTensor(over, op.kernel.shape.slice(-2), uniform),
          }
        : op,
    ),
  )(n);

/** The network as a law wants it: as it is, or with gates where it is about gates. */
const suited = <A>(
  l: Law,
  over: Sampled<A>,
  n: AnyNetwork<A>,
  uniform: () => number,
): Result<AnyNetwork<A>> => (l.applies(n) ? E.right(n) : gated(over, n, uniform));

/** A part by its name, cut as the tape says. */
interface Source {
  readonly name: string;
  readonly network: (t: Tape) => Result<AnyNetwork<number>>;
}

const sourcesOf = (
  n: AnyNetwork<number>,
): { readonly whole: boolean; readonly sources: readonly Source[] } =>
  countNetwork(n).multiplyAdds <= wholeLimit
    ? { whole: true, sources: [{ name: "the network", network: () => E.right(n) }] }
    : {
        whole: false,
        sources: partsOf(n).map((part) => ({
          name: `layer ${part.layer.name}`,
          network: (t) => cut(part, t),
        })),
      };

/**
 * The parts of a float32 network on which laws are tried over a formal field: the weights are read exactly, the
 * inputs drawn at random, and activations are symbols.
 */
export const fragmentsOf = (n: Network): Fragments => {
  const { whole, sources } = sourcesOf(n);
  const plain = tapeOf([]);
  const says = (l: Law): readonly Source[] =>
    sources.filter(({ network: of }) =>
      pipe(
        of(plain),
        E.chain((part) => suited(l, floats32, part, plain.bulk())),
        E.match(
          () => false,
          (part) => l.applies(part),
        ),
      ),
    );
  return {
    count: sources.length,
    whole,
    summary: whole
      ? "the whole network on its own input."
      : `${sources.length} layers with weights, each with the zero padding before it and the maps and the activation ` +
        `behind it: up to ${most.channels} of its input and of its output channels at random (up to ${most.groups} groups), on ` +
        "the smallest input with two outputs on each axis. Layers without weights are left out. For laws about gates, " +
        "convolutions without any have gates at random.",
    applicable: (l) => says(l).length,
    trials: (l) => {
      const those = says(l);
      return choices(24).map((tape) => {
        const t = tapeOf(tape);
        const over = formal(`model ${t.below(1000)}`);
        const source = t.pick(those);
        const trial = pipe(
          source.network(t),
          E.chain(readIn(over.ring)),
          E.chain((read) => suited(l, over, read, t.bulk())),
          E.map((read) =>
            trialOf(
              l,
              over,
              {
                network: read,
                batch: drawTensor(over, [t.between(1, 2), ...read.input], t.bulk()),
                choices: Array.from({ length: 12 }, () => t.below(2 ** 31)),
              },
              `, ${source.name}`,
            ),
          ),
        );
        return E.getOrElse((refusal: Refusal): Trial => ({
          over: `${over.ring.name}, ${source.name}`,
          applies: true,
          holds: () => E.left(refusal),
          show: () => source.name,
        }))(trial);
      });
    },
  };
};
