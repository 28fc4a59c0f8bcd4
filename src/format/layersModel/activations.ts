/** Keras's activations: those named in an `activation` field and those that are layers. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { type Result } from "../../algebra/refusal.js";
import type { ActivationFunction } from "../../model/activation.js";
import { Finite } from "../codec.js";
import {
  fixed,
  identity,
  lastAxis,
  maybe,
  only,
  plain,
  reader,
  unsupported,
  type Origin,
  type Reader,
  type Recipe,
} from "./recipe.js";

/** Keras 3 moved the hard sigmoid to the slope of 1/6 that mobile networks use. */
const hardSigmoid = ({ keras }: Origin): ActivationFunction => ({
  name: "hardSigmoid",
  slope: keras >= 3 ? 1 / 6 : 0.2,
  offset: 0.5,
});

const named: Readonly<Record<string, (origin: Origin) => ActivationFunction | null>> = {
  linear: () => null,
  relu: () => ({ name: "relu" }),
  relu6: () => ({ name: "relu6" }),
  leaky_relu: () => ({ name: "leakyRelu", slope: 0.2 }),
  elu: () => ({ name: "elu", alpha: 1 }),
  sigmoid: () => ({ name: "sigmoid" }),
  tanh: () => ({ name: "tanh" }),
  swish: () => ({ name: "swish" }),
  silu: () => ({ name: "swish" }),
  gelu: () => ({ name: "gelu", approximate: false }),
  gelu_new: () => ({ name: "gelu", approximate: true }),
  hard_sigmoid: hardSigmoid,
  hardSigmoid,
  hard_swish: () => ({ name: "hardSwish" }),
  hard_silu: () => ({ name: "hardSwish" }),
  softmax: () => ({ name: "softmax" }),
};

/** The name in a field: a string, or an object that Keras serialised the function to. */
const nameIn = (field: unknown): unknown => {
  if (typeof field !== "object" || field === null) return field ?? "linear";
  const { class_name, config } = field as Readonly<Record<string, unknown>>;
  return class_name === "function" ? config : class_name;
};

/** The activation that a field names; null is the identity. */
export const activationOf = (field: unknown, origin: Origin): Result<ActivationFunction | null> => {
  const name = nameIn(field);
  return typeof name === "string" && Object.hasOwn(named, name)
    ? E.right(named[name]!(origin))
    : unsupported("activation", field, `one of ${Object.keys(named).join(", ")}`);
};

const activation = (fn: ActivationFunction): Recipe => fixed({ kind: "activation", fn });

/** `ReLU` with a ceiling, a slope below zero or a threshold, where an activation of ours is the same. */
const relu = (max: number | null, slope: number): Result<Recipe> => {
  if (max === null)
    return E.right(activation(slope === 0 ? { name: "relu" } : { name: "leakyRelu", slope }));
  if (slope !== 0) return unsupported("negative_slope", slope, "0 beside a max_value");
  if (max === 6) return E.right(activation({ name: "relu6" }));
  return max === 1
    ? E.right(activation({ name: "hardSigmoid", slope: 1, offset: 0 }))
    : unsupported("max_value", max, "none, 6 or 1");
};

/** The layers that are activations, by class name. */
export const activationLayers: Readonly<Record<string, Reader>> = {
  Activation: reader(t.type({ activation: t.unknown }), (c, origin) =>
    E.map((fn: ActivationFunction | null) => (fn === null ? identity : activation(fn)))(
      activationOf(c.activation, origin),
    ),
  ),
  ReLU: reader(
    t.partial({
      max_value: maybe(Finite),
      negative_slope: maybe(Finite),
      threshold: maybe(Finite),
    }),
    (c) =>
      E.chain(() => relu(c.max_value ?? null, c.negative_slope ?? 0))(
        only("threshold", c.threshold, 0),
      ),
  ),
  LeakyReLU: reader(t.partial({ alpha: maybe(Finite), negative_slope: maybe(Finite) }), (c) =>
    E.right(activation({ name: "leakyRelu", slope: c.alpha ?? c.negative_slope ?? 0.3 })),
  ),
  ELU: reader(t.partial({ alpha: maybe(Finite) }), (c) =>
    E.right(activation({ name: "elu", alpha: c.alpha ?? 1 })),
  ),
  Softmax: reader(t.partial({ axis: t.unknown }), (c) =>
    E.right(
      plain(([x = []]) =>
        E.map(() => ({ kind: "activation", fn: { name: "softmax" } }) as const)(
          lastAxis(c.axis, x.length + 1),
        ),
      ),
    ),
  ),
};
