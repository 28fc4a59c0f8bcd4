/** Where the laws must not hold: the conversions refuse, or the meanings really differ. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { network, type LayerSpec, type Network } from "../../src/model/network.js";
import type { Convolution, Dense, Projected } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import { generated } from "../../src/tensor/tensor.js";
import { type Shape } from "../../src/tensor/shape.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { sameMeaning } from "../../src/laws/equality.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { chain, convolution, input, number, numbers } from "./worked.js";

const dense: Dense<Rational> = {
  kind: "dense",
  weights: numbers([2, 2], (i) => i + 1),
  bias: null,
};

describe("projection", () => {
  it("changes the meaning as soon as one gate of a live kernel is not one", () => {
    fc.assert(
      fc.property(tape(), fc.nat(3), (t: Tape, which) => {
        const uniform = t.bulk();
        const n = chain([3, 3, 2], convolution(numbers([3, 3, 2, 2], (i) => (i % 5) + 1)));
        const p = succeed(project(rational)(n as Network<"GCNN", Shape, Shape, Rational>)).network;
        const layer = p.layers[1]!;
        const op = layer.op as Projected<Rational>;
        const gates = generated(rational)([2, 2], (i) => number(i === which ? 1.25 : 1));
        const changed = { ...p, layers: [p.layers[0]!, { ...layer, op: { ...op, gates } }] };
        const batch = generated(rational)([1, 3, 3, 2], () =>
          number(1 + Math.floor(uniform() * 4)),
        );
        refused(sameMeaning(rational)(changed, n, batch));
        refused(sameMeaning(rational)(succeed(merge(rational)(changed)).network, n, batch));
      }),
      { numRuns: 20 },
    );
  });
  it("refuses gates that are there already and networks with nothing to gate", () => {
    const n = chain([3, 3, 2], convolution(numbers([3, 3, 2, 2], (i) => i)));
    const p = succeed(project(rational)(n as Network<"GCNN", Shape, Shape, Rational>)).network;
    expect(showRefusal(refused(project(rational)(p as never)))).toContain("layer l0: found gates");
    expect(showRefusal(refused(project(rational)(chain([2], dense) as never)))).toContain(
      "found 0 convolutions, none of them gated",
    );
  });
  it("leaves pointwise convolutions frozen or trained by choice, and says so", () => {
    const one: Geometry = [axis({ kernel: 1 }), axis({ kernel: 1 })];
    const n = chain(
      [3, 3, 2],
      convolution(numbers([3, 3, 2, 2], (i) => i)),
      convolution(
        numbers([1, 1, 2, 2], (i) => i + 1),
        one,
      ),
    ) as Network<"GCNN", Shape, Shape, Rational>;
    const roles = (options: Parameters<typeof project<Rational>>[1]) =>
      Object.fromEntries(succeed(project(rational, options)(n)).roles);
    expect(roles({})).toEqual({ l0: "gated", l1: "gated" });
    expect(roles({ pointwise: "freeze" })).toEqual({ l0: "gated", l1: "frozen" });
    expect(roles({ pointwise: "train" })).toEqual({ l0: "gated", l1: "trained" });
    expect(roles({ choose: (l) => (l.name === "l0" ? "freeze" : "gate") })).toEqual({
      l0: "frozen",
      l1: "gated",
    });
    const kinds = succeed(project(rational, { pointwise: "freeze" })(n)).network.layers;
    expect(kinds.map((l) => l.op.kind)).toEqual(["input", "projected", "convolution"]);
  });
  it("reports gates that no gradient reaches", () => {
    const kernel = numbers([3, 3, 2, 2], (i) => (i % 4 === 2 ? 0 : 1));
    const made = succeed(
      project(rational)(
        chain([3, 3, 2], convolution(kernel)) as Network<"GCNN", Shape, Shape, Rational>,
      ),
    );
    const step = made.certificate.steps[1]!;
    expect(step).toMatchObject({
      theorem: "T3_unit",
      unidentifiable: { count: 1, first: [[1, 0]] },
    });
    expect(made.certificate.notes).toEqual([
      {
        layer: "l0",
        note: "1 kernels are zero at every tap, so their gates have no gradient: input 1 to output 0",
      },
    ]);
  });
  it("copies no kernel", () => {
    const n = chain([3, 3, 2], convolution(numbers([3, 3, 2, 2], (i) => i)));
    const p = succeed(project(rational)(n as Network<"GCNN", Shape, Shape, Rational>)).network;
    expect((p.layers[1]!.op as Projected<Rational>).kernel).toBe(
      (n.layers[1]!.op as Convolution<Rational>).kernel,
    );
  });
});

describe("unmerging", () => {
  const gatesOf = (first: number): AnyNetwork<Rational> =>
    chain([3, 3, 2], {
      ...convolution(numbers([3, 3, 2, 2], (i) => i + 1)),
      kind: "projected",
      gates: numbers([2, 2], (i) => (i === 0 ? first : 2)),
    });
  it("refuses gates other than those that were merged, naming layer, weight and values", () => {
    const merged = succeed(merge(rational)(gatesOf(3))).network;
    const other = gatesOf(4) as Network<"Projected", Shape, Shape, Rational>;
    expect(showRefusal(refused(unmerge(rational)(merged, other)))).toBe(
      "layer l0: kernel[0, 0, 0, 0]: found 3, expected 4; " +
        "unmerge with the projected network that was merged, gates included",
    );
  });
  it("refuses another structure", () => {
    const merged = succeed(merge(rational)(gatesOf(3))).network;
    const other = chain([3, 3, 2]) as Network<"Projected", Shape, Shape, Rational>;
    expect(showRefusal(refused(unmerge(rational)(merged, other)))).toContain("2 layers");
  });
});

describe("embedding", () => {
  const gffn = chain([4, 4, 2], dense) as Network<"GFFN", Shape, Shape, Rational>;
  const into = (a: Geometry[number]) => embed(rational, { geometry: () => [a, a] })(gffn);
  it.each([
    ["a valid window", axis({ kernel: 3 }), "extents"],
    ["a strided window", axis({ kernel: 3, stride: 2, low: 1, high: 1 }), "stride 2"],
    ["padding between taps", axis({ kernel: 3, dilation: 2, low: 1, high: 3 }), "padding 1 + 3"],
    ["more padding than taps", axis({ kernel: 2, low: 2, high: 0 }), "padding 2 + 0"],
  ])("refuses %s", (_, a, quoted) => {
    const refusal = refused(into(a));
    expect(refusal.where).toMatch(/^layer l0: (axis 0|window)$/);
    expect(showRefusal(refusal)).toContain(quoted);
  });
  it("keeps dense layers on vectors and says why", () => {
    const made = succeed(
      embed(rational)(chain([2], dense) as Network<"GFFN", Shape, Shape, Rational>),
    );
    expect(made.network.layers[1]!.op.kind).toBe("dense");
    expect(made.certificate.notes[0]!.note).toContain("one position and one tap");
  });
});

describe("recognising", () => {
  it("refuses one off-centre tap with the witness, and the networks really differ", () => {
    fc.assert(
      fc.property(fc.nat(8), fc.nat(3), (tap, pair) => {
        fc.pre(tap !== 4);
        const at = (off: number) =>
          numbers([3, 3, 2, 2], (i) =>
            Math.floor(i / 4) === 4 ? i : i === tap * 4 + pair ? off : 0,
          );
        const coupled = chain([3, 3, 2], convolution(at(7)));
        const refusal = refused(recognise(rational)(coupled));
        expect(showRefusal(refusal)).toBe(
          `layer l0: kernel tap [${Math.floor(tap / 3)}, ${tap % 3}], ` +
            `input ${Math.floor(pair / 2)} to output ${pair % 2}: found 7, expected zero off the ` +
            "centre tap; this convolution couples positions, which no GFFN network does (T2_strict)",
        );
        const plain = chain([3, 3, 2], convolution(at(0)));
        const gffn = succeed(recognise(rational)(plain)).network;
        const ones = numbers([1, 3, 3, 2], () => 1);
        succeed(sameMeaning(rational)(gffn, plain, ones));
        refused(sameMeaning(rational)(gffn, coupled, ones));
      }),
      { numRuns: 30 },
    );
  });
  it("refuses a tap that reads padding at some outputs without calling that a coupling", () => {
    // Tap 1 reads position 0 at output 0, tap 0 position 1 at output 1: with equal weights this is w x.
    const alternating = [axis({ kernel: 2, stride: 2, low: 1, high: 1 })];
    const n = chain(
      [2, 1],
      convolution(
        numbers([2, 1, 1], () => 3),
        alternating,
      ),
    );
    expect(showRefusal(refused(recognise(rational)(n)))).toBe(
      "layer l0: kernel tap [0], input 0 to output 0: found 3, expected zero off the centre tap; this " +
        "tap reads padding at some outputs, so that no one weight stands for it at all of them",
    );
  });
  it("takes any kernel over a single position, whose other taps read padding", () => {
    const strided: Geometry = [
      axis({ kernel: 3, stride: 2, low: 1, high: 1 }),
      axis({ kernel: 3, stride: 2, low: 1, high: 1 }),
    ];
    const n = chain(
      [1, 1, 2],
      convolution(
        numbers([3, 3, 2, 2], (i) => i + 1),
        strided,
      ),
    );
    const made = succeed(recognise(rational)(n));
    expect(made.certificate.steps[1]).toMatchObject({ centre: 4, dead: [0, 1, 2, 3, 5, 6, 7, 8] });
    succeed(
      sameMeaning(rational)(
        made.network,
        n,
        numbers([1, 1, 1, 2], (i) => i + 1),
      ),
    );
  });
  it("expands groups with zeros (T6_groups)", () => {
    const one: Geometry = [axis({ kernel: 1 }), axis({ kernel: 1 })];
    const n = chain(
      [2, 2, 4],
      convolution(
        numbers([1, 1, 2, 6], (i) => i + 1),
        one,
        2,
      ),
    );
    const made = succeed(recognise(rational)(n));
    succeed(
      sameMeaning(rational)(made.network, n, drawTensor(rationals, [2, 2, 2, 4], Math.random)),
    );
    const { weights } = made.network.layers[1]!.op as Dense<Rational>;
    expect(Array.from(weights.data, (w) => Number(w.numerator))).toEqual([
      1, 2, 3, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 10, 11, 12,
    ]);
  });
  it("refuses a window that changes the extents", () => {
    const valid: Geometry = [axis({ kernel: 3 }), axis({ kernel: 3 })];
    const n = chain(
      [3, 3, 2],
      convolution(
        numbers([3, 3, 2, 2], () => 0),
        valid,
      ),
    );
    expect(showRefusal(refused(recognise(rational)(n)))).toContain(
      "1x1 outputs from 3x3 positions",
    );
  });
});

describe("folding", () => {
  const norm = (statistics: "frozen" | "batch"): LayerSpec<Rational>["op"] => ({
    kind: "batchNorm",
    statistics,
    gamma: numbers([2], () => 3),
    beta: numbers([2], () => 1),
    mean: numbers([2], () => 2),
    variance: numbers([2], () => 3.75),
    epsilon: 0.25,
    momentum: 0.5,
  });
  const kernel = numbers([3, 3, 2, 2], (i) => i % 7);
  it("leaves batch statistics alone, and folding them as if frozen would change the meaning", () => {
    const one: Geometry = [axis({ kernel: 1 })];
    const n = chain(
      [2, 1],
      convolution(
        numbers([1, 1, 2], (i) => i + 1),
        one,
      ),
      norm("batch"),
    );
    const made = succeed(foldBatchNorm(rational)(n));
    expect(made.network.layers.map((l) => l.op.kind)).toEqual([
      "input",
      "convolution",
      "batchNorm",
    ]);
    expect(made.certificate.notes).toEqual([
      { layer: "l1", note: "left as it is: its statistics are those of the batch" },
    ]);
    const frozen = chain(
      [2, 1],
      convolution(
        numbers([1, 1, 2], (i) => i + 1),
        one,
      ),
      norm("frozen"),
    );
    const folded = succeed(foldBatchNorm(rational)(frozen)).network;
    // Values 0 and 2a: mean a, variance a^2, and a^2 + 1/4 is a square for a = 3/8 and a = 0 only by chance.
    const batch = numbers([1, 2, 1], (i) => i * 0.75);
    succeed(sameMeaning(rational)(folded, frozen, batch));
    expect(refused(sameMeaning(rational)(folded, n, batch))).toBeDefined();
  });
  it("keeps the layer's name and the gates, and scales the frozen kernel exactly", () => {
    const gates = numbers([2, 2], (i) => i + 2);
    const n = chain(
      [3, 3, 2],
      { ...convolution(kernel), kind: "projected", gates },
      norm("frozen"),
    );
    const made = succeed(foldBatchNorm(rational)(n));
    expect(made.network.layers.map((l) => [l.name, l.op.kind])).toEqual([
      ["x", "input"],
      ["l0", "projected"],
    ]);
    expect((made.network.layers[1]!.op as Projected<Rational>).gates).toBe(gates);
    expect(made.certificate.steps[1]).toMatchObject({ scale: ["3/2", "3/2"], from: ["l0", "l1"] });
  });
  it("refuses a variance without a root in the ring, with the advice to use `affine`", () => {
    const op = { ...norm("frozen"), variance: numbers([2], () => 3) } as LayerSpec<Rational>["op"];
    expect(
      showRefusal(refused(foldBatchNorm(rational)(chain([3, 3, 2], convolution(kernel), op)))),
    ).toBe(
      "layer l1: channel 0, variance 3 + 0.25: found 13/4, expected the square of a rational number; " +
        "write a frozen batch norm over an exact ring as the operator `affine`",
    );
  });
  it("leaves a convolution with a second reader alone", () => {
    const n = succeed(
      network<Rational>([
        input([3, 3, 2]),
        { name: "c", op: convolution(kernel), inputs: ["x"] },
        { name: "b", op: norm("frozen"), inputs: ["c"] },
        { name: "s", op: { kind: "add" }, inputs: ["b", "c"] },
      ]),
    );
    const made = succeed(foldBatchNorm(rational)(n));
    expect(made.network.layers).toHaveLength(4);
    expect(made.certificate.notes).toEqual([
      { layer: "b", note: "left as it is: c has 2 readers" },
    ]);
  });
});
