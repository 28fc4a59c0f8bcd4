/**
 * What every primitive owes its meaning, whatever the backend: exact where the arithmetic allows, within a
 * bound on its roundings elsewhere.
 */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { float64 } from "../../../src/algebra/float64.js";
import { applyPrimitive } from "../../../src/compile/interpret.js";
import type { PrimitiveName } from "../../../src/compile/program.js";
import { formulationOf, type Formulation } from "../../../src/compile/tfjs/formulation.js";
import { runPrimitive } from "../../../src/compile/tfjs/kernel.js";
import { mapTensor, type Tensor } from "../../../src/tensor/tensor.js";
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

const compute = (
  formulation: Formulation,
  { primitive }: Example,
  args: readonly Tensor<number>[],
  expected: Tensor<number>,
): ArrayLike<number> =>
  tf.tidy(() => {
    const tensors = args.map((a) => tf.tensor(Float32Array.from(a.data), [...a.shape], "float32"));
    const result = runPrimitive(formulation, primitive, tensors, expected.shape);
    expect(result.shape).toEqual([...expected.shape]);
    return result.dataSync();
  });

/** At each element, the backend's distance from the meaning is at most `bound`. */
const agrees = (
  backend: string,
  example: Example,
  args: readonly Tensor<number>[],
  boundOf: (expected: Tensor<number>) => (i: number) => number,
  formulation: Formulation = formulationOf(backend),
): void => {
  const expected = succeed(applyPrimitive(float64)(example.primitive, args));
  const got = compute(formulation, example, args, expected);
  const bound = boundOf(expected);
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i]! - expected.data[i]!) <= bound(i)))
      throw new Error(
        `${JSON.stringify(example)} at ${i}: ${got[i]} instead of ${expected.data[i]}, allowed ${bound(i)}\n${JSON.stringify(args.map((a) => Array.from(a.data)))}`,
      );
};

const functions = primitiveNames.filter((name) => !exact.includes(name) && !rounded.includes(name));

const check = (name: PrimitiveName, runs: number, law: (example: Example, t: Tape) => void): void =>
  fc.assert(
    fc.property(tape(60), (t) => law(catalogue[name](t), t)),
    { numRuns: runs },
  );

/** Declare the laws as tests of a backend, by the name TensorFlow.js registered it under. */
export const primitiveLaws = (backend: string): void => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each(exact)("%s is exact in quarters", (name) => {
    check(name, 60, (example, t) =>
      agrees(backend, example, draw(example, t.bulk(), quarter), () => () => 0),
    );
  });

  it("convFilterGrad is exact in quarters unless depthwise", () => {
    check("convFilterGrad", 60, (example, t) => {
      const p = example.primitive;
      if (p.op !== "convFilterGrad") return;
      const depthwise = p.groups > 1 && example.shapes[0]!.at(-1) === p.groups;
      if (!depthwise) agrees(backend, example, draw(example, t.bulk(), quarter), () => () => 0);
    });
  });

  it.each([0, Infinity])("convInputGrad is exact up to %d positions a channel", (most) => {
    const formulation = { ...formulationOf(backend), positionsPerChannel: most };
    check("convInputGrad", 60, (example, t) =>
      agrees(backend, example, draw(example, t.bulk(), quarter), () => () => 0, formulation),
    );
  });

  it.each(rounded)("%s stays within its rounding bound", (name) => {
    check(name, 60, (example, t) => {
      const args = draw(example, t.bulk(), float);
      agrees(backend, example, args, () => roundingBound(example, args));
    });
  });

  /** TensorFlow.js's Erf is off by up to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
  it.each(functions)("%s is as near as its functions allow", (name) => {
    check(name, 60, (example, t) => {
      const { primitive } = example;
      const args = draw(example, t.bulk(), functionElement(example));
      const isErf =
        (primitive.op === "activation" || primitive.op === "activationGrad") &&
        primitive.fn.name === "gelu" &&
        !primitive.fn.approximate;
      agrees(backend, example, args, (expected) =>
        functionBound(example, args, expected, isErf ? 1.5e-7 : 0),
      );
    });
  });

  it.each([[{ name: "gelu", approximate: false }], [{ name: "elu", alpha: 1 }]] as const)(
    "%o and its adjoint",
    (fn) => {
      const x: Tensor<number> = {
        shape: [17],
        data: Array.from({ length: 17 }, (_, i) => (i - 8) / 2),
      };
      const y = mapTensor(float64)(
        succeed(applyPrimitive(float64)({ op: "activation", fn }, [x])),
        Math.fround,
      );
      const dy = mapTensor(float64)(x, () => 1);
      const bound = () => (i: number) => (gamma(32) + 3e-7) * (1 + Math.abs(x.data[i]!));
      const example = { shapes: [[17]], smooth: [], linear: [], needs: "symbols" } as const;
      agrees(backend, { ...example, primitive: { op: "activation", fn } }, [x], bound);
      agrees(backend, { ...example, primitive: { op: "activationGrad", fn } }, [x, y, dy], bound);
    },
  );

  it("leaves nothing behind", () => {
    const before = tf.memory();
    for (const name of primitiveNames)
      check(name, 3, (example, t) => {
        const args = draw(example, t.bulk(), (uniform) => Math.abs(quarter(uniform)) + 0.25);
        const expected = succeed(applyPrimitive(float64)(example.primitive, args));
        compute(formulationOf(backend), example, args, expected);
      });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
};
