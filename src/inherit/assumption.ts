/**
 * Assumptions: what a technique needs of a layer, as values (proofs/Inheritance.v).
 *
 * An assumption is decided on a layer from its operator and its weights: the four of a layer are about the form
 * `y_j = sum_r w[r, j] z_jr + b_j`, so that comparing kernels and groups decides them. `tried` decides the same
 * from values, by trying parameters and inputs, and is what the tests hold `decided` against.
 *
 * The names and their words are the interface `Assumptions`. Declare further ones by declaration merging:
 *
 *     declare module "heirloom/inherit" { interface Assumptions { readonly bounded: "bounded weights" } }
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import { layerNamed } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { taps } from "../tensor/geometry.js";
import { subjectAt, tapeAt, withNodes, type Place } from "./place.js";
import { fanIn, groupOf, nodeCount, type NodeOperator } from "./scalars.js";
import { stackOf } from "./stack.js";
import * as tries from "./tries.js";

/** The assumptions by name, and what each is called in a sentence: "whitening needs homogeneous inputs". */
export interface Assumptions {
  readonly linear: "linear connections";
  readonly scalarWeighted: "scalar weights";
  readonly scalarConnections: "one scalar per connection";
  readonly homogeneous: "homogeneous inputs";
  readonly proportional: "proportional contributions";
  readonly consecutive: "two layers in a row";
  readonly positiveFactors: "maps that positive factors pass through";
}

/** The name of an assumption. */
export type AssumptionName = keyof Assumptions;

/** Something that a technique needs of a layer. */
export interface Assumption<N extends AssumptionName = AssumptionName> {
  readonly name: N;
  readonly words: Assumptions[N];
  /** What it says of a layer, in one sentence. */
  readonly statement: string;
  /** The definition or theorem that says it in `proofs/`. */
  readonly theorem: string;
  /**
   * Whether a class decides it, or only where the layer stands. A layer in the wrong position is passed over
   * unless it was asked for by name; a layer of the wrong class refuses the technique.
   */
  readonly of: "class" | "position";
  /** Whether a layer of a network meets it: nothing, or what the layer has instead. */
  readonly decided: <A>(ring: Ring<A>) => (n: AnyNetwork<A>, layer: string) => Result<null>;
  /** The same from values at a place; a place that happens to agree says nothing about others. */
  readonly tried: (p: Place) => Result<null>;
}

/** An assumption about the operator of a layer with nodes. */
const ofOperator = <N extends AssumptionName>(
  parts: Omit<Assumption<N>, "of" | "decided" | "tried"> & {
    readonly decided: <A>(ring: Ring<A>, op: NodeOperator<A>) => Result<null>;
    readonly tried: tries.Try;
  },
): Assumption<N> => ({
  ...parts,
  of: "class",
  decided: (ring) => (n, layer) =>
    pipe(
      layerNamed(n, layer),
      E.chain(withNodes),
      E.chain(({ op }) => parts.decided(ring, op)),
    ),
  tried: (p) => E.chain((s: tries.TrySubject) => parts.tried(tapeAt(p), s))(subjectAt(p)),
});

const met: Result<null> = E.right(null);

export const linear = ofOperator({
  name: "linear",
  words: "linear connections",
  statement: "the contribution of an input to a node is linear in the parameters of the pair",
  theorem: "gcnn_provides",
  decided: () => met,
  tried: tries.linear,
});

export const scalarWeighted = ofOperator({
  name: "scalarWeighted",
  words: "scalar weights",
  statement:
    "a node is a sum of scalars times inputs that no weight enters; a convolution is, tap by tap",
  theorem: "scalar_layers_provide",
  decided: () => met,
  tried: tries.scalarWeighted,
});

export const scalarConnections = ofOperator({
  name: "scalarConnections",
  words: "one scalar per connection",
  statement: "each pair of an input and a node has a single parameter, a scalar",
  theorem: "projected_provides",
  decided: (_, op) =>
    op.kind !== "convolution" || taps(op.geometry) === 1
      ? met
      : refuse({
          where: "",
          found: `${taps(op.geometry)} weights for each input and node, one per tap`,
          expected: "one",
        }),
  tried: tries.scalarConnections,
});

/** The first node whose kernels are not those of node 0, with the weights that differ. */
const otherKernel = <A>(
  ring: Ring<A>,
  op: NodeOperator<A> & { kind: "projected" },
): string | null => {
  const [nodes, inputs] = [nodeCount(op), fanIn(op)];
  const { data } = op.kernel;
  for (let row = 0; row < data.length; row += nodes)
    for (let j = 1; j < nodes; j++)
      if (!ring.equals(data[row]!, data[row + j]!)) {
        const [tap, k] = [Math.floor(row / nodes / inputs), (row / nodes) % inputs];
        return (
          `frozen kernels of input ${k} that differ at tap ${tap}: ${ring.show(data[row]!)} ` +
          `for node 0, ${ring.show(data[row + j]!)} for node ${j}`
        );
      }
  return null;
};

export const homogeneous = ofOperator({
  name: "homogeneous",
  words: "homogeneous inputs",
  statement: "the nodes read one input vector and differ in their parameters only",
  theorem: "projected_not_homogeneous",
  decided: (ring, op) => {
    if (nodeCount(op) > 1 && groupOf(op, nodeCount(op) - 1) > 0)
      return refuse({
        where: "",
        found: `${groupOf(op, nodeCount(op) - 1) + 1} groups, whose nodes see different inputs`,
        expected: "nodes that see the same inputs",
      });
    const other = op.kind === "projected" ? otherKernel(ring, op) : null;
    return other === null
      ? met
      : refuse({ where: "", found: other, expected: "the same kernels for all nodes" });
  },
  tried: tries.homogeneous,
});

export const proportional = ofOperator({
  name: "proportional",
  words: "proportional contributions",
  statement: "c times the input makes c times the contribution",
  theorem: "projected_provides",
  decided: () => met,
  tried: tries.proportional,
});

export const consecutive: Assumption<"consecutive"> = {
  name: "consecutive",
  words: "two layers in a row",
  statement:
    "what reads the nodes of the layer maps each by itself until layers with nodes read them",
  theorem: "permutation_inherited",
  of: "position",
  decided: () => (n, layer) => E.map(() => null)(stackOf(layer)(n)),
  tried: (p) => E.map(() => null)(stackOf(p.layer)(p.network)),
};

/**
 * Why a map of channels does not commute with positive factors once its own shift is scaled along; `null` where it
 * does. Batch norm with the statistics of the batch takes the factor out again.
 */
const absorbsFactors = <A>(op: Operator<A>): string | null =>
  op.kind === "activation" && op.fn.name !== "relu" && op.fn.name !== "leakyRelu"
    ? op.fn.name
    : op.kind === "batchNorm" && op.statistics === "batch"
      ? "a batch norm with the statistics of the batch"
      : null;

export const positiveFactors: Assumption<"positiveFactors"> = {
  name: "positiveFactors",
  words: "maps that positive factors pass through",
  statement:
    "between the two layers there are only maps with phi(c x) = c phi(x) for c > 0, up to shifts that are scaled along",
  theorem: "rescaling_inherited",
  of: "position",
  decided: () => (n, layer) =>
    E.chain(({ between }: { readonly between: AnyNetwork<unknown>["layers"] }): Result<null> => {
      for (const { name, op } of between) {
        const found = absorbsFactors(op);
        if (found !== null)
          return refuse({
            where: `layer ${name}`,
            found,
            expected: "relu or leakyRelu, or a fixed linear map of each channel",
          });
      }
      return met;
    })(stackOf(layer)(n)),
  tried: (p) =>
    pipe(
      stackOf(p.layer)(p.network),
      E.chain(({ between }) => tries.positiveFactors(tapeAt(p), between)),
    ),
};

/** All assumptions that ship with the library. */
export const assumptions = [
  linear,
  scalarWeighted,
  scalarConnections,
  homogeneous,
  proportional,
  consecutive,
  positiveFactors,
] as const;
