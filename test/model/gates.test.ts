/** The lens of the gates: what it refuses. Its laws are in test/laws. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { build, conv, input, relu } from "../../src/model/builder.js";
import { gatesOf, withGates } from "../../src/model/gates.js";
import { tensor } from "../../src/tensor/tensor.js";
import { project } from "../../src/transform/project.js";
import { refused, succeed } from "../generators/succeed.js";

const n = succeed(
  pipe(
    input([4, 4, 2]),
    conv({ filters: 3, kernel: 3, name: "a" }),
    relu,
    conv({ filters: 1, kernel: 1, name: "b" }),
    build({ seed: 0 }),
    E.chain(project(float32)),
  ),
).network;

describe("gates", () => {
  it("are got by the layer's name", () => {
    expect([...gatesOf(n)].map(([name, g]) => [name, g.shape])).toEqual([
      ["a", [2, 3]],
      ["b", [3, 1]],
    ]);
  });
  it("are put where they belong, and change nothing else", () => {
    const gates = new Map(gatesOf(n)).set("b", tensor([3, 1], Float32Array.of(1, 2, 3)));
    const put = succeed(withGates(gates)(n));
    expect(gatesOf(put)).toEqual(gates);
    expect(put.layers.map(({ name }) => name)).toEqual(n.layers.map(({ name }) => name));
    expect(put.layers[2]).toBe(n.layers[2]);
    expect(gatesOf(n).get("b")!.data).toEqual(Float32Array.of(1, 1, 1));
  });
  it("are refused where some are missing or too many, by name", () => {
    expect(refused(withGates(new Map([["c", tensor([1, 1], [1])]]))(n))).toEqual({
      where: "gates",
      found: "gates missing for a, b; gates too many for c",
      expected: "gates for a, b",
    });
  });
  it("are refused in another shape, which is quoted", () => {
    const gates = new Map(gatesOf(n)).set("b", tensor([1, 3], Float32Array.of(1, 2, 3)));
    expect(refused(withGates(gates)(n))).toMatchObject({
      where: "gates of layer b",
      found: "shape 1x3 with 3 elements",
      expected: "shape 3x1",
    });
  });
});
