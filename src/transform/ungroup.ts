/**
 * Ungrouping: a grouped convolution is the convolution without groups whose kernel is zero between the
 * groups (T6_groups). With `K` input channels a group and `G` groups, output `j` is of group
 * `floor(j / (outputs / G))` and
 *
 *     F'[t, k, j] = F[t, k mod K, j]   where floor(k / K) is the group of j,   else 0.
 *
 * The terms that are added have weight zero, so `sum_k conv(x_k, F'_jk)` over all inputs is the sum over the
 * group's. A projected layer keeps its gates inside the groups and has gates of one between them, where the
 * kernel is zero: whatever a gate is there, it multiplies zero.
 *
 * The kernel, and the work of a layer that reads it, grow by the number of groups: a depthwise kernel over
 * 512 channels becomes one of 512 times as many weights. A weight between groups is an ordinary weight
 * afterwards, and training it leaves the grouped layers.
 */
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec, ModelClass, Network } from "../model/network.js";
import type { Kernelled } from "../model/operator.js";
import { channelsOf, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Conversion, Note, Step } from "./certificate.js";
import { isKernelledLayer, type KernelledLayer } from "./kernelled.js";
import { kept, rebuild } from "./rebuild.js";

/** What to ungroup. */
export interface UngroupOptions<A = number> {
  /** Whether to ungroup a grouped layer; all of them unless told. */
  readonly choose?: (layer: KernelledLayer<A>) => boolean;
}

/** A weight `[.., inputs / groups, outputs]` as `[.., inputs, outputs]`, with `between` between the groups. */
const widened = <A>(ring: Ring<A>, weight: Tensor<A>, groups: number, between: A): Tensor<A> => {
  const outputs = channelsOf(weight.shape);
  const perGroup = weight.shape.at(-2)!;
  const inputs = perGroup * groups;
  const outputsPerGroup = outputs / groups;
  const shape = [...weight.shape.slice(0, -2), inputs, outputs];
  const data = ring.allocate(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = between;
  for (let i = 0; i < weight.data.length; i++) {
    const j = i % outputs;
    const row = Math.floor(i / outputs);
    const tap = Math.floor(row / perGroup);
    const group = Math.floor(j / outputsPerGroup);
    data[(tap * inputs + group * perGroup + (row % perGroup)) * outputs + j] = weight.data[i]!;
  }
  return { shape, data };
};

const ungrouped = <A>(ring: Ring<A>, op: Kernelled<A>): Kernelled<A> => {
  const kernel = widened(ring, op.kernel, op.groups, ring.zero);
  return op.kind === "projected"
    ? { ...op, groups: 1, kernel, gates: widened(ring, op.gates, op.groups, ring.one) }
    : { ...op, groups: 1, kernel };
};

const gateNote = (layer: string, groups: number): Note => ({
  layer,
  note: `its gates between the ${groups} groups are one and have no gradient: the kernel is zero there`,
});

/**
 * Write out the groups of every grouped convolution, gated or not, depthwise ones included, or of those that
 * are chosen. The class of the network stays, and so do names, windows and biases. A network without
 * groups comes back unchanged: hence ungrouping twice is ungrouping once.
 *
 * @example
 * import { build, depthwise, float32, input, ungroup } from "heirloom"
 *
 * const separable = pipe(input([8, 8, 3]), depthwise({ kernel: 3, bias: false }), build({ seed: 0 }))
 * const dense = pipe(separable, E.chain(ungroup(float32)))
 * assert.ok(E.isRight(dense))
 * const { op } = dense.right.network.layers[1]!
 * assert.deepStrictEqual(op.kind === "convolution" && [op.groups, op.kernel.shape], [1, [3, 3, 3, 3]])
 */
export const ungroup =
  <A>(ring: Ring<A>, options: UngroupOptions<A> = {}) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    source: Network<C, In, Out, A>,
  ): Result<Conversion<C, In, Out, A>> => {
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    const notes: Note[] = [];
    for (const layer of source.layers) {
      const { name } = layer;
      if (isKernelledLayer(layer) && layer.op.groups > 1 && (options.choose?.(layer) ?? true)) {
        const { groups, kind } = layer.op;
        layers.push({ ...layer, op: ungrouped(ring, layer.op) });
        steps.push({ theorem: "T6_groups", layer: name, from: [name], groups });
        if (kind === "projected") notes.push(gateNote(name, groups));
        continue;
      }
      layers.push(layer);
      steps.push(kept(name));
    }
    return rebuild(ring)(source, {
      conversion: "ungroup",
      theorem: "rewrite_sound",
      class: source.class,
      layers,
      steps,
      notes,
    });
  };
