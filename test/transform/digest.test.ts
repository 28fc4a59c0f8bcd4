import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational } from "../../src/algebra/rational.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { digestOf, digestOfTensor } from "../../src/transform/digest.js";
import { succeed } from "../generators/succeed.js";
import { numbers } from "./worked.js";

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

const sha256 = (of: string | Uint8Array): string => createHash("sha256").update(of).digest("hex");

/** The bytes of binary32 or binary64 numbers, low byte first. */
const littleEndian = (width: 4 | 8, values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(width * values.length));
  for (const [i, value] of values.entries())
    if (width === 4) view.setFloat32(4 * i, value, true);
    else view.setFloat64(8 * i, value, true);
  return new Uint8Array(view.buffer);
};

test("the digest of a weight is that of its bytes, low byte first, wherever they lie", () => {
  const values = [1.5, -2, 2 ** -149, 3e38];
  const shape = [4];
  const within = Float32Array.from([9, ...values, 9]).subarray(1, 5);
  expect(digestOfTensor(float32)({ shape, data: within })).toBe(
    sha256(littleEndian(4, values.map(Math.fround))),
  );
  expect(digestOfTensor(float64)({ shape, data: Float64Array.from(values) })).toBe(
    sha256(littleEndian(8, values)),
  );
});

test("the digest of an exact weight is that of its elements as the ring shows them, line by line", () => {
  expect(digestOfTensor(rational)(numbers([3], (i) => i / 2))).toBe(sha256("0\n1/2\n1\n"));
});

test("a weight is hashed once", () => {
  let shown = 0;
  const counting = { ...rational, show: (x: typeof rational.zero) => (shown++, rational.show(x)) };
  const weight = numbers([3], (i) => i);
  const first = digestOfTensor(counting)(weight);
  expect(digestOfTensor(counting)({ shape: [3, 1], data: weight.data })).toBe(first);
  expect(shown).toBe(3);
});

test("the digest of a network is that of its layers as JSON, weights by their digests", () => {
  const axisJson = '{"dilation":1,"high":0,"kernel":1,"low":0,"stride":1}';
  const text =
    '[["input",[],[2,2,1],{"kind":"input","shape":[2,2,1]},[]],' +
    '["conv",["input"],[2,2,1],{"bias":null,' +
    `"geometry":[${axisJson},${axisJson}],"groups":1,` +
    '"kernel":{"data":[],"shape":[1,1,1,1]},"kind":"convolution"},' +
    `[["kernel","${sha256(littleEndian(4, [2]))}"]]]]`;
  expect(digest({ kind: "convolution", geometry, groups: 1, kernel, bias: null })).toBe(
    sha256(text),
  );
});

test("a machine with the high byte first swaps the bytes of every element", async () => {
  vi.stubGlobal("Uint16Array", function () {
    return { buffer: Uint8Array.of(0, 1).buffer };
  });
  vi.resetModules();
  const elsewhere = await import("../../src/transform/digest.js");
  vi.unstubAllGlobals();
  for (const [ring, data] of [
    [float32, Float32Array.of(1.5, -2, 2 ** -149)],
    [float64, Float64Array.of(1.5, -2, 2 ** -149)],
  ] as const) {
    const kept = data.slice();
    const bytes = new Uint8Array(data.slice().buffer);
    const width = data.BYTES_PER_ELEMENT;
    const swapped = bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)]!);
    expect(elsewhere.digestOfTensor(ring)({ shape: [3], data })).toBe(sha256(swapped));
    expect(data).toEqual(kept);
  }
});
