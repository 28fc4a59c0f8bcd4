/** Random operators for an input of a given shape, and what a random network may consist of. */
import type { ActivationFunction } from "../../model/activation.js";
import type { Operator, OperatorKind } from "../../model/operator.js";
import { channelsOf, size, spatialOf, type Shape } from "../../tensor/shape.js";
import { filled, type Tensor } from "../../tensor/tensor.js";
import { drawCentredAxis, drawGeometry, type AxisLimits } from "./geometry.js";
import { drawTensor, type Sampled } from "./ring.js";
import type { Tape } from "./tape.js";

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
  /** The largest spatial extent of the input; one more than half of it in three dimensions. */
  readonly extent: number;
  /** Gates of projected layers: ones, or drawn like any weight. */
  readonly gates: "ones" | "drawn";
  /** Channels of convolutions and of the input; few, and those of their input, unless given. */
  readonly channels: readonly number[];
  /** Windows of convolutions and pools. */
  readonly window: Partial<AxisLimits>;
  /** Whether convolutions have a centre tap and keep the spatial extents. */
  readonly centred: boolean;
  /** The largest value a layer may have, in elements; keeps exact arithmetic quick. */
  readonly largest: number;
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

/** Activations that need functions but no order. */
export const smoothActivations: readonly ActivationFunction[] = [
  { name: "sigmoid" },
  { name: "tanh" },
  { name: "swish" },
  { name: "gelu", approximate: true },
  { name: "softmax" },
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

/** What a random network consists of unless told. */
export const usualNetwork: NetworkOptions = {
  kinds: ["convolution", "convolution", "convolution", "dense", ...orderedKinds],
  activations: piecewiseLinear,
  layers: 6,
  statistics: ["frozen"],
  ranks: [2, 2, 2, 1, 0],
  extent: 5,
  gates: "drawn",
  channels: [],
  window: {},
  centred: false,
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
  const o = { ...usualNetwork, ...options };
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
      const geometry = o.centred
        ? extents.map(() => drawCentredAxis(t, o.window))
        : drawGeometry(t, extents, o.window);
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
    case "layerNorm":
      return { kind, gamma: optional([c]), beta: optional([c]), epsilon: 2 ** -10 };
    case "affine":
      return { kind, scale: drawn([c]), shift: drawn([c]) };
    case "activation":
      return { kind, fn: t.pick(o.activations) };
    case "maxPool":
      return { kind, geometry: drawGeometry(t, extents, { ...o.window, everyWindowReads: true }) };
    case "averagePool":
      return {
        kind,
        geometry: drawGeometry(t, extents, { ...o.window, everyWindowReads: true }),
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
