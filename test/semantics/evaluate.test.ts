/** The evaluator: values by name, refusals by layer, readings of one network in several rings. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { integer } from "../../src/algebra/integer.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, toNumber } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { evaluate, evaluateLayers } from "../../src/semantics/evaluate.js";
import { readIn, readTensor } from "../../src/semantics/reading.js";
import { axis } from "../../src/tensor/geometry.js";
import { generated, tensor } from "../../src/tensor/tensor.js";
import { floats32, formal, rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import {
  allActivations,
  orderedKinds,
  type NetworkOptions,
} from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";

const specs: readonly LayerSpec[] = [
  { name: "x", op: { kind: "input", shape: [2, 2, 1] }, inputs: [] },
  {
    name: "conv",
    op: {
      kind: "convolution",
      geometry: [axis({ kernel: 2 }), axis({ kernel: 2 })],
      groups: 1,
      kernel: tensor([2, 2, 1, 2], Float32Array.of(1, 0, 2, 0, 3, 0, 4, -1)),
      bias: tensor([2], Float32Array.of(0.5, 0)),
    },
    inputs: ["x"],
  },
  { name: "drop", op: { kind: "dropout", rate: 0.5 }, inputs: ["conv"] },
  { name: "relu", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["drop"] },
  { name: "flat", op: { kind: "flatten" }, inputs: ["relu"] },
];

describe("evaluation", () => {
  const n = succeed(network(specs));
  const batch = tensor([1, 2, 2, 1], Float32Array.of(1, 2, 3, 4));
  it("gives the output and every layer's value; dropout is the identity", () => {
    const values = succeed(evaluateLayers(float32)(n, batch));
    expect([...values.keys()]).toEqual(["x", "conv", "drop", "relu", "flat"]);
    expect(Array.from(values.get("conv")!.data)).toEqual([30.5, -4]);
    expect(values.get("drop")).toEqual(values.get("conv"));
    const y = succeed(evaluate(float32)(n, batch));
    expect([y.shape, Array.from(y.data)]).toEqual([
      [1, 2],
      [30.5, 0],
    ]);
  });
  it("means the same over rationals, in float64 and in float32 where nothing is rounded", () => {
    const exact = succeed(
      evaluate(rational)(succeed(readIn(rational)(n)), succeed(readTensor(rational)(batch))),
    );
    expect(Array.from(exact.data, toNumber)).toEqual([30.5, 0]);
    const wide = succeed(evaluate(float64)(succeed(readIn(float64)(n)), batch));
    expect(Array.from(wide.data)).toEqual([30.5, 0]);
  });
  it("refuses a batch of the wrong shape and quotes both", () => {
    const wrong = tensor([1, 2, 3, 1], new Float32Array(6));
    expect(showRefusal(refused(evaluate(float32)(n, wrong)))).toBe(
      "batch: found shape 1x2x3x1 with 6 elements, " +
        "expected shape n x 2x2x1: one or more examples of the network's input",
    );
    expect(refused(evaluate(float32)(n, tensor([0, 2, 2, 1], new Float32Array(0))))).toBeDefined();
    expect(refused(evaluate(float32)(n, tensor([2, 2, 2, 1], new Float32Array(4))))).toBeDefined();
  });
  it("names the layer, the ring and what is missing", () => {
    const act: LayerSpec = {
      name: "act3",
      op: { kind: "activation", fn: { name: "tanh" } },
      inputs: ["flat"],
    };
    const m = succeed(readIn(rational)(succeed(network([...specs, act]))));
    expect(
      showRefusal(refused(evaluate(rational)(m, succeed(readTensor(rational)(batch))))),
    ).toContain("layer act3: found the ring `rational` without tanh");
    const field = succeed(readIn(primeField)(n));
    const ones = generated(primeField)([1, 2, 2, 1], () => 1n);
    expect(showRefusal(refused(evaluate(primeField)(field, ones)))).toContain("layer relu: ");
  });
  it("reads weights exactly or refuses with the layer and the weight", () => {
    expect(showRefusal(refused(readIn(integer)(n)))).toMatch(/^layer conv: bias: element 0: /);
  });
});

describe("random networks", () => {
  const everything: Partial<NetworkOptions> = {
    kinds: ["convolution", "projected", "dense", "batchNorm", ...orderedKinds],
    activations: allActivations,
    statistics: ["frozen", "batch"],
  };
  it("evaluate to their inferred shape over every ring that has what they need", () => {
    fc.assert(
      fc.property(cases(formal("evaluate"), everything), ({ network: n, batch }) => {
        const values = succeed(evaluateLayers(formal("evaluate").ring)(n, batch));
        for (const layer of n.layers)
          expect(values.get(layer.name)!.shape).toEqual([batch.shape[0], ...layer.shape]);
      }),
      { numRuns: 80 },
    );
  });
  it("evaluate example by example: a batch is its examples side by side", () => {
    fc.assert(
      fc.property(cases(rationals), ({ network: n, batch }) => {
        const whole = succeed(evaluate(rational)(n, batch));
        const examples = batch.shape[0]!;
        const inSize = batch.data.length / examples;
        const outSize = whole.data.length / examples;
        for (let e = 0; e < examples; e++) {
          const one = tensor(
            [1, ...n.input],
            Array.from({ length: inSize }, (_, i) => batch.data[e * inSize + i]!),
          );
          const alone = succeed(evaluate(rational)(n, one));
          for (let i = 0; i < outSize; i++)
            expect(rational.equals(alone.data[i]!, whole.data[e * outSize + i]!)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
  it("in float32 are their exact readings where nothing is rounded", () => {
    // Two layers of at most 36 terms of whole numbers up to 6 stay below 2^24.
    const whole = { ...floats32, draw: (uniform: () => number) => Math.floor(uniform() * 13 - 6) };
    const options: Partial<NetworkOptions> = { kinds: ["convolution", "dense"], layers: 2 };
    fc.assert(
      fc.property(cases(whole, options), ({ network: n, batch }) => {
        const exact = succeed(
          evaluate(rational)(succeed(readIn(rational)(n)), succeed(readTensor(rational)(batch))),
        );
        const rounded = succeed(evaluate(float32)(n, batch));
        expect(rounded.data).toBeInstanceOf(Float32Array);
        expect(Array.from(rounded.data, (x) => x + 0)).toEqual(Array.from(exact.data, toNumber));
      }),
      { numRuns: 60 },
    );
  });
});
