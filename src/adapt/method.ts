/**
 * Methods: ways to adapt a pretrained network to a new task. A method is a reparametrisation
 * `W = psi(frozen, trained)`, given as one phase or several. A phase turns the network it finds into one
 * that computes the same function in other parameters, says which of these are trained, and knows the
 * way back.
 *
 * Laws that every method keeps (tested over exact rings, with statistics frozen):
 *   start    `prepare(n).network`, its weights made as they are made at first, computes what `n` computes;
 *   finish   `finish(m).merged` and `.adapted` compute what the trained `m` computes;
 *   frozen   a weight that is neither named trainable nor made of new parameters comes out of training bit
 *            for bit as it went in.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Result } from "../algebra/refusal.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Values } from "../compile/interpret.js";
import type { Penalised } from "../compile/optimizer.js";
import type { Certificate } from "../transform/certificate.js";
import { countNew, madeWeights, type Reparametrisation } from "./reparametrisation.js";
import { countScalars, type Trainable } from "./trainable.js";

/** Any network over elements `A`. */
export type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** What a trained network is turned into. */
export interface Outcome<A = number> {
  /** The network in the method's own parameters (gates, ...) and the pretrained architecture. */
  readonly adapted: AnyNetwork<A>;
  /**
   * The same function as a plain network: the pretrained architecture with a new classifier, at no extra
   * cost but for a bias where a method trains one that was not there (SSF, scale and shift).
   * Adapters with an activation inside (Conv-Adapter) cannot be merged and stay in it.
   */
  readonly merged: AnyNetwork<A>;
  /** Why conversions on the way are right, in order. */
  readonly certificates: readonly Certificate[];
}

/** What is trained in one phase. */
export interface Adaptation<A = number> {
  readonly name: string;
  /** The network to train, its classifier included; the output is the logits. */
  readonly network: AnyNetwork<A>;
  /** The network's own weights that are trained. */
  readonly trainable: Trainable;
  /** The weights that are made of frozen ones and new parameters, which are trained. */
  readonly reparametrisation: Reparametrisation<A>;
  /** What holds parameters back, besides the weight decay of the plan. */
  readonly penalised?: Penalised;
  /** The outcome of a network whose own weights are trained and of the trained new parameters. */
  readonly finish: (trained: AnyNetwork<A>, parameters: Values<A>) => Result<Outcome<A>>;
}

/** Every weight whose value training changes: trained, or made of what is trained. */
export const movedWeights = <A>({ trainable, reparametrisation }: Adaptation<A>): Trainable =>
  new Set([...trainable, ...madeWeights(reparametrisation)]);

/** How many scalars are trained: known before anything is run. */
export const countTrained = <A>({ network, trainable, reparametrisation }: Adaptation<A>): number =>
  countScalars(network, (name) => trainable.has(name)) + countNew(reparametrisation);

/** One phase of a method. Phases run in order, each on the merged network of the one before. */
export interface Phase {
  readonly name: string;
  /** A learning rate for Adam that suits what the phase trains, where the user gives none. */
  readonly rate: number;
  readonly prepare: (n: AnyNetwork<number>) => Result<Adaptation>;
}

/** A method with its options chosen. */
export interface ChosenMethod {
  readonly method: string;
  readonly options: unknown;
  readonly phases: readonly Phase[];
}

/** A method as the table lists it. */
export interface Method {
  readonly name: string;
  readonly summary: string;
  /** Where it comes from. */
  readonly source: string;
  /** What the options are when none are given. */
  readonly defaults: unknown;
  /** Reads options; those left out have their defaults. */
  readonly choose: t.Type<ChosenMethod, unknown>;
}

/**
 * A codec of partial options that refuses every name the defaults do not have: a misspelt option would
 * silently leave the default in force.
 */
export const knownOptions = <O extends object>(
  defaults: O,
  codec: t.Type<Partial<O>, unknown>,
  title = "options",
): t.Type<Partial<O>, unknown> => {
  const known = Object.keys(defaults);
  return new t.Type<Partial<O>, unknown>(
    `${title}: ${known.length === 0 ? "none" : known.join(", ")}`,
    codec.is,
    (u, context) =>
      typeof u === "object" && u !== null && Object.keys(u).every((key) => known.includes(key))
        ? codec.validate(u, context)
        : t.failure(u, context),
    codec.encode,
  );
};

/** A method whose options are read by an io-ts codec of partial options. */
export const method = <O extends object>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly options: t.Type<Partial<O>, unknown>;
  readonly defaults: O;
  readonly phases: (options: O) => readonly Phase[];
}): Method => {
  const { name, summary, source, options, defaults, phases } = definition;
  const given = knownOptions(defaults, options, `options of ${name}`);
  return {
    name,
    summary,
    source,
    defaults,
    choose: new t.Type<ChosenMethod, unknown>(
      given.name,
      (u): u is ChosenMethod => typeof u === "object" && u !== null && "phases" in u,
      (u, context) =>
        E.map((some: Partial<O>): ChosenMethod => {
          const chosen = { ...defaults, ...some };
          return { method: name, options: chosen, phases: phases(chosen) };
        })(given.validate(u, context)),
      (chosen) => chosen.options,
    ),
  };
};
