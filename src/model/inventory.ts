/** The inventory of a network: a row for every layer, and the totals. It is data; printing is elsewhere. */
import type { Geometry } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import { countLayer, countNetwork, saving, type Count } from "./count.js";
import { classOfOperator, type Layer, type ModelClass, type Network } from "./network.js";
import { weightsOf, type OperatorKind } from "./operator.js";

/** What is to be known of one layer. */
export interface InventoryRow extends Count {
  readonly name: string;
  readonly kind: OperatorKind;
  /** `null` for layers that fit every class. */
  readonly class: ModelClass | null;
  readonly inputs: readonly string[];
  /** Of its value, without the batch. */
  readonly shape: Shape;
  /** Of its window; `null` for layers without one. */
  readonly geometry: Geometry | null;
  /** `null` for layers without kernels. */
  readonly groups: number | null;
  /** The shape of each weight by name. */
  readonly weights: readonly { readonly name: string; readonly shape: Shape }[];
  /** The share of its kernel parameters that gates do not need. */
  readonly saving: number;
}

/** All layers in order, and their sum. */
export interface Inventory {
  readonly class: ModelClass;
  readonly input: Shape;
  readonly output: Shape;
  readonly rows: readonly InventoryRow[];
  readonly total: Count;
  /** The share of all kernel parameters that gates do not need. */
  readonly saving: number;
  /** The layers whose kernel has one tap, where gates save nothing. */
  readonly oneByOne: readonly string[];
}

const rowOf = <A>(layer: Layer<A>): InventoryRow => {
  const { name, op, inputs, shape } = layer;
  const count = countLayer(layer);
  return {
    name,
    kind: op.kind,
    class: classOfOperator(op),
    inputs,
    shape,
    geometry: "geometry" in op ? op.geometry : null,
    groups: "groups" in op ? op.groups : null,
    weights: weightsOf(op).map(([weight, t]) => ({ name: weight, shape: t.shape })),
    ...count,
    saving: saving(count),
  };
};

/** Take the inventory of a network. */
export const inventoryOf = <A>(n: Network<ModelClass, Shape, Shape, A>): Inventory => {
  const rows = n.layers.map((layer) => rowOf(layer));
  const total = countNetwork(n);
  return {
    class: n.class,
    input: n.input,
    output: n.output,
    rows,
    total,
    saving: saving(total),
    oneByOne: rows.filter((row) => row.oneByOneParameters > 0).map((row) => row.name),
  };
};
