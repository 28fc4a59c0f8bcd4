/** Steps that do not fit their networks: which are refused before the checker is asked, and how that reads. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { arrange } from "../../src/certify/arrangement.js";
import { charters } from "../../src/certify/charter.js";
import { listOf } from "../../src/certify/list.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Certificate, ConversionName, Step } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { refused, succeed } from "../generators/succeed.js";

const weight = (...shape: Shape): Tensor<number> => ({
  shape,
  data: new Float32Array(shape.reduce((n, e) => n * e, 1)).fill(1),
});
const geometry: Geometry = [axis({ kernel: 3, low: 1, high: 1 })];
const window = { geometry, groups: 1, kernel: weight(3, 1, 1), bias: null };
const convolution: Operator = { kind: "convolution", ...window };
const projected: Operator = { kind: "projected", ...window, gates: weight(1, 1) };
const relu: Operator = { kind: "activation", fn: { name: "relu" } };

const build = (...specs: readonly LayerSpec[]): AnyNetwork<number> => succeed(network(specs));
const chain = (...ops: readonly Operator[]): AnyNetwork<number> =>
  build(
    { name: "x", op: { kind: "input", shape: [4, 1] }, inputs: [] },
    ...ops.map((op, i) => ({ name: `l${i}`, op, inputs: [i === 0 ? "x" : `l${i - 1}`] })),
  );
const keep = (layer: string, from = layer): Step => ({ theorem: "keep", layer, from: [from] });

const collapse = (centre: number | null): Step => ({
  theorem: "T2_collapse",
  layer: "l0",
  from: ["l0"],
  geometry,
  groups: 1,
  extents: [4],
  centre,
  dead: [],
});

const laid = (
  source: AnyNetwork<number>,
  target: AnyNetwork<number>,
  steps: readonly Step[],
  conversion: ConversionName = "enlarge",
) => {
  const certificate: Certificate = {
    conversion,
    theorem: charters[conversion].theorem,
    ring: float32.name,
    rounding: "exact",
    source: digestOf(float32)(source),
    target: digestOf(float32)(target),
    steps,
    notes: [],
  };
  return arrange(source, target, certificate, charters[conversion]);
};
/** The sentence for one step of a network of one layer behind its input. */
const sentence = (source: Operator, target: Operator, step: Step): string =>
  showRefusal(refused(laid(chain(source), chain(target), [keep("x"), step])));

describe("a step", () => {
  it("is of the layer in its place", () => {
    expect(sentence(relu, relu, keep("l7"))).toBe(
      "layer l0, theorem keep: step: found l7, expected l0",
    );
  });
  it("names layers of the source", () => {
    expect(sentence(relu, relu, keep("l0", "l7"))).toBe(
      "layer l0, theorem keep: from: found l7, expected a layer of the source",
    );
  });
  it("names as many as its theorem is about", () => {
    expect(sentence(relu, relu, { theorem: "keep", layer: "l0", from: ["x", "l0"] })).toBe(
      "layer l0, theorem keep: from: found 2 layers, expected 1",
    );
    expect(
      sentence(relu, relu, { theorem: "T6_pad", layer: "l0", from: ["l0"], padding: [], geometry }),
    ).toBe("layer l0, theorem T6_pad: from: found 1 layers, expected 2");
    expect(
      sentence(relu, relu, {
        theorem: "T6_bn_fold",
        layer: "l0",
        from: ["x", "l0", "l0"],
        folded: "affine",
        readers: 1,
        scale: [],
      }),
    ).toBe("layer l0, theorem T6_bn_fold: from: found 3 layers, expected 2");
  });
  it.each([
    [[0.5, 1], "0.5, 1"],
    [[0, -1], "0, -1"],
    [[2 ** 53], "9007199254740992"],
  ])("embeds at a centre of natural numbers, which %o are not", (centre, found) => {
    expect(
      sentence(relu, convolution, {
        theorem: "T1_embed",
        layer: "l0",
        from: ["l0"],
        geometry,
        centre,
      }),
    ).toBe(`layer l0, theorem T1_embed: centre: found ${found}, expected natural numbers`);
  });
  it.each([
    [[-1], [1], "offset: found -1"],
    [[0], [1.5], "factor: found 1.5"],
  ])(
    "pushes by natural numbers, which offset %o and factor %o are not",
    (offset, factor, found) => {
      expect(
        sentence(convolution, convolution, {
          theorem: "T6_push",
          layer: "l0",
          from: ["l0"],
          geometry,
          offset,
          factor,
        }),
      ).toBe(`layer l0, theorem T6_push: ${found}, expected natural numbers`);
    },
  );
});

describe("the centre of a collapse", () => {
  const dense: Operator = { kind: "dense", weights: weight(1, 1), bias: null };
  const laidOut = (source: Operator, centre: number | null) =>
    laid(chain(source), chain(dense), [keep("x"), collapse(centre)], "recognise");
  it.each([convolution, projected])("is a tap of the source's kernel", (source) => {
    for (const centre of [0, 2, null]) {
      const [, step] = succeed(laidOut(source, centre)).proof.steps;
      const expected = centre === null ? ["None"] : ["Some", ["Cons", centre, ["Nil"]]];
      expect(step![1]).toEqual(["Collapse", expected]);
    }
    for (const centre of [-1, 3, 1.5])
      expect(showRefusal(refused(laidOut(source, centre)))).toBe(
        `layer l0, theorem T2_collapse: centre: found tap ${centre}, expected a tap of the source's kernel`,
      );
  });
  it("is none where the source has no kernel", () => {
    expect(refused(laidOut(relu, 0)).where).toBe("layer l0, theorem T2_collapse: centre");
    succeed(laidOut(relu, null));
  });
});

it("the steps of the checker have their rules, and their sources by number", () => {
  const source = chain({ kind: "zeroPad", padding: [[1, 1]] }, convolution, relu);
  const target = chain(convolution, relu);
  const pad: Step = { theorem: "T6_pad", layer: "l0", from: ["l0", "l1"], padding: [], geometry };
  const { proof } = succeed(laid(source, target, [keep("x"), pad, keep("l1", "l2")]));
  expect(proof).toEqual({
    source,
    target,
    steps: [
      ["Step", ["Keep"], listOf([0])],
      ["Step", ["Pad"], listOf([1, 2])],
      ["Step", ["Keep"], listOf([3])],
    ],
  });
});

describe("what a layer should read", () => {
  it("is the layers that carry the values, in order", () => {
    const source = build(
      { name: "x", op: { kind: "input", shape: [4] }, inputs: [] },
      { name: "a", op: relu, inputs: ["x"] },
      { name: "s", op: { kind: "concat" }, inputs: ["a", "x", "a"] },
    );
    const target = build(
      { name: "y", op: { kind: "input", shape: [4] }, inputs: [] },
      { name: "b", op: relu, inputs: ["y"] },
      { name: "t", op: { kind: "concat" }, inputs: ["b", "y", "b"] },
    );
    const steps = [keep("y", "x"), keep("b", "a"), keep("t", "s")];
    const arranged = succeed(laid(source, target, steps)).steps;
    expect(arranged.map(({ wires }) => wires)).toEqual(["", "y", "b, y, b"]);
    expect(arranged.map(({ proofFrom }) => proofFrom)).toEqual(source.layers.map((l) => [l]));
    const wrong = succeed(laid(source, target, [keep("y", "x"), keep("b", "x"), keep("t", "s")]));
    expect(wrong.steps[2]!.wires).toBe(
      "the value of a, which no layer carries, b, the value of a, which no layer carries",
    );
  });
});

describe("a theorem read from right to left", () => {
  const split = (layer: string, from = layer): Step => ({
    theorem: "T4_merge",
    layer,
    from: [from],
    groups: 1,
  });
  const unmerged = (
    source: AnyNetwork<number>,
    target: AnyNetwork<number>,
    ...steps: readonly Step[]
  ) => laid(source, target, steps, "unmerge");
  const expected = "expected one step from each source layer";
  it("has one step from each source layer, which the checker takes for the target", () => {
    const [source, target] = [chain(convolution, convolution), chain(projected, projected)];
    const arranged = succeed(unmerged(source, target, keep("x"), split("l0"), split("l1")));
    expect(arranged.steps.map(({ proofFrom }) => proofFrom)).toEqual(target.layers.map((l) => [l]));
    expect(arranged.proof).toEqual({
      source: target,
      target: source,
      steps: [
        ["Step", ["Keep"], listOf([0])],
        ["Step", ["Merge"], listOf([1])],
        ["Step", ["Merge"], listOf([2])],
      ],
    });
  });
  it.each([
    [
      [projected, projected],
      [split("l0"), split("l1", "l0")],
    ],
    [[projected], [split("l0")]],
  ])("lacks none", (gates, steps) => {
    const [source, target] = [chain(convolution, convolution), chain(...gates)];
    expect(showRefusal(refused(unmerged(source, target, keep("x"), ...steps)))).toBe(
      `certificate: steps: found none from l1, ${expected}`,
    );
  });
  it("may name a tap that its own kernel does not have: that step is the charter's to refuse", () => {
    const steps = [keep("x"), collapse(2)];
    const { proof } = succeed(laid(chain(convolution), chain(relu), steps, "unmerge"));
    expect(proof.steps[1]).toEqual(["Step", ["Collapse", ["None"]], listOf([1])]);
  });
  it("has no second step from one", () => {
    const [source, target] = [chain(convolution), chain(projected, projected)];
    expect(
      showRefusal(refused(unmerged(source, target, keep("x"), split("l0"), split("l1", "l0")))),
    ).toBe(`certificate: steps: found a source layer in two steps, ${expected}`);
  });
  it("counts the steps in the order of the source", () => {
    const two = (...names: readonly string[]) =>
      build(
        { name: "x", op: { kind: "input", shape: [4] }, inputs: [] },
        ...names.map((name): LayerSpec => ({ name, op: relu, inputs: ["x"] })),
        { name: "s", op: { kind: "concat" }, inputs: ["a", "b"] },
      );
    const arranged = succeed(
      unmerged(two("a", "b"), two("b", "a"), keep("x"), keep("b"), keep("a"), keep("s")),
    );
    expect([0, 1, 2, 3].map((at) => arranged.stepAt(at).layer.name)).toEqual(["x", "a", "b", "s"]);
  });
});
