/** The theorems of proofs/Count.v: parameters listed by node, against the counts of the library. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { countLayer, countNetwork } from "../../src/model/count.js";
import { network, type Layer, type Network } from "../../src/model/network.js";
import { nodesOf } from "../../src/model/nodes.js";
import type { Convolution, Operator, Projected } from "../../src/model/operator.js";
import { taps } from "../../src/tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import { mergedOperator } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { cases } from "../../src/laws/generators/network.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

/** A parameter: the node, the input, and the tap where there is one. */
type Parameter = readonly number[];

/** What the nodes of a layer learn, listed node by node. */
const parametersOf = (layer: Layer<Rational>): readonly Parameter[] =>
  succeed(nodesOf(layer)).flatMap((node, j) =>
    node.inputs.flatMap((input): readonly Parameter[] =>
      "gate" in input || !("kernel" in input)
        ? [[j, input.input]]
        : Array.from(input.kernel.data, (_, t) => [j, input.input, t]),
    ),
  );

const layerOf = (op: Operator<Rational>, input: Shape): Layer<Rational> =>
  succeed(
    network<Rational>([
      { name: "x", op: { kind: "input", shape: input }, inputs: [] },
      { name: "y", op, inputs: ["x"] },
    ]),
  ).layers.at(-1)!;

/** A grouped convolution of rank 1 to 3, and the same layer projected. */
const drawLayers = (t: Tape) => {
  const extents = Array.from({ length: t.between(1, 3) }, () => t.between(1, 4));
  const [groups, ins, outs] = [t.between(1, 4), t.between(1, 3), t.between(1, 3)];
  const geometry = drawGeometry(t, extents);
  const draw = (shape: Shape) => drawTensor(rationals, shape, t.bulk());
  const kernel = draw([...geometry.map((a) => a.kernel), ins, groups * outs]);
  const convolution: Convolution<Rational> = {
    kind: "convolution",
    geometry,
    groups,
    kernel,
    bias: t.below(2) === 0 ? null : draw([groups * outs]),
  };
  const projected: Projected<Rational> = {
    ...convolution,
    kind: "projected",
    gates: draw([ins, groups * outs]),
  };
  const shape = [...extents, groups * ins];
  return {
    groups,
    ins,
    outs,
    taps: taps(geometry),
    projected,
    convolutionLayer: layerOf(convolution, shape),
    projectedLayer: layerOf(projected, shape),
  };
};

type Drawn = ReturnType<typeof drawLayers>;

const check = (law: (d: Drawn, t: Tape) => void): void => {
  fc.assert(
    fc.property(tape(), (t) => law(drawLayers(t), t)),
    { numRuns: 100 },
  );
};

describe("layers", () => {
  it("parameters_enumerated: each parameter once, and together all elements of the weight", () => {
    check(({ convolutionLayer, projectedLayer, projected, groups, ins, outs }) => {
      for (const layer of [convolutionLayer, projectedLayer]) {
        const listed = parametersOf(layer);
        expect(new Set(listed.map((p) => p.join())).size).toBe(listed.length);
        for (const [j, k] of listed) {
          expect(j! < groups * outs && k! < groups * ins).toBe(true);
          expect(Math.floor(j! / outs)).toBe(Math.floor(k! / ins));
        }
      }
      expect(parametersOf(projectedLayer).length).toBe(size(projected.gates.shape));
      expect(parametersOf(convolutionLayer).length).toBe(size(projected.kernel.shape));
    });
  });

  it("gate_count: kernel weights are gates times taps, whatever the groups", () => {
    check(({ convolutionLayer, projectedLayer, taps }) => {
      const gates = parametersOf(projectedLayer).length;
      expect(parametersOf(convolutionLayer).length).toBe(taps * gates);
      expect(countLayer(convolutionLayer).gates).toBe(gates);
      expect(countLayer(projectedLayer).gates).toBe(gates);
      expect(countLayer(convolutionLayer).kernelParameters).toBe(taps * gates);
    });
  });

  it("one_tap_count: gates are as many as kernel weights exactly where there is one tap", () => {
    const met = { one: 0, several: 0 };
    check(({ convolutionLayer, projectedLayer, taps }) => {
      const same = parametersOf(projectedLayer).length === parametersOf(convolutionLayer).length;
      expect(same).toBe(taps === 1);
      expect(countLayer(convolutionLayer).oneByOneParameters > 0).toBe(taps === 1);
      met[taps === 1 ? "one" : "several"]++;
    });
    expect(Math.min(met.one, met.several)).toBeGreaterThan(0);
  });

  it("pruned_count: a pruned gate is a kernel less in the merged layer", () => {
    check(({ projected, taps }, t) => {
      // Kernels without zeros, so that every zero of the merged kernel is the work of a gate.
      const kernel = generated(rational)(projected.kernel.shape, () => rational.one);
      const gates = generated(rational)(projected.gates.shape, () =>
        t.below(2) === 0 ? rational.zero : rational.one,
      );
      const dropped = Array.from(gates.data).filter((g) => rational.equals(g, rational.zero));
      const merged = mergedOperator(rational)({ ...projected, kernel, gates }).kernel.data;
      const left = Array.from(merged).filter((f) => !rational.equals(f, rational.zero));
      expect(left.length + taps * dropped.length).toBe(size(kernel.shape));
    });
  });

  it("grouped_count: one in groups of the pairs of inputs and nodes has a gate", () => {
    check(({ projectedLayer, groups, ins, outs }) => {
      const pairs = groups * ins * (groups * outs);
      expect(groups * parametersOf(projectedLayer).length).toBe(pairs);
      expect(groups * countLayer(projectedLayer).gates).toBe(pairs);
    });
  });

  it("depthwise_count: as many gates as nodes", () => {
    check(({ projectedLayer, ins }) => {
      fc.pre(ins === 1);
      const nodes = channelsOf(projectedLayer.shape);
      expect(parametersOf(projectedLayer).length).toBe(nodes);
      expect(countLayer(projectedLayer).gates).toBe(nodes);
    });
  });
});

describe("networks", () => {
  it("network_count: the gates of a network are the sum over its layers, and so is what they save", () => {
    fc.assert(
      fc.property(
        cases(rationals, { kinds: ["convolution", "convolution", "activation", "maxPool", "add"] }),
        ({ network: source }) => {
          const convolutions = source.layers.filter(({ op }) => op.kind === "convolution");
          fc.pre(convolutions.length > 0);
          const projection = succeed(
            project(rational)(source as Network<"GCNN", Shape, Shape, Rational>),
          ).network;
          const gated = projection.layers.filter(({ op }) => op.kind === "projected");
          const marked = gated.flatMap((layer) =>
            parametersOf(layer).map((p) => [layer.name, ...p].join()),
          );
          expect(new Set(marked).size).toBe(marked.length);
          const total = (ns: readonly number[]): number => ns.reduce((a, b) => a + b, 0);
          const gates = gated.map((layer) => parametersOf(layer).length);
          expect(marked.length).toBe(total(gates));
          expect(countNetwork(projection).gates).toBe(marked.length);
          const saved = gated.map(
            ({ op }, i) => (taps((op as Projected<Rational>).geometry) - 1) * gates[i]!,
          );
          const unprojected = total(convolutions.map((layer) => parametersOf(layer).length));
          expect(unprojected).toBe(marked.length + total(saved));
          expect(countNetwork(source).kernelParameters).toBe(unprojected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
