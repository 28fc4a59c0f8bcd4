import { expect, test } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { digestOf } from "../../src/transform/digest.js";
import { succeed } from "../generators/succeed.js";

const kernel = { shape: [1, 1, 1, 1], data: Float32Array.of(2) };
const pointwise = { kernel: 1, stride: 1, dilation: 1, low: 0, high: 0 };
const specs = (convolution: LayerSpec["op"]): readonly LayerSpec[] => [
  { name: "input", op: { kind: "input", shape: [2, 2, 1] }, inputs: [] },
  { name: "conv", op: convolution, inputs: ["input"] },
];
const digest = (op: LayerSpec["op"]): string => digestOf(float32)(succeed(network(specs(op))));
const geometry = [pointwise, pointwise];

test("a digest does not depend on the order in which an operator was written down", () => {
  const { kernel: extent, stride, dilation, low, high } = pointwise;
  const reversed = { high, low, dilation, stride, kernel: extent };
  expect(
    digest({ bias: null, kernel, groups: 1, geometry: [reversed, reversed], kind: "convolution" }),
  ).toBe(digest({ kind: "convolution", geometry, groups: 1, kernel, bias: null }));
});

test("a digest depends on one tap and on one field", () => {
  const plain = digest({ kind: "convolution", geometry, groups: 1, kernel, bias: null });
  const tap = { ...kernel, data: Float32Array.of(2 + 2 ** -22) };
  const padded = [{ ...pointwise, high: 1 }, pointwise];
  expect(digest({ kind: "convolution", geometry, groups: 1, kernel: tap, bias: null })).not.toBe(
    plain,
  );
  expect(digest({ kind: "convolution", geometry: padded, groups: 1, kernel, bias: null })).not.toBe(
    plain,
  );
});
