/** Techniques that change layers in turn, each where it stands in the network that the changes before have left. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Refusal, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { layerNamed, truncate } from "../model/network.js";
import { mapWeights } from "../model/operator.js";
import { evaluate } from "../semantics/evaluate.js";
import type { Tensor } from "../tensor/tensor.js";
import { withNodes } from "./place.js";
import { stored, type Reals } from "./reals.js";
import type { NodeOperator } from "./scalars.js";
import type { Applied, Data, Figures, Site } from "./technique.js";

/** What a layer reads when the network is given a batch. */
export const inputAt =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>, name: string, batch: Tensor<A>): Result<Tensor<A>> =>
    pipe(
      layerNamed(n, name),
      E.chain(withNodes),
      E.chain(({ inputs }) => truncate(inputs[0]!)(n)),
      E.chain((below) => evaluate(ring)(below, batch)),
    );

/** The operator of a layer with nodes. */
export const operatorOf = <A>(n: AnyNetwork<A>, name: string): Result<NodeOperator<A>> =>
  pipe(
    layerNamed(n, name),
    E.chain(withNodes),
    E.map(({ op }) => op),
  );

/** The data of a site; refuses a site without. */
export const dataOf = <A>({ data }: Site<A>): Result<Data<A>> =>
  data === null
    ? refuse({
        where: "data",
        found: "none",
        expected: "a batch of inputs of the network",
        advice: "this technique learns from data",
      })
    : E.right(data);

/** What became of a layer, and of the network with it. */
export interface Turn<A> {
  readonly network: AnyNetwork<A>;
  readonly what: string;
  readonly figures: Figures;
  readonly tensors?: Readonly<Record<string, Tensor<A>>>;
}

/** Change the layers of a site in turn; figures are added up. */
export const inTurn = <A>(
  { network, layers }: Site<A>,
  change: (n: AnyNetwork<A>, layer: string) => Result<Turn<A>>,
): Result<Applied<A>> => {
  let changed: Applied<A> = { network, changes: [], figures: {}, tensors: new Map() };
  for (const layer of layers) {
    const turn = change(changed.network, layer);
    if (E.isLeft(turn))
      return E.left(
        ((r: Refusal) => (r.where.startsWith("layer ") ? r : within(`layer ${layer}`)(r)))(
          turn.left,
        ),
      );
    const { what, figures, tensors = {} } = turn.right;
    const total: Record<string, number> = { ...changed.figures };
    for (const [name, value] of Object.entries(figures)) total[name] = (total[name] ?? 0) + value;
    changed = {
      network: { ...turn.right.network, class: network.class },
      changes: [...changed.changes, { layer, what, figures }],
      figures: total,
      tensors: new Map([
        ...changed.tensors,
        ...Object.entries(tensors).map(([name, t]) => [`${layer}.${name}`, t] as const),
      ]),
    };
  }
  return E.right(changed);
};

/** The network with the weights of these layers in the storage of its numbers, each rounded once. */
export const storedLayers =
  <A>(reals: Reals<A>) =>
  (n: AnyNetwork<A>, names: readonly string[]): AnyNetwork<A> => ({
    ...n,
    layers: n.layers.map((layer) =>
      names.includes(layer.name)
        ? { ...layer, op: mapWeights<A, A>(layer.op, stored(reals)) }
        : layer,
    ),
  });
