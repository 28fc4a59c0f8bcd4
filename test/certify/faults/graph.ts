/** Faults in a graph: wires, layers too many or too few or elsewhere, and what a network says of itself. */
import * as E from "fp-ts/lib/Either.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import { fitsClass, network, type Layer, type LayerSpec } from "../../../src/model/network.js";
import type { Operator } from "../../../src/model/operator.js";
import { sameShape } from "../../../src/tensor/shape.js";
import type { Step } from "../../../src/transform/certificate.js";
import { oneOf, rebuilt, type NetworkFault } from "./plot.js";

/** A layer with one input whose shape it keeps. */
const isInline = <A>(n: AnyNetwork<A>, layer: Layer<A>): boolean =>
  layer.inputs.length === 1 &&
  sameShape(n.layers.find(({ name }) => name === layer.inputs[0])!.shape, layer.shape);

const reading = <A>(layer: LayerSpec<A>, from: string, to: string): LayerSpec<A> => ({
  ...layer,
  inputs: layer.inputs.map((name) => (name === from ? to : name)),
});

/** Another layer in the place of one input of one layer. */
const ofWire = (
  name: string,
  applies: (op: Operator<unknown>, reads: number) => boolean,
): NetworkFault => ({
  name,
  edit: (n, { t }) =>
    oneOf(
      n,
      t,
      n.layers.flatMap((layer, i) =>
        layer.inputs.flatMap((input, k) =>
          n.layers
            .slice(0, i)
            .filter(
              (other) =>
                applies(layer.op, layer.inputs.length) &&
                other.name !== input &&
                sameShape(other.shape, n.layers.find((l) => l.name === input)!.shape),
            )
            .map((other) =>
              n.layers.map((l, at) =>
                at === i ? { ...l, inputs: l.inputs.map((x, j) => (j === k ? other.name : x)) } : l,
              ),
            ),
        ),
      ),
    ),
});

const relu: Operator<never> = { kind: "activation", fn: { name: "relu" } };
const isAdditive = (op: Operator<unknown>): boolean => op.kind === "add" || op.kind === "multiply";

/** Faults in graphs. */
export const graphFaults: readonly NetworkFault[] = [
  ofWire("wire to another layer", (op, reads) => reads === 1 && !isAdditive(op)),
  ofWire("wire of a sum, product or concatenation", (_, reads) => reads > 1),
  {
    name: "operands of a concatenation exchanged",
    edit: (n, { t }) =>
      oneOf(
        n,
        t,
        n.layers.flatMap((layer) =>
          layer.op.kind === "concat" && layer.inputs.length > 1
            ? [n.layers.map((l) => (l === layer ? { ...l, inputs: [...l.inputs].reverse() } : l))]
            : [],
        ),
      ),
  },
  {
    name: "layer dropped",
    edit: (n, { t }) => {
      const places = n.layers.slice(0, -1).filter((layer) => isInline(n, layer));
      if (places.length === 0) return null;
      const { name, inputs } = t.pick(places);
      return {
        network: rebuilt(
          n,
          n.layers.filter((l) => l.name !== name).map((l) => reading(l, name, inputs[0]!)),
        ),
        steps: (steps) => steps.filter((step) => step.layer !== name),
      };
    },
  },
  {
    name: "last layer dropped",
    edit: (n) => ({
      network: rebuilt(n, n.layers.slice(0, -1)),
      steps: (steps) => steps.slice(0, -1),
    }),
  },
  {
    name: "layer inserted",
    edit: (n, { t }) => {
      const { name } = t.pick(n.layers.slice(0, -1));
      return {
        network: rebuilt(
          n,
          n.layers.flatMap((l) =>
            l.name === name
              ? [l, { name: "inserted", op: relu, inputs: [name] }]
              : [reading(l, name, "inserted")],
          ),
        ),
        steps: (steps) =>
          steps.flatMap((step): readonly Step[] =>
            step.layer === name
              ? [step, { theorem: "keep", layer: "inserted", from: step.from.slice(-1) }]
              : [step],
          ),
      };
    },
  },
  {
    name: "layer twice in a row",
    edit: (n, { t }) => {
      const places = n.layers.slice(0, -1).filter((layer) => isInline(n, layer));
      if (places.length === 0) return null;
      const { name, op } = t.pick(places);
      return {
        network: rebuilt(
          n,
          n.layers.flatMap((l) =>
            l.name === name
              ? [l, { name: "again", op, inputs: [name] }]
              : [reading(l, name, "again")],
          ),
        ),
        steps: (steps) =>
          steps.flatMap((step) =>
            step.layer === name ? [step, { ...step, layer: "again" }] : [step],
          ),
      };
    },
  },
  {
    name: "neighbours exchanged",
    edit: (n, { t }) =>
      oneOf(
        n,
        t,
        n.layers.flatMap((b) => {
          const a = n.layers.find(({ name }) => name === b.inputs[0]);
          return a === undefined || !isInline(n, a) || !isInline(n, b)
            ? []
            : [
                n.layers.map((l) =>
                  l === a ? { ...a, op: b.op } : l === b ? { ...b, op: a.op } : l,
                ),
              ];
        }),
      ),
  },
  {
    name: "layers out of order",
    hidden: true,
    edit: (n, { t }) => {
      const at = 1 + t.below(n.layers.length - 2);
      const layers = [...n.layers];
      layers.splice(at, 2, layers[at + 1]!, layers[at]!);
      return E.isRight(network(layers)) ? null : { network: { ...n, layers } };
    },
  },
  {
    name: "second layer of one name",
    hidden: true,
    edit: (n) => ({ network: { ...n, layers: [...n.layers, n.layers.at(-1)!] } }),
  },
  {
    name: "declared shape of the network",
    hidden: true,
    edit: (n, { t }) => {
      const which = t.pick(["input", "output"] as const);
      return { network: { ...n, [which]: n[which].map((e) => e + 1) } };
    },
  },
  {
    name: "declared shape of a layer",
    hidden: true,
    edit: (n, { t }) => {
      const at = t.below(n.layers.length);
      const layers = n.layers.map((l, i) =>
        i === at ? { ...l, shape: l.shape.map((e) => e + 1) } : l,
      );
      return { network: { ...n, layers } };
    },
  },
  {
    name: "class label",
    hidden: true,
    edit: (n) => (fitsClass("GFFN", n.layers) ? null : { network: { ...n, class: "GFFN" } }),
  },
];
