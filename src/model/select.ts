/**
 * Selecting layers for surgery. A selection is some layers of a network, narrowed step by step; it is a
 * traversal in the sense of optics, whose `layers` gets and whose `update` modifies:
 *
 *     identity       select(n).where(p).update(keep) = n
 *     composition    update(f), and update(g) of the same layers, is update of f and then g
 *
 * as long as the rewrites leave the names and what `where` asks about alone (test/model/select.test.ts). The
 * first refusal stays in the selection, and `layers`, `update` and `through` hand it out.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Shape } from "../tensor/shape.js";
import { mapOperators } from "./edit.js";
import type { Layer, ModelClass, Network } from "./network.js";
import type { Operator, OperatorKind } from "./operator.js";

/** A layer whose operator is of these kinds. */
export type LayerOf<K extends OperatorKind, A = number> = Layer<A> & {
  readonly op: Extract<Operator<A>, { readonly kind: K }>;
};

/** Some layers of a network. */
export interface Selection<
  C extends ModelClass = ModelClass,
  In extends Shape = Shape,
  Out extends Shape = Shape,
  A = number,
  L extends Layer<A> = Layer<A>,
> {
  /** The selected layers in the network's order, or the first assertion that failed. */
  readonly layers: Result<readonly L[]>;
  /** Those of them for which this holds; a type guard narrows the layers' type. */
  readonly where: {
    <M extends L>(holds: (layer: Layer<A>) => layer is M): Selection<C, In, Out, A, M>;
    (holds: (layer: L) => boolean): Selection<C, In, Out, A, L>;
  };
  /** Refuses another number of layers, with the number and the names that were found. */
  readonly assertCount: (count: number) => Selection<C, In, Out, A, L>;
  /** The network with the operator of each selected layer replaced; shapes are inferred anew. */
  readonly update: (
    rewrite: (op: L["op"], layer: L) => Result<Operator<A>>,
  ) => Result<Network<ModelClass, Shape, Shape, A>>;
  /** A conversion that is told which layers are selected; its answer, certificate included, is given on. */
  readonly through: <B>(
    conversion: (
      isSelected: (layer: Layer<A>) => boolean,
    ) => (n: Network<C, In, Out, A>) => Result<B>,
  ) => Result<B>;
}

/** Layer names that are shown in a refusal. */
const shownNames = 12;

const showLayers = <A>(layers: readonly Layer<A>[]): string => {
  const shown = layers.slice(0, shownNames).map((layer) => layer.name);
  const more = layers.length - shown.length;
  const names = more > 0 ? [...shown, `${more} more`] : shown;
  return layers.length === 0 ? "0 layers" : `${layers.length} layers (${names.join(", ")})`;
};

const selection = <
  C extends ModelClass,
  In extends Shape,
  Out extends Shape,
  A,
  L extends Layer<A>,
>(
  n: Network<C, In, Out, A>,
  layers: Result<readonly L[]>,
): Selection<C, In, Out, A, L> => ({
  layers,
  where: (holds: (layer: L) => boolean) =>
    selection(n, E.map((some: readonly L[]) => some.filter(holds))(layers)) as never,
  assertCount: (count) =>
    selection(
      n,
      E.chain((some: readonly L[]) =>
        some.length === count
          ? E.right(some)
          : refuse({
              where: "selection",
              found: showLayers(some),
              expected: `${count} layers`,
            }),
      )(layers),
    ),
  update: (rewrite) =>
    pipe(
      layers,
      E.chain((some) => {
        const chosen = new Map(some.map((layer) => [layer.name, layer]));
        return mapOperators<A, A>((op, { name }) => {
          const layer = chosen.get(name);
          return layer === undefined
            ? E.right(op)
            : E.mapLeft(within(`layer ${name}`))(rewrite(layer.op, layer));
        })(n);
      }),
    ),
  through: (conversion) =>
    pipe(
      layers,
      E.chain((some) => {
        const names = new Set(some.map((layer) => layer.name));
        return conversion((layer) => names.has(layer.name))(n);
      }),
    ),
});

/**
 * All layers of a network, to be narrowed.
 *
 * @example
 * import { build, conv, float32, globalAveragePool, dense, input, isConvolution, project, relu, select } from "heirloom"
 *
 * const network = pipe(
 *   input([8, 8, 3]),
 *   conv({ filters: 4, kernel: 3 }), relu, conv({ filters: 4, kernel: 3 }),
 *   globalAveragePool, dense(2), build({ seed: 0 }),
 * )
 * // Gates on the second convolution alone.
 * const surgery = pipe(network, E.chain((n) =>
 *   select(n).where(isConvolution).where((layer) => layer.name !== "conv1").assertCount(1)
 *     .through((isSelected) => project(float32, { choose: (layer) => (isSelected(layer) ? "gate" : "freeze") }))))
 * assert.deepStrictEqual(E.isRight(surgery) && [...surgery.right.roles], [["conv1", "frozen"], ["conv2", "gated"]])
 */
export const select = <C extends ModelClass, In extends Shape, Out extends Shape, A>(
  n: Network<C, In, Out, A>,
): Selection<C, In, Out, A> => selection(n, E.right(n.layers));

/** Whether a layer's operator is of one of these kinds. */
export const ofKind =
  <K extends OperatorKind>(...kinds: readonly K[]) =>
  <A>(layer: Layer<A>): layer is LayerOf<K, A> =>
    (kinds as readonly OperatorKind[]).includes(layer.op.kind);

export const isConvolution = ofKind("convolution");
export const isDense = ofKind("dense");
export const isProjected = ofKind("projected");
export const isNorm = ofKind("batchNorm", "layerNorm");
export const isActivation = ofKind("activation");

/** Whether a layer stands in a scope of `named`: `inScope("stage1")` holds of `stage1/conv1`. */
export const inScope =
  (scope: string) =>
  <A>(layer: Layer<A>): boolean =>
    layer.name.startsWith(`${scope}/`);
