/** The builder, and what passes over finished programs do. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { float64 } from "../../src/algebra/float64.js";
import { rational } from "../../src/algebra/rational.js";
import { machine } from "../../src/compile/arithmetic.js";
import { programBuilder } from "../../src/compile/builder.js";
import { programCost } from "../../src/compile/cost.js";
import { foldConstants } from "../../src/compile/folding.js";
import { interpret } from "../../src/compile/interpret.js";
import { peakElements, releasedAfter } from "../../src/compile/liveness.js";
import { prune } from "../../src/compile/prune.js";
import { axis } from "../../src/tensor/geometry.js";
import { tensor } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";

const vector = (...data: number[]) => tensor([data.length], Float32Array.from(data));

describe("programBuilder", () => {
  it("gives one node per input name", () => {
    const b = programBuilder(float32);
    expect(b.input("x", "batch", [2])).toBe(b.input("x", "batch", [2]));
  });

  it("keeps the first refusal and names the layer", () => {
    const b = programBuilder(float32);
    const x = b.input("x", "batch", [2]);
    const y = b.input("y", "batch", [3]);
    b.inLayer("conv1", () => b.apply({ op: "add" }, x, y));
    b.apply({ op: "multiply" }, x, y);
    expect(refused(b.finish())).toEqual({
      where: "layer conv1: add: arguments",
      found: "2 and 3",
      expected: "two tensors of one shape",
    });
  });

  it("refuses an input with two shapes, an output twice, and an output that does not fit its input", () => {
    const shapes = programBuilder(float32);
    shapes.input("x", "batch", [2]);
    shapes.input("x", "batch", [3]);
    expect(refused(shapes.finish()).found).toBe("shape 3");

    const twice = programBuilder(float32);
    const x = twice.input("x", "batch", [2]);
    twice.output("y", x);
    twice.output("y", x);
    expect(refused(twice.finish()).found).toBe("a second output of this name");

    const unfit = programBuilder(float32);
    unfit.input("p", "parameter", [2]);
    unfit.output("p", unfit.input("q", "batch", [3]));
    expect(refused(unfit.finish()).expected).toBe("shape 2, that of the input it replaces");
  });

  it("refuses a constant whose elements do not fill its shape", () => {
    const b = programBuilder(float32);
    b.constant("c", { shape: [3], data: Float32Array.of(1, 2) });
    expect(refused(b.finish()).where).toBe("constant c");
  });
});

describe("interpret", () => {
  const program = () => {
    const b = programBuilder(rational);
    b.output("y", b.input("x", "batch", [2]));
    return succeed(b.finish());
  };
  it("refuses a missing input and one of another shape", () => {
    expect(refused(interpret(rational)(program(), {})).found).toBe("no value");
    expect(refused(interpret(rational)(program(), { x: tensor([1], [rational.one]) })).found).toBe(
      "shape 1 with 1 elements",
    );
  });
});

describe("prune", () => {
  it("drops what no output needs and keeps the rest in order", () => {
    const b = programBuilder(float32);
    const x = b.input("x", "batch", [2]);
    const unused = b.input("unused", "batch", [2]);
    b.apply({ op: "add" }, x, unused);
    b.output("y", b.apply({ op: "scale", factor: 2 }, x));
    const pruned = prune(succeed(b.finish()));
    expect(pruned.nodes.map((n) => (n.kind === "apply" ? n.primitive.op : n.name))).toEqual([
      "x",
      "scale",
    ]);
    expect(pruned.outputs).toEqual([{ name: "y", node: 1 }]);
  });
});

describe("foldConstants", () => {
  it("computes in the wider arithmetic and rounds once, where float32 would round twice", () => {
    const square = (x: number): number => x * x;
    const x = Math.fround(1.3);
    const b = programBuilder(float32);
    const c = b.constant("x", vector(x));
    const squared = b.apply({ op: "multiply" }, c, c);
    b.output("y", b.apply({ op: "multiply" }, squared, squared));
    const folded = succeed(foldConstants(machine.folding, machine.store)(succeed(b.finish())));
    const only = folded.nodes[0]!;
    const once = Math.fround(square(square(x)));
    const twice = Math.fround(square(Math.fround(square(x))));
    expect(once).not.toBe(twice);
    expect(only.kind === "constant" && only.value.data[0]).toBe(once);
  });

  it("leaves what enlarges a constant, and names the layer of what cannot be computed", () => {
    const grows = programBuilder(float32);
    const c = grows.constant("c", vector(1, 2));
    grows.output("y", grows.apply({ op: "broadcast", axes: [0], shape: [9, 2] }, c));
    expect(
      succeed(foldConstants(float64, machine.store)(succeed(grows.finish()))).nodes,
    ).toHaveLength(2);

    const fails = programBuilder(float32);
    fails.inLayer("bn1", () =>
      fails.output(
        "y",
        fails.apply({ op: "elementary", fn: "sqrt" }, fails.constant("v", vector(-4))),
      ),
    );
    expect(refused(foldConstants(float64, machine.store)(succeed(fails.finish()))).where).toMatch(
      /^bn1, sqrt|^bn1, elementary/,
    );
  });
});

describe("liveness and cost", () => {
  const b = programBuilder(float32);
  const x = b.input("x", "batch", [1, 4, 4, 2]);
  const w = b.input("w", "parameter", [3, 3, 2, 5]);
  const geometry = [axis({ kernel: 3 }), axis({ kernel: 3 })];
  const y = b.inLayer("conv1", () => b.apply({ op: "conv", geometry, groups: 1 }, x, w));
  const z = b.apply({ op: "activation", fn: { name: "relu" } }, y);
  const s = b.apply({ op: "add" }, y, z);
  b.output("s", s);
  b.output("z", z);
  const program = succeed(b.finish());

  it("releases each value after its last use, and outputs never", () => {
    expect(releasedAfter(program)).toEqual([[], [], [w, x].sort(), [], [y]]);
  });

  it("counts the elements that are alive at once", () => {
    expect(peakElements(program)).toBe(3 * 20);
  });

  it("counts multiply-adds", () => {
    const cost = programCost(program);
    expect(cost.byPrimitive).toEqual({ conv: 2 * 2 * 5 * 9 * 2, activation: 20, add: 20 });
    expect(cost.byLayer).toEqual({ conv1: 360, "": 40 });
    expect(cost.total).toBe(400);
  });
});
