/** Executables of ONNX Runtime: the contract of `target.ts`, failures of the runtime and of its thread. */
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { EmittedProgram, FrozenInput, Port } from "../../../src/compile/onnx/emitted.js";
import { onnxExecutable } from "../../../src/compile/onnx/executable.js";
import type { Edge } from "../../../src/compile/onnx/graph.js";
import { graphBuilder } from "../../../src/compile/onnx/graphBuilder.js";
import { blocks, rows } from "../../../src/compile/onnx/layout.js";
import { add, matmul, multiply, reduce, subtract } from "../../../src/compile/onnx/operators.js";
import { probe } from "../../../src/compile/onnx/provider.js";
import { startThread } from "../../../src/compile/onnx/thread.js";
import type { Executable, Feed } from "../../../src/compile/target.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { refused, succeed } from "../../generators/succeed.js";

const block = 4;
const count = (length: number, from = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => from + i);

/** A small program, and its frozen elements as the caller holds them. */
interface Emission {
  readonly emitted: EmittedProgram;
  readonly frozen: Float32Array;
}

/**
 * Residents `w` [1, 2, 3] in blocks (three channels become four) and `m` [3] in rows, `u` [2] never replaced;
 * frozen F [3]; batch x [3] and rate. A table of 100 rows makes large x fail.
 *
 *     m' = m + x * F    w' = w - rate    sum = the sum of x * F    pick = table[max x]
 */
const emission = (owned = false): Emission => {
  const g = graphBuilder();
  const w = g.input("in:w", [1, block, 2]);
  const m = g.input("in:m", [3]);
  const u = g.input("in:u", [2]);
  const x = g.input("feed:x", [3]);
  const rate = g.input("feed:rate", []);
  const frozen = count(3, 1);
  const F = g.input("frozen:F", [3]);
  const product = multiply(g, x, F);
  g.output("out:w", subtract(g, w, rate));
  g.output("out:m", add(g, m, product));
  g.output("out:sum", reduce(g, product, [0]));
  g.output("out:u", multiply(g, u, rate));
  const index = g.node("Cast", [reduce(g, x, [0], "ReduceMax")], [], {
    type: "int64",
    attributes: { to: { int: 7 } },
  });
  const table = g.initializer(count(100), [100]);
  g.output("out:pick", g.node("Gather", [table, index], []));
  const graph = g.finish();
  const edge = (name: string): Edge =>
    [...graph.inputs, ...graph.outputs].find((e) => e.name === name)!;
  const port = (name: string, at: string): Port => ({
    name,
    edge: edge(at),
    shape: edge(at).shape,
  });
  return {
    frozen,
    emitted: {
      graph,
      block,
      residents: [
        { name: "w", shape: [1, 2, 3], layout: blocks, input: w, output: "out:w" },
        { name: "m", shape: [3], layout: rows, input: m, output: "out:m" },
        { name: "u", shape: [2], layout: rows, input: u, output: null },
      ],
      feeds: [port("x", "feed:x"), port("rate", "feed:rate")],
      frozen: [{ edge: F, data: frozen, owned }],
      results: [port("sum", "out:sum"), port("u times rate", "out:u"), port("pick", "out:pick")],
    },
  };
};

const initial: Feed = {
  w: tensor([1, 2, 3], count(6)),
  m: tensor([3], count(3)),
  u: tensor([2], [5, 7]),
};
const feed: Feed = { x: tensor([3], [1, 2, 3]), rate: tensor([], [0.25]) };

const numbers = (values: Feed): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, Array.from(data)]));

const start = async (emitted = emission().emitted, values: Feed = initial): Promise<Executable> =>
  succeed(await onnxExecutable(emitted, values, { threads: 1 }));

describe("an executable of ONNX Runtime", () => {
  let e: Executable;
  beforeAll(async () => {
    e = await start();
    return () => e.dispose();
  });
  const reset = (): void => succeed(e.write(initial));
  const after = (steps: number) => ({
    w: Array.from(count(6), (value) => value - 0.25 * steps),
    m: [0 + steps, 1 + 4 * steps, 2 + 9 * steps],
    u: [5, 7],
  });

  it("computes, replaces what the program replaces and keeps its memory", async () => {
    reset();
    const own = e.memory();
    expect(own).toEqual({ tensors: 4, bytes: 4 * (8 + 3 + 2 + 3) });
    for (let i = 1; i <= 20; i++) {
      const out = succeed(await e.step(feed));
      expect(numbers(out)).toEqual({ sum: [14], "u times rate": [1.25, 1.75], pick: [3] });
      expect(Object.keys(out)).toEqual(["sum", "u times rate", "pick"]);
      expect(numbers(succeed(await e.read()))).toEqual(after(i));
      expect(e.memory()).toEqual(own);
    }
  });

  it("leaves the caller's arrays alone", async () => {
    reset();
    const mine = { x: tensor([3], count(3)), rate: tensor([], Float32Array.of(1)) };
    succeed(await e.step(mine));
    expect(numbers(mine)).toEqual({ x: [0, 1, 2], rate: [1] });
    const m = count(3, 9);
    succeed(e.write({ m: tensor([3], m) }));
    expect([...m]).toEqual([9, 10, 11]);
    m.fill(0);
    expect(numbers(succeed(await e.read(["m"])))).toEqual({ m: [9, 10, 11] });
  });

  it("undoes a step that is not accepted, and keeps one that is", async () => {
    reset();
    const seen: Feed[] = [];
    const out = succeed(await e.step(feed, (outputs) => seen.push(outputs) < 0));
    expect(seen).toEqual([out]);
    expect(numbers(succeed(await e.read()))).toEqual(after(0));
    succeed(await e.step(feed, () => true));
    expect(numbers(succeed(await e.read()))).toEqual(after(1));
    succeed(await e.step(feed, () => false));
    succeed(await e.step(feed));
    expect(numbers(succeed(await e.read()))).toEqual(after(2));
  });

  it("keeps what was written while a refused step was pending", async () => {
    reset();
    succeed(await e.step(feed, () => false));
    succeed(e.write({ m: tensor([3], [0, 0, 0]) }));
    expect(numbers(succeed(await e.read()))).toEqual({ ...after(0), m: [0, 0, 0] });
  });

  it("refuses and keeps its parameters when `accept` throws", async () => {
    reset();
    const refusal = refused(
      await e.step(feed, () => {
        throw new Error("no space left on the device");
      }),
    );
    expect(refusal.found).toBe("no space left on the device");
    expect(numbers(succeed(await e.read()))).toEqual(after(0));
    succeed(await e.step(feed));
  });

  it("names the node where an operator fails, keeps its parameters and goes on", async () => {
    reset();
    const refusal = refused(await e.step({ ...feed, x: tensor([3], [1000, 0, 0]) }));
    expect(refusal.where).toBe("onnx/cpu, node out:pick (Gather)");
    expect(refusal.found).toContain("indices element out of data bounds, idx=1000");
    expect(numbers(succeed(await e.read()))).toEqual(after(0));
    expect(numbers(succeed(await e.step(feed)))["sum"]).toEqual([14]);
  });

  it("checks names and shapes before it computes", async () => {
    expect(refused(await e.step({ x: feed["x"]! })).found).toBe("no value for rate");
    expect(refused(await e.step({ ...feed, x: tensor([4], count(4)) }))).toMatchObject({
      where: "input x",
      found: "shape 4 with 4 elements",
      expected: "shape 3 with 3 elements",
    });
    expect(refused(await e.step({ ...feed, m: initial["m"]! })).where).toBe("input m");
    expect(refused(await e.read(["bias"])).expected).toBe("names among w, m, u");
    expect(refused(e.write({ m: tensor([4], count(4)) })).where).toBe("input m");
    const { emitted } = emission();
    expect(refused(await onnxExecutable(emitted, { w: initial["w"]! })).found).toBe(
      "no value for m, u",
    );
  });

  it("repeats a run bit for bit", async () => {
    const run = async (): Promise<unknown> => {
      reset();
      const trace: unknown[] = [];
      const third = { ...feed, rate: tensor([], [1 / 3]) };
      for (let i = 0; i < 3; i++) trace.push(numbers(succeed(await e.step(third))));
      return [...trace, numbers(succeed(await e.read()))];
    };
    expect(await run()).toEqual(await run());
  });
});

describe("the life of an executable", () => {
  it("takes one step at a time, and may be disposed of during one", async () => {
    const e = await start();
    const first = e.step(feed);
    const busy = "a step that has not finished";
    expect(refused(await e.step(feed)).found).toBe(busy);
    expect(refused(await e.read()).found).toBe(busy);
    expect(refused(e.write(initial)).found).toBe(busy);
    succeed(await first);
    const last = e.step(feed, () => true);
    e.dispose();
    e.dispose();
    expect(numbers(succeed(await last))["sum"]).toEqual([14]);
    const disposed = "an executable that was disposed of";
    expect(refused(await e.step(feed)).found).toBe(disposed);
    expect(refused(await e.read()).found).toBe(disposed);
    expect(refused(e.write(initial)).found).toBe(disposed);
    expect(e.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it("answers a read that was under way when it was disposed of", async () => {
    const e = await start();
    const read = e.read(["u"]);
    e.dispose();
    expect(numbers(succeed(await read))).toEqual({ u: [5, 7] });
  });

  it("moves frozen tensors that it owns, and copies all others", async () => {
    const alone = emission(true);
    (await start(alone.emitted)).dispose();
    expect(alone.frozen.length).toBe(0);
    const kept = emission(false);
    (await start(kept.emitted)).dispose();
    expect([...kept.frozen]).toEqual([1, 2, 3]);
    const { emitted } = emission();
    const whole = count(5, 0);
    const part: FrozenInput = { ...emitted.frozen[0]!, data: whole.subarray(1, 4), owned: true };
    const e = await start({ ...emitted, frozen: [part] });
    expect([...whole]).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(succeed(await e.step(feed)))["sum"]).toEqual([14]);
    e.dispose();
  });

  it("runs beside another one", async () => {
    const [a, b] = await Promise.all([start(), start()]);
    const [first, second] = await Promise.all([a.step(feed), b.step(feed)]);
    expect(numbers(succeed(first))).toEqual(numbers(succeed(second)));
    a.dispose();
    expect(numbers(succeed(await b.step(feed)))["sum"]).toEqual([14]);
    b.dispose();
  });
});

describe("the thread", () => {
  it("leaves the main thread free while a step runs", async () => {
    const shape = [1024, 1024];
    const e = succeed(
      await onnxExecutable(
        probe(shape, (g, x) => reduce(g, matmul(g, matmul(g, x, x), x), [0, 1])),
        {},
        { threads: 1 },
      ),
    );
    let [turns, running] = [0, true];
    const turn = (): void => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    turn();
    const ones = tensor(shape, new Float32Array(2 ** 20).fill(1));
    const out = succeed(await e.step({ x: ones }));
    running = false;
    expect(numbers(out)).toEqual({ y: [2 ** 40] });
    expect(turns).toBeGreaterThan(100);
    e.dispose();
  });

  it("that fails answers all that is asked of it, then and later", async () => {
    const thread = startThread();
    const read = { kind: "read", inputs: [] } as const;
    expect(await thread.ask(read, [])).toEqual(E.left("no session is open"));
    expect(thread.ended()).toBeNull();
    thread.tell({ kind: "settle", accepted: true });
    const why = E.left("a thread that failed: no session is open");
    expect(await thread.ask(read, [])).toEqual(why);
    expect(await thread.ask(read, [])).toEqual(why);
    thread.tell({ kind: "close" });
  });
});

describe("what the runtime refuses", () => {
  it("an operator that it does not know", async () => {
    const emitted = probe([2], (g, x) => g.node("NoSuchThing", [x], x.shape));
    const refusal = refused(await onnxExecutable(emitted, {}));
    expect(refusal.where).toBe("onnx/cpu");
    expect(refusal.found).toContain("NoSuchThing");
  });

  it("a provider that it lacks", async () => {
    const emitted = probe([2], (g, x) => g.node("Relu", [x], x.shape));
    const refusal = refused(await onnxExecutable(emitted, {}, { provider: "dml" }));
    expect(refusal.where).toBe("onnx/dml");
    expect(refusal.found).toContain("dml");
  });

  it("more memory than there is", async () => {
    const extent = 2 ** 20;
    const emitted = probe([], (g, x) => {
      const shape = [extent, extent, 64];
      return reduce(g, g.node("Expand", [x, g.indices(shape)], shape), [0, 1, 2]);
    });
    const e = succeed(await onnxExecutable(emitted, {}, { optimization: "disabled" }));
    const refusal = refused(await e.step({ x: tensor([], [1]) }));
    expect(refusal.where).toMatch(/^onnx\/cpu, node #\d+ \(Expand\)$/);
    expect(refusal.found).toMatch(/alloc/i);
    e.dispose();
  });
});
