import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { element, escapeXml } from "../../src/report/svg.js";
import { isWellFormed } from "./wellFormed.js";

describe("elements", () => {
  it("escape whatever they are given, in attributes and content", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(isWellFormed(element("a", { b: text }, text).markup)).toBe(true);
      }),
    );
  });
  it("show what they escape as it was", () => {
    expect(element("t", { a: `<"&'>`, n: 1 / 3 }, "a<b>&").markup).toBe(
      '<t a="&lt;&quot;&amp;&#39;&gt;" n="0.33">a&lt;b&gt;&amp;</t>',
    );
  });
  it("replace what XML has no character for", () => {
    expect(escapeXml("a\u0000b\ud800c\ud83d\ude00\ufffe\n")).toBe(
      "a\ufffdb\ufffdc\ud83d\ude00\ufffd\n",
    );
  });
  it("close themselves where they are empty", () => {
    expect(element("rect", { x: -0.001 }).markup).toBe('<rect x="0"/>');
  });
});

describe("the check of well-formedness", () => {
  it.each(["<a>", "<a><b></a></b>", "<a b=c/>", "<a>&</a>", "<a/><b/>", "text", "", '<a b="<"/>'])(
    "refuses %s",
    (text) => expect(isWellFormed(text)).toBe(false),
  );
});
