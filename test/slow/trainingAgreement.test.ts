/**
 * A hundred training steps on real digits, on every target of the CPU.
 *
 * Two trajectories that differ by a rounding part: a step multiplies a difference by up to `1 + rate * L` with
 * `L` the largest curvature, and by far more where a relu or a maximum changes sides. A bound for the distance
 * after many steps has to multiply worst cases over depth and steps: after ONE step with relu and momentum the
 * magnitude analysis allows a third of the stem's gates, with swish and AdamW everything, and the next step
 * starts from there. A tolerance for a hundred steps could be no more than a guess. What is asserted of free
 * runs is that each of their hundred steps is the exact step from where they stand, up to the rounding of a few
 * instructions. Their distance is reported.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { float64 } from "../../src/algebra/float64.js";
import { interpret } from "../../src/compile/interpret.js";
import type { Feed } from "../../src/compile/target.js";
import type { Dataset } from "../../src/format/dataset.js";
import { mapTensor } from "../../src/tensor/tensor.js";
import { certifiedStep, dispose, watchAll } from "../compile/onnx/certificate.js";
import { adamw, batchOf, digits, digitsStep, sgd } from "../compile/onnx/digits.js";
import { succeed } from "../generators/succeed.js";

const steps = 100;

let data: Dataset;
beforeAll(async () => {
  data = await digits();
});

/** The largest of what a run observed, under a name each. */
const records = () => {
  const kept = new Map<string, number>();
  return {
    record: (name: string, x: number): void =>
      void kept.set(name, Math.max(x, kept.get(name) ?? 0)),
    text: () => [...kept].map(([name, x]) => `${name} ${x.toExponential(1)}`).join("; "),
  };
};

/** The distance of two tensors in parts of the second, in the Euclidean norm. */
const distance = (a: Feed, b: Feed, name: string): number => {
  const [x, y] = [a[name]!.data, b[name]!.data];
  const norm = (f: (i: number) => number): number =>
    Math.sqrt(Array.from(y, (_, i) => f(i) ** 2).reduce((s, v) => s + v, 0));
  const whole = norm((i) => y[i]!);
  return whole === 0 ? norm((i) => x[i]!) : norm((i) => x[i]! - y[i]!) / whole;
};

const rounded = (values: Feed): Feed =>
  Object.fromEntries(
    Object.entries(values).map(([name, t]) => [
      name,
      { shape: t.shape, data: Float32Array.from(mapTensor(float64)(t, Math.fround).data) },
    ]),
  );

describe.each([
  { method: "projection", optimizer: sgd, rate: 0.02 },
  { method: "full", optimizer: adamw, rate: 1e-3 },
] as const)("$method with $optimizer.kind and swish", ({ method, optimizer, rate }) => {
  it("every target steps along the exact trajectory", async ({ annotate }) => {
    const step = digitsStep(method, { name: "swish" }, 8, optimizer);
    const watched = await watchAll(step);
    const { record, text } = records();
    let exact: Feed = step.initial;
    for (let t = 1; t <= steps; t++) {
      const feed = await batchOf(data, step, optimizer, rate, t);
      const truth = succeed(interpret(float64)(step.program, { ...exact, ...feed }));
      for (const target of watched) {
        const { name, executable } = target.plain;
        succeed(executable.write(exact));
        const { after, comparisons } = await certifiedStep(step.program, target, feed);
        for (const c of comparisons) record(`${name}, part of a bound`, c.ofBound);
        for (const output of Object.keys(exact))
          record(`${name}, distance to the exact step`, distance(after, truth, output));
      }
      exact = rounded(Object.fromEntries(Object.keys(exact).map((name) => [name, truth[name]!])));
    }
    dispose(watched);
    await annotate(text());
  });
});

describe.each([
  { method: "projection", optimizer: adamw, rate: 3e-3 },
  { method: "full", optimizer: sgd, rate: 0.01 },
] as const)("$method with $optimizer.kind and relu", ({ method, optimizer, rate }) => {
  it("every step of a free run is right, on every target", async ({ annotate }) => {
    const step = digitsStep(method, { name: "relu" }, 8, optimizer);
    const watched = await watchAll(step);
    const { record, text } = records();
    const losses: number[][] = watched.map(() => []);
    for (let t = 1; t <= steps; t++) {
      const feed = await batchOf(data, step, optimizer, rate, t);
      const ends: Feed[] = [];
      for (const [i, target] of watched.entries()) {
        const { after } = await certifiedStep(step.program, target, feed);
        losses[i]!.push(after["loss"]!.data[0]!);
        ends.push(after);
      }
      if ([1, 10, steps].includes(t))
        for (const [i, { plain }] of watched.entries())
          for (const name of Object.keys(step.initial))
            record(
              `${plain.name}, step ${t}, distance to the first`,
              distance(ends[i]!, ends[0]!, name),
            );
    }
    dispose(watched);
    // That a run learns at all: the last ten batches against the first ten.
    const sum = (of: readonly number[]): number => of.reduce((s, x) => s + x, 0);
    for (const each of losses) expect(sum(each.slice(-10))).toBeLessThan(sum(each.slice(0, 10)));
    await annotate(text());
  });
});
