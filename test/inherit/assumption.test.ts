/** Assumptions: what is decided from weights agrees with what is tried on values. */
import { either as E } from "fp-ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { network, rational, type Rational, type Result } from "heirloom";
import {
  alone,
  assumptions,
  classes,
  consecutive,
  homogeneous,
  linear,
  positiveFactors,
  proportional,
  scalarConnections,
  scalarWeighted,
  type Assumption,
  type NodeOperator,
  type Place,
} from "heirloom/inherit";
import { drawSmall } from "../../src/inherit/draw.js";
import { channelsOf } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

/** Layers of every class, with groups and without, some projected ones with the same kernels for all nodes. */
const drawLayer = (t: Tape): NodeOperator<Rational> & { readonly inputs: number } => {
  const kind = t.pick(["dense", "convolution", "projected", "tied"] as const);
  const groups = kind === "dense" ? 1 : t.between(1, 2);
  const [inputs, nodes] = [groups * t.between(1, 2), groups * t.between(1, 3)];
  const bias = drawSmall(t, [nodes]);
  if (kind === "dense") return { kind, weights: drawSmall(t, [inputs, nodes]), bias, inputs };
  const geometry = drawGeometry(t, [3], { kernel: 2, stride: 1, dilation: 1, padding: 1 });
  const drawn = drawSmall(t, [...geometry.map((a) => a.kernel), inputs / groups, nodes]);
  const kernel =
    kind === "tied" ? generated(rational)(drawn.shape, (i) => drawn.data[i - (i % nodes)]!) : drawn;
  const shared = { geometry, groups, kernel, bias, inputs };
  return kind === "convolution"
    ? { kind, ...shared }
    : { kind: "projected", ...shared, gates: drawSmall(t, [inputs / groups, nodes]) };
};

const drawPlace = (op: NodeOperator<Rational> & { readonly inputs: number }, t: Tape): Place => {
  const { inputs, ...layer } = op;
  const x = drawSmall(t, [1, 3, inputs]);
  return succeed(
    alone(
      { op: layer as NodeOperator<Rational>, x },
      Array.from({ length: 8 }, () => t.below(1000)),
    ),
  );
};

const decided = (a: Assumption, p: Place): Result<null> => a.decided(rational)(p.network, p.layer);

describe("layers", () => {
  it.each([linear, scalarWeighted, scalarConnections, homogeneous, proportional])(
    "$name: what is decided is never contradicted by values",
    (assumption) => {
      let lacking = 0;
      fc.assert(
        fc.property(tape(), tape(), (t, u) => {
          const place = drawPlace(drawLayer(t), u);
          if (E.isRight(decided(assumption, place))) succeed(assumption.tried(place));
          else lacking++;
        }),
        { numRuns: 150 },
      );
      if (assumption === homogeneous || assumption === scalarConnections)
        expect(lacking).toBeGreaterThan(8);
      else expect(lacking).toBe(0);
    },
  );

  it.each([scalarConnections, homogeneous])(
    "$name: where it is decided against, some batch shows why",
    (assumption) => {
      const layers = fc
        .sample(tape(), { numRuns: 60, seed: 1 })
        .map(drawLayer)
        .filter((op) => E.isLeft(decided(assumption, drawPlace(op, plainTape()))));
      expect(layers.length).toBeGreaterThan(5);
      for (const op of layers) {
        const found = fc.check(
          fc.property(tape(), (u) => E.isRight(assumption.tried(drawPlace(op, u)))),
          { numRuns: 200 },
        );
        expect(found.failed).toBe(true);
      }
    },
  );

  it("homogeneous quotes the kernels that differ, and the groups", () => {
    const kernel = { shape: [2, 1, 2], data: [1, 2, 3, 3].map((x) => whole(x)) };
    const geometry = [{ kernel: 2, stride: 1, dilation: 1, low: 0, high: 0 }];
    const gates = { shape: [1, 2], data: [rational.one, rational.one] };
    const op = { kind: "projected", geometry, groups: 1, kernel, gates, bias: null } as const;
    const place = succeed(alone({ op, x: drawSmall(plainTape(), [1, 3, 1]) }));
    expect(refused(decided(homogeneous, place)).found).toBe(
      "frozen kernels of input 0 that differ at tap 0: 1 for node 0, 2 for node 1",
    );
    const grouped = { ...op, groups: 2, kind: "convolution" as const };
    const apart = succeed(alone({ op: grouped, x: drawSmall(plainTape(), [1, 3, 2]) }));
    expect(refused(decided(homogeneous, apart)).found).toBe(
      "2 groups, whose nodes see different inputs",
    );
  });

  it("are refused where a layer has no nodes, and where there is none of the name", () => {
    const n = succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
        { name: "a", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["x"] },
      ]),
    );
    expect(refused(linear.decided(rational)(n, "a")).found).toBe("activation");
    expect(refused(linear.decided(rational)(n, "b")).found).toBe("no layer named b");
  });
});

const whole = (x: number): Rational => succeed(rational.fromNumber(x));
const plainTape = (): Tape => fc.sample(tape(), { numRuns: 1, seed: 4 })[0]!;

describe("positions", () => {
  const stack = (fn: "relu" | "sigmoid" | "relu6") =>
    succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
        { name: "h", op: classes[0].draw(plainTape(), [2]), inputs: ["x"] },
        { name: "a", op: { kind: "activation", fn: { name: fn } }, inputs: ["h"] },
        { name: "y", op: dense(3), inputs: ["a"] },
      ]),
    );
  const dense = (nodes: number): NodeOperator<Rational> => {
    const hidden = channelsOf(
      (classes[0].draw(plainTape(), [2]) as { weights: { shape: readonly number[] } }).weights
        .shape,
    );
    return { kind: "dense", weights: drawSmall(plainTape(), [hidden, nodes]), bias: null };
  };

  it("positive factors pass relu, and neither sigmoid nor relu6", () => {
    expect(E.isRight(positiveFactors.decided(rational)(stack("relu"), "h"))).toBe(true);
    for (const fn of ["sigmoid", "relu6"] as const) {
      const r = refused(positiveFactors.decided(rational)(stack(fn), "h"));
      expect([r.where, r.found]).toEqual(["layer a", fn]);
    }
    const batch = drawSmall(plainTape(), [1, 2]);
    const at = (fn: "relu" | "relu6"): Place => ({
      network: stack(fn),
      layer: "h",
      batch,
      choices: [3],
    });
    expect(E.isRight(positiveFactors.tried(at("relu")))).toBe(true);
    expect(E.isLeft(positiveFactors.tried(at("relu6")))).toBe(true);
  });

  it("two layers in a row are a lower layer and one that reads it", () => {
    expect(E.isRight(consecutive.decided(rational)(stack("relu"), "h"))).toBe(true);
    expect(refused(consecutive.decided(rational)(stack("relu"), "y")).found).toBe(
      "the output of the network",
    );
  });
});

describe("names", () => {
  it("are unique, and each has words and a theorem", () => {
    expect(new Set(assumptions.map(({ name }) => name)).size).toBe(assumptions.length);
    for (const { words, theorem, statement } of assumptions)
      expect([words, theorem, statement].every((text) => text.length > 3)).toBe(true);
  });
});
