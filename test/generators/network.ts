/**
 * Random networks: DAGs of random operators with random weights over a ring, and a batch for them.
 *
 * A network grows layer by layer; each reads random earlier layers, the latest most often. What does not
 * fit is left out, and loose ends are joined at last: added where their shapes agree, otherwise flattened
 * and concatenated. Everything is small enough for exact arithmetic.
 */
import * as E from "fp-ts/lib/Either.js";
import type fc from "fast-check";
import type { ActivationFunction } from "../../src/model/activation.js";
import { inferShape } from "../../src/model/inference.js";
import { network, type LayerSpec, type ModelClass, type Network } from "../../src/model/network.js";
import type { Operator, OperatorKind } from "../../src/model/operator.js";
import { channelsOf, sameShape, size, spatialOf, type Shape } from "../../src/tensor/shape.js";
import { filled, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, type Sampled } from "./element.js";
import { drawGeometry } from "./geometry.js";
import { succeed } from "./succeed.js";
import { tape, type Tape } from "./tape.js";

/** What a random network may consist of. */
export interface NetworkOptions {
  /** The operators to draw from; repeat one to have it more often. */
  readonly kinds: readonly Exclude<OperatorKind, "input">[];
  readonly activations: readonly ActivationFunction[];
  /** The largest number of layers before loose ends are joined. */
  readonly layers: number;
  /** Statistics of batch norms. */
  readonly statistics: readonly ("frozen" | "batch")[];
  /** Spatial ranks of the input; 0 is a vector. */
  readonly ranks: readonly number[];
  /** Gates of projected layers: ones, or drawn like any weight. */
  readonly gates: "ones" | "drawn";
  /** Channels of convolutions and of the input; few, and those of their input, unless given. */
  readonly channels: readonly number[];
  /** The largest value a layer may have, in elements; keeps exact arithmetic quick. */
  readonly largest: number;
}

/** A network, and a batch of inputs for it. */
export interface Case<A> {
  readonly network: Network<ModelClass, Shape, Shape, A>;
  readonly batch: Tensor<A>;
}

const shapeOnly: NetworkOptions["kinds"] = ["zeroPad", "flatten", "reshape", "upsample", "concat"];

/** Operators that need a ring with comparison and division at most. */
export const orderedKinds: NetworkOptions["kinds"] = [
  "activation",
  "affine",
  "maxPool",
  "averagePool",
  "globalPool",
  "add",
  "multiply",
  "dropout",
  ...shapeOnly,
];

/** Activations for every ordered field; their constants are exact in all of them. */
export const piecewiseLinear: readonly ActivationFunction[] = [
  { name: "relu" },
  { name: "relu6" },
  { name: "leakyRelu", slope: 0.25 },
  { name: "hardSigmoid", slope: 0.25, offset: 0.5 },
  { name: "hardSwish" },
];

/** All activations. */
export const allActivations: readonly ActivationFunction[] = [
  ...piecewiseLinear,
  { name: "elu", alpha: 1 },
  { name: "sigmoid" },
  { name: "tanh" },
  { name: "swish" },
  { name: "gelu", approximate: false },
  { name: "gelu", approximate: true },
  { name: "softmax" },
];

const defaults: NetworkOptions = {
  kinds: ["convolution", "convolution", "convolution", "dense", ...orderedKinds],
  activations: piecewiseLinear,
  layers: 6,
  statistics: ["frozen"],
  ranks: [2, 2, 2, 1, 0],
  gates: "drawn",
  channels: [],
  largest: 160,
};

const divisors = (n: number, m: number): readonly number[] =>
  Array.from({ length: Math.min(n, m) }, (_, i) => i + 1).filter((d) => n % d === 0 && m % d === 0);

/** One random operator for an input of shape `x`; the caller checks that it fits. */
export const drawOperator = <A>(
  t: Tape,
  sampled: Sampled<A>,
  kind: Exclude<OperatorKind, "input">,
  x: Shape,
  options: Partial<NetworkOptions> = {},
): Operator<A> => {
  const o = { ...defaults, ...options };
  const extents = spatialOf(x);
  const c = channelsOf(x);
  const drawn = (shape: Shape): Tensor<A> => drawTensor(sampled, shape, t.bulk());
  const optional = (shape: Shape): Tensor<A> | null => (t.below(2) === 0 ? null : drawn(shape));
  switch (kind) {
    case "convolution":
    case "projected": {
      const outputs = t.pick(
        o.channels.length > 0 ? [...o.channels, c] : [1, 2, 3, 4, c, 2 * c].filter((n) => n <= 6),
      );
      const groups = t.pick(divisors(c, outputs));
      const geometry = drawGeometry(t, extents);
      const kernel = drawn([...geometry.map((a) => a.kernel), c / groups, outputs]);
      const bias = optional([outputs]);
      if (kind === "convolution") return { kind, geometry, groups, kernel, bias };
      const shape = [c / groups, outputs];
      const gates =
        o.gates === "ones" ? filled(sampled.ring)(shape, sampled.ring.one) : drawn(shape);
      return { kind, geometry, groups, kernel, gates, bias };
    }
    case "dense": {
      const outputs = t.between(1, 4);
      return { kind, weights: drawn([c, outputs]), bias: optional([outputs]) };
    }
    case "batchNorm":
      return {
        kind,
        statistics: t.pick(o.statistics),
        gamma: optional([c]),
        beta: optional([c]),
        mean: drawn([c]),
        variance: drawn([c]),
        epsilon: 2 ** -10,
        momentum: 0.5,
      };
    case "affine":
      return { kind, scale: drawn([c]), shift: drawn([c]) };
    case "activation":
      return { kind, fn: t.pick(o.activations) };
    case "maxPool":
      return { kind, geometry: drawGeometry(t, extents, { everyWindowReads: true }) };
    case "averagePool":
      return {
        kind,
        geometry: drawGeometry(t, extents, { everyWindowReads: true }),
        divisor: t.pick(["valid", "window"]),
      };
    case "globalPool":
      return { kind, reduce: t.pick(["average", "max"]), keepAxes: t.below(2) === 1 };
    case "zeroPad":
      return { kind, padding: extents.map(() => [t.below(3), t.below(3)] as const) };
    case "reshape":
      return { kind, shape: t.pick([[size(x)], [...extents, 1, c], [1, size(x)]]) };
    case "upsample":
      return {
        kind,
        factors: extents.map(() => t.between(1, 2)),
        interpolation: t.pick(["nearest", "bilinear"]),
      };
    case "dropout":
      return { kind, rate: 0.5 };
    case "add":
    case "multiply":
    case "concat":
    case "flatten":
      return { kind };
  }
};

/** A random network from a tape. */
export const drawNetwork = <A>(
  t: Tape,
  sampled: Sampled<A>,
  options: Partial<NetworkOptions> = {},
): Network<ModelClass, Shape, Shape, A> => {
  const o = { ...defaults, ...options };
  const rank = t.pick(o.ranks);
  const extents = Array.from({ length: rank }, () => t.between(1, rank > 2 ? 3 : 5));
  const input: Shape = [...extents, o.channels.length > 0 ? t.pick(o.channels) : t.between(1, 4)];
  const layers: LayerSpec<A>[] = [];
  const shapes: Shape[] = [];
  const grow = (op: Operator<A>, inputs: readonly number[]): boolean => {
    const shape = inferShape(
      op,
      inputs.map((i) => shapes[i]!),
    );
    if (E.isLeft(shape) || size(shape.right) > o.largest) return false;
    layers.push({
      name: `${op.kind}${layers.length}`,
      op,
      inputs: inputs.map((i) => layers[i]!.name),
    });
    shapes.push(shape.right);
    return true;
  };
  grow({ kind: "input", shape: input }, []);
  const wanted = t.between(1, o.layers);
  for (let i = 0; i < wanted; i++) {
    const source = t.pick([layers.length - 1, layers.length - 1, t.below(layers.length)]);
    const x = shapes[source]!;
    const kind = t.pick(o.kinds);
    const op = drawOperator(t, sampled, kind, x, o);
    const partners = shapes.flatMap((s, k) =>
      k !== source &&
      (sameShape(s, x) || (kind === "concat" && sameShape(spatialOf(s), spatialOf(x))))
        ? [k]
        : [],
    );
    const partner = partners.length === 0 ? source : t.pick(partners);
    grow(op, ["add", "multiply", "concat"].includes(kind) ? [source, partner] : [source]);
  }
  joinLooseEnds(layers, shapes, grow, o.largest);
  return succeed(network(layers));
};

const joinLooseEnds = <A>(
  layers: readonly LayerSpec<A>[],
  shapes: readonly Shape[],
  grow: (op: Operator<A>, inputs: readonly number[]) => boolean,
  largest: number,
): void => {
  const read = new Set(layers.flatMap((l) => l.inputs));
  const loose = layers.flatMap((l, i) => (read.has(l.name) ? [] : [i]));
  if (loose.length < 2) return;
  if (grow({ kind: "add" }, loose)) return;
  const vectors = loose.map((i) => {
    if (shapes[i]!.length === 1) return i;
    grow({ kind: "flatten" }, [i]);
    return layers.length - 1;
  });
  const fits = vectors.reduce((n, i) => n + size(shapes[i]!), 0) <= largest;
  if (fits) grow({ kind: "concat" }, vectors);
  else {
    const pooled = vectors.map((i) => {
      grow({ kind: "reshape", shape: [size(shapes[i]!), 1] }, [i]);
      grow({ kind: "globalPool", reduce: "max", keepAxes: false }, [layers.length - 1]);
      return layers.length - 1;
    });
    grow({ kind: "concat" }, pooled);
  }
};

/** A random network with a batch of one or two examples. */
export const cases = <A>(
  sampled: Sampled<A>,
  options: Partial<NetworkOptions> = {},
): fc.Arbitrary<Case<A>> =>
  tape().map((t) => {
    const built = drawNetwork(t, sampled, options);
    const batch = drawTensor(sampled, [t.between(1, 2), ...built.input], t.bulk());
    return { network: built, batch };
  });

/** Whether two values are equal element by element. */
export const sameTensor = <A>(
  { ring }: Pick<Sampled<A>, "ring">,
  x: Tensor<A>,
  y: Tensor<A>,
): boolean =>
  sameShape(x.shape, y.shape) &&
  Array.from(x.data, (v, i) => ring.equals(v, y.data[i]!)).every(Boolean);
