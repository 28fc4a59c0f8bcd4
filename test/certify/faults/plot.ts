/**
 * Where faults are planted, and how: a change of a random layer, in the source's network or the target's. A
 * network is built anew around a fault where that is possible, as a forger would, and digests and steps are
 * forged to go with it: what is left for the checker is the fault itself.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../../../src/algebra/ring.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import type { Tape } from "../../../src/laws/generators/tape.js";
import { fitsClass, network, type LayerSpec } from "../../../src/model/network.js";
import type { Kernelled, Operator } from "../../../src/model/operator.js";
import type { Certificate, Step } from "../../../src/transform/certificate.js";
import { digestOf } from "../../../src/transform/digest.js";

/** What is checked: two networks, and why the second means what the first means. */
export interface Claim<A> {
  readonly source: AnyNetwork<A>;
  readonly target: AnyNetwork<A>;
  readonly certificate: Certificate;
}

/** Where a fault is planted, and what draws its place. */
export interface Plot<A> {
  readonly ring: Ring<A>;
  readonly honest: Claim<A>;
  readonly t: Tape;
  /** The next number up. */
  readonly ulp: (x: A) => A;
}

/** A network with a fault in it, and the steps that a forger would put beside it. */
export interface Edited<A> {
  readonly network: AnyNetwork<A>;
  readonly steps?: (steps: readonly Step[]) => readonly Step[];
}

/** A kind of fault in a network; null where the network has no place for it. */
export interface NetworkFault {
  readonly name: string;
  readonly edit: <A>(n: AnyNetwork<A>, plot: Plot<A>) => Edited<A> | null;
  /** A fault although no value of the network shows it. */
  readonly hidden?: true;
}

/** A claim whose record has the digests of its networks. */
const sealed = <A>(ring: Ring<A>, { source, target, certificate }: Claim<A>): Claim<A> => ({
  source,
  target,
  certificate: { ...certificate, source: digestOf(ring)(source), target: digestOf(ring)(target) },
});

/** Plant a fault in the source or in the target; digests and steps are forged to go with it. */
export const planted = <A>(
  { edit }: NetworkFault,
  side: "source" | "target",
  plot: Plot<A>,
): Claim<A> | null => {
  const { honest, ring } = plot;
  const edited = edit(honest[side], plot);
  if (edited === null) return null;
  const steps =
    side === "target" && edited.steps !== undefined
      ? edited.steps(honest.certificate.steps)
      : honest.certificate.steps;
  const certificate = { ...honest.certificate, steps };
  return sealed(ring, { ...honest, [side]: edited.network, certificate });
};

/** The network of these layers; where they make none, what looks most like it. */
export const rebuilt = <A>(n: AnyNetwork<A>, specs: readonly LayerSpec<A>[]): AnyNetwork<A> => {
  const built = network(specs);
  if (E.isRight(built))
    return fitsClass(n.class, specs) ? { ...built.right, class: n.class } : built.right;
  const shapes = new Map(n.layers.map((layer) => [layer.name, layer.shape]));
  return { ...n, layers: specs.map((spec) => ({ ...spec, shape: shapes.get(spec.name)! })) };
};

/** A random one of these, those that make a network before those that make none. */
export const oneOf = <A>(
  n: AnyNetwork<A>,
  t: Tape,
  drafts: readonly (readonly LayerSpec<A>[])[],
): Edited<A> | null => {
  if (drafts.length === 0) return null;
  const fit = drafts.filter((specs) => E.isRight(network(specs)));
  return { network: rebuilt(n, t.pick(fit.length > 0 ? fit : drafts)) };
};

const replaced = <A>(n: AnyNetwork<A>, name: string, op: Operator<A>): readonly LayerSpec<A>[] =>
  n.layers.map((layer) => (layer.name === name ? { ...layer, op } : layer));

/** A change of one operator, in a random layer that has something to change. */
export const ofOperator = (
  name: string,
  change: <A>(op: Operator<A>, plot: Plot<A>) => Operator<A> | null,
): NetworkFault => ({
  name,
  edit: (n, plot) =>
    oneOf(
      n,
      plot.t,
      n.layers.flatMap((layer) => {
        const op = change(layer.op, plot);
        return op === null ? [] : [replaced(n, layer.name, op)];
      }),
    ),
});

export const isKernelled = <A>(op: Operator<A>): op is Kernelled<A> =>
  op.kind === "convolution" || op.kind === "projected";
