/** Every method on a small task, on a real backend: it learns, and what comes out is what was trained. */
import { describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { adaptByProbe } from "../../src/adapt/probe.js";
import { randomFilters } from "../../src/adapt/randomFilters.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import type { Target } from "../../src/compile/target.js";
import { evaluate } from "../../src/train/evaluate.js";
import { stratifiedSplit } from "../../src/train/split.js";
import { train } from "../../src/train/train.js";
import { succeed } from "../generators/succeed.js";
import { data, learnStripes, plan } from "./learning.js";
import { adaptable } from "./task.js";

const wasm = async (): Promise<Target> => succeed(await tfjsTarget("wasm"));

describe("on wasm", () => {
  for (const { name } of methods)
    it(`${name} learns the stripes`, async () => {
      const target = await wasm();
      const { outcome, phases, accuracy } = await learnStripes(target, name);
      expect(accuracy).toBeGreaterThan(name === "probe" || name === "batch-norm" ? 0.6 : 0.9);
      const { run } = phases.at(-1)!;
      // The laws hold exactly (test/adapt/laws.test.ts); here the same decisions must come out in float32: those of
      // the program under training, after its last epoch, and those of the network that was made of it.
      const { validation } = stratifiedSplit(data.labels, plan.validation, plan.seed);
      for (const n of [outcome.adapted, outcome.merged])
        expect(
          succeed(await evaluate(target, n, data, { batch: 7, indices: validation })).confusion,
        ).toEqual(run.history.at(-1)!.validation!.confusion);
      expect(run.cost.medianStep).toBeGreaterThan(0);
    });

  it("repeats losses bit for bit", async () => {
    const target = await wasm();
    const short = { ...plan, epochs: 1 };
    const losses = async (on: Target) =>
      succeed(await train(on, adaptByProbe(adaptable()), data, { plan: short, rate: 0.03 })).losses;
    const first = await losses(target);
    expect(await losses(target)).toEqual(first);
  });

  it("learns something from random filters too: the control has a floor of its own", async () => {
    const target = await wasm();
    const control = succeed(randomFilters(0)(adaptable()));
    const run = succeed(await train(target, adaptByProbe(control), data, { plan, rate: 0.03 }));
    expect(run.history.at(-1)!.validation!.loss).toBeLessThan(Math.log(3));
  });
});
