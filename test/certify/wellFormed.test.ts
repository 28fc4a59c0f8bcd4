/** What is no network, in words. */
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { wellFormed } from "../../src/certify/wellFormed.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { network, type Layer } from "../../src/model/network.js";
import { refused, succeed } from "../generators/succeed.js";

const n: AnyNetwork<number> = succeed(
  network([
    { name: "x", op: { kind: "input", shape: [2, 3] }, inputs: [] },
    { name: "f", op: { kind: "flatten" }, inputs: ["x"] },
    {
      name: "d",
      op: { kind: "dense", weights: { shape: [6, 1], data: new Float32Array(6) }, bias: null },
      inputs: ["f"],
    },
  ]),
);
const sentence = (forged: object): string =>
  showRefusal(refused(wellFormed("target", { ...n, ...forged })));

describe("a record", () => {
  it("that is a network is taken for one", () => {
    succeed(wellFormed("target", n));
  });
  it.each([
    [{ input: [3, 2] }, "input shape: found 3x2, expected 2x3"],
    [{ output: [6] }, "output shape: found 6, expected 1"],
    [
      { layers: n.layers.map((l) => (l.name === "f" ? { ...l, shape: [3, 2] } : l)) },
      "shape of layer f: found 3x2, expected 6",
    ],
    [{ layers: [] }, "network: found no layers, expected at least an input"],
  ])("%o is refused with the shapes", (forged, expected) => {
    expect(sentence(forged)).toBe(`target: ${expected}`);
  });
  it("of a class that its layers do not fit is refused with the class that they do", () => {
    const op: Layer["op"] = {
      kind: "convolution",
      geometry: [],
      groups: 1,
      kernel: { shape: [1, 1], data: new Float32Array(1) },
      bias: null,
    };
    const layers = [...n.layers, { name: "c", op, inputs: ["d"], shape: [1] }];
    expect(sentence({ layers })).toBe(
      "target: class: found GFFN, expected GCNN, or a class that contains it",
    );
    succeed(wellFormed("target", { ...n, layers, class: "GCNN" }));
    succeed(wellFormed("target", { ...n, layers, class: "Projected" }));
  });
  it.each([[{ layers: [null] }], [{ layers: [{ ...n.layers[0], op: null }] }], [{ layers: 7 }]])(
    "%o of another type is refused with what went wrong, not thrown",
    (forged) => {
      const refusal = refused(wellFormed("source", { ...n, ...forged } as unknown as typeof n));
      expect(refusal.where).toBe("source: network");
      expect(refusal.found).toMatch(/^no network \((?!\w*Error: ).+\)$/);
      expect(refusal.expected).toBe("layers, each with a name, an operator and its inputs");
    },
  );
});
