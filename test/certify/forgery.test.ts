/** Forged certificates and networks that are none: each was built to slip through the checker. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import { rational } from "../../src/algebra/rational.js";
import { check, type CheckReport } from "../../src/certify/check.js";
import { network, type Layer, type LayerSpec } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Certificate } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { refused, succeed } from "../generators/succeed.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";

const weight = (shape: Shape, ...values: readonly number[]): Tensor<number> => ({
  shape,
  data: Float32Array.from(values),
});
const input = (shape: Shape): LayerSpec<never> => ({
  name: "x",
  op: { kind: "input", shape },
  inputs: [],
});
const layer = <A>(name: string, op: Operator<A>, ...inputs: readonly string[]): LayerSpec<A> => ({
  name,
  op,
  inputs,
});
const build = <A = number>(...specs: readonly LayerSpec<A>[]): AnyNetwork<A> =>
  succeed(network(specs));
const relu = { kind: "activation", fn: { name: "relu" } } as const;
const relu6 = { kind: "activation", fn: { name: "relu6" } } as const;

/** A certificate that says of every layer that it was kept. */
const allKept = <A>(ring: Ring<A>, source: AnyNetwork<A>, target: AnyNetwork<A>): Certificate => ({
  conversion: "absorbPadding",
  theorem: "rewrite_sound",
  ring: ring.name,
  rounding: "exact",
  source: digestOf(ring)(source),
  target: digestOf(ring)(target),
  steps: target.layers.map(({ name }) => ({ theorem: "keep", layer: name, from: [name] })),
  notes: [],
});
const checkKept = (source: AnyNetwork<number>, target: AnyNetwork<number>): Result<CheckReport> =>
  check(float32)(source, target, allKept(float32, source, target));
const withLayers = (
  n: AnyNetwork<number>,
  f: (layer: Layer) => Partial<Layer>,
): AnyNetwork<number> => ({ ...n, layers: n.layers.map((l) => ({ ...l, ...f(l) })) });

describe("names", () => {
  it("with commas do not cross wires", () => {
    const reading = (...inputs: readonly string[]) =>
      build(
        input([2]),
        layer("a", relu, "x"),
        layer("b, c", relu6, "x"),
        layer("a, b", relu6, "x"),
        layer("c", relu, "x"),
        layer("s", { kind: "concat" }, ...inputs),
        layer("all", { kind: "concat" }, "s", "a", "b, c", "a, b", "c"),
      );
    const [source, target] = [reading("a", "b, c"), reading("a, b", "c")];
    expect(refused(checkKept(source, target)).where).toBe("layer s, theorem keep: inputs");
    succeed(checkKept(source, source));
  });
  it("cannot stand for a value that no layer carries", () => {
    const name = "b (not carried over)";
    const source = build(
      input([2]),
      layer("b", relu, "x"),
      layer("c", relu6, "b"),
      layer(name, relu6, "x"),
      layer("s", { kind: "add" }, "c", name),
    );
    const target = build(
      input([2]),
      layer(name, relu6, "x"),
      layer("c", relu6, name),
      layer("s", { kind: "add" }, "c", name),
    );
    expect(refused(checkKept(source, target)).expected).toContain("which no layer carries");
  });
  it("cannot stand for the output", () => {
    const name = "no layer with the source's output";
    const source = build(input([2]), layer(name, relu, "x"), layer("y", relu6, name));
    const target = build(input([2]), layer(name, relu, "x"));
    expect(refused(checkKept(source, target)).where).toBe("output");
  });
});

describe("a certificate in memory is read like one from a file", () => {
  const n = build(input([2]), layer("a", relu, "x"));
  const honest = allKept(float32, n, n);
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  it.each([
    ["nothing", null],
    ["a number", 7],
    ["an unknown conversion", { ...honest, conversion: "magic" }],
    ["a conversion inherited from Object", { ...honest, conversion: "toString" }],
    [
      "the words of an old refusal",
      { ...honest, conversion: "magic", theorem: "that of a known conversion" },
    ],
    ["steps that are no list", { ...honest, steps: { length: 2 } }],
    ["a step without its source", { ...honest, steps: [{ theorem: "keep", layer: "x" }, null] }],
    ["a whole number as a theorem", { ...honest, theorem: 3n }],
    ["a cycle", { ...honest, steps: cyclic }],
  ])("%s is refused, not thrown", (_, forged) => {
    const refusal = refused(check(float32)(n, n, forged as unknown as Certificate));
    expect(refusal.where).toContain("certificate");
  });
});

describe("what is no network is refused", () => {
  const dense: Operator = { kind: "dense", weights: weight([2, 2], 1, 2, 3, 4), bias: null };
  const n = build(input([2]), layer("a", dense, "x"), layer("b", relu, "a"));
  it.each([
    ["a shape that the layer does not have", withLayers(n, () => ({ shape: [9] }))],
    ["another output shape", { ...n, output: [3] }],
    ["two layers of one name", { ...n, layers: [...n.layers, n.layers[2]!] }],
    [
      "a weight with too few elements",
      withLayers(n, ({ op }) =>
        op.kind === "dense" ? { op: { ...op, weights: weight([2, 2], 1) } } : {},
      ),
    ],
    [
      "a weight with elements that the shape does not count",
      withLayers(n, ({ op }) =>
        op.kind === "dense" ? { op: { ...op, weights: weight([2, 2], 1, 2, 3, 4, 5) } } : {},
      ),
    ],
    ["no layers", { ...n, layers: [] }],
    ["the label of no class", { ...n, class: "toString" as never }],
  ] as readonly (readonly [string, AnyNetwork<number>])[])("%s", (_, forged) => {
    expect(refused(checkKept(forged, forged)).where).toMatch(/^source/);
    refused(checkKept(n, forged));
    succeed(checkKept(n, n));
  });
  it("a class that does not hold the layers", () => {
    const c: Operator = {
      kind: "convolution",
      geometry: [],
      groups: 1,
      kernel: weight([1, 1], 2),
      bias: null,
    };
    const gcnn = build(input([1]), layer("c", c, "x"));
    const gated = build(
      input([1]),
      layer("c", { ...c, kind: "projected", gates: weight([1, 1], 1) } as Operator, "x"),
    );
    for (const [target, lie] of [
      [gcnn, "GFFN"],
      [gated, "GCNN"],
      [gated, "GFFN"],
    ] as const)
      expect(refused(checkKept(target, { ...target, class: lie })).where).toBe("target: class");
    succeed(checkKept(gcnn, { ...gcnn, class: "Projected" }));
  });
});

describe("constants of operators are part of the operator", () => {
  const bn = (rest: object): Operator =>
    ({
      kind: "batchNorm",
      statistics: "frozen",
      gamma: weight([2], 1, 2),
      beta: null,
      mean: weight([2], 0, 0),
      variance: weight([2], 1, 1),
      epsilon: 1e-3,
      momentum: 0.9,
      ...rest,
    }) as Operator;
  const one = (op: Operator) => build(input([2]), layer("a", op, "x"));
  const fn = (f: object): Operator => ({ kind: "activation", fn: f }) as Operator;
  it.each([
    [bn({}), bn({ epsilon: 1e-5 })],
    [bn({}), bn({ momentum: 0.99 })],
    [bn({}), bn({ statistics: "batch" })],
    [bn({}), bn({ gamma: null })],
    [bn({}), bn({ beta: weight([2], 0, 0) })],
    [
      { kind: "dropout", rate: 0.5 },
      { kind: "dropout", rate: 0.25 },
    ],
    [fn({ name: "leakyRelu", slope: 0.1 }), fn({ name: "leakyRelu", slope: 0.2 })],
    [fn({ name: "elu", alpha: 1 }), fn({ name: "elu", alpha: 2 })],
    [fn({ name: "gelu", approximate: true }), fn({ name: "gelu", approximate: false })],
    [fn({ name: "relu" }), fn({ name: "relu6" })],
  ] as readonly (readonly [Operator, Operator])[])("%o is not %o", (op, other) => {
    expect(refused(checkKept(one(op), one(other))).where).toContain("layer a, theorem keep");
  });
});

describe("taps that are no taps", () => {
  const same3: Geometry = [axis({ kernel: 3, low: 1, high: 1 })];
  const halves: Geometry = [axis({ kernel: 3, dilation: 2, low: 3, high: 1 })];
  // Output o reads through tap t the position o + 2t - 3: "tap 1.5" would be the centre.
  it.each([
    ["beyond the kernel", same3, 4],
    ["between two taps", halves, 1.5],
    ["before the first", same3, -2],
  ])("%s are no centre, whatever weights they would give", (_, geometry, centre) => {
    const source = build(
      input([4, 1]),
      layer(
        "c",
        {
          kind: "convolution",
          geometry,
          groups: 1,
          kernel: weight([3, 1, 1], 0, 0, 0),
          bias: null,
        },
        "x",
      ),
    );
    const made = succeed(recognise(float32)(source));
    const target = withLayers(made.network, ({ op }) =>
      op.kind === "dense" ? { op: { ...op, weights: weight([1, 1], NaN) } } : {},
    );
    const forged: Certificate = {
      ...made.certificate,
      target: digestOf(float32)(target),
      steps: made.certificate.steps.map((s) =>
        s.theorem === "T2_collapse" ? { ...s, centre } : s,
      ),
    };
    expect(refused(check(float32)(source, target, forged)).where).toContain("centre");
  });
  it("pairs that are no pairs are no zero kernels", () => {
    const step = { theorem: "T3_unit", layer: "c", from: ["c"] } as const;
    const kernel = weight([1, 2, 2], 1, 0, 1, 1);
    const op = { geometry: [axis({ kernel: 1 })], groups: 1, kernel, bias: null } as const;
    const source = build(input([3, 2]), layer("c", { ...op, kind: "convolution" }, "x"));
    const target = build(
      input([3, 2]),
      layer("c", { ...op, kind: "projected", gates: weight([2, 2], 1, 1, 1, 1) }, "x"),
    );
    const claim = (first: readonly (readonly [number, number])[]): Certificate => ({
      ...allKept(float32, source, target),
      conversion: "project",
      theorem: "network_projection",
      steps: [
        { theorem: "keep", layer: "x", from: ["x"] },
        { ...step, unidentifiable: { count: 1, first: first as never } },
      ],
    });
    succeed(check(float32)(source, target, claim([[0, 1]])));
    refused(check(float32)(source, target, claim([[1, -1]])));
    refused(check(float32)(source, target, claim([[0, 0]])));
  });
});

describe("weights that are not finite", () => {
  const gated = (gate: number, kernel: number) =>
    build(
      input([1]),
      layer(
        "p",
        {
          kind: "projected",
          geometry: [],
          groups: 1,
          kernel: weight([1, 1], kernel),
          gates: weight([1, 1], gate),
          bias: null,
        },
        "x",
      ),
    );
  it.each([
    [1e30, 1e30],
    [NaN, 1],
    [0, Infinity],
  ])("a merge of %d and %d is refused, and so is its certificate", (gate, kernel) => {
    const source = gated(gate, kernel);
    const refusal = refused(merge(float32)(source));
    expect(showRefusal(refusal)).toMatch(/^layer p: kernel\[0, 0\]: found .*a finite number/);
    const product = Math.fround(gate * kernel);
    const target = build(
      input([1]),
      layer(
        "p",
        {
          kind: "convolution",
          geometry: [],
          groups: 1,
          kernel: weight([1, 1], product),
          bias: null,
        },
        "x",
      ),
    );
    refused(unmerge(float32)(target, source as never));
    const forged: Certificate = {
      ...allKept(float32, source, target),
      conversion: "merge",
      theorem: "network_merge",
      rounding: "once per weight",
      steps: [
        { theorem: "keep", layer: "x", from: ["x"] },
        { theorem: "T4_merge", layer: "p", from: ["p"], groups: 1 },
      ],
    };
    expect(refused(check(float32)(source, target, forged)).expected).toBe("a finite number");
  });
  it("a fold that overflows is refused", () => {
    const source = build(
      input([1]),
      layer("d", { kind: "dense", weights: weight([1, 1], 1e30), bias: null }, "x"),
      layer("a", { kind: "affine", scale: weight([1], 1e30), shift: weight([1], 0) }, "d"),
    );
    expect(showRefusal(refused(foldBatchNorm(float32)(source)))).toContain(
      "layer a folded into d: weights[0, 0]: found Infinity",
    );
  });
  it("zeros before a kernel with NaN are not absorbed: they would no longer be multiplied by it", () => {
    const pads: Operator = { kind: "zeroPad", padding: [[1, 1]] };
    const with3 = (first: number, geometry: Geometry, from: string, ...before: LayerSpec[]) =>
      build(
        input([2, 1]),
        ...before,
        layer(
          "c",
          {
            kind: "convolution",
            geometry,
            groups: 1,
            kernel: weight([3, 1, 1], first, 1, 1),
            bias: null,
          },
          from,
        ),
      );
    const source = with3(NaN, [axis({ kernel: 3 })], "p", layer("p", pads, "x"));
    const made = succeed(absorbPadding(float32)(source));
    expect(made.network.layers).toHaveLength(3);
    expect(made.certificate.notes[0]!.note).toContain("weights not finite");
    const target = with3(NaN, [axis({ kernel: 3, low: 1, high: 1 })], "x");
    const forged: Certificate = {
      ...allKept(float32, source, target),
      steps: [
        { theorem: "keep", layer: "x", from: ["x"] },
        {
          theorem: "T6_pad",
          layer: "c",
          from: ["p", "c"],
          padding: [[1, 1]],
          geometry: [axis({ kernel: 3 })],
        },
      ],
    };
    expect(refused(check(float32)(source, target, forged)).expected).toBe("a finite number");
  });
  it("minus zero is zero, in weights as in the ring", () => {
    const one = (v: number) =>
      build(input([1]), layer("d", { kind: "dense", weights: weight([1, 1], v), bias: null }, "x"));
    succeed(checkKept(one(0), one(-0)));
  });
});

it("swapped steps, a source layer twice, and layers in another order", () => {
  const source = build<never>(
    input([2]),
    layer("a", relu, "x"),
    layer("b", relu6, "x"),
    layer("s", { kind: "concat" }, "a", "b"),
  ) as AnyNetwork<never>;
  const ring = rational as unknown as Ring<never>;
  const honest = allKept(ring, source, source);
  const [x, a, b, s] = honest.steps as [never, never, never, never];
  for (const steps of [
    [x, b, a, s],
    [x, a, a, s],
    [x, a, b, { theorem: "keep", layer: "s", from: ["a"] }],
    [x, a, b, { theorem: "keep", layer: "s", from: ["s", "s"] }],
    [x, a, b, { theorem: "keep", layer: "s", from: [] }],
  ])
    refused(check(ring)(source, source, { ...honest, steps: steps as never }));
  const swapped = build<never>(
    input([2]),
    layer("b", relu6, "x"),
    layer("a", relu, "x"),
    layer("s", { kind: "concat" }, "a", "b"),
  ) as AnyNetwork<never>;
  // Another topological order of one DAG means the same, and its certificate holds.
  succeed(check(ring)(source, swapped, allKept(ring, source, swapped)));
  const crossed = build<never>(
    input([2]),
    layer("a", relu, "x"),
    layer("b", relu6, "x"),
    layer("s", { kind: "concat" }, "b", "a"),
  ) as AnyNetwork<never>;
  refused(check(ring)(source, crossed, allKept(ring, source, crossed)));
});
