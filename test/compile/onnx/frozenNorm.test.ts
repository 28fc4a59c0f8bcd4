/** Frozen batch norms inside frozen kernels: the same function, where the arithmetic is exact. */
import { describe, expect, it } from "vitest";
import { float64 } from "../../../src/algebra/float64.js";
import { programBuilder } from "../../../src/compile/builder.js";
import { interpret } from "../../../src/compile/interpret.js";
import { absorbFrozenNorms } from "../../../src/compile/onnx/frozenNorm.js";
import type { Program } from "../../../src/compile/program.js";
import { axis } from "../../../src/tensor/geometry.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";

const quarters = (shape: Shape, seed: number) =>
  tensor(
    shape,
    Float32Array.from({ length: size(shape) }, (_, i) => (((i * 7 + seed) % 17) - 8) / 4),
  );

const geometry = [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 3, stride: 2 })];

/** A convolution and a norm; `shared` reads the convolution a second time, `trained` makes the kernel an input. */
const program = (kind: "frozen" | "shared" | "trained"): Program => {
  const b = programBuilder(float64);
  const x = b.input("x", "batch", [2, 5, 5, 2]);
  const w =
    kind === "trained"
      ? b.input("w", "parameter", [3, 3, 2, 4])
      : b.constant("w", quarters([3, 3, 2, 4], 1));
  const y = b.apply({ op: "conv", geometry, groups: 1 }, x, w);
  const scale = b.constant("scale", quarters([4], 3));
  b.output("z", b.apply({ op: "channelAffine" }, y, scale, b.constant("shift", quarters([4], 5))));
  if (kind === "shared") b.output("y", y);
  return succeed(b.finish());
};

const feed = { x: quarters([2, 5, 5, 2], 2), w: quarters([3, 3, 2, 4], 1) };
const ops = (p: Program): readonly string[] =>
  p.nodes.flatMap((node) => (node.kind === "apply" ? [node.primitive.op] : []));

describe("a frozen norm", () => {
  it("behind a frozen convolution becomes part of its kernel", () => {
    const before = program("frozen");
    const after = absorbFrozenNorms(before);
    expect(ops(after)).toEqual(["conv", "channelShift"]);
    const run = interpret(float64);
    expect(Array.from(succeed(run(after, feed))["z"]!.data)).toEqual(
      Array.from(succeed(run(before, feed))["z"]!.data),
    );
  });

  it.each(["shared", "trained"] as const)("stays where the convolution is %s", (kind) => {
    expect(absorbFrozenNorms(program(kind))).toEqual(program(kind));
  });
});
