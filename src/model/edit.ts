/**
 * Edits: pure changes of a network's layers. Each ends in `network`, which infers all shapes again and
 * refuses what no longer fits, so an edit cannot give a broken network.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Shape } from "../tensor/shape.js";
import {
  layerNamed,
  network,
  type Layer,
  type LayerSpec,
  type ModelClass,
  type Network,
} from "./network.js";
import type { Operator } from "./operator.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** Replace every layer by what `f` makes of it: none, one or several. */
export const flatMapLayers =
  <A, B>(f: (layer: Layer<A>) => readonly LayerSpec<B>[]) =>
  (n: AnyNetwork<A>): Result<AnyNetwork<B>> =>
    network(n.layers.flatMap((layer) => f(layer)));

/** Replace every operator; names and wires stay. The first refusal of `f` is the answer. */
export const mapOperators =
  <A, B>(f: (op: Operator<A>, layer: Layer<A>) => Result<Operator<B>>) =>
  (n: AnyNetwork<A>): Result<AnyNetwork<B>> =>
    pipe(
      n.layers,
      E.traverseArray((layer) =>
        pipe(
          f(layer.op, layer),
          E.map((op): LayerSpec<B> => ({ name: layer.name, inputs: layer.inputs, op })),
        ),
      ),
      E.chain((specs) => network(specs)),
    );

/** Replace the operator of one layer. */
export const replaceOperator =
  <W = never>(name: string, op: Operator<W>) =>
  <A>(n: AnyNetwork<A>): Result<AnyNetwork<A | W>> =>
    pipe(
      layerNamed(n, name),
      E.chain(() =>
        mapOperators<A, A | W>((old, layer) => E.right(layer.name === name ? op : old))(n),
      ),
    );

const readInstead =
  (from: string, to: string) =>
  <A>(spec: LayerSpec<A>): LayerSpec<A> => ({
    ...spec,
    inputs: spec.inputs.map((input) => (input === from ? to : input)),
  });

/** Put a layer of one input behind `name`: whoever read `name` reads the new layer. */
export const insertAfter =
  <W = never>(name: string, inserted: { readonly name: string; readonly op: Operator<W> }) =>
  <A>(n: AnyNetwork<A>): Result<AnyNetwork<A | W>> =>
    pipe(
      layerNamed(n, name),
      E.chain(() =>
        flatMapLayers<A, A | W>((layer) =>
          layer.name === name
            ? [layer, { ...inserted, inputs: [name] }]
            : [readInstead(name, inserted.name)(layer)],
        )(n),
      ),
    );

/** Take out a layer of one input: whoever read it reads its input. */
export const removeLayer =
  (name: string) =>
  <A>(n: AnyNetwork<A>): Result<AnyNetwork<A>> =>
    pipe(
      layerNamed(n, name),
      E.chain(({ inputs }) => {
        const [input] = inputs;
        return inputs.length === 1 && input !== undefined
          ? flatMapLayers<A, A>((layer) =>
              layer.name === name ? [] : [readInstead(name, input)(layer)],
            )(n)
          : refuse({
              where: `layer ${name}`,
              found: `${inputs.length} inputs (${inputs.join(", ")})`,
              expected: "exactly one, for the readers to read instead",
            });
      }),
    );
