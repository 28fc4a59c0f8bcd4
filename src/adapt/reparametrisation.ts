/**
 * Reparametrisations: weights `W = psi(F, theta)` made of frozen weights `F` and new parameters `theta`.
 *
 * `psi` is written once, as instructions of the step program, and read twice: compiled into the training
 * step, where the gradient of `theta` comes from differentiating through it, and interpreted once when
 * training is over, which gives ordinary weights. That the merged network computes what was trained is
 * therefore no matter of two formulas that agree; it is tested all the same, over an exact ring.
 *
 * A new parameter belongs to a layer and is named like a weight, `layer/name`. Several weights of a layer may
 * be made of the same parameter.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { programBuilder, type Builder } from "../compile/builder.js";
import { interpret, type Values } from "../compile/interpret.js";
import type { WeightSource } from "../compile/lower/context.js";
import { withParameters } from "../compile/parameters.js";
import type { NodeId } from "../compile/program.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { workingRing } from "../transform/precision.js";
import { weightName } from "./trainable.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** The instructions that make a weight of the frozen one; `theta` gives the layer's new parameters. */
export type Psi = <A>(b: Builder<A>, frozen: NodeId, theta: (name: string) => NodeId) => NodeId;

/** A new parameter: its first value, and where weight decay pulls it (null: nowhere). */
export interface NewParameter<A> {
  readonly start: Tensor<A>;
  readonly towards: number | null;
}

/** What happens to one layer: its new parameters and the weights that are made of them, by name. */
export interface LayerReparametrisation<A> {
  readonly parameters: Readonly<Record<string, NewParameter<A>>>;
  readonly makes: Readonly<Record<string, Psi>>;
}

/** What happens to a network's layers, by name. */
export type Reparametrisation<A> = ReadonlyMap<string, LayerReparametrisation<A>>;

/** Every weight stays a weight. */
export const unchanged: Reparametrisation<never> = new Map();

/** The reparametrisation of the layers for which `choose` has one. */
export const reparametrise = <A>(
  n: AnyNetwork<A>,
  choose: (layer: Layer<A>) => Result<LayerReparametrisation<A> | null>,
): Result<Reparametrisation<A>> => {
  const layers = new Map<string, LayerReparametrisation<A>>();
  for (const layer of n.layers) {
    const chosen = choose(layer);
    if (E.isLeft(chosen)) return chosen;
    if (chosen.right !== null) layers.set(layer.name, chosen.right);
  }
  return E.right(layers);
};

/** Every new parameter by its full name. */
export const newParameters = <A>(
  r: Reparametrisation<A>,
): readonly (readonly [name: string, parameter: NewParameter<A>])[] =>
  [...r].flatMap(([layer, { parameters }]) =>
    Object.entries(parameters).map(
      ([name, parameter]) => [weightName(layer, name), parameter] as const,
    ),
  );

/** The first values of the new parameters. */
export const startOf = <A>(r: Reparametrisation<A>): Values<A> =>
  Object.fromEntries(newParameters(r).map(([name, { start }]) => [name, start]));

/** The weights that are made, `layer/weight`. */
export const madeWeights = <A>(r: Reparametrisation<A>): ReadonlySet<string> =>
  new Set(
    [...r].flatMap(([layer, { makes }]) =>
      Object.keys(makes).map((weight) => weightName(layer, weight)),
    ),
  );

/** The scalars of the new parameters. */
export const countNew = <A>(r: Reparametrisation<A>): number =>
  newParameters(r).reduce((n, [, { start }]) => n + start.data.length, 0);

/** `psi` for the compiler: the new parameters become parameters of the program. */
export const weightSourceOf =
  <A>(r: Reparametrisation<A>): WeightSource<A> =>
  (b, layer, weight, value) => {
    const own = r.get(layer.name);
    const psi = own?.makes[weight];
    return own === undefined || psi === undefined
      ? null
      : psi(b, b.constant(weightName(layer.name, weight), value), (name) =>
          b.input(weightName(layer.name, name), "parameter", own.parameters[name]!.start.shape),
        );
  };

/** The network with its weights made of these parameters: an ordinary network again. */
export const realise =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>, r: Reparametrisation<A>, parameters: Values<A>): Result<AnyNetwork<A>> => {
    const wide = workingRing(ring);
    const b = programBuilder(wide);
    const source = weightSourceOf(r);
    for (const layer of n.layers)
      for (const [weight, value] of weightsOf(layer.op)) {
        const made = b.inLayer(layer.name, () => source(b, layer, weight, value));
        if (made !== null) b.output(weightName(layer.name, weight), made);
      }
    return E.chain((program: Parameters<ReturnType<typeof interpret<A>>>[0]) =>
      E.chain((weights: Values<A>) =>
        withParameters(
          n,
          Object.fromEntries(
            Object.entries(weights).map(([name, { shape, data }]) => {
              const stored = ring.allocate(data.length);
              for (let i = 0; i < data.length; i++) stored[i] = data[i]!;
              return [name, { shape, data: stored }];
            }),
          ),
        ),
      )(interpret(wide)(program, parameters)),
    )(b.finish());
  };
