/**
 * The body: every layer but the classifier at the end, which all methods train as it is.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Values } from "../compile/interpret.js";
import { network, type Layer } from "../model/network.js";
import type { Convolution, Dense } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import { filled } from "../tensor/tensor.js";
import { classifierOf } from "./head.js";
import type { Adaptation, AnyNetwork, Outcome } from "./method.js";
import {
  realise,
  reparametrise,
  unchanged,
  type LayerReparametrisation,
  type Reparametrisation,
} from "./reparametrisation.js";
import { withStatistics } from "./statistics.js";
import { weightsWhere } from "./trainable.js";

/** A layer with a kernel or a matrix between channels, and the name of that weight. */
export interface Linear<A> {
  readonly op: Convolution<A> | Dense<A>;
  readonly weight: "kernel" | "weights";
  readonly groups: number;
  /** The kernel's shape, `[...extents, input channels / groups, output channels]`. */
  readonly shape: readonly number[];
  /** Input channels of a group. */
  readonly inputs: number;
  readonly outputs: number;
  /** Taps of a kernel, 1 of a matrix. */
  readonly taps: number;
}

/** The layer as a linear one; null for every other operator. */
export const linearOf = <A>({ op }: Layer<A>): Linear<A> | null => {
  if (op.kind !== "convolution" && op.kind !== "dense") return null;
  const { shape } = op.kind === "convolution" ? op.kernel : op.weights;
  return {
    op,
    weight: op.kind === "convolution" ? "kernel" : "weights",
    groups: op.kind === "convolution" ? op.groups : 1,
    shape,
    inputs: shape.at(-2)!,
    outputs: channelsOf(shape),
    taps: shape.slice(0, -2).reduce((n, extent) => n * extent, 1),
  };
};

/** A bias of zero on every linear layer of the body that has none: the same function. */
export const withBiases =
  <A>(ring: Ring<A>) =>
  (n: AnyNetwork<A>): Result<AnyNetwork<A>> => {
    const classifier = classifierOf(n)?.name;
    return network<A>(
      n.layers.map((layer) => {
        const linear = layer.name === classifier ? null : linearOf(layer);
        return linear === null || linear.op.bias !== null
          ? layer
          : { ...layer, op: { ...linear.op, bias: filled(ring)([linear.outputs], ring.zero) } };
      }),
    );
  };

/** Train these weights of the body, and the classifier; the network stays what it is. */
export const adaptWeights = <A>(
  name: string,
  n: AnyNetwork<A>,
  choose: (layer: Layer<A>, weight: string) => boolean,
): Adaptation<A> => {
  const frozen = withStatistics("frozen")(n);
  const classifier = classifierOf(frozen)?.name;
  return {
    name,
    network: frozen,
    trainable: weightsWhere(
      frozen,
      (layer, weight) => layer.name === classifier || choose(layer, weight),
    ),
    reparametrisation: unchanged,
    finish: (trained) => E.right({ adapted: trained, merged: trained, certificates: [] }),
  };
};

/** How a method reparametrises a body. */
export interface BodyReparametrisation<A> {
  /** The layer's new parameters and what is made of them; null leaves it frozen. */
  readonly choose: (layer: Layer<A>) => Result<LayerReparametrisation<A> | null>;
  /** Weights of the body that are trained as they are, besides; none unless told. */
  readonly also?: (layer: Layer<A>, weight: string) => boolean;
}

/** Freeze the body, make some of its weights of new parameters, and train these and the classifier. */
export const adaptByMaking =
  <A>(ring: Ring<A>) =>
  (
    name: string,
    n: AnyNetwork<A>,
    { choose, also = () => false }: BodyReparametrisation<A>,
  ): Result<Adaptation<A>> => {
    const plain = adaptWeights(name, n, also);
    const classifier = classifierOf(plain.network)?.name;
    return E.chain((reparametrisation: Reparametrisation<A>): Result<Adaptation<A>> =>
      reparametrisation.size === 0
        ? refuse({
            where: `method ${name}`,
            found: "a network without a layer before its classifier that the method changes",
            expected: "at least one convolution or dense layer, without gates",
            advice: "merge a projected network first, or use full fine-tuning",
          })
        : E.right({
            ...plain,
            reparametrisation,
            finish: (trained, parameters: Values<A>): Result<Outcome<A>> =>
              E.map((merged: AnyNetwork<A>): Outcome<A> => ({
                adapted: merged,
                merged,
                certificates: [],
              }))(realise(ring)(trained, reparametrisation, parameters)),
          }),
    )(
      reparametrise(plain.network, (layer) =>
        layer.name === classifier ? E.right(null) : choose(layer),
      ),
    );
  };
