/**
 * A self test: a step of training-shaped work whose result is known exactly. It convolves whole numbers, takes
 * both gradients, and multiplies matrices; every sum stays below 2^24, so a right backend gives exactly the
 * integers. One side of each product holds numbers up to 4097 = 2^12 + 1, which need 13 bits: a device that rounds
 * its factors to 12 bits or fewer (TF32 and binary16 have 11, bfloat16 has 8) before it multiplies them is found out,
 * in each of the four, for kernels are chosen one by one.
 */
import * as E from "fp-ts/lib/Either.js";
import { float64 } from "../algebra/float64.js";
import type { Result } from "../algebra/refusal.js";
import { axis } from "../tensor/geometry.js";
import { showShape, size, type Shape } from "../tensor/shape.js";
import { mapTensor, tensor, type Tensor } from "../tensor/tensor.js";
import { programBuilder } from "./builder.js";
import { interpret } from "./interpret.js";
import type { NodeId, Program } from "./program.js";
import type { Feed, Target } from "./target.js";

/** The outcome of a self test that ran through. */
export interface SelfTest {
  readonly passed: boolean;
  /** The second run of the step, so that compiling shaders or packing weights does not count. */
  readonly milliseconds: number;
  /** The first wrong number, if any. */
  readonly found: string | null;
}

const numbers = (shape: Shape, seed: number): Tensor<number> =>
  tensor(
    shape,
    Float32Array.from({ length: size(shape) }, (_, i) => ((i * 7 + seed) % 11) - 5),
  );

/** The same spread out, from -4094 to 4097. */
const wide = (shape: Shape, seed: number): Tensor<number> =>
  mapTensor(float64)(numbers(shape, seed), (x) => 819 * x + (x === 5 ? 2 : 1));

/** What the images, kernels, gradients and matrices are, by the product in which they are factors. */
const inputs: Feed = {
  "y/x": wide([2, 8, 8, 8], 1),
  "y/w": numbers([3, 3, 8, 16], 2),
  "dx/dy": numbers([2, 4, 4, 16], 3),
  "dx/w": wide([3, 3, 8, 16], 4),
  "dw/x": wide([2, 8, 8, 8], 5),
  "dw/dy": numbers([2, 4, 4, 16], 6),
  "ab/a": wide([16, 64], 7),
  "ab/b": numbers([64, 16], 8),
};

/**
 * A 3x3 convolution of stride 2 with TensorFlow's asymmetric "same" padding, both of its gradients, and a product
 * of matrices, as in a head.
 */
const selfTestProgram = (): Result<Program> => {
  const b = programBuilder(float64);
  const input = (name: string): NodeId => b.input(name, "batch", inputs[name]!.shape);
  const window = axis({ kernel: 3, stride: 2, low: 0, high: 1 });
  const geometry = [window, window];
  const groups = 1;
  b.output("y", b.apply({ op: "conv", geometry, groups }, input("y/x"), input("y/w")));
  b.output(
    "dx",
    b.apply(
      { op: "convInputGrad", geometry, groups, extents: [8, 8] },
      input("dx/dy"),
      input("dx/w"),
    ),
  );
  b.output(
    "dw",
    b.apply({ op: "convFilterGrad", geometry, groups }, input("dw/x"), input("dw/dy")),
  );
  b.output(
    "ab",
    b.apply({ op: "matmul", transposeA: false, transposeB: false }, input("ab/a"), input("ab/b")),
  );
  return b.finish();
};

const firstDifference = (got: Feed, expected: Feed): string | null => {
  for (const [name, right] of Object.entries(expected)) {
    const at = Array.from(right.data).findIndex((v, i) => got[name]?.data[i] !== v);
    if (at >= 0)
      return `${got[name]?.data[at]} instead of ${right.data[at]} at ${at} of ${name} ${showShape(right.shape)}`;
  }
  return null;
};

/** Run the self test on a target. */
export const selfTest = async (target: Target): Promise<Result<SelfTest>> => {
  const program = selfTestProgram();
  if (E.isLeft(program)) return program;
  const expected = interpret(float64)(program.right, inputs);
  if (E.isLeft(expected)) return expected;
  const loaded = await target.load(program.right, {});
  if (E.isLeft(loaded)) return loaded;
  try {
    const first = await loaded.right.step(inputs);
    if (E.isLeft(first)) return first;
    const begun = performance.now();
    const second = await loaded.right.step(inputs);
    const milliseconds = performance.now() - begun;
    if (E.isLeft(second)) return second;
    const found = firstDifference(second.right, expected.right);
    return E.right({ passed: found === null, milliseconds, found });
  } finally {
    loaded.right.dispose();
  }
};
