/**
 * Conv-Adapter: beside every spatial convolution a small branch that reads the same input and whose output is added,
 *
 *     y = conv(x) + a * up(phi(down(x))),
 *
 * where `down` has the convolution's own window and as many groups as bottleneck channels (each reads `ratio` input
 * channels), `phi` is ReLU, `up` is 1x1 and `a` one factor per channel. `up` starts at zero, so the branch is zero
 * at first; `down` starts as He et al. (2015) draw kernels.
 *
 * The activation inside keeps the branch from being merged: the trained network has it still, and pays for it.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import { randomStream } from "../algebra/random.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { network, type Layer, type LayerSpec } from "../model/network.js";
import type { Convolution } from "../model/operator.js";
import { axis, kernelExtents, taps } from "../tensor/geometry.js";
import { channelsOf } from "../tensor/shape.js";
import { filled, type Tensor } from "../tensor/tensor.js";
import { drawn, heDeviation } from "./drawn.js";
import { adaptWeights } from "./body.js";
import { classifierOf } from "./head.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";
import { natural } from "./quantity.js";

/** The options of Conv-Adapter. */
export interface ConvAdapterOptions {
  /** Input channels for each bottleneck channel; the nearest divisor of the channels below is taken. */
  readonly ratio: number;
  /** The seed of the first kernels. */
  readonly seed: number;
}

/** A quarter of the channels. */
export const convAdapterDefaults: ConvAdapterOptions = { ratio: 4, seed: 0 };

const nameOf = (layer: string, part: "down" | "phi" | "up" | "factor" | "sum"): string =>
  `${layer}_adapter_${part}`;

/** The largest divisor of `n` that is at most `most`. */
const divisorUpTo = (n: number, most: number): number => {
  for (let d = Math.min(n, most); d > 1; d--) if (n % d === 0) return d;
  return 1;
};

/** The layers of the branch beside a convolution, and the sum of both under the name `sum`. */
const branch =
  <A>(ring: Ring<A>, { ratio, seed }: ConvAdapterOptions) =>
  (layer: Layer<A>, op: Convolution<A>, inputs: number): Result<readonly LayerSpec<A>[]> => {
    const read = divisorUpTo(inputs, ratio);
    const width = inputs / read;
    const outputs = channelsOf(op.kernel.shape);
    const random = randomStream(seed, "adapter", layer.name);
    const down = [...kernelExtents(op.geometry), read, width];
    return E.map((kernel: Tensor<A>): readonly LayerSpec<A>[] => [
      {
        name: nameOf(layer.name, "down"),
        op: { kind: "convolution", geometry: op.geometry, groups: width, kernel, bias: null },
        inputs: layer.inputs,
      },
      {
        name: nameOf(layer.name, "phi"),
        op: { kind: "activation", fn: { name: "relu" } },
        inputs: [nameOf(layer.name, "down")],
      },
      {
        name: nameOf(layer.name, "up"),
        op: {
          kind: "convolution",
          geometry: op.geometry.map(() => axis({ kernel: 1 })),
          groups: 1,
          kernel: filled(ring)([...op.geometry.map(() => 1), width, outputs], ring.zero),
          bias: null,
        },
        inputs: [nameOf(layer.name, "phi")],
      },
      {
        name: nameOf(layer.name, "factor"),
        op: {
          kind: "affine",
          scale: filled(ring)([outputs], ring.one),
          shift: filled(ring)([outputs], ring.zero),
        },
        inputs: [nameOf(layer.name, "up")],
      },
      {
        name: nameOf(layer.name, "sum"),
        op: { kind: "add" },
        inputs: [layer.name, nameOf(layer.name, "factor")],
      },
    ])(drawn(ring)(down, () => heDeviation(down) * random.normal()));
  };

/** The network with a branch beside every spatial convolution of its body, and the names of what is new. */
const withBranches =
  <A>(ring: Ring<A>, options: ConvAdapterOptions) =>
  (
    n: AnyNetwork<A>,
  ): Result<{ readonly network: AnyNetwork<A>; readonly added: ReadonlySet<string> }> => {
    const classifier = classifierOf(n)?.name;
    const shapes = new Map(n.layers.map(({ name, shape }) => [name, shape]));
    const renamed = new Map<string, string>();
    const added = new Set<string>();
    const specs: LayerSpec<A>[] = [];
    for (const layer of n.layers) {
      const { name, op } = layer;
      const inputs = layer.inputs.map((input) => renamed.get(input) ?? input);
      specs.push({ name, op, inputs });
      if (op.kind !== "convolution" || name === classifier || taps(op.geometry) === 1) continue;
      const made = branch(ring, options)(
        { ...layer, inputs },
        op,
        channelsOf(shapes.get(layer.inputs[0]!)!),
      );
      if (E.isLeft(made)) return made;
      specs.push(...made.right);
      for (const { name: own } of made.right) added.add(own);
      renamed.set(name, nameOf(name, "sum"));
    }
    return added.size === 0
      ? refuse({
          where: "method conv-adapter",
          found: "a network without kernels of more than one tap before its classifier",
          expected: "at least one spatial convolution to stand beside",
          advice: "use lora or full fine-tuning",
        })
      : E.map((adapted: AnyNetwork<A>) => ({ network: adapted, added }))(network<A>(specs));
  };

/** Put a trained branch beside every spatial convolution of a frozen body. */
export const adaptByConvAdapter =
  <A>(ring: Ring<A>, options: ConvAdapterOptions = convAdapterDefaults) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    E.map(({ network: adapted, added }: { network: AnyNetwork<A>; added: ReadonlySet<string> }) =>
      adaptWeights(
        "conv-adapter",
        adapted,
        ({ name }, weight) => added.has(name) && weight !== "shift",
      ),
    )(withBranches(ring, options)(n));

export const convAdapterMethod = method<ConvAdapterOptions>({
  name: "conv-adapter",
  summary: "train a bottleneck beside every spatial convolution; it stays in the network",
  source: "Chen et al., Conv-Adapter, arXiv 2208.07463, 2022",
  options: t.exact(t.partial({ ratio: natural("a ratio", 1), seed: natural("a seed", 0) })),
  defaults: convAdapterDefaults,
  phases: (options) => [
    { name: "conv-adapter", rate: 3e-3, prepare: adaptByConvAdapter(float32, options) },
  ],
});
