/**
 * Low-rank factors of the change of a kernel.
 *
 * A kernel `[...extents, in / groups, out]` is a matrix of `taps * in / groups` rows and `out` columns. The
 * product `A B` of a `rows x rank` and a `rank x out` matrix is what a convolution with `rank` outputs and the
 * kernel's window does, followed by a 1x1 convolution: PEFT's factors for convolutions. Of `groups` groups each
 * has a product of its own, so that the matrix is made of blocks of columns. That is a 1x1 convolution of the
 * rows of `A`, taken for a batch of positions, by `B` with these groups:
 *
 *     A   [rows, groups * r]       r = ceil(rank / groups), the rank of each group, but at most rows and out / groups
 *     B   [r, out]                 column j belongs to group floor(j / (out / groups))
 *
 * `A` starts at uniform noise of variance `1 / (3 rows)`, `B` at zero, so that the product starts at zero and its
 * gradient does not vanish (Hu et al. 2021).
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { randomStream } from "../algebra/random.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Builder } from "../compile/builder.js";
import type { NodeId } from "../compile/program.js";
import { axis } from "../tensor/geometry.js";
import { filled } from "../tensor/tensor.js";
import { adaptByMaking, linearOf, type Linear } from "./body.js";
import { drawn } from "./drawn.js";
import type { Adaptation, AnyNetwork } from "./method.js";
import { bounded, natural } from "./quantity.js";
import type { LayerReparametrisation, NewParameter } from "./reparametrisation.js";

/** The rank of the factors, at most the least side of what they make, and what their product is scaled by, `alpha / rank`. */
export interface FactorOptions {
  readonly rank: number;
  readonly alpha: number;
  /** The seed of the first factor's start. */
  readonly seed: number;
}

/** Those of PEFT. */
export const factorDefaults: FactorOptions = { rank: 8, alpha: 8, seed: 0 };

/** The codec of the options that a user may give. */
export const FactorOptionsCodec = t.exact(
  t.partial({
    rank: natural("a rank", 1),
    alpha: bounded("a scale", { above: 0 }),
    seed: natural("a seed", 0),
  }),
);

/** The rank that each group of a layer has. */
const rankOfGroup = ({ groups, taps, inputs, outputs }: Linear<unknown>, rank: number): number =>
  Math.min(Math.ceil(rank / groups), taps * inputs, outputs / groups);

/** The first values of both factors, named after the method. */
const factorsOf =
  <A>(ring: Ring<A>, { rank, seed }: FactorOptions) =>
  (
    layer: string,
    linear: Linear<A>,
    names: readonly [a: string, b: string],
  ): Result<Readonly<Record<string, NewParameter<A>>>> => {
    const r = rankOfGroup(linear, rank);
    const rows = linear.taps * linear.inputs;
    const random = randomStream(seed, "factors", layer);
    const limit = 1 / Math.sqrt(rows);
    return E.map((a: NewParameter<A>["start"]) => ({
      [names[0]]: { start: a, towards: 0 },
      [names[1]]: { start: filled(ring)([r, linear.outputs], ring.zero), towards: 0 },
    }))(drawn(ring)([rows, linear.groups * r], () => (2 * random.uniform() - 1) * limit));
  };

/** The product of the factors in the kernel's shape, scaled. */
const productOf = <A>(
  b: Builder<A>,
  linear: Linear<unknown>,
  { rank, alpha }: FactorOptions,
  first: NodeId,
  second: NodeId,
): NodeId => {
  const { groups, shape, outputs, taps, inputs } = linear;
  const rows = taps * inputs;
  const r = rankOfGroup(linear, rank);
  const product =
    groups === 1
      ? b.apply({ op: "matmul", transposeA: false, transposeB: false }, first, second)
      : b.apply(
          { op: "conv", geometry: [axis({ kernel: 1 }), axis({ kernel: 1 })], groups },
          b.apply({ op: "reshape", shape: [rows, 1, 1, groups * r] }, first),
          b.apply({ op: "reshape", shape: [1, 1, r, outputs] }, second),
        );
  const kernel = b.apply({ op: "reshape", shape }, product);
  return alpha === rank ? kernel : b.apply({ op: "scale", factor: alpha / rank }, kernel);
};

/** What a method does with a frozen weight and the product of its factors. */
export type Combine = <A>(b: Builder<A>, frozen: NodeId, product: NodeId) => NodeId;

/** Give every linear layer of the body factors, named `name_a` and `name_b`, and combine their product with its weight. */
export const adaptByFactors =
  <A>(ring: Ring<A>, name: string, options: FactorOptions, combine: Combine) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    adaptByMaking(ring)(name, n, {
      choose: (layer) => {
        const linear = linearOf(layer);
        if (linear === null) return E.right(null);
        const [a, b] = [`${name}_a`, `${name}_b`] as const;
        return E.map(
          (parameters: Readonly<Record<string, NewParameter<A>>>): LayerReparametrisation<A> => ({
            parameters,
            makes: {
              [linear.weight]: (builder, frozen, theta) =>
                combine(builder, frozen, productOf(builder, linear, options, theta(a), theta(b))),
            },
          }),
        )(factorsOf(ring, options)(layer.name, linear, [a, b]));
      },
    });
