/**
 * Classes of layers, what they provide, and the arrows between classes of networks.
 *
 * GFFN is a part of GCNN (T1_subset), and both are parts of what a projected network may consist of, so classes of
 * networks are a chain. Arrows go along it and back, and each is a conversion that leaves a certificate:
 *
 *            embed              project
 *     GFFN  -------->  GCNN  ----------->  Projected
 *           <--------        <-----------
 *           recognise           merge
 *
 * What is said of nodes as functions travels down along `embed` and `merge` (class_order). What is said of
 * parameters does not: a projected network has a scalar per connection, and the merged one has not.
 *
 * Classes are the interface `Classes`. A class of one's own is declared there by merging, with what it provides,
 * and is a value of `LayerClass` besides:
 *
 *     declare module "heirloom/inherit" { interface Classes { readonly Tied: "linear" | "homogeneous" } }
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Rational } from "../algebra/rational.js";
import type { Ring } from "../algebra/ring.js";
import type { Tape } from "../laws/generators/tape.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { classOfLayers, fitsClass, type ModelClass, type Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Assumption, AssumptionName } from "./assumption.js";
import * as assume from "./assumption.js";
import { drawConvolution, drawDense, drawProjected } from "./draw.js";
import { hasNodes, type NodeOperator } from "./scalars.js";

/** Classes by name, and what their layers provide. */
export interface Classes {
  readonly GFFN: ProvidedByDense;
  readonly GCNN: Exclude<ProvidedByDense, "scalarConnections">;
  readonly Projected: Exclude<ProvidedByDense, "homogeneous">;
}

type ProvidedByDense =
  | "linear"
  | "scalarWeighted"
  | "scalarConnections"
  | "homogeneous"
  | "proportional"
  | "consecutive"
  | "positiveFactors";

/** The name of a class. */
export type ClassName = keyof Classes;

/** That a class provides an assumption, by which theorem, and under which condition if there is one. */
export interface Provision<N extends AssumptionName = AssumptionName> {
  readonly assumption: Assumption<N>;
  readonly theorem: string;
  /** "without groups", or `null`. */
  readonly when: string | null;
}

/** A class of layers. */
export interface LayerClass<C extends ClassName = ClassName> {
  readonly name: C;
  readonly statement: string;
  readonly provides: readonly Provision<Classes[C]>[];
  /** Whether a layer with nodes is of the class; nothing, or what it is instead. */
  readonly holds: <A>(ring: Ring<A>) => (op: NodeOperator<A>) => Result<null>;
  /** A random layer of it, for an input of a shape without the batch. */
  readonly draw: (t: Tape, input: Shape) => NodeOperator<Rational>;
}

const provision = <N extends AssumptionName>(
  assumption: Assumption<N>,
  theorem: string,
  when: string | null = null,
): Provision<N> => ({ assumption, theorem, when });

/** What every layer with nodes provides where it stands right. */
const ofAll = (theorem: string) => [
  provision(assume.linear, theorem),
  provision(assume.proportional, theorem),
  provision(assume.consecutive, "linear_layers_provide"),
  provision(assume.positiveFactors, "linear_layers_provide"),
];

const ofKind = (kind: NodeOperator<unknown>["kind"]): LayerClass["holds"] => {
  return () => (op) =>
    op.kind === kind ? E.right(null) : refuse({ where: "", found: op.kind, expected: kind });
};

export const gffn: LayerClass<"GFFN"> = {
  name: "GFFN",
  statement: "y_j = sum_k w_jk x_k + b_j: a scalar for each input",
  provides: [
    ...ofAll("gffn_provides"),
    provision(assume.scalarWeighted, "gffn_provides"),
    provision(assume.scalarConnections, "gffn_provides"),
    provision(assume.homogeneous, "gffn_provides"),
  ],
  holds: ofKind("dense"),
  draw: drawDense,
};

export const gcnn: LayerClass<"GCNN"> = {
  name: "GCNN",
  statement: "y_j = sum_k conv(x_k, F_jk) + b_j: a kernel for each input",
  provides: [
    ...ofAll("gcnn_provides"),
    provision(assume.scalarWeighted, "gcnn_patches", "tap by tap"),
    provision(assume.homogeneous, "gcnn_provides", "without groups"),
  ],
  holds: ofKind("convolution"),
  draw: drawConvolution,
};

export const projected: LayerClass<"Projected"> = {
  name: "Projected",
  statement: "y_j = sum_k g_jk conv(x_k, F_jk) + b_j: a gate for each input, kernels frozen",
  provides: [
    ...ofAll("projected_provides"),
    provision(assume.scalarWeighted, "projected_provides"),
    provision(assume.scalarConnections, "projected_provides"),
  ],
  holds: ofKind("projected"),
  draw: drawProjected,
};

/** The classes of arXiv 2602.06245. */
export const classes = [gffn, gcnn, projected] as const;

/** Whether every network of one class passes for one of the other. */
export const isBelow = (a: ModelClass, b: ModelClass): boolean => rank[a] <= rank[b];

const rank: Readonly<Record<ModelClass, number>> = { GFFN: 0, GCNN: 1, Projected: 2 };

/** The least class above both: what a network is that has parts of both. */
export const join = (a: ModelClass, b: ModelClass): ModelClass => (isBelow(a, b) ? b : a);

/** The greatest class below both. */
export const meet = (a: ModelClass, b: ModelClass): ModelClass => (isBelow(a, b) ? a : b);

declare const membership: unique symbol;

/** A network of which every layer with nodes is of a class, one's own included. Exists in the type alone. */
export interface Member<C extends ClassName> {
  readonly [membership]?: C | undefined;
}

/** The class of a network's type: the class it was shown to be a member of, else the class in its type. */
export type ClassOf<N extends AnyNetwork<never> | Network> = N extends {
  readonly [membership]?: infer C extends ClassName | undefined;
}
  ? ClassName extends Exclude<C, undefined>
    ? N["class"]
    : Exclude<C, undefined>
  : N["class"];

/**
 * A network, known to consist of layers of a class as far as they have nodes. Refuses the first that is not.
 */
export const memberOf =
  <C extends ClassName>(c: LayerClass<C>) =>
  <A>(ring: Ring<A>) =>
  <M extends Network<ModelClass, Shape, Shape, A>>(n: M): Result<M & Member<C>> => {
    for (const { name, op } of n.layers) {
      if (!hasNodes(op)) continue;
      const held = c.holds(ring)(op);
      if (E.isLeft(held)) return E.left(within(`layer ${name}`)(held.left));
    }
    return E.right(n as M & Member<C>);
  };

/** What a layer provides, assumption by assumption: nothing, or why not. */
export interface LayerProvision {
  readonly assumption: Assumption;
  readonly met: Result<null>;
}

/** A layer with nodes: its class, and what it provides. */
export interface Membership {
  readonly layer: string;
  readonly class: ModelClass;
  readonly provides: readonly LayerProvision[];
}

/** The classes of a network's layers with nodes, and of the network: what all of them provide. */
export interface NetworkMembership {
  /** The least class that holds every layer. */
  readonly class: ModelClass;
  /** All classes that it passes for. */
  readonly passesFor: readonly ModelClass[];
  readonly layers: readonly Membership[];
  /** The assumptions about class that every layer meets. */
  readonly provides: readonly Assumption[];
}

const classOfKind = { dense: "GFFN", convolution: "GCNN", projected: "Projected" } as const;

/** The class of a layer with nodes. */
export const classOfNodes = <A>(op: NodeOperator<A>): ModelClass => classOfKind[op.kind];

/** Which class each layer with nodes is of, and what it and the whole network provide. */
export const membershipOf =
  <A>(ring: Ring<A>, among: readonly Assumption[] = assume.assumptions) =>
  (n: AnyNetwork<A>): NetworkMembership => {
    const layers = n.layers.flatMap(({ name, op }): readonly Membership[] =>
      hasNodes(op)
        ? [
            {
              layer: name,
              class: classOfNodes(op),
              provides: among.map((assumption) => ({
                assumption,
                met: assumption.decided(ring)(n, name),
              })),
            },
          ]
        : [],
    );
    return {
      class: classOfLayers(n.layers),
      passesFor: (["GFFN", "GCNN", "Projected"] as const).filter((c) => fitsClass(c, n.layers)),
      layers,
      provides: among.filter(
        (assumption, i) =>
          assumption.of === "class" && layers.every(({ provides }) => E.isRight(provides[i]!.met)),
      ),
    };
  };
