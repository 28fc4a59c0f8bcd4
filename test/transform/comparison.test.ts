/** Where two weights, two layers or two records first differ. */
import { right } from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import type { LayerSpec } from "../../src/model/network.js";
import { canonicalJson } from "../../src/transform/canonicalJson.js";
import { agree, agreeLayers, indicesOf } from "../../src/transform/comparison.js";
import { refused } from "../generators/succeed.js";
import { convolution, numbers } from "./worked.js";

describe("indicesOf", () => {
  it("undoes the row-major offset", () => {
    const extents = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(extents, fc.nat(), (shape, n) => {
        const offset = n % shape.reduce((a, b) => a * b, 1);
        const indices = indicesOf(shape, offset);
        expect(indices).toHaveLength(shape.length);
        expect(indices.every((i, axis) => 0 <= i && i < shape[axis]!)).toBe(true);
        expect(indices.reduce((at, i, axis) => at * shape[axis]! + i, 0)).toBe(offset);
      }),
    );
    expect(indicesOf([3, 4, 6], 53)).toEqual([2, 0, 5]);
  });
});

describe("agree", () => {
  const weight = numbers([2, 2], (i) => i / 2);
  it("compares element by element, and quotes the first difference", () => {
    expect(
      agree(rational)(
        "w",
        weight,
        numbers([2, 2], (i) => i / 2),
      ),
    ).toEqual(right(null));
    const other = numbers([2, 2], (i) => (i < 2 ? i / 2 : 7));
    expect(showRefusal(refused(agree(rational)("w", weight, other)))).toBe(
      "w[1, 0]: found 1, expected 7",
    );
    expect(
      showRefusal(
        refused(
          agree(rational)(
            "w",
            numbers([1], () => 3),
            numbers([1], () => 4),
          ),
        ),
      ),
    ).toBe("w[0]: found 3, expected 4");
  });
  it("compares sizes first", () => {
    const longer = numbers([2, 3], (i) => i / 2);
    expect(showRefusal(refused(agree(rational)("w", weight, longer)))).toBe(
      "w: found shape 2x2, expected shape 2x3",
    );
    expect(showRefusal(refused(agree(rational)("w", longer, weight)))).toBe(
      "w: found shape 2x3, expected shape 2x2",
    );
  });
  it("asks the ring what is equal, except of a weight and itself", () => {
    const nothing = { ...rational, equals: () => false };
    expect(agree(nothing)("w", weight, weight)).toEqual(right(null));
    refused(
      agree(nothing)(
        "w",
        weight,
        numbers([2, 2], (i) => i / 2),
      ),
    );
    expect(agree(float32)("w", { shape: [1], data: [0] }, { shape: [1], data: [-0] })).toEqual(
      right(null),
    );
  });
});

describe("agreeLayers", () => {
  const layer = (change: Partial<LayerSpec<Rational>> = {}): LayerSpec<Rational> => ({
    name: "c",
    op: { ...convolution(numbers([3, 3, 1, 1], (i) => i)), bias: numbers([1], () => 5) },
    inputs: ["x"],
    ...change,
  });
  it("finds two layers with equal names, inputs, structures and weights equal", () => {
    expect(agreeLayers(rational)(layer(), layer())).toEqual(right(null));
  });
  it("compares names, inputs and structures before weights, and quotes them", () => {
    const bare = convolution(numbers([3, 3, 1, 1], (i) => i));
    const changes: readonly Partial<LayerSpec<Rational>>[] = [
      { name: "d" },
      { inputs: ["y"] },
      { op: bare },
      { op: { kind: "flatten" } },
    ];
    for (const change of changes) {
      const refusal = refused(agreeLayers(rational)(layer(), layer(change)));
      expect(refusal.where).toBe("");
      expect(refusal.found).not.toBe(refusal.expected);
      expect(refusal.found).toMatch(/^\["c",\["x"\],\{"bias":\{"data":\[\],"shape":\[1\]\},/);
    }
    const renamed = layer({ name: "d" });
    expect(refused(agreeLayers(rational)(layer(), renamed)).expected).toMatch(/^\["d",\["x"\],/);
  });
  it("names the weight that differs", () => {
    const biased = layer({
      op: { ...(layer().op as object), bias: numbers([1], () => 6) } as never,
    });
    expect(showRefusal(refused(agreeLayers(rational)(layer(), biased)))).toBe(
      "bias[0]: found 5, expected 6",
    );
  });
});

describe("canonicalJson", () => {
  it("is one text for equal values, however their keys are ordered", () => {
    const json = fc.jsonValue();
    const reversed = (v: unknown): unknown =>
      Array.isArray(v)
        ? v.map(reversed)
        : typeof v === "object" && v !== null
          ? Object.fromEntries(
              Object.entries(v)
                .reverse()
                .map(([key, inner]) => [key, reversed(inner)]),
            )
          : v;
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  it("sorts keys and keeps the order of arrays", () => {
    expect(canonicalJson({ b: [3, { d: null, c: 1 }, 2], a: "x" })).toBe(
      '{"a":"x","b":[3,{"c":1,"d":null},2]}',
    );
    expect(canonicalJson(null)).toBe("null");
    expect(canonicalJson(undefined)).toBe("undefined");
  });
});
