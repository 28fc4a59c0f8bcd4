/** What an executable owes: memory, acceptance, refusals, sharing of constants, bit-identical repetition. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { float32 } from "../../../src/algebra/float32.js";
import { programBuilder, type Builder } from "../../../src/compile/builder.js";
import type { NodeId, Program } from "../../../src/compile/program.js";
import type { Executable, Feed, Target } from "../../../src/compile/target.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import type { BackendName } from "../../../src/compile/tfjs/backendName.js";
import { axis } from "../../../src/tensor/geometry.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { refused, succeed } from "../../generators/succeed.js";

const wave = (shape: Shape, phase: number): Tensor<number> =>
  tensor(
    shape,
    Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
  );

const frozen = wave([3, 3, 3, 8], 1);
const geometry = [axis({ kernel: 3, stride: 2, high: 1 }), axis({ kernel: 3, stride: 2, high: 1 })];
const pool = [axis({ kernel: 2, stride: 2 }), axis({ kernel: 2, stride: 2 })];

/** Gated convolution, ReLU, max pool, mean square: forward, backward and the update of the gates. */
const trainingStep = (b: Builder): void => {
  const x = b.input("x", "batch", [2, 8, 8, 3]);
  const rate = b.input("rate", "hyper", []);
  const gates = b.input("gates", "parameter", [3, 8]);
  const moment = b.input("moment", "state", [3, 8]);
  const filters = b.constant("filters", frozen);
  const [w, y] = b.inLayer("conv1", () => {
    const kernel = b.apply({ op: "gateWeight" }, filters, gates);
    return [kernel, b.apply({ op: "conv", geometry, groups: 1 }, x, kernel)];
  });
  const relu = { name: "relu" } as const;
  const h = b.apply({ op: "activation", fn: relu }, y);
  const p = b.apply({ op: "maxPool", geometry: pool }, h);
  const axes = [0, 1, 2, 3];
  b.output("loss", b.apply({ op: "sum", axes }, b.apply({ op: "multiply" }, p, p)));
  const dp = b.apply({ op: "scale", factor: 2 }, p);
  const dh = b.apply({ op: "maxPoolGrad", geometry: pool }, h, p, dp);
  const dy = b.apply({ op: "activationGrad", fn: relu }, y, h, dh);
  const dw = b.apply({ op: "convFilterGrad", geometry, groups: 1 }, x, dy);
  b.output("dx", b.apply({ op: "convInputGrad", geometry, groups: 1, extents: [8, 8] }, dy, w));
  const dg = b.apply({ op: "gateGrad" }, filters, dw);
  const next = b.apply({ op: "add" }, b.apply({ op: "scale", factor: 0.9 }, moment), dg);
  b.output("moment", next);
  b.output("gates", b.apply({ op: "subtract" }, gates, b.apply({ op: "scaleBy" }, next, rate)));
};

const built = (emit: (b: Builder) => void): Program => {
  const b = programBuilder(float32);
  emit(b);
  return succeed(b.finish());
};

/** A gated convolution's training step. */
export const program = built(trainingStep);
/** Gates of one, moments of zero. */
export const initial: Feed = {
  gates: tensor([3, 8], new Float32Array(24).fill(1)),
  moment: tensor([3, 8], new Float32Array(24)),
};
/** One batch. */
export const feed: Feed = { x: wave([2, 8, 8, 3], 2), rate: tensor([], [1e-3]) };

const bits = (t: Tensor<number>): readonly number[] =>
  Array.from(new Uint32Array(Float32Array.from(t.data).buffer));
/** Names, shapes and bit patterns. */
export const allBits = (values: Feed): unknown =>
  Object.entries(values).map(([name, t]) => [name, t.shape, bits(t)]);

const held = (): readonly number[] => [tf.memory().numTensors, tf.memory().numBytes];

/** Declare the laws as tests of a backend. */
export const executableLaws = (name: BackendName): void => {
  let target: Target;
  beforeAll(async () => {
    target = succeed(await tfjsTarget(name));
  });

  const using = async (
    use: (e: Executable) => Promise<void>,
    source: Program = program,
    values: Feed = initial,
  ): Promise<void> => {
    const before = held();
    const e = succeed(await target.load(source, values));
    await use(e);
    e.dispose();
    expect(held()).toEqual(before);
  };

  it("trains, and its memory stays as it was over 50 steps", () =>
    using(async (e) => {
      const before = held();
      const own = e.memory();
      expect(own).toEqual({ tensors: 3, bytes: 4 * (24 + 24 + 216) });
      const losses: number[] = [];
      for (let i = 0; i < 50; i++) {
        const out = succeed(await e.step(feed));
        expect(Object.keys(out)).toEqual(["loss", "dx"]);
        losses.push(out["loss"]!.data[0]!);
        expect(held()).toEqual(before);
      }
      expect(e.memory()).toEqual(own);
      expect(losses[49]!).toBeLessThan(losses[0]! / 2);
    }));

  it("repeats a run bit for bit", async () => {
    const run = async (): Promise<unknown> => {
      const trace: unknown[] = [];
      await using(async (e) => {
        for (let i = 0; i < 5; i++) trace.push(allBits(succeed(await e.step(feed))));
        trace.push(allBits(succeed(await e.read())));
      });
      return trace;
    };
    expect(await run()).toEqual(await run());
  });

  it("undoes a step that is not accepted", () =>
    using(async (e) => {
      succeed(await e.step(feed));
      const before = allBits(succeed(await e.read()));
      const memory = held();
      const seen: Feed[] = [];
      const out = succeed(await e.step(feed, (outputs) => seen.push(outputs) < 0));
      expect(seen).toEqual([out]);
      expect(allBits(succeed(await e.read()))).toEqual(before);
      expect(held()).toEqual(memory);
      succeed(await e.step(feed, () => true));
      expect(allBits(succeed(await e.read()))).not.toEqual(before);
    }));

  it("frees everything and keeps its parameters when a kernel or the caller throws", () => {
    const broken: Program = {
      ...program,
      nodes: program.nodes.map((node) =>
        node.kind === "apply" && node.primitive.op === "gateGrad"
          ? { ...node, layer: "conv1", args: [node.args[0]!, program.outputs[1]!.node as NodeId] }
          : node,
      ),
    };
    return using(async (e) => {
      const before = held();
      const parameters = allBits(succeed(await e.read()));
      const refusal = refused(await e.step(feed));
      expect(refusal.where).toBe("conv1, gateGrad");
      expect(held()).toEqual(before);
      expect(allBits(succeed(await e.read()))).toEqual(parameters);
    }, broken);
  });

  it("refuses and recovers when `accept` throws", () =>
    using(async (e) => {
      const before = held();
      const refusal = refused(
        await e.step(feed, () => {
          throw new Error("no space left on the device");
        }),
      );
      expect(refusal.found).toBe("no space left on the device");
      expect(held()).toEqual(before);
      succeed(await e.step(feed));
    }));

  it("checks names and shapes before it computes", () =>
    using(async (e) => {
      expect(refused(await e.step({ x: feed["x"]! })).found).toBe("no value for rate");
      expect(refused(await e.step({ ...feed, x: wave([2, 8, 8, 4], 0) }))).toMatchObject({
        where: "input x",
        found: "shape 2x8x8x4 with 512 elements",
        expected: "shape 2x8x8x3 with 384 elements",
      });
      expect(refused(await e.step({ ...feed, gates: initial["gates"]! })).where).toBe(
        "input gates",
      );
      expect(refused(await e.read(["bias"])).expected).toBe("names among gates, moment");
      expect(refused(e.write({ gates: tensor([8], new Float32Array(8)) })).where).toBe(
        "input gates",
      );
      expect(refused(await target.load(program, { gates: initial["gates"]! })).found).toBe(
        "no value for moment",
      );
    }));

  it("writes and reads parameters", () =>
    using(async (e) => {
      const gates = wave([3, 8], 5);
      succeed(e.write({ gates }));
      const values = succeed(await e.read());
      expect(bits(values["gates"]!)).toEqual(bits(gates));
      expect(bits(values["moment"]!)).toEqual(bits(initial["moment"]!));
      expect(Object.keys(succeed(await e.read(["moment"])))).toEqual(["moment"]);
    }));

  it("takes one step at a time, and may be disposed of during one", async () => {
    const before = held();
    const e = succeed(await target.load(program, initial));
    const first = e.step(feed);
    expect(refused(await e.step(feed)).found).toBe("a step that has not finished");
    succeed(await first);
    const last = e.step(feed);
    e.dispose();
    succeed(await last);
    expect(refused(await e.step(feed)).found).toBe("an executable that was disposed of");
    expect(held()).toEqual(before);
    expect(e.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it("shares constants between programs, and outputs may be inputs", async () => {
    const forward = built((b) => {
      const x = b.input("x", "batch", [1, 8, 8, 3]);
      b.output("y", b.apply({ op: "conv", geometry, groups: 1 }, x, b.constant("f", frozen)));
      b.output("x", x);
      b.output("again", x);
    });
    await using(async (e) => {
      const alone = held();
      const other = succeed(await target.load(forward, {}));
      expect(held()).toEqual(alone);
      const x = wave([1, 8, 8, 3], 3);
      const out = succeed(await other.step({ x }));
      expect(bits(out["x"]!)).toEqual(bits(x));
      expect(bits(out["again"]!)).toEqual(bits(x));
      other.dispose();
      succeed(await e.step(feed));
    });
  });
};
