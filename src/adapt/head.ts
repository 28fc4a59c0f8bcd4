/**
 * Heads: the classifier at the end of a network, replaced when the classes change.
 *
 * The new head starts at zero. Then every logit is zero whatever the features' scale, the first loss is
 * ln(classes) exactly, and a start that is off by anything is a bug one can see. Softmax regression is
 * convex, so zero is as good a start as any for the head; and because the gradient that reaches the
 * features is `W^T dy = 0` in the first step, the pretrained weights are not moved by a random head.
 * Glorot and Bengio's uniform start (2010) is there for comparisons that need it.
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../algebra/random.js";
import { refuse, type Result } from "../algebra/refusal.js";
import {
  network,
  truncate,
  type Layer,
  type LayerSpec,
  type ModelClass,
  type Network,
} from "../model/network.js";
import { channelsOf, spatialOf, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";

/** The name of the new classifier layer. */
export const headName = "head";

/** The layer that pools feature maps before the new classifier, where the network ends in maps. */
export const headPoolName = "head_pool";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

const isTail = <A>({ op }: Layer<A>): boolean =>
  op.kind === "flatten" ||
  op.kind === "reshape" ||
  op.kind === "dropout" ||
  (op.kind === "activation" && op.fn.name === "softmax");

/** A dense layer, or a convolution that sees one position. */
const isClassifier = <A>(layer: Layer<A>, shapeOf: (name: string) => Shape): boolean =>
  layer.op.kind === "dense" ||
  (layer.op.kind === "convolution" &&
    spatialOf(shapeOf(layer.inputs[0]!)).every((extent) => extent === 1));

/**
 * The classifier: walking back from the output over softmax, flatten, reshape and dropout, the first layer
 * met, where that is dense or a convolution that sees one position. Null for a network that ends in
 * features, such as a truncated prefix.
 */
export const classifierOf = <A>(n: AnyNetwork<A>): Layer<A> | null => {
  const layers = new Map(n.layers.map((layer) => [layer.name, layer]));
  let layer = n.layers.at(-1)!;
  while (isTail(layer)) layer = layers.get(layer.inputs[0]!)!;
  return layer.op.kind !== "input" && isClassifier(layer, (name) => layers.get(name)!.shape)
    ? layer
    : null;
};

/** The layer whose value the classifier reads; the last one where there is none. */
export const featuresOf = <A>(n: AnyNetwork<A>): string =>
  classifierOf(n)?.inputs[0] ?? n.layers.at(-1)!.name;

/** The features, pooled to a vector, followed by a dense layer with these weights. */
export const withHead =
  <A>(weights: (features: number) => { readonly weights: Tensor<A>; readonly bias: Tensor<A> }) =>
  (n: AnyNetwork<A>): Result<AnyNetwork<A>> =>
    E.chain((features: AnyNetwork<A>) => {
      const end = features.layers.at(-1)!;
      const pool: readonly LayerSpec<A>[] =
        spatialOf(end.shape).length === 0
          ? []
          : [
              {
                name: headPoolName,
                op: { kind: "globalPool", reduce: "average", keepAxes: false },
                inputs: [end.name],
              },
            ];
      return network<A>([
        ...features.layers,
        ...pool,
        {
          name: headName,
          op: { kind: "dense", ...weights(channelsOf(end.shape)) },
          inputs: [pool[0]?.name ?? end.name],
        },
      ]);
    })(truncate(featuresOf(n))(n));

const enoughClasses = (classes: number): Result<number> =>
  Number.isSafeInteger(classes) && classes >= 2
    ? E.right(classes)
    : refuse({
        where: "head",
        found: `${classes} classes`,
        expected: "at least two classes to tell apart",
      });

/** A start for a new classifier; `glorot` is drawn from the seed. */
export type HeadStart = "zero" | "glorot";

/**
 * Replace the classifier of a float32 network by a new layer named {@link headName}: `[features, classes]`
 * weights and `[classes]` biases. The new network's output is the logits, without a softmax.
 */
export const replaceHead =
  (classes: number, start: HeadStart = "zero", seed = 0) =>
  (n: Network): Result<Network> =>
    E.chain(() =>
      withHead<number>((features) => {
        const random = randomStream(seed, "head");
        const limit = Math.sqrt(6 / (features + classes));
        const draw = start === "zero" ? () => 0 : () => (2 * random.uniform() - 1) * limit;
        return {
          weights: tensor(
            [features, classes],
            Float32Array.from({ length: features * classes }, draw),
          ),
          bias: tensor([classes], new Float32Array(classes)),
        };
      })(n),
    )(enoughClasses(classes));

/**
 * The same classifier with a softmax at its end: its output is probabilities. A classifier that ends in an
 * activation of its own, softmax or sigmoid, stays as it is.
 */
export const withProbabilities = <A>(n: AnyNetwork<A>): Result<AnyNetwork<A>> => {
  const last = n.layers.at(-1)!;
  return last.op.kind === "activation"
    ? E.right(n)
    : network<A>([
        ...n.layers,
        {
          name: `${last.name}_softmax`,
          op: { kind: "activation", fn: { name: "softmax" } },
          inputs: [last.name],
        },
      ]);
};
