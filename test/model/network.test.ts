import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { rational } from "../../src/algebra/rational.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { build, conv, dense, input, multiply, relu, sigmoid } from "../../src/model/builder.js";
import {
  asClass,
  classOfLayers,
  consumers,
  layerNamed,
  mapNetwork,
  network,
  truncate,
  type LayerSpec,
} from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { filled, tensor } from "../../src/tensor/tensor.js";

const value = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};
const words = (result: Result<unknown>): string =>
  E.isLeft(result) ? showRefusal(result.left) : "no refusal";

const layer = (name: string, op: Operator, ...inputs: string[]): LayerSpec => ({
  name,
  op,
  inputs,
});
const x = layer("x", { kind: "input", shape: [4, 4, 2] });
const halves = (shape: readonly number[]) =>
  tensor(shape, new Float32Array(shape.reduce((n, e) => n * e, 1)).fill(0.5));
const reluOp: Operator = { kind: "activation", fn: { name: "relu" } };

describe("the network constructor refuses", () => {
  const cases: readonly (readonly [string, readonly LayerSpec[], string])[] = [
    ["no layers", [], "network: found no layers"],
    [
      "a first layer that is no input",
      [layer("a", reluOp, "x")],
      "layer a: found activation at position 0",
    ],
    [
      "a second input",
      [x, layer("y", { kind: "input", shape: [2] })],
      "layer y: found input at position 1, expected exactly one input, and that first",
    ],
    ["a repeated name", [x, layer("x", reluOp, "x")], "layer x: found a second layer of this name"],
    [
      "a reference to a later layer",
      [x, layer("a", reluOp, "b"), layer("b", reluOp, "x")],
      "layer a: found a reference to b, expected the name of an earlier layer",
    ],
    ["a reference to itself", [x, layer("a", reluOp, "a")], "layer a: found a reference to a"],
    [
      "layers that nobody reads, naming all",
      [x, layer("a", reluOp, "x"), layer("b", reluOp, "x"), layer("c", reluOp, "x")],
      "found layers that nobody reads: a, b",
    ],
    [
      "a shape that does not fit, naming the layer",
      [x, layer("a", { kind: "flatten" }, "x"), layer("b", { kind: "add" }, "x", "a")],
      "layer b: inputs: found 4x4x2 and 32, expected inputs of one shape",
    ],
  ];
  it.each(cases)("%s", (_, specs, message) => {
    expect(words(network(specs))).toContain(message);
  });
});

const specs: readonly LayerSpec[] = [
  x,
  layer("a", reluOp, "x"),
  layer("b", reluOp, "x"),
  layer("c", { kind: "add" }, "a", "b"),
  layer("d", { kind: "multiply" }, "c", "c"),
];

describe("networks", () => {
  it("know who reads whom, each reader once", () => {
    const readers = consumers(value(network(specs)));
    expect([...readers].map(([name, ls]) => [name, ls.map((l) => l.name)])).toEqual([
      ["x", ["a", "b"]],
      ["a", ["c"]],
      ["b", ["c"]],
      ["c", ["d"]],
      ["d", []],
    ]);
  });

  it("truncate to the ancestors of a layer", () => {
    const n = value(network(specs));
    expect(value(truncate("b")(n)).layers.map((l) => l.name)).toEqual(["x", "b"]);
    expect(value(truncate("c")(n)).layers.map((l) => l.name)).toEqual(["x", "a", "b", "c"]);
    expect(value(truncate("x")(n)).output).toEqual([4, 4, 2]);
    expect(words(truncate("nobody")(n))).toBe(
      "network: found no layer named nobody, expected one of x, a, b, c, d",
    );
    expect(value(layerNamed(n, "c")).shape).toEqual([4, 4, 2]);
  });

  it("truncate to the class that is left", () => {
    const n = value(
      pipe(input([4, 4, 2]), dense(3), relu, conv({ filters: 2, kernel: 3 }), build({ seed: 0 })),
    );
    expect([n.class, value(truncate("relu1")(n)).class]).toEqual(["GCNN", "GFFN"]);
  });

  it("are Projected where any layer is gated", () => {
    const kernel = tensor([1, 1, 2, 1], new Float32Array(2));
    const gates = tensor([2, 1], new Float32Array(2));
    const geometry = [1, 1].map(() => ({ kernel: 1, stride: 1, dilation: 1, low: 0, high: 0 }));
    const shared = { geometry, groups: 1, kernel, bias: null };
    const gated = layer("g", { kind: "projected", ...shared, gates }, "x");
    const plain = layer("p", { kind: "convolution", ...shared }, "x");
    expect(classOfLayers([x, plain, gated])).toBe("Projected");
    expect(classOfLayers([x, plain])).toBe("GCNN");
    expect(classOfLayers([x])).toBe("GFFN");
  });

  it("read their weights in another ring, structure unchanged", () => {
    const n = value(
      pipe(input([2]), dense(2, { weights: tensor([2, 2], [1, 2, 3, 4]) }), build({ seed: 0 })),
    );
    const read = mapNetwork(rational)(n, () => rational.one);
    expect(read.layers[1]!.op).toMatchObject({
      kind: "dense",
      weights: filled(rational)([2, 2], rational.one),
      bias: filled(rational)([2], rational.one),
    });
    expect([read.class, read.output]).toEqual([n.class, n.output]);
  });

  it("multiply in either order of a value and its scale", () => {
    const n = value(
      pipe(
        input([4, 4, 2]),
        multiply((y) => pipe(y, dense(2), sigmoid)),
        build({ seed: 0 }),
      ),
    );
    expect(n.output).toEqual([4, 4, 2]);
  });
});

describe("asClass", () => {
  const dense: Operator = { kind: "dense", weights: halves([2, 2]), bias: null };
  const one = [{ kernel: 1, stride: 1, dilation: 1, low: 0, high: 0 }];
  const kernelled = {
    geometry: [...one, ...one],
    groups: 1,
    kernel: halves([1, 1, 2, 2]),
    bias: null,
  };
  const gffn = value(network([x, layer("d", dense, "x")]));
  const gcnn = value(network([x, layer("c", { ...kernelled, kind: "convolution" }, "x")]));
  const projected = value(
    network([x, layer("p", { ...kernelled, kind: "projected", gates: halves([2, 2]) }, "x")]),
  );
  it("narrows by the layers: GFFN within GCNN, gates for Projected", () => {
    const accepted = (n: typeof gffn): readonly string[] =>
      (["GFFN", "GCNN", "Projected"] as const).filter((c) => E.isRight(asClass(c)(n)));
    expect(accepted(gffn)).toEqual(["GFFN", "GCNN"]);
    expect(accepted(gcnn)).toEqual(["GCNN"]);
    expect(accepted(projected)).toEqual(["Projected"]);
    expect(accepted({ ...gcnn, class: "GFFN" })).toEqual(["GCNN"]);
    expect(value(asClass("GCNN")(gffn))).toEqual({ ...gffn, class: "GCNN" });
  });
  it("says which class it is and how to get there", () => {
    expect(words(asClass("Projected")(gcnn))).toBe(
      "network: found class GCNN, expected class Projected; `project` it first",
    );
    expect(words(asClass("GCNN")(projected))).toContain("`merge` it first");
    expect(words(asClass("GFFN")(gcnn))).toContain("`recognise` it");
  });
});

describe("truncate", () => {
  it("gives the class of what is left", () => {
    const conv1: Operator = {
      kind: "convolution",
      geometry: [0, 1].map(() => ({ kernel: 1, stride: 1, dilation: 1, low: 0, high: 0 })),
      groups: 1,
      kernel: halves([1, 1, 2, 2]),
      bias: null,
    };
    const both = value(network([x, layer("a", reluOp, "x"), layer("c", conv1, "a")]));
    expect(both.class).toBe("GCNN");
    expect(value(truncate("a")(both)).class).toBe("GFFN");
    expect(value(truncate("x")(both)).layers).toHaveLength(1);
  });
});
