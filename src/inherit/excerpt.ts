/**
 * An excerpt of a layer: a few of its nodes and inputs, with the weights that the layer has, on the smallest
 * input with two outputs on each axis. A node of an excerpt is a node of the layer with inputs left out, so a law
 * that fails of an excerpt fails of the layer with zeros elsewhere, and an excerpt can be read.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { rational, type Rational } from "../algebra/rational.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { Tape } from "../laws/generators/tape.js";
import { layerNamed } from "../model/network.js";
import { mapWeights } from "../model/operator.js";
import { outputExtent } from "../tensor/geometry.js";
import { channelsOf, spatialOf, type Shape } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { drawChoices, drawSmall, drawStackPlace } from "./draw.js";
import { alone, withNodes, type NodeLayer, type Place } from "./place.js";
import type { Reals } from "./reals.js";
import { fanIn, groupsOf, nodeCount, type NodeOperator } from "./scalars.js";
import { stackOf } from "./stack.js";

/** Nodes and inputs of a group that an excerpt has at most, and groups. */
const most = { nodes: 3, inputs: 3, groups: 2 };

const cropped = (op: NodeOperator<unknown>, extents: Shape): Shape =>
  op.kind === "dense"
    ? extents.map(() => 1)
    : op.geometry.map((a, i) => {
        for (let n = 1; n < extents[i]!; n++) if (outputExtent(a, n) >= 2) return n;
        return extents[i]!;
      });

/** Distinct numbers below `n`: the first of them, and a step from each to the next. */
const some = (t: Tape, n: number, count: number): readonly number[] => {
  const first = t.below(n);
  return Array.from({ length: Math.min(n, count) }, (_, i) => (first + i) % n);
};

const cut = <A>({ exactly }: Reals<A>, op: NodeOperator<A>, t: Tape): NodeOperator<Rational> => {
  const [groups, inputs, nodes] = [groupsOf(op), fanIn(op), nodeCount(op) / groupsOf(op)];
  const taken = {
    groups: some(t, groups, t.between(1, most.groups)),
    inputs: some(t, inputs, t.between(1, most.inputs)),
    nodes: some(t, nodes, t.between(1, most.nodes)),
  };
  const columns = taken.groups.flatMap((g) => taken.nodes.map((j) => g * nodes + j));
  const selected = (w: Tensor<A>): Tensor<Rational> => {
    const width = channelsOf(w.shape);
    const isMatrix = w.shape.length > 1;
    const rows = isMatrix ? taken.inputs : [0];
    const height = isMatrix ? inputs : 1;
    const shape = isMatrix
      ? [...w.shape.slice(0, -2), rows.length, columns.length]
      : [columns.length];
    return generated(rational)(shape, (i) => {
      const [row, column] = [Math.floor(i / columns.length), i % columns.length];
      const from = Math.floor(row / rows.length) * height + rows[row % rows.length]!;
      return exactly(w.data[from * width + columns[column]!]!);
    });
  };
  const excerpt = mapWeights<A, Rational>(op, selected) as NodeOperator<Rational>;
  return excerpt.kind === "dense" ? excerpt : { ...excerpt, groups: taken.groups.length };
};

const inputOf = <A>(n: AnyNetwork<A>, layer: NodeLayer<A>): Shape =>
  n.layers.find(({ name }) => name === layer.inputs[0])!.shape;

/** A random excerpt of a layer with a small batch, as a place. */
export const excerptOf =
  <A>(reals: Reals<A>) =>
  (n: AnyNetwork<A>, name: string) =>
  (t: Tape): Result<Place> =>
    E.chain((layer: NodeLayer<A>) => {
      const op = cut(reals, layer.op, t);
      const channels = fanIn(op) * groupsOf(op);
      const shape = [1, ...cropped(layer.op, spatialOf(inputOf(n, layer))), channels];
      return alone({ op, x: drawSmall(t, shape) }, drawChoices(t));
    })(E.chain(withNodes<A>)(layerNamed(n, name)));

/**
 * Two small layers in a row with the activations of a network's stack between them: what is at stake there is
 * the maps between the layers and not their weights.
 */
export const stackExcerptOf =
  <A>() =>
  (n: AnyNetwork<A>, name: string, draw: Parameters<typeof drawStackPlace>[1]) =>
  (t: Tape): Result<Place> =>
    E.chain(({ between }: { readonly between: AnyNetwork<A>["layers"] }) => {
      const activations = between.flatMap(({ op }) => (op.kind === "activation" ? [op.fn] : []));
      return activations.length === 0
        ? drawStackPlace(t, draw)
        : drawStackPlace(t, draw, activations);
    })(stackOf(name)(n));
