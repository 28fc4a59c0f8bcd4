/**
 * A technique as a value: the assumptions it needs, what it does to a network, and the law that says it worked.
 *
 * By the transfer theorem (`inherits` of proofs/Inheritance.v) a class that provides all needs inherits the
 * technique, so that only two things have to be shown, each once: that the needs imply the law, and which classes
 * provide them. Where the law fails, a need is missing (`refusal_has_reason`).
 *
 * `apply` is written over any real numbers; networks have float32, laws fractions. A law decides at one place,
 * exactly, and may be asked where the needs are not met: that is how counterexamples are found.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { Tape } from "../laws/generators/tape.js";
import { layerNamed, network } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Assumption, AssumptionName } from "./assumption.js";
import { subjectAt, tapeAt, withNodes, type NodeLayer, type Place } from "./place.js";
import type { Reals } from "./reals.js";
import type { Subject } from "./subject.js";

/** Numbers by name, for a report: parameters, multiply-adds, a penalty. */
export type Figures = Readonly<Record<string, number>>;

/** Data for techniques that learn from them. */
export interface Data<A> {
  /** `[n, ...input]` of the network. */
  readonly batch: Tensor<A>;
  /** What layers should give on the batch, by name: `[n, ...shape]` of the layer. */
  readonly wanted?: ReadonlyMap<string, Tensor<A>>;
  /** Gradients of the loss at the values of layers, example by example. */
  readonly gradients?: ReadonlyMap<string, Tensor<A>>;
}

/** What a technique is applied to: a network, the layers that it acts on, and data where there are some. */
export interface Site<A> {
  readonly network: AnyNetwork<A>;
  readonly layers: readonly string[];
  readonly data: Data<A> | null;
}

/** What happened to a layer. */
export interface Change {
  readonly layer: string;
  /** In a few words. */
  readonly what: string;
  readonly figures: Figures;
}

/** What a technique gave. */
export interface Applied<A, N extends AnyNetwork<A> = AnyNetwork<A>> {
  readonly network: N;
  readonly changes: readonly Change[];
  /** For the whole network. */
  readonly figures: Figures;
  /** What it computed besides the network, by name: masks, curvatures, gradients. */
  readonly tensors: ReadonlyMap<string, Tensor<A>>;
}

/** The law that says that a technique worked. */
export interface TechniqueLaw {
  readonly statement: string;
  /** At a layer where it stands: nothing, or where it fails and with which values. */
  readonly holds: (p: Place) => Result<null>;
}

/** A technique that needs the assumptions `N` and has the options `O`. */
export interface Technique<
  Name extends string = string,
  N extends AssumptionName = AssumptionName,
  O extends object = object,
> {
  readonly name: Name;
  readonly needs: readonly Assumption<N>[];
  /** What it does, in one sentence. */
  readonly does: string;
  /** Where it comes from. */
  readonly source: string;
  /** Whether it is about a layer, or about a layer and those that read it. */
  readonly scope: "layer" | "stack";
  /** Theorems of `proofs/`: that layers which provide the needs inherit it, and that others do not. */
  readonly theorems: { readonly inherited: readonly string[]; readonly refused: readonly string[] };
  readonly defaults: O;
  readonly law: TechniqueLaw;
  /** Do it. The needs have been decided by the caller (see apply.ts). */
  apply<A>(reals: Reals<A>, site: Site<A>, options: O): Result<Applied<A>>;
}

/** A technique from its parts; the types of its name, needs and options are read off them. */
export const technique = <const Name extends string, N extends AssumptionName, O extends object>(
  parts: Technique<Name, N, O>,
): Technique<Name, N, O> => parts;

/** A law about one layer and what it reads. */
export const layerLaw = (
  statement: string,
  holds: (t: Tape, s: Subject, p: Place) => Result<null>,
): TechniqueLaw => ({
  statement,
  holds: (p) => E.chain((s: Subject) => holds(tapeAt(p), s, p))(subjectAt(p)),
});

/** What became of one layer. */
export interface LayerOutcome<A> {
  readonly op: Operator<A>;
  readonly what: string;
  readonly figures: Figures;
  /** By names that are put behind the layer's. */
  readonly tensors?: Readonly<Record<string, Tensor<A>>>;
}

const added = (a: Figures, b: Figures): Figures => {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
};

/** `apply` of a technique that changes the operators of its layers one by one; figures are added up. */
export const onEachLayer =
  <O extends object>(
    change: <A>(reals: Reals<A>, layer: NodeLayer<A>, options: O) => Result<LayerOutcome<A>>,
  ) =>
  <A>(reals: Reals<A>, { network: n, layers }: Site<A>, options: O): Result<Applied<A>> => {
    const outcomes = new Map<string, LayerOutcome<A>>();
    for (const name of layers) {
      const outcome = pipe(
        layerNamed(n, name),
        E.chain(withNodes),
        E.chain((layer) => change(reals, layer, options)),
        E.mapLeft((r: Refusal) => (r.where.startsWith("layer ") ? r : within(`layer ${name}`)(r))),
      );
      if (E.isLeft(outcome)) return outcome;
      outcomes.set(name, outcome.right);
    }
    return pipe(
      network(
        n.layers.map((layer) => ({ ...layer, op: outcomes.get(layer.name)?.op ?? layer.op })),
      ),
      E.map((changed): Applied<A> => ({
        network: { ...changed, class: n.class },
        changes: [...outcomes].map(([layer, { what, figures }]) => ({ layer, what, figures })),
        figures: [...outcomes.values()].map(({ figures }) => figures).reduce(added, {}),
        tensors: new Map(
          [...outcomes].flatMap(([layer, { tensors = {} }]) =>
            Object.entries(tensors).map(([name, t]) => [`${layer}.${name}`, t] as const),
          ),
        ),
      })),
    );
  };
