/**
 * Bounded instances of the theorems, decided by z3: the library's own evaluator and conversions run over a ring of
 * symbolic reals, and z3 is asked for numbers at which the two sides differ. None of the library's
 * arithmetic decides anything here. An activation is an uninterpreted function.
 */
import * as E from "fp-ts/lib/Either.js";
import { init, type Arith, type Bool } from "z3-solver";
import { afterAll, describe, expect, it } from "vitest";
import { refuse } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { asClass, network } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { convolve } from "../../src/semantics/convolution.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { axis, taps, type Geometry } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { ungroup } from "../../src/transform/ungroup.js";
import { succeed } from "../generators/succeed.js";

const { Context, em } = await init();
const z3 = Context("heirloom");
type Real = Arith<"heirloom">;
type Claim = Bool<"heirloom">;

// Its threads keep the process alive otherwise.
afterAll(() => em.PThread.terminateAllThreads());

const real = (x: number): Real => z3.Real.val(x);
const [zero, one] = [real(0), real(1)];
const phi = z3.Function.declare("phi", z3.Real.sort(), z3.Real.sort());
const equals = (x: Real, y: Real): boolean => x.eqIdentity(y);

/** Symbolic reals; zeros are dropped, so that z3 is asked no more than it must be. */
const reals: Ring<Real> = {
  name: "symbolic reals",
  zero,
  one,
  add: (x, y) => (equals(x, zero) ? y : equals(y, zero) ? x : x.add(y)),
  mul: (x, y) => (equals(x, zero) || equals(y, zero) ? zero : x.mul(y)),
  sub: (x, y) => x.sub(y),
  equals,
  show: String,
  fromNumber: (x) =>
    Number.isInteger(x)
      ? E.right(real(x))
      : refuse({ where: "real", found: `${x}`, expected: "a whole number" }),
  allocate: (length) => new Array<Real>(length).fill(zero),
  functions: { tanh: (x) => E.right(phi.call(x) as Real) },
};

const variables = (name: string, shape: Shape): Tensor<Real> => ({
  shape,
  data: Array.from({ length: size(shape) }, (_, i) => z3.Real.const(`${name}${i}`)),
});

/** One layer after another. */
const chain = (input: Shape, ...ops: readonly Operator<Real>[]): AnyNetwork<Real> =>
  succeed(
    network([
      { name: "x", op: { kind: "input", shape: input }, inputs: [] },
      ...ops.map((op, i) => ({
        name: `l${i}`,
        op,
        inputs: [i === 0 ? "x" : `l${i - 1}`],
      })),
    ]),
  );

const activation: Operator<Real> = { kind: "activation", fn: { name: "tanh" } };

/** Whether z3 finds numbers for which two networks differ. */
const difference = async (found: AnyNetwork<Real>, expected: AnyNetwork<Real>) => {
  const x = variables("x", [1, ...expected.input]);
  const [y, z] = [found, expected].map((n) => succeed(evaluate(reals)(n, x)));
  const solver = new z3.Solver();
  solver.add(z3.Or(...Array.from(y!.data, (v, i): Claim => v.neq(z!.data[i]!))));
  return { answer: await solver.check(), solver };
};

const same3: Geometry = [
  axis({ kernel: 3, low: 1, high: 1 }),
  axis({ kernel: 3, low: 1, high: 1 }),
];
const lopsided: Geometry = [
  axis({ kernel: 2, stride: 2, dilation: 2, low: 1 }),
  axis({ kernel: 3, high: 1 }),
];

const gated = (geometry: Geometry, groups = 1, inputs = 2, outputs = 2): Operator<Real> => ({
  kind: "projected",
  geometry,
  groups,
  kernel: variables("f", [...geometry.map((a) => a.kernel), inputs / groups, outputs]),
  gates: variables("g", [inputs / groups, outputs]),
  bias: variables("b", [outputs]),
});

const convolution = (geometry: Geometry, groups = 1, inputs = 2, outputs = 2): Operator<Real> => ({
  kind: "convolution",
  geometry,
  groups,
  kernel: variables("f", [...geometry.map((a) => a.kernel), inputs / groups, outputs]),
  bias: variables("b", [outputs]),
});

describe("z3 finds no numbers for which the two sides differ", () => {
  const holds = async (found: AnyNetwork<Real>, expected: AnyNetwork<Real>): Promise<void> =>
    expect((await difference(found, expected)).answer).toBe("unsat");

  it("T1_embed: 3x3 on 4x4, two channels, activation and a second layer behind", async () => {
    const dense: Operator<Real> = {
      kind: "dense",
      weights: variables("w", [2, 2]),
      bias: variables("b", [2]),
    };
    const gffn = succeed(asClass("GFFN")(chain([4, 4, 2], dense, activation, dense)));
    await holds(succeed(embed(reals)(gffn)).network, gffn);
  });

  it("T3_unit: gates of one on a strided, dilated, lopsided window", async () => {
    const n = succeed(asClass("GCNN")(chain([4, 4, 2], convolution(lopsided), activation)));
    await holds(succeed(project(reals)(n)).network, n);
  });

  it("T4_merge: 3x3 on 4x4, two channels, with an activation behind", async () => {
    const n = chain([4, 4, 2], gated(same3), activation);
    await holds(succeed(merge(reals)(n)).network, n);
  });

  it("T6_bn_fold: a map per channel behind a gated convolution", async () => {
    const map: Operator<Real> = {
      kind: "affine",
      scale: variables("s", [2]),
      shift: variables("t", [2]),
    };
    const n = chain([3, 4, 2], gated(lopsided), map, activation);
    const folded = succeed(foldBatchNorm(reals)(n)).network;
    expect(folded.layers).toHaveLength(3);
    await holds(folded, n);
  });

  it("T6_pad: zeros around the input of a convolution", async () => {
    const pad: Operator<Real> = {
      kind: "zeroPad",
      padding: [
        [1, 2],
        [0, 1],
      ],
    };
    const n = chain([3, 3, 2], pad, convolution(lopsided), activation);
    const absorbed = succeed(absorbPadding(reals)(n)).network;
    expect(absorbed.layers).toHaveLength(3);
    await holds(absorbed, n);
  });

  it("T6_groups: two groups of two channels, gated", async () => {
    const n = chain([3, 4, 4], gated(lopsided, 2, 4, 4), activation);
    await holds(succeed(ungroup(reals)(n)).network, n);
  });
});

describe("z3 finds no GFFN node that is a convolution off the centre", () => {
  /** `exists w, b, for all x: the convolution through one tap of x is w x + b`. */
  const isGffn = async (tap: number, extent: number): Promise<string> => {
    const x = variables("x", [1, extent, extent, 1]);
    const kernel: Tensor<Real> = {
      shape: [3, 3, 1, 1],
      data: Array.from({ length: taps(same3) }, (_, t) => (t === tap ? one : zero)),
    };
    const y = convolve(reals)(x, kernel, same3, 1);
    const [w, b] = [z3.Real.const("w"), z3.Real.const("b")];
    const agrees = Array.from(y.data, (v, p): Claim => v.eq(w.mul(x.data[p]!).add(b)));
    const solver = new z3.Solver();
    const inputs = Array.from(x.data) as [Real, ...Real[]];
    solver.add(z3.ForAll(inputs, z3.And(...agrees)));
    return solver.check();
  };
  it.each([0, 1, 2, 3, 5, 6, 7, 8])("T2_strict: tap %i of 3x3 on 3x3", async (tap) => {
    expect(await isGffn(tap, 3)).toBe("unsat");
  });
  it("T2_collapse: it finds one at the centre, and anywhere on a single position", async () => {
    expect(await isGffn(4, 3)).toBe("sat");
    for (const tap of [0, 4, 7]) expect(await isGffn(tap, 1)).toBe("sat");
  });
});

describe("where a side is changed, z3 finds numbers for which they differ", () => {
  it("one gate left out of the merged kernel", async () => {
    const n = chain([3, 3, 2], gated(same3));
    const merged = succeed(merge(reals)(n)).network;
    const op = gated(same3);
    const layers = merged.layers.map((layer) => {
      if (layer.op.kind !== "convolution" || op.kind !== "projected") return layer;
      const { kernel } = layer.op;
      const data = Array.from(kernel.data, (v, i) => (i === 5 ? op.kernel.data[i]! : v));
      return { ...layer, op: { ...layer.op, kernel: { ...kernel, data } } };
    });
    const { answer, solver } = await difference(succeed(network(layers)), n);
    expect(answer).toBe("sat");
    // The model is numbers: at them the gate of that weight is not one.
    const gate = solver.model().eval(z3.Real.const("g1"), true);
    expect(String(gate)).not.toBe("1.0");
  });

  it("the centre of an embedding moved by a tap", async () => {
    const dense: Operator<Real> = { kind: "dense", weights: variables("w", [1, 1]), bias: null };
    const gffn = succeed(asClass("GFFN")(chain([3, 3, 1], dense)));
    const layers = succeed(embed(reals)(gffn)).network.layers.map((layer) => {
      if (layer.op.kind !== "convolution") return layer;
      const geometry = [axis({ kernel: 3, high: 2 }), layer.op.geometry[1]!];
      return { ...layer, op: { ...layer.op, geometry } };
    });
    const { answer } = await difference(succeed(network(layers)), gffn);
    expect(answer).toBe("sat");
  });
});
