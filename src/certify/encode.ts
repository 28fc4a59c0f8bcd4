/**
 * Networks as the extracted checker reads them. Weights stay where they are: the checker sees functions of a
 * tap, an input channel and an output channel that look into the arrays, so nothing is copied.
 *
 * This part of the check is not proved: that the functions look where the layouts of `model/operator.ts` say,
 * that the deviation of a batch norm is the evaluator's, and that opaque layers get one number exactly where
 * operator, weights and the shapes they read agree. The tests hold the extracted semantics of encoded layers
 * against the evaluator.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { weightsOf, type BatchNorm, type Kernelled } from "../model/operator.js";
import { inverseDeviation } from "../semantics/channelwise.js";
import type { Geometry } from "../tensor/geometry.js";
import { channelsOf, spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { canonicalJson } from "../transform/canonicalJson.js";
import { structureOf } from "../transform/digest.js";
import type { Arithmetic } from "./arithmetic.js";
import type {
  Axis,
  ChannelWeights,
  Frame,
  Instr,
  KernelWeights,
  Layer as CheckedLayer,
  List,
  Op,
  PairWeights,
} from "./extracted.js";
import { listOf } from "./list.js";

/** A network as the checker reads it. */
export type CheckedNetwork = List<Instr<CheckedLayer>>;

/** The weights of a layer by name. */
type Weights<A> = readonly (readonly [name: string, weight: Tensor<A>])[];

/** The number of an opaque layer: equal descriptions and equal weights get equal numbers. */
export type Numbering<A> = (description: string, weights: Weights<A>) => number;

/** A numbering that both networks of a check share. */
export const numbering = <A>({ same }: Arithmetic<A>): Numbering<A> => {
  const known = new Map<string, { readonly number: number; readonly weights: Weights<A> }[]>();
  let next = 0;
  const agree = (x: Weights<A>, y: Weights<A>): boolean =>
    x.every(([, { data }], i) => {
      const other = y[i]![1].data;
      return data === other || Array.from(data).every((v, k) => same(v)(other[k]!));
    });
  return (description, weights) => {
    const alike = known.get(description) ?? [];
    const found = alike.find((layer) => agree(layer.weights, weights));
    if (found !== undefined) return found.number;
    known.set(description, [...alike, { number: next, weights }]);
    return next++;
  };
};

/** A window as the checker has it. */
export const axesOf = (geometry: Geometry): List<Axis> =>
  listOf(geometry.map((a): Axis => ["Axis", a.kernel, a.stride, a.dilation, a.low, a.high]));

/** The tap of each axis, from the row-major number of a tap; null where there is no such tap. */
export const tapOf = (geometry: Geometry, tap: number): readonly number[] | null => {
  let rest = tap;
  const indices = geometry
    .map((a) => a.kernel)
    .reverse()
    .map((kernel) => {
      const index = rest % kernel;
      rest = Math.floor(rest / kernel);
      return index;
    })
    .reverse();
  return Number.isSafeInteger(tap) && rest === 0 ? indices : null;
};

const kernelOf = <A>({ geometry, kernel }: Kernelled<A>): KernelWeights => {
  const { data, shape } = kernel;
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!];
  return (tap) => {
    let flat = 0;
    let rest = tap;
    for (const a of geometry) {
      if (rest[0] === "Nil") break;
      flat = flat * a.kernel + rest[1];
      rest = rest[2];
    }
    return (k) => {
      const row = (flat * inputs + k) * outputs;
      return (j) => data[row + j];
    };
  };
};

const pairsOf = <A>({ data, shape }: Tensor<A>): PairWeights => {
  const outputs = channelsOf(shape);
  return (k) => {
    const row = k * outputs;
    return (j) => data[row + j];
  };
};

/** One element a channel; where there is no tensor, `absent` for each. */
const channelsFrom = <A>(t: Tensor<A> | null, absent: A): ChannelWeights =>
  t === null ? () => absent : (j) => t.data[j];

const frameOf = <A>(op: Kernelled<A>, input: Shape): Frame => [
  "Frame",
  axesOf(op.geometry),
  listOf(spatialOf(input)),
  op.groups,
  op.kernel.shape.at(-2)!,
  channelsOf(op.kernel.shape),
];

const normOf = <A>({ working }: Arithmetic<A>, op: BatchNorm<A>): Op | null => {
  if (op.statistics !== "frozen") return null;
  const inverse = inverseDeviation(working)(op.variance, op.epsilon);
  if (E.isLeft(inverse)) return null;
  const { zero, one } = working;
  return [
    "Norm",
    op.mean.data.length,
    channelsFrom(op.gamma, one),
    channelsFrom(op.beta, zero),
    channelsFrom(op.mean, zero),
    channelsFrom(inverse.right, one),
  ];
};

const operatorOf = <A>(
  ring: Ring<A>,
  arithmetic: Arithmetic<A>,
  number: Numbering<A>,
  layer: Layer<A>,
  inputs: readonly Shape[],
): Op => {
  const { op } = layer;
  const opaque = (): Op => [
    "Opaque",
    number(canonicalJson([structureOf(op), inputs]), weightsOf(op)),
  ];
  switch (op.kind) {
    case "convolution":
      return ["Conv", frameOf(op, inputs[0]!), kernelOf(op), channelsFrom(op.bias, ring.zero)];
    case "projected":
      return [
        "Proj",
        frameOf(op, inputs[0]!),
        kernelOf(op),
        pairsOf(op.gates),
        channelsFrom(op.bias, ring.zero),
      ];
    case "dense":
      return [
        "Dense",
        op.weights.shape[0]!,
        op.weights.shape[1]!,
        pairsOf(op.weights),
        channelsFrom(op.bias, ring.zero),
      ];
    case "affine":
      return [
        "Affine",
        op.scale.data.length,
        channelsFrom(op.scale, ring.one),
        channelsFrom(op.shift, ring.zero),
      ];
    case "batchNorm":
      return normOf(arithmetic, op) ?? opaque();
    case "zeroPad":
      return [
        "ZeroPad",
        listOf(spatialOf(inputs[0]!)),
        listOf(op.padding.map(([low]) => low)),
        listOf(op.padding.map(([, high]) => high)),
      ];
    default:
      return opaque();
  }
};

/** The position of each layer by name. */
export const positionsOf = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
): ReadonlyMap<string, number> => new Map(n.layers.map((layer, i) => [layer.name, i]));

/** A well-formed network as the checker reads it. */
export const encode = <A>(
  ring: Ring<A>,
  arithmetic: Arithmetic<A>,
  number: Numbering<A>,
  n: Network<ModelClass, Shape, Shape, A>,
): CheckedNetwork => {
  const positions = positionsOf(n);
  return listOf(
    n.layers.map((layer): Instr<CheckedLayer> => {
      const args = layer.inputs.map((name) => positions.get(name)!);
      const inputs = args.map((at) => n.layers[at]!.shape);
      return [
        "Instr",
        [
          "Layer",
          operatorOf(ring, arithmetic, number, layer, inputs),
          listOf(spatialOf(layer.shape)),
        ],
        listOf(args),
      ];
    }),
  );
};
