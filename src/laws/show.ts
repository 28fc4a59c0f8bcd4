/** A case in words: small enough to be read, complete enough to be written down as a test. */
import type { Ring } from "../algebra/ring.js";
import { weightsOf, type Operator } from "../model/operator.js";
import { showAxis } from "../tensor/geometry.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Case } from "./generators/network.js";

/** Elements of a tensor that are shown, and characters of one of them. */
const most = { elements: 24, characters: 80 };

const shortened = (text: string): string =>
  text.length <= most.characters ? text : `${text.slice(0, most.characters)}...`;

const showTensor = <A>(ring: Ring<A>, t: Tensor<A>): string => {
  const shown = Array.from({ length: Math.min(t.data.length, most.elements) }, (_, i) =>
    shortened(ring.show(t.data[i]!)),
  );
  const rest = t.data.length - shown.length;
  return `${showShape(t.shape)}: ${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
};

/** What an operator is besides its weights. */
const settingsOf = <A>(op: Operator<A>): readonly string[] => {
  switch (op.kind) {
    case "input":
    case "reshape":
      return [showShape(op.shape)];
    case "convolution":
    case "projected":
      return [
        ...op.geometry.map((a) => `[${showAxis(a)}]`),
        ...(op.groups > 1 ? [`${op.groups} groups`] : []),
      ];
    case "maxPool":
      return op.geometry.map((a) => `[${showAxis(a)}]`);
    case "averagePool":
      return [...op.geometry.map((a) => `[${showAxis(a)}]`), `divisor ${op.divisor}`];
    case "activation":
      return [JSON.stringify(op.fn)];
    case "batchNorm":
      return [`${op.statistics} statistics, epsilon ${op.epsilon}`];
    case "layerNorm":
      return [`epsilon ${op.epsilon}`];
    case "globalPool":
      return [op.reduce, ...(op.keepAxes ? ["axes kept"] : [])];
    case "zeroPad":
      return op.padding.map(([low, high]) => `${low} + ${high}`);
    case "upsample":
      return [`${showShape(op.factors)} ${op.interpolation}`];
    default:
      return [];
  }
};

/**
 * A case as lines of text: each layer with what it reads and its weights, and the batch.
 *
 * @example
 * import { float32, network, tensor } from "heirloom"
 * import { showCase } from "heirloom/laws"
 *
 * const n = network([{ name: "x", op: { kind: "input", shape: [2] }, inputs: [] }])
 * const shown = E.map((identity) => showCase(float32)({ network: identity, batch: tensor([1, 2], [3, 4]) }))(n)
 * assert.deepStrictEqual(shown, E.right("x = input 2\nbatch 1x2: 3, 4"))
 */
export const showCase =
  <A>(ring: Ring<A>) =>
  ({ network, batch, choices }: Case<A>): string =>
    [
      ...network.layers.flatMap(({ name, op, inputs }) => [
        [
          `${name} =`,
          op.kind,
          ...settingsOf(op),
          ...(inputs.length > 0 ? [`(${inputs.join(", ")})`] : []),
        ].join(" "),
        ...weightsOf(op).map(([weight, t]) => `  ${weight} ${showTensor(ring, t)}`),
      ]),
      `batch ${showTensor(ring, batch)}`,
      ...(choices !== undefined && choices.some((choice) => choice !== 0)
        ? [`choices of the law: ${choices.join(", ")}`]
        : []),
    ].join("\n");
