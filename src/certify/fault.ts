/** The faults that the extracted checker finds, in words and with the values. */
import type { Refusal } from "../algebra/refusal.js";
import type { Layer } from "../model/network.js";
import { showAxis } from "../tensor/geometry.js";
import type { Fault, Topic, Weight } from "./extracted.js";
import { arrayOf } from "./list.js";

const weightNames: Readonly<Record<Weight[0], string>> = {
  Kernel: "kernel",
  Gates: "gates",
  Weights: "weights",
  Bias: "bias",
  Scale: "scale",
  Shift: "shift",
  Gamma: "gamma",
  Beta: "beta",
  Mean: "mean",
  Deviation: "inverse deviation",
};

/** `tap [1, 2], input 3 to output 5`, as far as the weight has these. */
const placeOf = (weight: Weight[0], tap: readonly number[], k: number, j: number): string => {
  switch (weight) {
    case "Kernel":
      return `${weightNames[weight]} tap [${tap.join(", ")}], input ${k} to output ${j}`;
    case "Gates":
    case "Weights":
      return `${weightNames[weight]}, input ${k} to output ${j}`;
    default:
      return `${weightNames[weight]}, channel ${j}`;
  }
};

const showWindow = <A>({ op }: Layer<A>): string =>
  op.kind === "convolution" || op.kind === "projected"
    ? op.geometry.map(showAxis).join("; ")
    : op.kind === "zeroPad"
      ? `padding ${op.padding.map(([low, high]) => `${low} + ${high}`).join("; ")}`
      : `an operator of kind ${op.kind}`;

const showChannels = <A>({ op, shape }: Layer<A>): string =>
  op.kind === "convolution" || op.kind === "projected"
    ? `${op.kernel.shape.at(-2)} channels in each of ${op.groups} groups to ${op.kernel.shape.at(-1)}`
    : op.kind === "dense"
      ? `${op.weights.shape.join(" to ")} channels`
      : `${shape.at(-1)} channels`;

/** What the two sides have, for each condition that is not about a weight. */
const descriptions: Readonly<
  Record<Topic[0], readonly [where: string, show: <A>(layer: Layer<A>) => string]>
> = {
  Kind: ["operator", ({ op }) => op.kind],
  Geometry: ["geometry", showWindow],
  Centre: ["centre", showWindow],
  Extents: ["extents", ({ shape }) => shape.join("x")],
  Channels: ["channels", showChannels],
  Sources: ["from", ({ name }) => name],
  Wires: ["inputs", ({ inputs }) => inputs.join(", ")],
  Output: ["output", ({ name }) => name],
  Steps: ["steps", ({ name }) => name],
};

/** A fault as a refusal; `expected` says what a condition on the layers asks for. */
export const refusalOf = <A>(
  fault: Fault,
  show: (x: A) => string,
  target: Layer<A>,
  sources: readonly Layer<A>[],
): Refusal => {
  if (fault[0] === "Element") {
    const [, weight, tap, k, j, found, expected] = fault;
    return {
      where: placeOf(weight[0], arrayOf(tap), k, j),
      found: show(found as A),
      expected: show(expected as A),
    };
  }
  const [where, describe] = descriptions[fault[1][0]];
  return {
    where,
    found: describe(target),
    expected: `what the theorem makes of ${sources.map((s) => `${s.name} (${describe(s)})`).join(" and ")}`,
  };
};
