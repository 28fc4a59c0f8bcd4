import fc from "fast-check";
import * as t from "io-ts";
import { describe, expect, it } from "vitest";
import { decodeWith, Natural, quote, ShapeOf } from "../../src/format/codec.js";
import { parseJson } from "../../src/format/json.js";
import { refused, succeed } from "../generators/succeed.js";

const codec = t.intersection([
  t.type({ shape: ShapeOf, kind: t.keyof({ a: null, b: null }) }),
  t.partial({ size: t.union([Natural, t.tuple([Natural, Natural])]), note: t.string }),
]);
const found = (value: unknown) => refused(decodeWith(codec, "file")(value)).found;

describe("decoding", () => {
  it("says the path, the value and what belongs there", () => {
    expect(found({ shape: [1, -2], kind: "a" })).toBe(
      "shape.1: -2 where a whole number of at least 0 belongs",
    );
    expect(found({ shape: [], kind: "a", note: 3 })).toBe("note: 3 where a string belongs");
    expect(found({ shape: 5, kind: "a" })).toBe("shape: 5 where a list belongs");
    expect(found({ kind: "a" })).toBe("shape: nothing where a list belongs");
    expect(found({ shape: [], kind: "c" })).toBe('kind: "c" where "a" or "b" belongs');
  });

  it("quotes as JSON does, and ends early where a value is deep or long", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(quote(value)).toBe(text.length <= 60 ? text : `${text.slice(0, 60)}...`);
      }),
    );
    const depth = 200_000;
    const deep: unknown = JSON.parse("[".repeat(depth) + "]".repeat(depth));
    expect(quote(deep)).toBe(`${"[".repeat(60)}...`);
    expect(quote({ toString: 1 })).toBe('{"toString":1}');
    expect(quote(3n)).toBe("3");
  });

  it("lets a union speak for its branches", () => {
    expect(found({ shape: [], kind: "a", size: "big" })).toBe(
      'size: "big" where a whole number of at least 0 or a list belongs',
    );
  });

  it("shows at most three of the errors, and short values", () => {
    expect(found({ shape: [-1, -2, -3, -4, -5], kind: "a" })).toContain("and 2 more");
    expect(quote("x".repeat(100)).length).toBeLessThan(70);
    expect(found(null)).toContain("null where an object belongs");
  });
});

describe("JSON", () => {
  it("is refused when it is nested without bound", () => {
    const deep = (n: number) => parseJson("[".repeat(n) + "]".repeat(n), "f");
    succeed(deep(512));
    for (const n of [513, 200_000])
      expect(refused(deep(n)).found).toBe("lists and objects more than 512 deep");
  });

  it("is refused when a key appears twice in one object, and only then", () => {
    expect(refused(parseJson('{"a":{"b":1,"b":2}}', "f")).found).toContain('"b"');
    expect(refused(parseJson('{"a\\"":1,"a\\u0022":2}', "f")).found).toContain("twice");
    const text = '{"a":{"a":["a","a",{"a":1}]},"b":"a\\\\","c":"{\\"a\\":1,\\"a\\":2}"}';
    expect(succeed(parseJson(text, "f"))).toEqual(JSON.parse(text));
    expect(refused(parseJson("{", "f")).expected).toBe("valid JSON");
  });
});
