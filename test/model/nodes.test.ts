/** Nodes against an independent reading of the layouts: the sum over taps and channels, written out. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import {
  conv,
  input,
  normal,
  relu,
  build,
  depthwise,
  dense,
  maxPool,
} from "../../src/model/builder.js";
import type { Layer, Network } from "../../src/model/network.js";
import { asGffn, nodeAt, nodesOf, type Node, type ProjectedNode } from "../../src/model/nodes.js";
import type { Convolution, Projected } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";

const value = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};

const last = (result: Result<Network>): Layer => value(result).layers.at(-1)!;

/** A node's value at each position of a one-dimensional input, straight from the definition. */
const nodeValue = (node: Node, x: readonly (readonly number[])[]): number[] => {
  if (node.class === "GFFN")
    return x.map((row) =>
      node.inputs.reduce((s, n) => s + n.weight * row[n.input]!, node.bias ?? 0),
    );
  const a = node.geometry[0]!;
  const outputs =
    Math.floor((x.length + a.low + a.high - (a.kernel - 1) * a.dilation - 1) / a.stride) + 1;
  return Array.from({ length: outputs }, (_, o) => {
    let y = node.bias ?? 0;
    for (const n of node.inputs)
      for (let t = 0; t < a.kernel; t++) {
        const gate = "gate" in n ? (n as ProjectedNode["inputs"][number]).gate : 1;
        y += gate * n.kernel.data[t]! * (x[o * a.stride + t * a.dilation - a.low]?.[n.input] ?? 0);
      }
    return y;
  });
};

/** The layer's value, from the kernel's layout and the documented grouping alone. */
const layerValue = (
  op: Convolution<number> | Projected<number>,
  x: readonly (readonly number[])[],
) => {
  const a = op.geometry[0]!;
  const [kernel, perGroup, outputs] = op.kernel.shape as [number, number, number];
  const extent =
    Math.floor((x.length + a.low + a.high - (kernel - 1) * a.dilation - 1) / a.stride) + 1;
  return Array.from({ length: outputs }, (_, j) =>
    Array.from({ length: extent }, (_, o) => {
      let y = op.bias?.data[j] ?? 0;
      const group = Math.floor(j / (outputs / op.groups));
      for (let t = 0; t < kernel; t++)
        for (let k = 0; k < perGroup; k++) {
          const gate = op.kind === "projected" ? op.gates.data[k * outputs + j]! : 1;
          const f = op.kernel.data[t * perGroup * outputs + k * outputs + j]!;
          y += gate * f * (x[o * a.stride + t * a.dilation - a.low]?.[group * perGroup + k] ?? 0);
        }
      return y;
    }),
  );
};

const integers = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -9, max: 9 }), { minLength: length, maxLength: length });

/** A grouped layer over one axis with small whole weights, so that sums are exact in any order. */
const groupedLayer: fc.Arbitrary<{ layer: Layer; x: number[][] }> = fc
  .record({
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 3 }),
    outputsPerGroup: fc.integer({ min: 1, max: 3 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    low: fc.integer({ min: 0, max: 2 }),
    high: fc.integer({ min: 0, max: 2 }),
    gated: fc.boolean(),
    biased: fc.boolean(),
  })
  .chain(({ groups, perGroup, outputsPerGroup, kernel, gated, biased, ...rest }) => {
    const outputs = groups * outputsPerGroup;
    const shape = [kernel, perGroup, outputs];
    return fc
      .tuple(
        integers(kernel * perGroup * outputs),
        integers(perGroup * outputs),
        integers(outputs),
        fc.array(integers(groups * perGroup), { minLength: 5, maxLength: 7 }),
      )
      .map(([f, g, b, x]) => {
        const shared = {
          geometry: [axis({ kernel, ...rest })],
          groups,
          kernel: tensor(shape, f),
          bias: biased ? tensor([outputs], b) : null,
        };
        const op: Convolution<number> | Projected<number> = gated
          ? { kind: "projected", ...shared, gates: tensor([perGroup, outputs], g) }
          : { kind: "convolution", ...shared };
        return { layer: { name: "l", op, inputs: ["x"], shape: [1, outputs] }, x };
      });
  });

describe("nodes", () => {
  it("compute what their layer computes, whatever the groups and the geometry", () => {
    fc.assert(
      fc.property(groupedLayer, ({ layer, x }) => {
        const nodes = value(nodesOf(layer));
        expect(nodes.map((node) => nodeValue(node, x))).toEqual(
          layerValue(layer.op as Convolution<number> | Projected<number>, x),
        );
      }),
    );
  });

  it("list only the inputs of their group", () => {
    const grouped = last(
      pipe(input([4, 4, 6]), conv({ filters: 4, kernel: 3, groups: 2 }), build({ seed: 0 })),
    );
    const seen = value(nodesOf(grouped)).map((node) => node.inputs.map((n) => n.input));
    expect(seen).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [3, 4, 5],
      [3, 4, 5],
    ]);
    const deep = last(
      pipe(input([4, 4, 3]), depthwise({ kernel: 3, multiplier: 2 }), build({ seed: 0 })),
    );
    const channels = value(nodesOf(deep)).map((node) => node.inputs.map((n) => n.input));
    expect(channels).toEqual([[0], [0], [1], [1], [2], [2]]);
  });

  it("of a dense layer are GFFN, with its weights by input", () => {
    const weights = tensor([2, 3], new Float32Array([1, 2, 3, 4, 5, 6]));
    const layer = last(
      pipe(input([2]), dense(3, { weights, bias: normal(1) }), build({ seed: 0 })),
    );
    const bias = (layer.op as { bias: Tensor<number> }).bias.data;
    expect(value(nodeAt(layer, 1))).toEqual({
      class: "GFFN",
      inputs: [
        { input: 0, weight: 2 },
        { input: 1, weight: 5 },
      ],
      bias: bias[1],
    });
  });

  it("are refused where there are none, quoting the values", () => {
    const pool = last(pipe(input([4, 4, 3]), maxPool({ size: 2 }), build({ seed: 0 })));
    expect(nodeAt(pool, 0)).toEqual(
      E.left({
        where: "layer maxPool1",
        found: "maxPool",
        expected: "dense, convolution or projected, whose channels are nodes",
      }),
    );
    expect(E.isLeft(nodesOf(last(pipe(input([4]), relu, build({ seed: 0 })))))).toBe(true);
    const two = last(pipe(input([4]), dense(2), build({ seed: 0 })));
    for (const j of [-1, 2, 0.5, NaN])
      expect(nodeAt(two, j)).toEqual(
        E.left({
          where: "layer dense1",
          found: `node ${j}`,
          expected: "a whole number from 0 to 1",
        }),
      );
  });
});

describe("T3_gffn_form", () => {
  it("a projected node is the GFFN node of its transformed inputs", () => {
    fc.assert(
      fc.property(groupedLayer, ({ layer, x }) => {
        fc.pre(layer.op.kind === "projected");
        for (const node of value(nodesOf(layer))) {
          const { node: gffn, transformed } = asGffn(node as ProjectedNode);
          const z = transformed.map(({ input: k, geometry, kernel }) =>
            nodeValue({ class: "GCNN", geometry, inputs: [{ input: k, kernel }], bias: null }, x),
          );
          const positions = z[0]!.map((_, p) => z.map((row) => row[p]!));
          expect(gffn.inputs.map((n) => n.input)).toEqual(z.map((_, index) => index));
          expect(nodeValue(gffn, positions)).toEqual(nodeValue(node, x));
        }
      }),
    );
  });
});
