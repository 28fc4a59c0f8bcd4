/**
 * Projection: every convolution `sum_k conv(x_k, F_jk)` becomes `sum_k g_jk conv(x_k, F_jk)` with its
 * kernel frozen and gates of one, which compute the same (T3_unit). A projection copies no kernel.
 *
 * A gate saves nothing on a kernel of one tap, where it only reparametrises the weight; the caller chooses
 * for these whether to gate them like the rest, to leave them frozen, or to leave them to be trained.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, LayerSpec, Network } from "../model/network.js";
import type { Convolution, Projected } from "../model/operator.js";
import { taps } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import { filled, type Tensor } from "../tensor/tensor.js";
import type { Conversion, Note, Step, StepOf } from "./certificate.js";
import { isMachineRing } from "./precision.js";
import { kept, rebuild } from "./rebuild.js";

/** What to do with a convolution. */
export type ProjectionChoice = "gate" | "freeze" | "train";

/** What became of a convolution. */
export type ProjectionRole = "gated" | "frozen" | "trained";

/** How to project. */
export interface ProjectOptions<A = number> {
  /** What to do with convolutions of one tap; `gate` unless told. */
  readonly pointwise?: ProjectionChoice;
  /** What to do with each convolution; overrides `pointwise`. */
  readonly choose?: (layer: Layer<A>) => ProjectionChoice;
}

/** A projected network, its certificate, and what became of every convolution, by layer. */
export interface Projection<In extends Shape, Out extends Shape, A> extends Conversion<
  "Projected",
  In,
  Out,
  A
> {
  readonly roles: ReadonlyMap<string, ProjectionRole>;
}

const roleOf: Readonly<Record<ProjectionChoice, ProjectionRole>> = {
  gate: "gated",
  freeze: "frozen",
  train: "trained",
};

const noticed = 8;

/** The input-output pairs whose kernel is zero at every tap. */
const zeroKernels = <A>(ring: Ring<A>, kernel: Tensor<A>): StepOf<"T3_unit">["unidentifiable"] => {
  const outputs = kernel.shape.at(-1)!;
  const pairs = outputs * kernel.shape.at(-2)!;
  const { data } = kernel;
  const isZero: (x: A) => boolean = isMachineRing(ring)
    ? (x) => x === ring.zero
    : (x) => ring.equals(x, ring.zero);
  const first: [number, number][] = [];
  let count = 0;
  for (let pair = 0; pair < pairs; pair++) {
    let at = pair;
    while (at < data.length && isZero(data[at]!)) at += pairs;
    if (at < data.length) continue;
    count++;
    if (first.length < noticed) first.push([Math.floor(pair / outputs), pair % outputs]);
  }
  return { count, first };
};

const gated = <A>(ring: Ring<A>, op: Convolution<A>): Projected<A> => ({
  ...op,
  kind: "projected",
  gates: filled(ring)(op.kernel.shape.slice(-2), ring.one),
});

const noteOf = (layer: string, { count, first }: StepOf<"T3_unit">["unidentifiable"]): Note => ({
  layer,
  note:
    `${count} kernels are zero at every tap, so their gates have no gradient: ` +
    first.map(([k, j]) => `input ${k} to output ${j}`).join(", ") +
    (count > first.length ? ", ..." : ""),
});

/**
 * Project a network: gates of one on every convolution, or on those that are chosen.
 *
 * Refuses a network that has gates already, and one where no convolution is gated.
 */
export const project =
  <A>(ring: Ring<A>, options: ProjectOptions<A> = {}) =>
  <In extends Shape, Out extends Shape>(
    source: Network<"GFFN" | "GCNN", In, Out, A>,
  ): Result<Projection<In, Out, A>> => {
    const roles = new Map<string, ProjectionRole>();
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    const notes: Note[] = [];
    for (const layer of source.layers) {
      const { name, op } = layer;
      if (op.kind === "projected")
        return refuse({
          where: `layer ${name}`,
          found: "gates",
          expected: "a network without projected layers",
          advice: "merge it first",
        });
      if (op.kind === "convolution") {
        const choice =
          options.choose?.(layer) ??
          (taps(op.geometry) === 1 ? (options.pointwise ?? "gate") : "gate");
        roles.set(name, roleOf[choice]);
        if (choice === "gate") {
          const unidentifiable = zeroKernels(ring, op.kernel);
          if (unidentifiable.count > 0) notes.push(noteOf(name, unidentifiable));
          layers.push({ ...layer, op: gated(ring, op) });
          steps.push({ theorem: "T3_unit", layer: name, from: [name], unidentifiable });
          continue;
        }
      }
      layers.push(layer);
      steps.push(kept(name));
    }
    if (![...roles.values()].includes("gated"))
      return refuse({
        where: "project",
        found: `${roles.size} convolutions, none of them gated`,
        expected: "at least one convolution to gate",
        advice: "embed a GFFN network first, or choose `gate` for the pointwise convolutions",
      });
    return pipe(
      rebuild(ring)(source, {
        conversion: "project",
        theorem: "network_projection",
        class: "Projected",
        layers,
        steps,
        notes,
      }),
      E.map((conversion) => ({ ...conversion, roles })),
    );
  };
