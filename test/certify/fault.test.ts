/** How the faults that the extracted checker finds read: the place, what the target has, and what the sources have. */
import { describe, expect, it } from "vitest";
import { ratio, rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import type { Topic, Weight } from "../../src/certify/extracted.js";
import { refusalOf } from "../../src/certify/fault.js";
import { listOf } from "../../src/certify/list.js";
import type { Layer } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const zeros = (...shape: Shape): Tensor<number> => ({ shape, data: [] });
const layer = (name: string, shape: Shape, op: Operator, ...inputs: readonly string[]): Layer => ({
  name,
  shape,
  op,
  inputs,
});

const window = {
  geometry: [axis({ kernel: 3, stride: 2, low: 1 }), axis({ kernel: 2, dilation: 4, high: 5 })],
  groups: 2,
  kernel: zeros(3, 2, 4, 6),
  bias: null,
};
const conv = layer("c", [7, 9, 6], { kind: "convolution", ...window }, "x");
const gated = layer(
  "g",
  [7, 6],
  {
    kind: "projected",
    geometry: [axis({ kernel: 3, high: 2 })],
    groups: 1,
    kernel: zeros(3, 4, 6),
    gates: zeros(4, 6),
    bias: null,
  },
  "x",
);
const pad = layer(
  "p",
  [7, 9, 8],
  {
    kind: "zeroPad",
    padding: [
      [1, 2],
      [0, 3],
    ],
  },
  "x",
);
const dense = layer("d", [7, 5], { kind: "dense", weights: zeros(3, 5), bias: null }, "x");
const sum = layer("s", [7, 5], { kind: "add" }, "d", "e, f");

describe("a condition on the layers", () => {
  const windowOfConv =
    "kernel 3, stride 2, dilation 1, padding 1 + 0; kernel 2, stride 1, dilation 4, padding 0 + 5";
  it.each<readonly [Topic[0], Layer, readonly Layer[], string, string]>([
    ["Kind", dense, [conv], "operator: found dense", "c (convolution)"],
    ["Geometry", conv, [sum], `geometry: found ${windowOfConv}`, "s (an operator of kind add)"],
    [
      "Geometry",
      gated,
      [pad, conv],
      "geometry: found kernel 3, stride 1, dilation 1, padding 0 + 2",
      `p (padding 1 + 2; 0 + 3) and c (${windowOfConv})`,
    ],
    ["Centre", conv, [dense], `centre: found ${windowOfConv}`, "d (an operator of kind dense)"],
    ["Extents", conv, [dense], "extents: found 7x9x6", "d (7x5)"],
    [
      "Channels",
      conv,
      [gated],
      "channels: found 4 channels in each of 2 groups to 6",
      "g (4 channels in each of 1 groups to 6)",
    ],
    ["Channels", dense, [pad], "channels: found 3 to 5 channels", "p (8 channels)"],
    ["Sources", conv, [pad], "from: found c", "p (p)"],
    ["Wires", sum, [conv], "inputs: found d, e, f", "c (x)"],
    ["Output", conv, [pad], "output: found c", "p (p)"],
    ["Steps", conv, [pad], "steps: found c", "p (p)"],
  ])("%s", (topic, target, sources, start, rest) => {
    expect(showRefusal(refusalOf(["Static", [topic]], String, target, sources))).toBe(
      `${start}, expected what the theorem makes of ${rest}`,
    );
  });
});

describe("a weight", () => {
  const at = (weight: Weight[0]): string =>
    showRefusal(
      refusalOf(["Element", [weight], listOf([1, 2]), 3, 5, 0.25, -4], String, conv, [gated]),
    );
  it("of a kernel is placed by tap, input and output", () => {
    expect(at("Kernel")).toBe("kernel tap [1, 2], input 3 to output 5: found 0.25, expected -4");
  });
  it.each([
    ["Gates", "gates"],
    ["Weights", "weights"],
  ] as const)("%s: of a pair by input and output", (weight, name) => {
    expect(at(weight)).toBe(`${name}, input 3 to output 5: found 0.25, expected -4`);
  });
  it.each([
    ["Bias", "bias"],
    ["Scale", "scale"],
    ["Shift", "shift"],
    ["Gamma", "gamma"],
    ["Beta", "beta"],
    ["Mean", "mean"],
    ["Deviation", "inverse deviation"],
  ] as const)("%s: of a channel by the channel", (weight, name) => {
    expect(at(weight)).toBe(`${name}, channel 5: found 0.25, expected -4`);
  });
  it("is shown as its ring shows it", () => {
    const third = succeed(ratio(1n, 3n));
    const refusal = refusalOf(
      ["Element", ["Bias"], listOf([]), 0, 0, third, rational.one],
      rational.show,
      conv as unknown as Layer<typeof third>,
      [],
    );
    expect([refusal.found, refusal.expected]).toEqual(["1/3", "1"]);
  });
});
