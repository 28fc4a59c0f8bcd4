/**
 * Composition of networks: one after another, and apart again. The layers of the first come first, and those
 * of the second read its last layer where they read their input. Networks and shapes are a category: the
 * network of an input alone is the identity, and composing is associative, names included.
 *
 * A network comes apart at a waist, a layer past which nobody reads anything that came before it.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { sameShape, showShape, type Shape } from "../tensor/shape.js";
import {
  layerNamed,
  network,
  truncate,
  type LayerSpec,
  type ModelClass,
  type Network,
} from "./network.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

const reading = <A>(layer: LayerSpec<A>, from: string, to: string): LayerSpec<A> => ({
  name: layer.name,
  op: layer.op,
  inputs: layer.inputs.map((name) => (name === from ? to : name)),
});

/**
 * The second network after the first. Refuses shapes that do not meet, and layers of the same name in both.
 *
 * @example
 * import { build, compose, conv, dense, flatten, input } from "heirloom"
 *
 * const first = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }))
 * const second = pipe(input([4, 4, 2]), flatten, dense(3), build({ seed: 1 }))
 * const both = pipe(first, E.chain((f) => pipe(second, E.chain((g) => compose(f, g)))))
 * assert.deepStrictEqual(E.isRight(both) && [both.right.input, both.right.output], [[4, 4, 1], [3]])
 */
export const compose = <A>(first: AnyNetwork<A>, second: AnyNetwork<A>): Result<AnyNetwork<A>> => {
  if (!sameShape(first.output, second.input))
    return refuse({
      where: "compose",
      found: `an output of shape ${showShape(first.output)} before an input of shape ${showShape(second.input)}`,
      expected: "the same shape",
    });
  const last = first.layers.at(-1)!.name;
  const [input, ...rest] = second.layers;
  return network([...first.layers, ...rest.map((layer) => reading(layer, input!.name, last))]);
};

/** The layers at which a network comes apart, its input and its last layer among them. */
export const waistsOf = <A>(n: AnyNetwork<A>): readonly string[] => {
  const position = new Map(n.layers.map((layer, i) => [layer.name, i]));
  const earliest = n.layers.map((layer) =>
    Math.min(Infinity, ...layer.inputs.map((name) => position.get(name)!)),
  );
  return n.layers.flatMap((layer, i) =>
    earliest.slice(i + 1).every((read) => read >= i) ? [layer.name] : [],
  );
};

/**
 * A network as two, up to a layer and from there on; the second's input has the layer's name. Refuses a layer
 * that is no waist. `compose` puts the two together again.
 */
export const cutAt =
  (name: string) =>
  <A>(n: AnyNetwork<A>): Result<readonly [AnyNetwork<A>, AnyNetwork<A>]> => {
    const found = layerNamed(n, name);
    if (E.isLeft(found)) return found;
    const waists = waistsOf(n);
    if (!waists.includes(name))
      return refuse({
        where: `layer ${name}`,
        found: "a later layer that reads an earlier one",
        expected: `a layer that everything later comes through: ${waists.join(", ")}`,
      });
    const { shape } = found.right;
    const behind = n.layers.slice(n.layers.findIndex((layer) => layer.name === name) + 1);
    return E.chain((front: AnyNetwork<A>) =>
      E.map((back: AnyNetwork<A>) => [front, back] as const)(
        network([{ name, op: { kind: "input", shape }, inputs: [] }, ...behind]),
      ),
    )(truncate(name)(n));
  };
