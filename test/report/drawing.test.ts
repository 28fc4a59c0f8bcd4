import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { resNet18, resNet50 } from "../../docs/examples/resnet.js";
import { uNet } from "../../docs/examples/unet.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import * as b from "../../src/model/builder.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { drawing, drawingOpening } from "../../src/report/drawing.js";
import { deepestScope, graphOf } from "../../src/report/drawing/graph.js";
import { layout } from "../../src/report/drawing/layout.js";
import { succeed } from "../generators/succeed.js";
import { isWellFormed } from "./wellFormed.js";

const drafted = [resNet18, resNet50, uNet].map((draft: b.Draft) => succeed(b.outline(draft)));
const networks = cases(rationals, { layers: 12 }).map((c) => c.network);

/** The same network under names with scopes, so that random parts of it are closed. */
const scoped = fc
  .tuple(networks, fc.infiniteStream(fc.constantFrom("", "a/", "b/", "a/c/")))
  .map(([n, scopes]) => {
    const names = new Map(
      n.layers.map(({ name }) => [name, `${scopes.next().value as string}${name}`]),
    );
    return succeed(
      network(
        n.layers.map(({ name, op, inputs }) => ({
          op,
          name: names.get(name)!,
          inputs: inputs.map((input) => names.get(input)!),
        })),
      ),
    );
  });

const spacing = { rows: 20, boxes: 20, lanes: 10 };
const extentOf = () => ({ width: 100, height: 40 });

describe("the graph of a drawing", () => {
  it("has every layer in one box, and boxes in the order that arrows ask for", () => {
    fc.assert(
      fc.property(scoped, fc.nat(3), (n, depth) => {
        const { boxes, arrows } = graphOf(n, depth);
        expect(boxes.flatMap((box) => box.layers).sort()).toEqual(
          n.layers.map((layer) => layer.name).sort(),
        );
        const position = new Map(boxes.map((box, i) => [box.id, i]));
        for (const [from, to] of arrows)
          expect(position.get(from)!).toBeLessThan(position.get(to)!);
      }),
    );
  });

  it("has an arrow exactly where a layer of one box reads one of another", () => {
    fc.assert(
      fc.property(scoped, fc.nat(3), (n, depth) => {
        const { boxes, arrows } = graphOf(n, depth);
        const boxOf = new Map(boxes.flatMap((box) => box.layers.map((l) => [l, box.id] as const)));
        const read = n.layers.flatMap(({ name, inputs }) =>
          inputs
            .map((input) => `${boxOf.get(input)} > ${boxOf.get(name)}`)
            .filter((_, i) => boxOf.get(inputs[i]!) !== boxOf.get(name)),
        );
        expect(arrows.map(([from, to]) => `${from} > ${to}`).sort()).toEqual(
          [...new Set(read)].sort(),
        );
      }),
    );
  });

  it("closes scopes to the depth asked for, and joins what follows a layer to it", () => {
    const [resNet] = drafted;
    expect(graphOf(resNet!, 0).boxes.map((box) => box.title)).toEqual([
      ...["input", "stem", "stage1", "stage2", "stage3", "stage4"],
      ...["globalAveragePool1", "dense1"],
    ]);
    const blocks = graphOf(resNet!, 1).boxes.map((box) => box.title);
    expect(blocks.slice(1, 5)).toEqual([
      ...["stem/conv1", "stem/maxPool1", "stage1/block1", "stage1/block2"],
    ]);
    expect(deepestScope(resNet!)).toBe(2);
    const open = graphOf(resNet!, 2).boxes;
    expect(open.find((box) => box.title === "stem/conv1")).toMatchObject({
      detail: "conv 7x7 stride 2 \u00b7 batch norm \u00b7 relu",
      class: "GCNN",
      shape: [112, 112, 64],
      parameters: 9664,
    });
    expect(open.filter((box) => box.sign === "+")).toHaveLength(8);
  });

  it("opens a scope that something leaves and comes back to", () => {
    const relu = (name: string, ...inputs: readonly string[]): LayerSpec => ({
      name,
      op: { kind: "activation", fn: { name: "relu" } },
      inputs,
    });
    const n = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
        { name: "s/a", op: { kind: "flatten" }, inputs: ["x"] },
        { name: "out", op: { kind: "flatten" }, inputs: ["s/a"] },
        { name: "s/b", op: { kind: "add" }, inputs: ["s/a", "out"] },
        relu("y", "s/b"),
      ]),
    );
    expect(graphOf(n, 0).boxes.map((box) => box.title)).toEqual(["x", "s/a", "out", "s/b", "y"]);
  });
});

describe("the layout", () => {
  it("puts no two boxes over each other, no lane through a box, and readers below", () => {
    fc.assert(
      fc.property(scoped, fc.nat(3), (n, depth) => {
        const graph = graphOf(n, depth);
        const { boxes, routes, width, height } = layout(graph, extentOf, spacing);
        const placed = [...boxes.values()];
        for (const [i, p] of placed.entries()) {
          expect(p.x - p.width / 2).toBeGreaterThanOrEqual(0);
          expect(p.x + p.width / 2).toBeLessThanOrEqual(width);
          expect(p.y + p.height / 2).toBeLessThanOrEqual(height);
          for (const q of placed.slice(i + 1))
            expect(p.y !== q.y || Math.abs(p.x - q.x) >= 120).toBe(true);
          for (const { lanes } of routes)
            for (const lane of lanes)
              expect(lane.top > p.y || lane.bottom < p.y || Math.abs(lane.x - p.x) >= 60).toBe(
                true,
              );
        }
        for (const [from, to] of graph.arrows)
          expect(boxes.get(from)!.y + 60).toBeLessThanOrEqual(boxes.get(to)!.y);
      }),
    );
  });

  it("runs a chain straight down, and a residual branch with its skip in one lane", () => {
    const block = succeed(
      pipe(
        b.input([4, 4, 2]),
        b.residual((x) => pipe(x, b.conv({ filters: 2, kernel: 3 }), b.maxPool({ size: 1 }))),
        b.outline,
      ),
    );
    const { boxes, routes } = layout(graphOf(block, 0), extentOf, spacing);
    expect(new Set([...boxes.values()].map((box) => box.x))).toEqual(new Set([50]));
    expect(routes.filter((route) => route.lanes.length > 0)).toMatchObject([
      { from: "input", to: "add1", lanes: [{ x: 110 }, { x: 110 }] },
    ]);
  });

  it("nests the skips of a U-Net", () => {
    const { routes } = layout(graphOf(drafted[2]!, 9), extentOf, spacing);
    const skips = routes.filter((route) => route.lanes.length > 0);
    expect(skips.map((skip) => [skip.to, skip.lanes[0]!.x])).toEqual([
      ["second/third/fourth/concat1", 110],
      ["second/third/concat1", 120],
      ["second/concat1", 130],
      ["concat1", 140],
    ]);
    for (const { lanes } of skips) expect(new Set(lanes.map((lane) => lane.x)).size).toBe(1);
  });
});

describe("a drawing", () => {
  it("is one well-formed element that names every layer, whatever the names", () => {
    fc.assert(
      fc.property(scoped, fc.string({ unit: "binary" }), (n, title) => {
        const svg = drawing(n, { title });
        expect(svg.startsWith(drawingOpening)).toBe(true);
        expect(isWellFormed(svg.replace(/<style>[^<]*<\/style>/, ""))).toBe(true);
        for (const { name } of n.layers) expect(svg).toContain(name);
      }),
      { numRuns: 50 },
    );
  });

  it("escapes the names of layers", () => {
    const n = succeed(
      network([
        { name: '<x a="1">&', op: { kind: "input", shape: [2] }, inputs: [] },
        { name: "</svg>", op: { kind: "flatten" }, inputs: ['<x a="1">&'] },
      ]),
    );
    const svg = drawing(n);
    expect(svg).toContain("&lt;x a=&quot;1&quot;&gt;&amp;");
    expect(svg.indexOf("</svg>")).toBe(svg.length - "</svg>\n".length);
  });

  it("opens scopes while there are at most 40 boxes", () => {
    const boxes = (svg: string): number => svg.match(/class="box"/g)!.length;
    const [small, large] = drafted.map((n) => drawing(n));
    expect(boxes(small!)).toBe(graphOf(drafted[0]!, 2).boxes.length);
    expect(boxes(large!)).toBe(graphOf(drafted[1]!, 1).boxes.length);
    expect(boxes(drawing(drafted[1]!, { depth: 0 }))).toBe(8);
  });

  it("needs nothing from outside, and has a dark side", () => {
    const svg = drawing(drafted[0]!);
    expect(svg).not.toMatch(/url\(|href|<script|<image|@import/);
    expect(svg).toContain("@media (prefers-color-scheme:dark)");
  });
});
