/**
 * Projection (arXiv 2602.06245): every kernel is frozen and multiplied by one learned gate.
 *
 * With frozen statistics, batch norm is the map `s_j * y_j + t_j`, and by
 *
 *     s_j * (sum_k g_jk * conv(x_k, F_jk) + b_j) + t_j
 *         = sum_k g_jk * conv(x_k, s_j * F_jk) + (s_j * b_j + t_j)
 *
 * it folds into the frozen kernel and the bias WITHOUT touching the gate: folding and gating commute. So the
 * folded network is trained, which has fewer operations, with the very losses and gate gradients of the
 * unfolded one, and its gates are the unfolded network's gates. Its bias differs from the unfolded
 * network's `beta` by a constant, so a change of the folded bias is the same change of `beta`:
 * `beta' = beta + (b'_trained - b'_start)`. No division, hence exact over every ring.
 *
 * Three choices rule folding out: batch statistics (there is nothing constant to fold), trained `gamma`
 * (the fold would freeze it; for kernels with gates it adds nothing but another parametrisation), and trained
 * kernels or dense weights (going back would divide by `s_j`, which may be zero).
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import { randomStream } from "../algebra/random.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Penalised } from "../compile/optimizer.js";
import type { Layer, ModelClass } from "../model/network.js";
import { taps } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import { tensor } from "../tensor/tensor.js";
import type { Certificate, Conversion } from "../transform/certificate.js";
import { foldBatchNorm } from "../transform/fold.js";
import { merge } from "../transform/merge.js";
import { project, type ProjectionChoice } from "../transform/project.js";
import { classifierOf } from "./head.js";
import { method, type Adaptation, type AnyNetwork, type Outcome, type Phase } from "./method.js";
import { bounded, natural } from "./quantity.js";
import { unchanged } from "./reparametrisation.js";
import { unfold } from "./unfold.js";
import { withStatistics, type Statistics } from "./statistics.js";
import { weightsWhere, type Trainable } from "./trainable.js";

/** The options of projection. */
export interface ProjectionOptions {
  /** What to do with kernels of one tap, where a gate saves nothing. */
  readonly pointwise: ProjectionChoice;
  /** Train biases, and with frozen statistics thereby the shifts of batch norm folded into them. */
  readonly biases: boolean;
  /** Train the scale and shift of batch norm. */
  readonly affine: boolean;
  /** Train dense layers before the classifier. */
  readonly dense: boolean;
  readonly statistics: Statistics;
  /** Penalties on the distance of gates from one: its size and, halved, its square. */
  readonly l1: number;
  readonly l2: number;
  /** Standard deviation of normal noise on the initial gates of one; 0 starts at the pretrained network. */
  readonly spread: number;
  /** The seed of that noise. */
  readonly seed: number;
}

/** Gates on everything, biases trained, statistics frozen. */
export const projectionDefaults: ProjectionOptions = {
  pointwise: "gate",
  biases: true,
  affine: false,
  dense: false,
  statistics: "frozen",
  l1: 0,
  l2: 0,
  spread: 0,
  seed: 0,
};

/** Whether batch norm is folded before training (see the head of this file). */
export const folds = (o: ProjectionOptions): boolean =>
  o.statistics === "frozen" && !o.affine && !o.dense && o.pointwise !== "train";

const trainedWeights = <A>(
  n: AnyNetwork<A>,
  o: ProjectionOptions,
  classifier: string | undefined,
): Trainable =>
  weightsWhere(n, ({ name, op }, weight) => {
    if (name === classifier) return true;
    switch (weight) {
      case "gates":
        return true;
      case "weights":
        return o.dense;
      case "bias":
        return op.kind === "dense" ? o.dense : o.biases;
      case "kernel":
        return op.kind === "convolution" && taps(op.geometry) === 1 && o.pointwise === "train";
      default:
        return o.affine;
    }
  });

/** A gate of one is the pretrained kernel (T3_unit): that is where gates are pulled to. */
const pullOnGates =
  ({ l1, l2 }: ProjectionOptions): Penalised =>
  (parameter) =>
    parameter.endsWith("/gates") ? { towards: 1, l1, l2 } : null;

/** Project a network, classifier and all, and say what is trained. */
export const adaptByProjection =
  <A>(ring: Ring<A>, o: ProjectionOptions = projectionDefaults) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> => {
    const source = withStatistics(o.statistics)(n);
    const folded = folds(o) ? foldBatchNorm(ring)(source) : null;
    if (folded !== null && E.isLeft(folded)) return folded;
    const classifier = classifierOf(source)?.name;
    const start = folded === null ? source : folded.right.network;
    // `project` itself refuses a network that has gates, which is all that the class would say.
    const projected = project(ring, {
      choose: ({ name, op }) =>
        name === classifier
          ? "train"
          : op.kind === "convolution" && taps(op.geometry) === 1
            ? o.pointwise
            : "gate",
    })({ ...start, class: "GCNN" });
    if (E.isLeft(projected)) return projected;
    const before: readonly Certificate[] = [
      ...(folded === null ? [] : [folded.right.certificate]),
      projected.right.certificate,
    ];
    const network: AnyNetwork<A> = projected.right.network;
    return E.right({
      name: "projection",
      network,
      trainable: trainedWeights(network, o, classifier),
      reparametrisation: unchanged,
      penalised: pullOnGates(o),
      finish: (trained): Result<Outcome<A>> => {
        const adapted =
          folded === null
            ? E.right(withStatistics("frozen")(trained))
            : unfold(ring)(source, folded.right, trained);
        return E.chain((whole: AnyNetwork<A>) =>
          E.map(({ network: merged, certificate }: Conversion<ModelClass, Shape, Shape, A>) => ({
            adapted: whole,
            merged,
            certificates: [...before, certificate],
          }))(merge(ring)(whole)),
        )(adapted);
      },
    });
  };

/** Multiply every gate by `1 + spread * normal`: a start beside the pretrained network. */
const disturbed = (
  n: AnyNetwork<number>,
  { spread, seed }: ProjectionOptions,
): AnyNetwork<number> => ({
  ...n,
  layers: n.layers.map((layer: Layer): Layer => {
    if (layer.op.kind !== "projected") return layer;
    const random = randomStream(seed, "gates", layer.name);
    const { shape, data } = layer.op.gates;
    const gates = Float32Array.from(data, (gate) => gate * (1 + spread * random.normal()));
    return { ...layer, op: { ...layer.op, gates: tensor(shape, gates) } };
  }),
});

/** Projection as a phase. */
export const projectionPhase = (o: ProjectionOptions): Phase => ({
  name: "projection",
  rate: 1e-2,
  prepare: (n) =>
    E.map((adaptation: Adaptation) =>
      o.spread === 0 ? adaptation : { ...adaptation, network: disturbed(adaptation.network, o) },
    )(adaptByProjection(float32, o)(n)),
});

/** The codec of the options that a user may give. */
export const ProjectionOptionsCodec = t.exact(
  t.partial({
    pointwise: t.keyof({ gate: null, freeze: null, train: null }),
    biases: t.boolean,
    affine: t.boolean,
    dense: t.boolean,
    statistics: t.keyof({ frozen: null, batch: null }),
    l1: bounded("a penalty", { least: 0 }),
    l2: bounded("a penalty", { least: 0 }),
    spread: bounded("a deviation", { least: 0, most: 100 }),
    seed: natural("a seed", 0),
  }),
);

export const projectionMethod = method<ProjectionOptions>({
  name: "projection",
  summary: "freeze every kernel and train one gate per input-output pair, and a new classifier",
  source: "Ewen, Diaz-Rodriguez and Ramsay, arXiv 2602.06245, 2026",
  options: ProjectionOptionsCodec,
  defaults: projectionDefaults,
  phases: (options) => [projectionPhase(options)],
});
