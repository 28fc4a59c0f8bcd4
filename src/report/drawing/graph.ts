/**
 * What a drawing shows: boxes and arrows between them. A box is a layer with the norms, activations and
 * dropouts that follow it and nothing else, or a whole scope of `named` that is kept closed.
 */
import { addCounts, countLayer } from "../../model/count.js";
import {
  classOfLayers,
  classOfOperator,
  type Layer,
  type ModelClass,
  type Network,
} from "../../model/network.js";
import type { OperatorKind } from "../../model/operator.js";
import type { Shape } from "../../tensor/shape.js";
import { showOperator } from "../operator.js";

/** One box; junctions are drawn as a circle with their sign. */
export interface Box {
  readonly id: string;
  readonly sign: "+" | "\u00d7" | null;
  readonly title: string;
  readonly detail: string;
  /** `null` where nothing in it has a class. */
  readonly class: ModelClass | null;
  /** Of its last layer. */
  readonly shape: Shape;
  readonly parameters: number;
  readonly layers: readonly string[];
}

/** Boxes in topological order, and who reads whom by id. */
export interface Graph {
  readonly boxes: readonly Box[];
  readonly arrows: readonly (readonly [from: string, to: string])[];
}

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

const scopesOf = (name: string): readonly string[] => name.split("/").slice(0, -1);

/** The most scopes around one layer. */
export const deepestScope = <A>(n: AnyNetwork<A>): number =>
  Math.max(...n.layers.map((layer) => scopesOf(layer.name).length));

const following: ReadonlySet<OperatorKind> = new Set([
  "batchNorm",
  "layerNorm",
  "affine",
  "activation",
  "dropout",
]);

/** Into which box each layer goes, by the box's id; `closed` gives the scope that a layer is closed in. */
const assign = <A>(
  n: AnyNetwork<A>,
  closed: (layer: Layer<A>) => string | null,
): ReadonlyMap<string, string> => {
  const readers = new Map<string, number>();
  for (const layer of n.layers)
    for (const name of layer.inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const layers = new Map(n.layers.map((layer) => [layer.name, layer]));
  const boxes = new Map<string, string>();
  for (const layer of n.layers) {
    const scope = closed(layer);
    const source = layers.get(layer.inputs[0] ?? "");
    const follows =
      source !== undefined &&
      following.has(layer.op.kind) &&
      source.op.kind !== "input" &&
      readers.get(source.name) === 1 &&
      closed(source) === null &&
      scopesOf(source.name).join("/") === scopesOf(layer.name).join("/");
    boxes.set(
      layer.name,
      scope !== null ? `${scope}/` : follows ? boxes.get(source.name)! : layer.name,
    );
  }
  return boxes;
};

/** The boxes that cannot be put in topological order: those on a cycle or behind one. */
const unordered = (
  ids: readonly string[],
  arrows: Graph["arrows"],
): { readonly order: readonly string[]; readonly rest: ReadonlySet<string> } => {
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const [, to] of arrows) waiting.set(to, waiting.get(to)! + 1);
  const order: string[] = [];
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const [from, to] of arrows)
      if (from === id) {
        waiting.set(to, waiting.get(to)! - 1);
        if (waiting.get(to) === 0) ready.push(to);
      }
  }
  const done = new Set(order);
  return { order, rest: new Set(ids.filter((id) => !done.has(id))) };
};

/** `conv 3x3, batch norm, relu`, or how many of each kind where that is long. */
const detailOf = <A>(layers: readonly Layer<A>[], isScope: boolean): string => {
  if (!isScope)
    return layers.map(({ op }) => (op.kind === "input" ? "" : showOperator(op))).join(" \u00b7 ");
  const kinds = new Map<string, number>();
  for (const { op } of layers) {
    if (op.kind === "dropout") continue;
    const what = op.kind === "activation" ? op.fn.name : showOperator(op).split(" ")[0]!;
    const word = op.kind === "batchNorm" || op.kind === "layerNorm" ? "norm" : what;
    kinds.set(word, (kinds.get(word) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => (count > 1 ? `${count} ${kind}` : kind)).join(", ");
};

const signs: Partial<Record<OperatorKind, Box["sign"]>> = { add: "+", multiply: "\u00d7" };

const boxOf = <A>(id: string, layers: readonly Layer<A>[]): Box => {
  const [first] = layers;
  const isScope = id.endsWith("/");
  return {
    id,
    sign: isScope ? null : (signs[first!.op.kind] ?? null),
    title: isScope ? id.slice(0, -1) : first!.name,
    detail: detailOf(layers, isScope),
    class: layers.some(({ op }) => classOfOperator(op) !== null) ? classOfLayers(layers) : null,
    shape: layers.at(-1)!.shape,
    parameters: layers.map(countLayer).reduce(addCounts).parameters,
    layers: layers.map((layer) => layer.name),
  };
};

/**
 * The graph of a network with scopes opened to a depth: 0 shows each outermost scope as one box, 1 opens
 * these and shows the scopes in them, ... A scope that something leaves and comes back to would be on a
 * cycle; it is opened.
 */
export const graphOf = <A>(n: AnyNetwork<A>, depth: number): Graph => {
  const opened = new Set<string>();
  for (;;) {
    const closed = ({ name }: Layer<A>): string | null => {
      const scopes = scopesOf(name);
      for (let d = depth + 1; d <= scopes.length; d++) {
        const scope = scopes.slice(0, d).join("/");
        if (!opened.has(scope)) return scope;
      }
      return null;
    };
    const boxes = assign(n, closed);
    const members = new Map<string, Layer<A>[]>();
    const seen = new Set<string>();
    const arrows: (readonly [string, string])[] = [];
    for (const layer of n.layers) {
      const to = boxes.get(layer.name)!;
      members.set(to, [...(members.get(to) ?? []), layer]);
      for (const from of layer.inputs.map((name) => boxes.get(name)!))
        if (from !== to && !seen.has(`${from}\n${to}`)) {
          seen.add(`${from}\n${to}`);
          arrows.push([from, to]);
        }
    }
    const { order, rest } = unordered([...members.keys()], arrows);
    if (rest.size === 0) return { boxes: order.map((id) => boxOf(id, members.get(id)!)), arrows };
    for (const id of rest) if (id.endsWith("/")) opened.add(id.slice(0, -1));
  }
};
