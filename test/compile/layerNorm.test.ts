/**
 * Layer norm on both engines. Deviations are powers of two and means whole, so float32 computes without
 * rounding and the engines must give the exact value and its exact gradient.
 */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import type { Result } from "../../src/algebra/refusal.js";
import { programBuilder } from "../../src/compile/builder.js";
import { differentiate } from "../../src/compile/derivative.js";
import { interpret } from "../../src/compile/interpret.js";
import { lower } from "../../src/compile/lower.js";
import { onnxTarget } from "../../src/compile/onnx/backend.js";
import type { Program } from "../../src/compile/program.js";
import type { Feed, Target } from "../../src/compile/target.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import { build, input, layerNorm } from "../../src/model/builder.js";
import { weightsOf } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const shape = [2, 3, 3, 8] as const;

const floats = (of: Shape, f: (i: number) => number): Tensor<number> =>
  tensor(
    of,
    Float32Array.from({ length: size(of) }, (_, i) => f(i)),
  );

const norm = succeed(
  pipe(
    input([3, 3, 8]),
    layerNorm({
      name: "norm",
      epsilon: 0,
      gamma: floats([8], (i) => i - 3),
      beta: floats([8], (i) => 2 * i),
    }),
    build({ seed: 0 }),
  ),
);

/** At each position as many channels above its mean as below, by the same power of two. */
const batch = floats(shape, (i) => {
  const position = Math.floor(i / 8);
  const sign = [1, -1, -1, 1, 1, -1, 1, -1][(i + position) % 8]!;
  return (position % 7) - 3 + sign * 2 ** ((position % 4) - 1);
});

/** The value, and the gradients of its inner product with a direction. */
const program = (): Program => {
  const b = programBuilder(float32);
  const { output } = lower(b, norm, {
    batch: 2,
    trainable: new Set(["norm/gamma", "norm/beta"]),
    training: true,
    statistics: "constant",
  });
  const direction = b.input("direction", "batch", shape);
  const product = b.apply({ op: "multiply" }, output, direction);
  const loss = b.apply({ op: "sum", axes: [0, 1, 2, 3] }, product);
  const inputs = ["input", "norm/gamma", "norm/beta"].map((name) =>
    b.nodes.findIndex((node) => node.kind === "input" && node.name === name),
  );
  const gradients = differentiate(b, loss, inputs);
  b.output("value", output);
  for (const [i, name] of ["dx", "dgamma", "dbeta"].entries())
    b.output(name, gradients.get(inputs[i]!)!);
  return succeed(b.finish());
};

const direction = floats(shape, (i) => ((i * i + i) % 5) - 2);
const op = norm.layers[1]!.op;
const parameters = Object.fromEntries(weightsOf(op).map(([name, t]) => [`norm/${name}`, t]));

const listed = (values: Feed): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(Object.entries(values).map(([name, t]) => [name, Array.from(t.data)]));

/** What the program computes over binary64, which rounds nothing here either. */
const expected = listed(
  succeed(interpret(float64)(program(), { input: batch, direction, ...parameters })),
);

describe("layer norm", () => {
  it("has the value that its definition has", () => {
    const value = succeed(evaluate(float64)(norm, batch));
    expect(expected["value"]).toEqual(Array.from(value.data));
    expect(new Set(expected["value"]).size).toBeGreaterThan(8);
    expect(new Set(expected["dx"]).size).toBeGreaterThan(8);
  });

  const engines: readonly (readonly [string, () => Promise<Result<Target>>])[] = [
    ["TensorFlow.js on cpu", () => tfjsTarget("cpu")],
    ["TensorFlow.js on wasm", () => tfjsTarget("wasm")],
    ["ONNX Runtime in blocks", () => onnxTarget({ threads: 1, lowering: "blocked" })],
    ["ONNX Runtime in plain ONNX", () => onnxTarget({ threads: 1, lowering: "plain" })],
  ];
  it.each(engines)("computes value and gradients exactly on %s", async (_, open) => {
    const executable = succeed(await succeed(await open()).load(program(), parameters));
    const found = succeed(await executable.step({ input: batch, direction }));
    executable.dispose();
    expect(listed(found)).toEqual(expected);
  });
});
