/** The layers of a network where they stand: with the values they read at a batch. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer } from "../model/network.js";
import type { Convolution, Dense, Kernelled, Operator, Projected } from "../model/operator.js";
import { evaluateLayers } from "../semantics/evaluate.js";
import type { Tensor } from "../tensor/tensor.js";
import type { AnyNetwork, Case } from "./generators/network.js";

/** A layer with an operator of a kind, what it reads, and its value. */
export interface Placed<A, O extends Operator<A> = Operator<A>> {
  readonly layer: Layer<A>;
  readonly op: O;
  readonly inputs: readonly Tensor<A>[];
  readonly value: Tensor<A>;
}

/** A kind of operator, as a question. */
export type OfKind<A, O extends Operator<A>> = (op: Operator<A>) => op is O;

export const isKernelled = <A>(op: Operator<A>): op is Kernelled<A> =>
  op.kind === "convolution" || op.kind === "projected";
export const isConvolution = <A>(op: Operator<A>): op is Convolution<A> =>
  op.kind === "convolution";
export const isProjected = <A>(op: Operator<A>): op is Projected<A> => op.kind === "projected";
export const isDense = <A>(op: Operator<A>): op is Dense<A> => op.kind === "dense";

/** Whether a network has a layer of a kind. */
export const has =
  (kind: (op: Operator<never>) => boolean) =>
  <A>(n: AnyNetwork<A>): boolean =>
    n.layers.some((layer) => kind(layer.op as Operator<never>));

/** All layers where they stand. */
export const placed =
  <A>(ring: Ring<A>) =>
  ({ network, batch }: Case<A>): Result<readonly Placed<A>[]> =>
    E.map((values: ReadonlyMap<string, Tensor<A>>) =>
      network.layers.map((layer): Placed<A> => ({
        layer,
        op: layer.op,
        inputs: layer.op.kind === "input" ? [batch] : layer.inputs.map((n) => values.get(n)!),
        value: values.get(layer.name)!,
      })),
    )(evaluateLayers(ring)(network, batch));

/** What holds of each layer of a kind where it stands; the first that it does not hold of is named. */
export const atEach =
  <A, O extends Operator<A>>(ring: Ring<A>, kind: OfKind<A, O>) =>
  (c: Case<A>, holds: (at: Placed<A, O>, x: Tensor<A>) => Result<null>): Result<null> =>
    pipe(
      placed(ring)(c),
      E.chain((layers) => {
        for (const { layer, op, inputs, value } of layers) {
          if (!kind(op)) continue;
          const result = holds({ layer, op, inputs, value }, inputs[0]!);
          if (E.isLeft(result)) return E.left(within(`layer ${layer.name}`)(result.left));
        }
        return E.right(null);
      }),
    );
