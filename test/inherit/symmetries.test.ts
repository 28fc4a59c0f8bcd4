/** Symmetries of two layers in a row, on networks of every class. */
import { either as E } from "fp-ts";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import {
  asClass,
  batchNorm,
  build,
  conv,
  dense,
  evaluate,
  float32,
  globalAveragePool,
  input,
  mapOperators,
  relu,
} from "heirloom";
import {
  applyAt,
  fractions,
  hasNodes,
  net2Wider,
  nodePermutation,
  reluRescaling,
  scalarsOf,
  singles,
  withScalars,
  type NodeOperator,
} from "heirloom/inherit";
import { refused, succeed } from "../generators/succeed.js";
import { computesTheSame, exactly, gffn, networks } from "./networks.js";

describe.each(networks)("on a $name network", ({ n }) => {
  it("symmetries mean the same, exactly over fractions", () => {
    const source = exactly(n);
    for (const t of [nodePermutation, net2Wider, reluRescaling]) {
      const { network, changes } = succeed(applyAt(fractions)(t)(source));
      expect(changes.length).toBe(2);
      computesTheSame(network, source);
    }
  });

  it("ReLU rescaling of float32 computes the same to the last bit", () => {
    // The first layer's nodes far longer than their readers', each by a factor of its own.
    const first = n.layers.find(({ op }) => hasNodes(op))!.name;
    const steep = succeed(
      mapOperators<number, number>((op, { name: layer }) => {
        if (layer !== first || !hasNodes(op)) return E.right(op);
        const { shape, data } = scalarsOf(op);
        const long = Float32Array.from(data, (x, i) => x * 2 ** (6 + (i % shape.at(-1)!)));
        return E.right(withScalars<number, NodeOperator<number>>(op, { shape, data: long }));
      })(n),
    );
    const { network, changes } = succeed(applyAt(singles)(reluRescaling)(steep));
    expect(changes.some(({ figures }) => figures["moved"]! > 0)).toBe(true);
    computesTheSame(exactly(network), exactly(steep));
    const batch = {
      shape: [2, ...n.input],
      data: Float32Array.from(
        { length: 2 * n.input.reduce((a, b) => a * b, 1) },
        (_, i) => ((i * 5) % 17) / 8 - 1,
      ),
    };
    expect(succeed(evaluate(float32)(network, batch)).data).toEqual(
      succeed(evaluate(float32)(steep, batch)).data,
    );
  });
});

describe("stacks", () => {
  it("carry batch norms, pools and depthwise layers along", () => {
    const n = succeed(
      pipe(
        input([6, 6, 2]),
        conv({ filters: 4, kernel: 3 }),
        batchNorm(),
        relu,
        conv({ filters: 4, kernel: 3, groups: 4 }),
        relu,
        conv({ filters: 3, kernel: 1 }),
        globalAveragePool,
        dense(2),
        build({ seed: 2 }),
      ),
    );
    const moving = refused(applyAt(singles, { layers: ["conv1"] })(reluRescaling)(n));
    expect(moving.found).toBe("a batch norm with the statistics of the batch");
    // A frozen one of a variance that fractions can take the root of.
    const rooted = {
      ...n,
      layers: n.layers.map((layer) =>
        layer.op.kind === "batchNorm"
          ? { ...layer, op: { ...layer.op, statistics: "frozen" as const, epsilon: 0 } }
          : layer,
      ),
    };
    const source = exactly(succeed(asClass("GCNN")(rooted)));
    for (const t of [nodePermutation, net2Wider, reluRescaling]) {
      const { network, changes } = succeed(applyAt(fractions)(t)(source));
      // The depthwise layer is passed over, and so is the head, which nothing reads.
      expect(changes.map(({ layer }) => layer)).toEqual(["conv1", "conv3"]);
      computesTheSame(network, source);
    }
  });

  it("are refused by name where a layer adds nodes to others, and at the head", () => {
    const named = applyAt(singles, { layers: ["dense3"] })(nodePermutation)(gffn);
    expect(refused(named).where).toBe("layer dense3");
    expect(refused(named).found).toBe("the output of the network");
  });
});
