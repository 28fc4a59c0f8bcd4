import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { adaptFully } from "../../src/adapt/full.js";
import { adaptByProbe } from "../../src/adapt/probe.js";
import { build, conv, dense, globalAveragePool, input, relu } from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import { mapWeights } from "../../src/model/operator.js";
import { replaceHead } from "../../src/adapt/head.js";
import { defaultPlan, sgd } from "../../src/train/plan.js";
import { constant } from "../../src/train/schedule.js";
import { train } from "../../src/train/train.js";
import { refused, succeed } from "../generators/succeed.js";
import { interpretTarget } from "./interpretTarget.js";
import { adaptable, side, stripes } from "./task.js";

const target = interpretTarget();
const plan = { ...defaultPlan, epochs: 4, batch: 4, validation: 0, schedule: constant };
const examples = stripes(9);

/** Three linear layers, so that a large rate overflows. */
const linear = (): Network =>
  succeed(
    E.chain((n: Network) => replaceHead(3, "glorot")(n))(
      pipe(
        input([side, side, 1]),
        conv({ filters: 2, kernel: 3, name: "first" }),
        relu,
        conv({ filters: 2, kernel: 3, name: "second" }),
        globalAveragePool,
        dense(2, { name: "top" }),
        build({ seed: 0 }),
      ),
    ),
  );

describe("a loss that is not finite", () => {
  it("names the step and the first layer that overflows, and keeps the step from being taken", async () => {
    const huge: Network = {
      ...adaptable(),
      layers: adaptable().layers.map((layer) =>
        layer.name === "conv2"
          ? {
              ...layer,
              op: mapWeights(layer.op, (t) => ({
                shape: t.shape,
                data: new Float32Array(t.data.length).fill(3e38),
              })),
            }
          : layer,
      ),
    };
    const refusal = refused(
      await train(target, adaptFully({ statistics: "frozen" })(huge), examples, {
        plan,
        rate: 1e-3,
      }),
    );
    expect(refusal.where).toBe("step 0, layer conv2");
    expect(refusal.found).toMatch(/^a loss of NaN; this layer is the first/);
    expect(refusal.advice).toMatch(/lower the rate.*rate 0\.001/);
  });

  it("names a layer or a parameter of the trained network where the rate is far too large", async () => {
    const refusal = refused(
      await train(target, adaptFully({ statistics: "frozen" })(linear()), examples, {
        plan: { ...plan, optimizer: sgd(0) },
        rate: 1e30,
      }),
    );
    expect(refusal.where).toMatch(/^step [12]\b/);
    expect(`${refusal.where} ${refusal.found}`).toMatch(
      /layer (first|second|head)|in (first|second|head)\//,
    );
  });

  it("names the parameter whose gradient overflowed where the forward pass was finite", async () => {
    // Adam with beta2 = 0 and epsilon 1e-45 divides by a second moment that has underflowed to zero.
    const optimizer = {
      kind: "adam",
      beta1: 0,
      beta2: 0,
      epsilon: 1e-45,
      weightDecay: 0,
    } as const;
    const scaled = {
      ...examples,
      input: async () => E.right(new Float32Array(side * side).fill(1e-30)),
    };
    const refusal = refused(
      await train(target, adaptFully({ statistics: "frozen" })(linear()), scaled, {
        plan: { ...plan, optimizer },
        rate: 1,
      }),
    );
    expect(refusal.where).toMatch(/^step \d+$/);
    expect(refusal.found).toMatch(
      / in (first|second|head)\/\w+ after the update; the forward pass was finite/,
    );
  });

  it("names the example that holds it", async () => {
    const broken = {
      ...examples,
      input: async (i: number) =>
        i === 5 ? E.right(new Float32Array(side * side).fill(NaN)) : examples.input(i),
    };
    const run = await train(target, adaptByProbe(adaptable()), broken, {
      plan,
      rate: 1e-3,
      budget: 0,
    });
    const refusal = refused(run);
    expect(refusal.where).toMatch(/^step [012], layer input/);
    expect(refusal.found).toMatch(/NaN in example 5$/);
  });
});
