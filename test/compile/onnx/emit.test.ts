/**
 * Whole programs in ONNX, forward and backward, against their meaning.
 *
 * Weights, inputs and cotangents are small whole numbers and the operators keep them so (or make quarters),
 * so that every sum is exact in float32 in whatever order it is taken: the answers must be equal. Cases in
 * which float32 would round somewhere are recognised (the interpreter over float32 and over float64
 * disagree) and left out.
 */
import fc from "fast-check";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { float32 } from "../../../src/algebra/float32.js";
import { float64 } from "../../../src/algebra/float64.js";
import { programBuilder } from "../../../src/compile/builder.js";
import { differentiate } from "../../../src/compile/derivative.js";
import { interpret, type Values } from "../../../src/compile/interpret.js";
import { lower } from "../../../src/compile/lower.js";
import { blockSize } from "../../../src/compile/onnx/blockSize.js";
import { emit } from "../../../src/compile/onnx/emit.js";
import type { EmittedProgram } from "../../../src/compile/onnx/emitted.js";
import { encodeModel } from "../../../src/compile/onnx/encode.js";
import { arrange, restore } from "../../../src/compile/onnx/layout.js";
import { allParameters } from "../../../src/compile/parameters.js";
import type { Program } from "../../../src/compile/program.js";
import type { ModelClass, Network } from "../../../src/model/network.js";
import type { Shape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { drawTensor, type Sampled } from "../../../src/laws/generators/ring.js";
import { drawNetwork } from "../../../src/laws/generators/network.js";
import type { NetworkOptions } from "../../../src/laws/generators/operator.js";
import { succeed } from "../../generators/succeed.js";
import { tape, type Tape } from "../../../src/laws/generators/tape.js";

const wholes: Sampled<number> = {
  ring: float64,
  draw: (uniform) => Math.floor(uniform() * 5) - 2,
};

const options: Partial<NetworkOptions> = {
  kinds: [
    "convolution",
    "convolution",
    "convolution",
    "projected",
    "projected",
    "dense",
    "affine",
    "activation",
    "activation",
    "maxPool",
    "add",
    "concat",
    "zeroPad",
    "flatten",
  ],
  activations: [
    { name: "relu" },
    { name: "relu" },
    { name: "relu6" },
    { name: "leakyRelu", slope: 0.25 },
  ],
  layers: 5,
};

interface Case {
  readonly program: Program;
  readonly values: Values<number>;
}

/** Outputs: the network's value, and the gradient of its product with a cotangent in every weight. */
const gradientCase = (
  t: Tape,
  network: Network<ModelClass, Shape, Shape, number>,
  batch: number,
): Case => {
  const b = programBuilder(float64);
  const parameters = allParameters(network);
  const trained = parameters.filter(() => t.below(4) > 0);
  const { output } = lower(b, network, {
    batch,
    trainable: new Set(trained.map(({ name }) => name)),
    training: false,
    statistics: "constant",
  });
  const shape = b.shape(output);
  const products = b.apply({ op: "multiply" }, output, b.input("cotangent", "batch", shape));
  const loss = b.apply({ op: "sum", axes: shape.map((_, axis) => axis) }, products);
  b.output("value", output);
  const inputs = b.nodes.flatMap((node, id) =>
    node.kind === "input" && node.name !== "cotangent" ? [[id, node.name] as const] : [],
  );
  const gradients = differentiate(
    b,
    loss,
    inputs.map(([id]) => id),
  );
  for (const [id, name] of inputs) {
    const gradient = gradients.get(id);
    if (gradient === undefined) continue;
    b.output(`gradient of ${name}`, gradient);
    // A step as an optimizer takes it, so that the layouts of parameters are exercised.
    if (name !== "input") b.output(name, b.apply({ op: "subtract" }, id, gradient));
  }
  return {
    program: succeed(b.finish()),
    values: {
      input: drawTensor(wholes, [batch, ...network.input], t.bulk()),
      cotangent: drawTensor(wholes, shape, t.bulk()),
      ...Object.fromEntries(trained.map(({ name, value }) => [name, value])),
    },
  };
};

const run = async (emitted: EmittedProgram, values: Values<number>): Promise<Values<number>> => {
  const b = emitted.block ?? 1;
  const session = await InferenceSession.create(encodeModel(emitted.graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const float = (data: Float32Array, shape: Shape): OrtTensor =>
    new OrtTensor("float32", data, [...shape]);
  const result = await session.run(
    Object.fromEntries([
      ...emitted.frozen.map(({ edge, data }) => [edge.name, float(data, edge.shape)] as const),
      ...emitted.residents.map(
        ({ name, layout, input }) =>
          [input.name, float(arrange(layout, asFloat32(values[name]!), b), input.shape)] as const,
      ),
      ...emitted.feeds.map(
        ({ name, edge, shape }) =>
          [edge.name, float(asFloat32(values[name]!).data as Float32Array, shape)] as const,
      ),
    ]),
  );
  await session.release();
  const data = (name: string): Float32Array => result[name]!.data as Float32Array;
  return Object.fromEntries([
    ...emitted.results.map(({ name, edge, shape }) => [name, { shape, data: data(edge.name) }]),
    ...emitted.residents.flatMap(({ name, layout, output, shape }) =>
      output === null ? [] : [[name, { shape, data: restore(layout, data(output), shape, b) }]],
    ),
  ]);
};

const asFloat32 = ({ shape, data }: Tensor<number>): Tensor<number> => ({
  shape,
  data: Float32Array.from(data),
});

const isExact = ({ program, values }: Case): boolean => {
  const wide = succeed(interpret(float64)(program, values));
  const narrow = succeed(interpret(float32)(program, values));
  return Object.entries(wide).every(([name, { data }]) =>
    Array.from(data).every((v, i) => v === narrow[name]!.data[i]),
  );
};

const agrees = async (given: Case, block: number | null): Promise<void> => {
  fc.pre(isExact(given));
  const expected = succeed(interpret(float64)(given.program, given.values));
  const got = await run(emit(given.program, { block }), given.values);
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(got[name]!.shape).toEqual(shape);
    // Equality of numbers: zeros of both signs are one.
    const at = Array.from(data).findIndex((v, i) => v !== got[name]!.data[i]);
    if (at >= 0) throw new Error(`${name} at ${at}: ${got[name]!.data[at]} instead of ${data[at]}`);
  }
};

describe("programs in ONNX", () => {
  let detected: number | null = null;
  beforeAll(async () => {
    detected = succeed(await blockSize());
  });

  const families: readonly (readonly [string, Partial<NetworkOptions>, readonly number[]])[] = [
    ["narrow", options, [1, 2, 3]],
    [
      "wide",
      { ...options, channels: [3, 8, 16, 24, 32], largest: 1200, ranks: [2], layers: 4 },
      [1, 5, 8, 16, 20],
    ],
  ];
  describe.each(families)("%s", (_, family, batches) => {
    it.each(["plain", "blocked"])("%s: equal to the interpreter", async (lowering) => {
      if (lowering === "blocked" && detected === null) return;
      await fc.assert(
        fc.asyncProperty(tape(), async (t) => {
          const network = drawNetwork(t, wholes, family);
          await agrees(
            gradientCase(t, network, t.pick(batches)),
            lowering === "plain" ? null : detected,
          );
        }),
        { numRuns: 60 },
      );
    });
  });
});
