import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { resNet18 } from "../../docs/examples/resnet.js";
import { tape } from "../../src/laws/generators/tape.js";
import { drawOperator, type NetworkOptions } from "../../src/laws/generators/operator.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import * as b from "../../src/model/builder.js";
import { countNetwork } from "../../src/model/count.js";
import type { Operator } from "../../src/model/operator.js";
import { showOperator } from "../../src/report/operator.js";
import { summary } from "../../src/report/summary.js";
import { showShape } from "../../src/tensor/shape.js";
import { succeed } from "../generators/succeed.js";

const opOf = (draft: b.Draft): Operator<never> => succeed(b.outline(draft)).layers.at(-1)!.op;
const image = b.input([8, 8, 4]);

describe("an operator in words", () => {
  const cases: readonly (readonly [string, b.Draft])[] = [
    ["input 8x8x4", image],
    ["conv 3x3", b.conv({ filters: 2, kernel: 3 })(image)],
    [
      "conv 5x3 stride 2x1 dilation 1x2",
      b.conv({ filters: 2, kernel: [5, 3], strides: [2, 1], dilation: [1, 2] })(image),
    ],
    ["conv 1x1 groups 2", b.conv({ filters: 2, kernel: 1, groups: 2 })(image)],
    ["depthwise 3x3", b.depthwise({ kernel: 3 })(image)],
    ["dense 7", b.dense(7)(image)],
    ["batch norm", b.batchNorm()(image)],
    ["layer norm", b.layerNorm()(image)],
    ["scale and shift", b.affine()(image)],
    ["gelu", b.gelu()(image)],
    ["average pool 2x2 stride 2", b.averagePool({ size: 2 })(image)],
    ["global max pool", b.globalMaxPool(image)],
    [
      "pad 1 x 0+2",
      b.zeroPad([
        [1, 1],
        [0, 2],
      ])(image),
    ],
    ["flatten", b.flatten(image)],
    ["reshape 16x16", b.reshape([16, 16])(image)],
    ["bilinear upsample 2x2", b.upsample(2, { interpolation: "bilinear" })(image)],
    ["dropout 0.5", b.dropout(0.5)(image)],
    ["add", pipe(image, b.residual(b.relu))],
    ["multiply", pipe(image, b.multiply(b.sigmoid))],
  ];
  it.each(cases)("%s", (words, draft) => expect(showOperator(opOf(draft))).toBe(words));

  it("says of a projected layer that it is gated", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const op = drawOperator(t, rationals, "projected", [5, 5, 2]);
        expect(showOperator(op)).toMatch(/^gated (conv|depthwise) \d+x\d+/);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a summary", () => {
  it("has a row for each layer with its shape, and the totals first", () => {
    const kinds: NetworkOptions["kinds"] = ["convolution", "dense", "add", "activation", "concat"];
    fc.assert(
      fc.property(cases(rationals, { kinds }), ({ network: n }) => {
        const [head, blank, titles, rule, ...rows] = summary(n).split("\n");
        expect(head).toContain(`${n.class}, ${showShape(n.input)} to ${showShape(n.output)}`);
        expect(head).toContain(`${countNetwork(n).parameters} parameters`);
        expect([blank, titles!.split(/ +/)[0], rule![0]]).toEqual(["", "layer", "-"]);
        expect(rows).toHaveLength(n.layers.length);
        for (const [i, layer] of n.layers.entries()) {
          expect(rows[i]!.startsWith(layer.name)).toBe(true);
          expect(rows[i]).toContain(` ${showShape(layer.shape)}`);
        }
      }),
    );
  });

  it("says whom a layer reads where that is not the layer above", () => {
    const rows = summary(succeed(b.outline(resNet18))).split("\n");
    const row = (name: string) => rows.find((line) => line.startsWith(`${name} `))!;
    expect(row("stage1/block1/add1")).toMatch(
      / add +stem\/maxPool1, stage1\/block1\/batchNorm2 +56x56x64$/,
    );
    expect(row("stage1/block1/conv2")).toMatch(/ conv 3x3 +GCNN +56x56x64 +36,864$/);
  });
});
