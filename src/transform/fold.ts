/**
 * Folding: a map per channel after a linear layer is part of the layer (T6_bn_fold),
 *
 *     s_j (sum_k conv(x_k, F_jk) + b_j) + t_j = sum_k conv(x_k, s_j F_jk) + (s_j b_j + t_j),
 *
 * for convolutions, dense layers, and projected layers, where `s` goes into the frozen kernel and the
 * gates stay as they are. The map may be a batch norm with frozen statistics or an `affine` layer, and it
 * must be the only reader of the layer before it. What does not qualify is left alone with a note.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import {
  consumers,
  type Layer,
  type LayerSpec,
  type ModelClass,
  type Network,
} from "../model/network.js";
import {
  weightsOf,
  type Affine,
  type BatchNorm,
  type Convolution,
  type Dense,
  type Projected,
} from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Conversion, Note, Step } from "./certificate.js";
import { channelMapOf, type ChannelMap } from "./channelMap.js";
import { finite, scaleInner, workingRing } from "./precision.js";
import { kept, rebuild } from "./rebuild.js";

type Linear<A> = Convolution<A> | Projected<A> | Dense<A>;

const isLinear = <A>(layer: Layer<A>): layer is Layer<A> & { readonly op: Linear<A> } =>
  layer.op.kind === "convolution" || layer.op.kind === "projected" || layer.op.kind === "dense";

const isChannelMap = <A>(
  layer: Layer<A>,
): layer is Layer<A> & { readonly op: BatchNorm<A> | Affine<A> } =>
  layer.op.kind === "batchNorm" || layer.op.kind === "affine";

const foldedBias = <A>(
  ring: Ring<A>,
  bias: Tensor<A> | null,
  { scale, shift }: ChannelMap<A>,
): Tensor<A> => {
  const wide = workingRing(ring);
  const data = ring.allocate(scale.length);
  for (let j = 0; j < data.length; j++)
    data[j] = bias === null ? shift[j]! : wide.add(wide.mul(scale[j]!, bias.data[j]!), shift[j]!);
  return { shape: [data.length], data };
};

const folded = <A>(ring: Ring<A>, op: Linear<A>, map: ChannelMap<A>): Linear<A> => {
  const bias = foldedBias(ring, op.bias, map);
  return op.kind === "dense"
    ? { ...op, weights: scaleInner(ring)(op.weights, map.scale), bias }
    : { ...op, kernel: scaleInner(ring)(op.kernel, map.scale), bias };
};

/** What keeps a map from being folded into the layer it reads; null where nothing does. */
const obstacle = <A>(map: Layer<A>, before: Layer<A>, readers: number): string | null => {
  if (map.op.kind === "batchNorm" && map.op.statistics === "batch")
    return "its statistics are those of the batch";
  if (!isLinear(before)) return `it reads ${before.name}, a layer of kind ${before.op.kind}`;
  return readers === 1 ? null : `${before.name} has ${readers} readers`;
};

/**
 * Fold every map per channel into the linear layer before it. The merged layer has the name of the linear
 * one. The class of the network stays, and so do its gates.
 *
 * Refuses where the ring has no square root for a variance, and, over machine numbers, a folded weight that
 * is not finite.
 */
export const foldBatchNorm =
  <A>(ring: Ring<A>) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    source: Network<C, In, Out, A>,
  ): Result<Conversion<C, In, Out, A>> => {
    const readers = consumers(source);
    const target = new Map<string, LayerSpec<A>>();
    const steps = new Map<string, Step>();
    const notes: Note[] = [];
    /** The target's layer that has the value of each source layer. */
    const carrier = new Map<string, string>();
    const sources = new Map(source.layers.map((l) => [l.name, l]));
    for (const layer of source.layers) {
      const { name } = layer;
      if (isChannelMap(layer)) {
        const before = sources.get(layer.inputs[0]!)!;
        const why = obstacle(layer, before, readers.get(before.name)!.length);
        if (why === null && isLinear(before)) {
          const map = channelMapOf(ring)(layer.op);
          if (E.isLeft(map)) return E.left(within(`layer ${name}`)(map.left));
          const spec = target.get(before.name)!;
          const op = folded(ring, before.op, map.right);
          const inRange = E.traverseArray(([weight, t]: readonly [string, Tensor<A>]) =>
            finite(ring)(weight, t),
          )(weightsOf<A>(op).filter(([weight]) => weight !== "gates"));
          if (E.isLeft(inRange))
            return E.left(within(`layer ${name} folded into ${before.name}`)(inRange.left));
          target.set(before.name, { ...spec, op });
          steps.set(before.name, {
            theorem: "T6_bn_fold",
            layer: before.name,
            from: [before.name, name],
            folded: layer.op.kind,
            readers: 1,
            scale: Array.from(map.right.scale, (s) => workingRing(ring).show(s)),
          });
          carrier.set(name, before.name);
          continue;
        }
        notes.push({ layer: name, note: `left as it is: ${why}` });
      }
      target.set(name, { ...layer, inputs: layer.inputs.map((i) => carrier.get(i)!) });
      steps.set(name, kept(name));
      carrier.set(name, name);
    }
    return rebuild(ring)(source, {
      conversion: "foldBatchNorm",
      theorem: "rewrite_sound",
      class: source.class,
      layers: [...target.values()],
      steps: [...steps.values()],
      notes,
    });
  };
