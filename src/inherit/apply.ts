/**
 * Applying a technique. It type-checks where the class of the network provides what the technique needs, and
 * otherwise the type says in words what is missing. Types see classes, not weights; so each layer is decided
 * besides, and a layer that lacks a need refuses the technique with the assumption, the layer and a counterexample.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, within, type Refusal, type Result } from "../algebra/refusal.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { Tape } from "../laws/generators/tape.js";
import { layerNamed, type ModelClass, type Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Assumption, AssumptionName, Assumptions } from "./assumption.js";
import { classes, type Classes, type ClassName, type ClassOf } from "./class.js";
import { excerptOf, stackExcerptOf } from "./excerpt.js";
import { withNodes, type NodeLayer, type Place } from "./place.js";
import { singles, type Reals } from "./reals.js";
import { hasNodes } from "./scalars.js";
import { search, type Counterexample, type SearchOptions } from "./search.js";
import type { Applied, Data, Technique } from "./technique.js";

/** For each class that lacks a need, the sentence that says so; `never` where none lacks any. */
export type Lacking<
  Name extends string,
  N extends AssumptionName,
  C extends ClassName,
> = C extends ClassName
  ? Exclude<N, Classes[C]> extends infer M extends AssumptionName
    ? [M] extends [never]
      ? never
      : `${Name} needs ${Assumptions[M]}, which ${C} networks do not provide`
    : never
  : never;

/** No demand where the class provides every need; else a sentence, which no network is. */
export type Admits<Name extends string, N extends AssumptionName, C extends ClassName> = [
  Lacking<Name, N, C>,
] extends [never]
  ? unknown
  : Lacking<Name, N, C>;

/** Why a technique was refused. */
export interface NotInherited extends Refusal {
  readonly technique: string;
  readonly layer: string;
  readonly assumption: Assumption;
  /** `null` where a search found none, or where there is no place to try. */
  readonly counterexample: Counterexample | null;
}

/** Whether a refusal is of this kind. */
export const isNotInherited = (r: Refusal): r is NotInherited => "assumption" in r;

/** The first need of a technique that a layer does not meet, and what it has instead. */
export const missingNeed =
  <A>({ ring }: Reals<A>) =>
  (t: Technique, n: AnyNetwork<A>, layer: string): readonly [Assumption, Refusal] | null => {
    for (const need of t.needs) {
      const decided = need.decided(ring)(n, layer);
      if (E.isLeft(decided)) return [need, decided.left];
    }
    return null;
  };

const drawOf = { dense: classes[0].draw, convolution: classes[1].draw, projected: classes[2].draw };

/** Random excerpts of a layer on which the law of a technique can be decided. */
export const placesAt =
  <A>(reals: Reals<A>) =>
  (t: Technique, n: AnyNetwork<A>, layer: string): ((tape: Tape) => Result<Place>) =>
    t.scope === "layer"
      ? excerptOf(reals)(n, layer)
      : (tape) =>
          E.chain((l: NodeLayer<A>) => stackExcerptOf<A>()(n, layer, drawOf[l.op.kind])(tape))(
            E.chain(withNodes<A>)(layerNamed(n, layer)),
          );

/**
 * Search for excerpts of a layer on which the law of a technique fails; with a seed and a path, look at that one
 * again.
 */
export const counterexampleAt =
  <A>(reals: Reals<A>) =>
  (
    t: Technique,
    n: AnyNetwork<A>,
    layer: string,
    options: SearchOptions = {},
  ): Counterexample | null =>
    search(t, placesAt(reals)(t, n, layer), options).counterexample;

const reproduction = ({ seed, path }: Counterexample): string => `seed ${seed}, path ${path}`;

/** The refusal of a technique at a layer, with a counterexample where a search finds one. */
export const notInherited =
  <A>(reals: Reals<A>, options: SearchOptions = {}) =>
  (
    t: Technique,
    n: AnyNetwork<A>,
    layer: string,
    [assumption, reason]: readonly [Assumption, Refusal],
  ): NotInherited => {
    const counterexample = counterexampleAt(reals)(t, n, layer, options);
    const advice =
      counterexample === null
        ? reason.advice
        : `its law fails at\n${counterexample.shown}\n${showRefusal(counterexample.refusal)}\n` +
          `(${reproduction(counterexample)})`;
    return {
      ...(reason.where.startsWith("layer ") ? reason : within(`layer ${layer}`)(reason)),
      expected: `${assumption.words} (${assumption.name}), which ${t.name} needs: ${reason.expected}`,
      ...(advice === undefined ? {} : { advice }),
      technique: t.name,
      layer,
      assumption,
      counterexample,
    };
  };

/** The layers that a technique acts on, or why it is refused. */
const targets =
  <A>(reals: Reals<A>, options: SearchOptions) =>
  (
    t: Technique,
    n: AnyNetwork<A>,
    named: readonly string[] | null,
  ): E.Either<Refusal | NotInherited, readonly string[]> => {
    const candidates = named ?? n.layers.flatMap(({ name, op }) => (hasNodes(op) ? [name] : []));
    const taken: string[] = [];
    let passed: NotInherited | null = null;
    for (const layer of candidates) {
      const found = E.chain(withNodes<A>)(layerNamed(n, layer));
      if (E.isLeft(found)) return found;
      const missing = missingNeed(reals)(t, n, layer);
      if (missing === null) taken.push(layer);
      else {
        const passOver = named === null && missing[0].of === "position";
        if (!passOver) return E.left(notInherited(reals, options)(t, n, layer, missing));
        passed ??= notInherited(reals, options)(t, n, layer, missing);
      }
    }
    if (taken.length > 0) return E.right(taken);
    return passed !== null
      ? E.left(passed)
      : refuse({ where: t.name, found: "no layer with nodes", expected: "at least one to act on" });
  };

/** How to apply a technique. */
export interface ApplyOptions extends SearchOptions {
  /** The layers to act on; all that fit unless named. */
  readonly layers?: readonly string[];
}

/** A refusal that may say which need is missing. */
export type Inheritance<A> = E.Either<Refusal | NotInherited, A>;

/** Apply a technique to named layers, or to all, over any real numbers. Each layer is decided; types ask nothing. */
export const applyAt =
  <A>(reals: Reals<A>, how: ApplyOptions = {}) =>
  <Name extends string, N extends AssumptionName, O extends object>(
    t: Technique<Name, N, O>,
    options: Partial<O> = {},
  ) =>
  <M extends Network<ModelClass, Shape, Shape, A>>(
    n: M,
    data: Data<A> | null = null,
  ): Inheritance<Applied<A, Network<M["class"], M["input"], M["output"], A>>> => {
    const layers = targets(reals, how)(t, n, how.layers ?? null);
    if (E.isLeft(layers)) return layers;
    const applied = t.apply(
      reals,
      { network: n, layers: layers.right, data },
      { ...t.defaults, ...options },
    );
    // A technique keeps class and shapes of the network, whatever it does inside.
    return applied as Result<Applied<A, Network<M["class"], M["input"], M["output"], A>>>;
  };

/**
 * Apply a technique to a network of float32 of which the class provides what the technique needs.
 *
 * @example
 * import { build, conv, float32, input, project, relu } from "heirloom"
 * import { applyTechnique, magnitudePruning } from "heirloom/inherit"
 *
 * const cnn = pipe(input([8, 8, 3]), conv({ filters: 4, kernel: 3 }), relu, build({ seed: 0 }))
 * const projected = pipe(cnn, E.chain(project(float32)), E.map(({ network }) => network))
 * const pruned = pipe(projected, E.chain((n) => applyTechnique(magnitudePruning, { share: 0.5 })(n)))
 * assert.ok(E.isRight(pruned) && pruned.right.figures["scalars removed"] === 6)
 */
export const applyTechnique =
  <Name extends string, N extends AssumptionName, O extends object>(
    t: Technique<Name, N, O>,
    options: Partial<O> = {},
    how: Omit<ApplyOptions, "layers"> = {},
  ) =>
  <M extends Network>(
    n: M & Admits<Name, N, ClassOf<M>>,
    data: Data<number> | null = null,
  ): Inheritance<Applied<number, Network<M["class"], M["input"], M["output"]>>> =>
    applyAt(singles, how)(t, options)<M>(n, data);
