/** The inheritance report of a network, and its page. */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import {
  build,
  conv,
  dense,
  flatten,
  float32,
  input,
  network,
  project,
  relu,
  type Network,
} from "heirloom";
import {
  applyAt,
  connectionPruning,
  gatePermutation,
  inheritancePage,
  inheritanceReport,
  lowRankFactoring,
  magnitudePruning,
  singles,
  techniques,
  whitening,
} from "heirloom/inherit";
import { totalOf } from "../../src/report/inheritance.js";
import { pageOpening } from "../../src/report/inheritancePage.js";
import { refused, succeed } from "../generators/succeed.js";
import { isWellFormed } from "./wellFormed.js";

const cnn = succeed(
  pipe(
    input([5, 5, 2]),
    conv({ filters: 3, kernel: 3, name: "conv<1>" }),
    relu,
    conv({ filters: 3, kernel: 1, name: "conv2" }),
    relu,
    flatten,
    dense(2, { name: "top" }),
    build({ seed: 4 }),
  ),
);
const projected = succeed(project(float32)(cnn)).network;

const some = [
  magnitudePruning,
  connectionPruning,
  gatePermutation,
  lowRankFactoring,
  whitening,
] as const;
const command = (technique: string, layer: string): string => `run "${technique}" & <${layer}>`;
const reportOf = (n: Network, layers?: readonly string[]) =>
  inheritanceReport('<script>alert("x")</script>', n, {
    techniques: some,
    command,
    ...(layers === undefined ? {} : { layers }),
  });

describe("the report", () => {
  it("puts layers that are alike together, and counts them", () => {
    const { findings, kinds, layers, scalars } = succeed(reportOf(projected));
    expect(layers).toBe(3);
    expect(scalars).toBe(2 * 3 + 3 * 3 + 25 * 3 * 2);
    expect(findings.map(({ technique, result }) => [technique, result])).toEqual([
      ["magnitude pruning", "accepted"],
      ["connection pruning", "accepted"],
      ["gate permutation", "refused"],
      ["low-rank factoring", "in part"],
      ["input whitening", "in part"],
    ]);
    expect(kinds.map((kind) => kind.layers)).toEqual([["conv<1>", "conv2"], ["top"]]);
    for (const finding of findings) {
      const totals = (["inherited", "refused", "elsewhere"] as const).map((v) =>
        totalOf(finding, v),
      );
      expect(totals.reduce((n, total) => n + total.layers, 0)).toBe(layers);
      expect(totals.reduce((n, total) => n + total.scalars, 0)).toBe(scalars);
    }
  });

  it("has a counterexample for what is refused, at the layer with the smallest window", () => {
    const { findings } = succeed(reportOf(projected));
    const whitened = findings[4]!.groups.find(({ verdict }) => verdict === "refused")!;
    expect(whitened.layers).toEqual(["conv<1>", "conv2"]);
    expect(whitened.unmet.map(({ assumption }) => assumption)).toEqual(["homogeneous"]);
    expect(whitened.counterexample).toMatchObject({
      layer: "conv2",
      command: command("input whitening", "conv2"),
    });
    expect(whitened.counterexample!.shown).toContain("= projected [kernel 1,");
  });

  it("says that a need is about position where it is", () => {
    const { findings } = succeed(reportOf(cnn));
    const last = findings[2]!.groups.find(({ verdict }) => verdict === "elsewhere")!;
    expect(last.layers).toEqual(["top"]);
    expect(last.unmet.map(({ assumption }) => assumption)).toEqual(["consecutive"]);
    expect(last.counterexample).toBeNull();
  });

  it("says what is saved by the layers that inherit, as applying says", () => {
    const { findings } = succeed(reportOf(cnn));
    const { figures } = succeed(
      applyAt(singles, { layers: ["conv2", "top"] })(connectionPruning)(cnn),
    );
    expect(findings[1]!.result).toBe("in part");
    expect(findings[1]!.saves).toEqual([
      { of: "weights", before: figures["weights"], after: figures["weights left"] },
      {
        of: "multiply-adds",
        before: figures["multiply-adds"],
        after: figures["multiply-adds left"],
      },
    ]);
    expect(figures["weights left"]).toBeLessThan(figures["weights"]!);
  });

  it("is about the layers that are named, and refuses what has no nodes", () => {
    const { layers, kinds } = succeed(reportOf(cnn, ["conv2"]));
    expect([layers, kinds.map((kind) => kind.layers)]).toEqual([1, [["conv2"]]]);
    expect(refused(reportOf(cnn, ["relu1"]))).toMatchObject({
      where: "layer",
      found: "relu1",
      expected: "a layer with nodes: conv<1>, conv2, top",
    });
    const empty = succeed(
      network<number>([{ name: "x", op: { kind: "input", shape: [3] }, inputs: [] }]),
    );
    expect(refused(reportOf(empty))).toMatchObject({ found: "no layer with nodes" });
  });

  it("knows every technique whose savings it counts", () => {
    const { findings } = succeed(
      inheritanceReport("gffn", succeed(pipe(input([3]), dense(2), build({ seed: 0 }))), {
        command,
      }),
    );
    expect(findings.map(({ technique }) => technique)).toEqual(techniques.map(({ name }) => name));
    expect(findings.filter(({ saves }) => saves.length > 0).map((f) => f.technique)).toEqual([
      "magnitude pruning",
      "connection pruning",
      "quantisation",
    ]);
  });
});

describe("the page", () => {
  const page = inheritancePage(succeed(reportOf(projected)));

  it("is well-formed, and escapes every name", () => {
    expect(page.startsWith(pageOpening)).toBe(true);
    expect(isWellFormed(page.slice(pageOpening.length))).toBe(true);
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(page).toContain("conv&lt;1&gt;");
    expect(page).toContain("run &quot;input whitening&quot; &amp; &lt;conv2&gt;");
  });

  it("needs nothing from elsewhere", () => {
    expect(page).not.toMatch(/https?:|\bsrc=|@import|url\(|<link/);
  });

  it("is for light and dark, for phones, and for the keyboard", () => {
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).toContain("width=device-width");
    const regions = page.match(/<div class="scroll"[^>]*>/g)!;
    expect(regions).toHaveLength(2);
    for (const region of regions) expect(region).toMatch(/tabindex="0" aria-label="[^"]+"/);
  });

  it("leads from each technique in the table to what is said of it", () => {
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets).toHaveLength(some.length);
    for (const id of targets) expect(page.split(`<article id="${id}">`)).toHaveLength(2);
  });

  it("says each verdict in words besides its sign", () => {
    const marks = [...page.matchAll(/role="img" aria-label="([^"]+)"/g)].map(([, label]) => label);
    expect(marks).toHaveLength(2 * some.length);
    expect(marks).toContain("input whitening: refused");
    expect(marks).toContain("gate permutation: passed over");
  });
});
