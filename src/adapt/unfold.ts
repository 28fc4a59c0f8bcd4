/**
 * Unfolding: from a network that was folded, projected and trained back to the architecture it came from.
 *
 * Gates are carried over as they are; a change of a folded bias becomes the same change of the shift of the
 * batch norm that was folded into it (projection.ts derives both). Kernels are those of the source.
 */
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { network, type LayerSpec } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Conversion } from "../transform/certificate.js";
import type { ModelClass } from "../model/network.js";
import { workingRing } from "../transform/precision.js";
import type { Shape } from "../tensor/shape.js";
import type { AnyNetwork } from "./method.js";

/** `t + (after - before)` element by element, where a missing `t` is zero. */
const shifted = <A>(
  ring: Ring<A>,
  t: Tensor<A> | null,
  after: Tensor<A>,
  before: Tensor<A>,
): Tensor<A> => {
  const wide = workingRing(ring);
  const data = ring.allocate(after.data.length);
  for (let j = 0; j < data.length; j++) {
    const change = wide.sub(after.data[j]!, before.data[j]!);
    data[j] = t === null ? change : wide.add(t.data[j]!, change);
  }
  return { shape: after.shape, data };
};

const biasOf = <A>(op: Operator<A> | undefined): Tensor<A> | null =>
  op !== undefined && "bias" in op ? op.bias : null;

/** The source's layer, before something was folded into it, with the trained gates. */
const withGates = <A>(source: Operator<A>, trained: Operator<A>): Operator<A> =>
  source.kind === "convolution" && trained.kind === "projected"
    ? { ...source, kind: "projected", gates: trained.gates }
    : source;

/**
 * The projected network in the architecture of `source`, from `trained`, a training of the projection of
 * `fold.network`. Kernels and dense weights that a fold has scaled must not have been trained.
 */
export const unfold =
  <A>(ring: Ring<A>) =>
  (
    source: AnyNetwork<A>,
    fold: Conversion<ModelClass, Shape, Shape, A>,
    trained: AnyNetwork<A>,
  ): Result<AnyNetwork<A>> => {
    const before = new Map(fold.network.layers.map((layer) => [layer.name, layer.op]));
    const after = new Map(trained.layers.map((layer) => [layer.name, layer.op]));
    /** The linear layer that each folded map went into. */
    const hosts = new Map(
      fold.certificate.steps.flatMap((step) =>
        step.theorem === "T6_bn_fold" ? [[step.from[1]!, step.layer] as const] : [],
      ),
    );
    const foldedInto = new Set(hosts.values());
    const specs = source.layers.map((layer): LayerSpec<A> => {
      const { name, op } = layer;
      const host = hosts.get(name);
      if (host === undefined) {
        const trainedOp = after.get(name) ?? op;
        return { ...layer, op: foldedInto.has(name) ? withGates(op, trainedOp) : trainedOp };
      }
      const start = biasOf(before.get(host))!;
      const end = biasOf(after.get(host))!;
      if (op.kind === "batchNorm")
        return { ...layer, op: { ...op, beta: shifted(ring, op.beta, end, start) } };
      return op.kind === "affine"
        ? { ...layer, op: { ...op, shift: shifted(ring, op.shift, end, start) } }
        : layer;
    });
    return network(specs);
  };
