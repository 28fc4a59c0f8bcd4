/**
 * Operators in JSON. Everything but the weights is written as it stands in `model/operator.ts`; of the
 * weights only the names are kept, and they lie elsewhere under `layer/weight`.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { network, type Layer, type LayerSpec, type Network } from "../model/network.js";
import { weightsOf, type Operator, type OperatorKind } from "../model/operator.js";
import type { Tensor } from "../tensor/tensor.js";
import { decodeWith, Finite, Natural, NaturalPair, Positive, quote, ShapeOf } from "./codec.js";

const Axis = t.type({
  kernel: Positive,
  stride: Positive,
  dilation: Positive,
  low: Natural,
  high: Natural,
});
const GeometryOf = t.readonlyArray(Axis);
const Pairs = t.readonlyArray(NaturalPair);

const Activation = t.union([
  t.strict({
    name: t.keyof({
      relu: null,
      relu6: null,
      sigmoid: null,
      tanh: null,
      swish: null,
      hardSwish: null,
      softmax: null,
    }),
  }),
  t.strict({ name: t.literal("leakyRelu"), slope: Finite }),
  t.strict({ name: t.literal("elu"), alpha: Finite }),
  t.strict({ name: t.literal("gelu"), approximate: t.boolean }),
  t.strict({ name: t.literal("hardSigmoid"), slope: Finite, offset: Finite }),
]);

const windowed = { geometry: GeometryOf, groups: Positive };

/** The fields of each operator that are no weights. */
const fields: Readonly<Record<OperatorKind, t.Decoder<unknown, object>>> = {
  input: t.strict({ shape: ShapeOf }),
  convolution: t.strict(windowed),
  projected: t.strict(windowed),
  dense: t.strict({}),
  batchNorm: t.strict({
    statistics: t.keyof({ frozen: null, batch: null }),
    epsilon: Finite,
    momentum: Finite,
  }),
  layerNorm: t.strict({ epsilon: Finite }),
  affine: t.strict({}),
  activation: t.strict({ fn: Activation }),
  maxPool: t.strict({ geometry: GeometryOf }),
  averagePool: t.strict({
    geometry: GeometryOf,
    divisor: t.keyof({ valid: null, window: null }),
  }),
  globalPool: t.strict({
    reduce: t.keyof({ average: null, max: null }),
    keepAxes: t.boolean,
  }),
  add: t.strict({}),
  multiply: t.strict({}),
  concat: t.strict({}),
  zeroPad: t.strict({ padding: Pairs }),
  flatten: t.strict({}),
  reshape: t.strict({ shape: ShapeOf }),
  upsample: t.strict({
    factors: ShapeOf,
    interpolation: t.keyof({ nearest: null, bilinear: null }),
  }),
  dropout: t.strict({ rate: Finite }),
};

/** The weights of each operator, and whether it can do without. */
const weightNames: Readonly<
  Partial<Record<OperatorKind, Readonly<Record<string, "required" | "optional">>>>
> = {
  convolution: { kernel: "required", bias: "optional" },
  projected: { kernel: "required", gates: "required", bias: "optional" },
  dense: { weights: "required", bias: "optional" },
  batchNorm: { gamma: "optional", beta: "optional", mean: "required", variance: "required" },
  layerNorm: { gamma: "optional", beta: "optional" },
  affine: { scale: "required", shift: "required" },
};

/** The codec of a layer in a file. */
export const LayerCodec = t.type({
  name: t.string,
  inputs: t.readonlyArray(t.string),
  operator: t.intersection([t.UnknownRecord, t.type({ kind: t.string })]),
  weights: t.readonlyArray(t.string),
});

/** A layer in a file. */
export type LayerDocument = t.TypeOf<typeof LayerCodec>;

/** The name under which a layer's weight is stored. */
export const weightKey = (layer: string, weight: string): string => `${layer}/${weight}`;

/** The stored form of a layer. */
export const describeLayer = ({ name, inputs, op }: Layer): LayerDocument => {
  const weights = weightsOf(op).map(([weight]) => weight);
  const own = weightNames[op.kind] ?? {};
  const operator = Object.fromEntries(
    Object.entries(op).filter(([field]) => !Object.hasOwn(own, field)),
  ) as LayerDocument["operator"];
  return { name, inputs, operator, weights };
};

/** Every weight of a network by its key. */
export const tensorsOf = (n: Network): ReadonlyMap<string, Tensor<number>> =>
  new Map(
    n.layers.flatMap((layer) =>
      weightsOf(layer.op).map(([weight, value]) => [weightKey(layer.name, weight), value] as const),
    ),
  );

const operatorOf = (
  document: LayerDocument,
  lookUp: (key: string) => Result<Tensor<number>>,
): Result<Operator> => {
  const { kind } = document.operator;
  if (!Object.hasOwn(fields, kind))
    return refuse({
      where: "operator",
      found: `kind ${quote(kind)}`,
      expected: `one of ${Object.keys(fields).join(", ")}`,
      advice: "a newer Heirloom may have written it",
    });
  const own = decodeWith(fields[kind as OperatorKind], "operator")(document.operator);
  if (E.isLeft(own)) return own;
  const accepted = weightNames[kind as OperatorKind] ?? {};
  const unknown = document.weights.filter((name) => !Object.hasOwn(accepted, name));
  if (unknown.length > 0)
    return refuse({
      where: "weights",
      found: `${unknown.map(quote).join(", ")} for ${kind}`,
      expected: Object.keys(accepted).join(", ") || "none",
    });
  const weights: Record<string, Tensor<number> | null> = {};
  for (const [name, need] of Object.entries(accepted)) {
    weights[name] = null;
    if (!document.weights.includes(name)) {
      if (need === "required")
        return refuse({
          where: "weights",
          found: `no ${name}`,
          expected: `the ${name} of ${kind}`,
        });
      continue;
    }
    const found = lookUp(weightKey(document.name, name));
    if (E.isLeft(found)) return found;
    weights[name] = found.right;
  }
  return E.right({ ...own.right, kind, ...weights } as unknown as Operator);
};

/** The network of stored layers, their weights looked up by key. */
export const rebuildNetwork = (
  documents: readonly LayerDocument[],
  lookUp: (key: string) => Result<Tensor<number>>,
): Result<Network> => {
  const specs: LayerSpec[] = [];
  for (const document of documents) {
    const op = operatorOf(document, lookUp);
    if (E.isLeft(op)) return E.mapLeft(within(`layer ${document.name}`))(op);
    specs.push({ name: document.name, op: op.right, inputs: document.inputs });
  }
  return network(specs);
};
