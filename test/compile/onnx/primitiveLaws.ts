/** What every primitive, lowered to ONNX in several layouts, owes its meaning, wherever the runtime computes. */
import fc from "fast-check";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { float64 } from "../../../src/algebra/float64.js";
import { applyPrimitive } from "../../../src/compile/interpret.js";
import { encodeModel } from "../../../src/compile/onnx/encode.js";
import { graphBuilder } from "../../../src/compile/onnx/graphBuilder.js";
import {
  arrange,
  blocks,
  kernelPlanes,
  kernelSwapped,
  planes,
  rows,
  type Layout,
} from "../../../src/compile/onnx/layout.js";
import { edgeShape, type Lowering } from "../../../src/compile/onnx/lowering.js";
import { blockedRules } from "../../../src/compile/onnx/blocked/rules.js";
import { plainRules } from "../../../src/compile/onnx/plain/rules.js";
import type { Rule } from "../../../src/compile/onnx/rule.js";
import { sessionOptions, type Provider } from "../../../src/compile/onnx/runtime.js";
import { constantValue, storedValue, type Value } from "../../../src/compile/onnx/value.js";
import type { Primitive, PrimitiveName } from "../../../src/compile/program.js";
import { isPiecewiseLinear, type ActivationFunction } from "../../../src/model/activation.js";
import { axis, kernelExtents, outputExtents } from "../../../src/tensor/geometry.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { filled, mapTensor, type Tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";
import { tape, type Tape } from "../../../src/laws/generators/tape.js";
import { catalogue, primitiveNames, type Example } from "../catalogue.js";
import {
  draw,
  exact,
  float,
  functionBound,
  functionElement,
  gamma,
  quarter,
  rounded,
  roundingBound,
} from "../primitiveDraws.js";

/** Few values, so that the largest of a window is often there twice. */
const small = (uniform: () => number): number => Math.floor(uniform() * 3) - 1;

/** A way to lower, with the block of its blocked layouts (1 without), and where to compute. */
export interface Lowered {
  readonly name: string;
  readonly block: number;
  readonly rule: Rule;
  readonly provider: Provider;
}

const plainRule: Rule = (c, a) => (plainRules[a.primitive.op] as Rule)(c, a);

/** Standard ONNX. */
export const plain = (provider: Provider): Lowered => ({
  ...{ name: "plain", block: 1, rule: plainRule, provider },
});

/** The runtime's own dialect, on the CPU. */
export const blocked = (block: number): Lowered => ({
  ...{ name: "blocked", block, provider: "cpu" },
  rule: (c, a) => (blockedRules[a.primitive.op] as Rule | undefined)?.(c, a) ?? plainRule(c, a),
});

/**
 * Where arguments lie and what is wished for: all alike, or each drawn; or in planes with kernels that are
 * known or made of known filters by gates.
 */
type Placement = "rows" | "planes" | "blocks" | "mixed" | "constantKernel" | "gatedKernel";

const kernelArguments: Partial<Record<PrimitiveName, readonly number[]>> = {
  conv: [1],
  convInputGrad: [1],
  gateWeight: [0, 1],
  gateGrad: [0, 1],
};

const kernelResults: readonly PrimitiveName[] = ["convFilterGrad", "gateWeight", "gateGrad"];

const layoutFor = (
  placement: Placement,
  shape: Shape,
  isKernel: boolean,
  uniform: () => number,
): Layout => {
  if (shape.length < 2 || placement === "rows") return rows;
  if (placement === "mixed") {
    const choices = isKernel ? [rows, kernelPlanes, kernelSwapped] : [rows, planes];
    return choices[Math.floor(uniform() * choices.length)]!;
  }
  if (isKernel) return kernelPlanes;
  return placement === "blocks" && shape.length === 4 ? blocks : planes;
};

/** One application to be tried. */
interface Trial {
  readonly example: Example;
  readonly args: readonly Tensor<number>[];
  readonly placement: Placement;
  readonly uniform: () => number;
}

/** A result as it was read, in one of its layouts. */
interface Reading {
  readonly trial: Trial;
  readonly expected: Tensor<number>;
  readonly layout: Layout;
  readonly got: ArrayLike<number>;
}

/** The layouts in which a result is read: rows, and one more that is drawn. */
const readingLayouts = (t: Trial, shape: Shape): readonly Layout[] => {
  if (shape.length < 2 || t.placement === "rows") return [rows];
  if (!kernelResults.includes(t.example.primitive.op)) return [rows, planes];
  const taps = Array.from({ length: size(shape.slice(0, -2)) }, (_, i) => i).reverse();
  const choices = [kernelPlanes, kernelSwapped, { ...kernelSwapped, taps }];
  return [rows, choices[Math.floor(t.uniform() * choices.length)]!];
};

/** All trials in one graph and one run. */
const compute = async (
  { block, rule, provider }: Lowered,
  trials: readonly Trial[],
): Promise<readonly Reading[]> => {
  const g = graphBuilder();
  const c: Lowering = { g, b: block, constant: (data, shape) => g.initializer(data, shape) };
  const feeds: Record<string, OnnxTensor> = {};
  const readings: Omit<Reading, "got">[] = [];
  const given = (name: string, layout: Layout, arg: Tensor<number>): Value => {
    const edge = g.input(name, edgeShape(layout, arg.shape, block));
    feeds[name] = new OnnxTensor("float32", Float32Array.from(arrange(layout, arg, block)), [
      ...edge.shape,
    ]);
    return storedValue(c, arg.shape, layout, edge);
  };
  /** The kernel as half of it times gates of two. */
  const gated = (kernel: Tensor<number>, name: string): Value => {
    const gates = filled(float64)(kernel.shape.slice(-2), 2);
    const half = mapTensor(float64)(kernel, (x) => x / 2);
    return rule(c, {
      primitive: { op: "gateWeight" },
      args: [constantValue(c, half), given(name, rows, gates)],
      shape: kernel.shape,
      wish: kernelPlanes,
    });
  };
  const argument = (t: Trial, i: number, name: string): Value => {
    const arg = t.args[i]!;
    if (t.placement === "mixed" && t.uniform() < 0.25) return constantValue(c, arg);
    const isKernel = kernelArguments[t.example.primitive.op]?.includes(i) ?? false;
    if (t.placement === "constantKernel" && isKernel) return constantValue(c, arg);
    if (t.placement === "gatedKernel" && isKernel) return gated(arg, name);
    const layout = layoutFor(t.placement, arg.shape, isKernel, t.uniform);
    return given(name, layout, arg);
  };
  for (const [n, trial] of trials.entries()) {
    const { primitive } = trial.example;
    const expected = succeed(applyPrimitive(float64)(primitive, trial.args));
    const { shape } = expected;
    const isKernel = kernelResults.includes(primitive.op);
    const value = rule(c, {
      primitive,
      args: trial.args.map((_, i) => argument(trial, i, `x${n}.${i}`)),
      shape,
      wish: layoutFor(trial.placement, shape, isKernel, trial.uniform),
    });
    expect(value.shape).toEqual(shape);
    for (const layout of readingLayouts(trial, shape)) {
      g.output(`y${readings.length}`, value.in(layout));
      readings.push({ trial, expected, layout });
    }
  }
  const options = sessionOptions({ provider, threads: 1 });
  const session = await InferenceSession.create(encodeModel(g.finish()), options);
  try {
    const results = await session.run(feeds);
    return readings.map((reading, n) => {
      const { data, dims } = results[`y${n}`]!;
      expect(dims).toEqual(edgeShape(reading.layout, reading.expected.shape, block));
      return { ...reading, got: data as Float32Array };
    });
  } finally {
    await session.release();
  }
};

/** What is allowed at each element. */
type Bound = (t: Trial, expected: Tensor<number>) => (i: number) => number;

const agrees = async (
  lowering: Lowered,
  trials: readonly Trial[],
  boundOf: Bound,
): Promise<void> => {
  for (const { trial, expected, layout, got } of await compute(lowering, trials)) {
    const bound = boundOf(trial, expected);
    // Where each element lies in this layout; small whole numbers are exact in float32.
    const positions = arrange(
      layout,
      { ...expected, data: Array.from(expected.data, (_, i) => i) },
      1,
    );
    expect(got.length).toBe(positions.length);
    for (const [at, i] of positions.entries())
      if (!(Math.abs(got[at]! - expected.data[i]!) <= bound(i)))
        throw new Error(
          `${JSON.stringify(trial.example)} in ${trial.placement}, read in ${layout.kind} at ${at}: ${got[at]} instead of ${expected.data[i]}, allowed ${bound(i)}\n${JSON.stringify(trial.args.map((a) => Array.from(a.data)))}`,
        );
  }
};

/** So many examples of a primitive, each in every placement. */
const trialsOf = (
  { block }: Lowered,
  runs: number,
  drawExample: (t: Tape) => Example,
  element: (example: Example) => (uniform: () => number) => number,
): readonly Trial[] =>
  fc.sample(tape(60), runs).flatMap((t) => {
    const example = drawExample(t);
    const uniform = t.bulk();
    const args = draw(example, uniform, element(example));
    const placements: readonly Placement[] = [
      "rows",
      "planes",
      "mixed",
      ...(block > 1 ? (["blocks"] as const) : []),
      ...(example.primitive.op.startsWith("conv")
        ? (["constantKernel", "gatedKernel"] as const)
        : []),
    ];
    return placements.map((placement) => ({ example, args, placement, uniform }));
  });

/**
 * An example with `factor` times the channels, so that kernels for wide maps are reached; a depthwise
 * convolution stays one.
 */
const widened = (example: Example, factor: number): Example => {
  const { primitive, shapes } = example;
  const last = (shape: Shape): Shape => [...shape.slice(0, -1), shape.at(-1)! * factor];
  if (!("groups" in primitive)) return { ...example, shapes: shapes.map(last) };
  const [x, second] = [shapes[0]!, shapes[1]!];
  const isDepthwise =
    primitive.groups > 1 &&
    (primitive.op === "convFilterGrad" ? x.at(-1) === primitive.groups : second.at(-2) === 1);
  const inner = isDepthwise ? 1 : factor;
  const kernel = [...second.slice(0, -2), second.at(-2)! * inner, second.at(-1)! * factor];
  return {
    ...example,
    primitive: { ...primitive, groups: isDepthwise ? primitive.groups * factor : primitive.groups },
    shapes: [last(x), primitive.op === "convFilterGrad" ? last(second) : kernel],
  };
};

/** Exact on this target, with the sums that others divide and multiply back. */
const exactHere: readonly PrimitiveName[] = [
  ...exact,
  "convFilterGrad",
  "gateGrad",
  "channelSum",
  "channelDot",
  "sum",
];

const functions = primitiveNames.filter(
  (name) => !exactHere.includes(name) && !rounded.includes(name),
);

/** The laws, as tests. */
export const primitiveLaws = (lowering: Lowered): void => {
  const { provider } = lowering;

  it.each(exactHere)("%s is exact in quarters", async (name) => {
    const trials = trialsOf(lowering, 30, catalogue[name], () => quarter);
    await agrees(lowering, trials, () => () => 0);
  });

  it.each([
    "conv",
    "convInputGrad",
    "convFilterGrad",
    "channelAffine",
    "channelScale",
    "channelShift",
    "channelSum",
    "channelDot",
    "maxPool",
    "maxPoolGrad",
    "concat",
  ] as const)("%s of many channels is exact in quarters", async (name) => {
    const factor = lowering.block > 1 ? lowering.block : 9;
    const drawExample = (t: Tape): Example => widened(catalogue[name](t), factor);
    await agrees(
      lowering,
      trialsOf(lowering, 20, drawExample, () => quarter),
      () => () => 0,
    );
  });

  // CUDA's kernel gives it to another of equals: docs/performance.md, "On a GPU".
  it.skipIf(provider === "cuda")("gives a maximum's gradient to the first of equals", async () => {
    const trials = trialsOf(lowering, 30, catalogue.maxPoolGrad, () => small);
    await agrees(lowering, trials, () => () => 0);
  });

  it("convolves over three axes", async () => {
    const geometry = [
      axis({ kernel: 3, stride: 2, dilation: 2, low: 3, high: 1 }),
      axis({ kernel: 2, stride: 3, low: 1 }),
      axis({ kernel: 2, high: 1 }),
    ];
    const extents = [5, 4, 3];
    const outputs = succeed(outputExtents(geometry, extents));
    const x = [2, ...extents, 4];
    const w = [...kernelExtents(geometry), 2, 6];
    const y = [2, ...outputs, 6];
    const groups = 2;
    const example = (primitive: Primitive, shapes: readonly Shape[]): Example => ({
      ...{ primitive, shapes },
      ...{ smooth: [], linear: [], needs: "order" },
    });
    for (const each of [
      example({ op: "conv", geometry, groups }, [x, w]),
      example({ op: "convInputGrad", geometry, groups, extents }, [y, w]),
      example({ op: "convFilterGrad", geometry, groups }, [x, y]),
    ])
      await agrees(
        lowering,
        trialsOf(
          lowering,
          2,
          () => each,
          () => quarter,
        ),
        () => () => 0,
      );
  });

  it.each(rounded)("%s stays within its rounding bound", async (name) => {
    const trials = trialsOf(lowering, 30, catalogue[name], () => float);
    await agrees(lowering, trials, ({ example, args }) => roundingBound(example, args));
  });

  it.each(functions)("%s is as near as its functions allow", async (name) => {
    const trials = trialsOf(lowering, 30, catalogue[name], functionElement);
    await agrees(lowering, trials, ({ example, args }, expected) =>
      functionBound(example, args, expected),
    );
  });

  /** Eighths from -8 to 8 meet every kink; what is made of linear pieces with dyadic slopes is exact. */
  it.each<readonly [ActivationFunction]>([
    [{ name: "relu" }],
    [{ name: "relu6" }],
    [{ name: "leakyRelu", slope: 0.25 }],
    [{ name: "leakyRelu", slope: -0.5 }],
    [{ name: "hardSigmoid", slope: 0.25, offset: 0.5 }],
    [{ name: "hardSigmoid", slope: -0.25, offset: 0.5 }],
    [{ name: "hardSwish" }],
    [{ name: "elu", alpha: 1 }],
    [{ name: "elu", alpha: -0.5 }],
    [{ name: "gelu", approximate: false }],
    [{ name: "gelu", approximate: true }],
  ])("%o and its adjoint", async (fn) => {
    const shape = [1, 129];
    const x: Tensor<number> = { shape, data: Array.from({ length: 129 }, (_, i) => i / 8 - 8) };
    const y = mapTensor(float64)(
      succeed(applyPrimitive(float64)({ op: "activation", fn }, [x])),
      Math.fround,
    );
    const dy = mapTensor(float64)(x, () => 1);
    const trial = (primitive: Primitive, args: readonly Tensor<number>[]): Trial => ({
      ...{ args, placement: "rows", uniform: () => 0 },
      example: {
        ...{ primitive, shapes: args.map((a) => a.shape) },
        ...{ smooth: [], linear: [], needs: "symbols" },
      },
    });
    await agrees(
      lowering,
      [trial({ op: "activation", fn }, [x]), trial({ op: "activationGrad", fn }, [x, y, dy])],
      () => (i) => (isPiecewiseLinear(fn) ? 0 : gamma(32) * (1 + Math.abs(x.data[i]!))),
    );
  });
};
