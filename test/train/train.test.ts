import * as E from "fp-ts/lib/Either.js";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { pipe } from "fp-ts/lib/function.js";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adaptFully } from "../../src/adapt/full.js";
import { adaptByLora } from "../../src/adapt/lora.js";
import type { Adaptation } from "../../src/adapt/method.js";
import { adaptByProbe } from "../../src/adapt/probe.js";
import { adaptByProjection } from "../../src/adapt/projection.js";
import { float32 } from "../../src/algebra/float32.js";
import { gamma } from "../../src/algebra/roundoff.js";
import { refuse } from "../../src/algebra/refusal.js";
import type { Executable, Target } from "../../src/compile/target.js";
import {
  build,
  conv,
  dense,
  dropout,
  globalAveragePool,
  input,
  relu,
  softmax,
} from "../../src/model/builder.js";
import { weightsOf } from "../../src/model/operator.js";
import type { Network } from "../../src/model/network.js";
import { evaluate } from "../../src/train/evaluate.js";
import type { TrainingEvent } from "../../src/train/event.js";
import { defaultPlan, sgd, type Plan } from "../../src/train/plan.js";
import { stratifiedSplit } from "../../src/train/split.js";
import { train, type Run, type TrainOptions } from "../../src/train/train.js";
import { refused, succeed } from "../generators/succeed.js";
import { interpretTarget } from "./interpretTarget.js";
import { adaptable, side, stripes } from "./task.js";

const target = interpretTarget();
const plan: Plan = { ...defaultPlan, epochs: 3, batch: 4, validation: 0.2 };
const examples = stripes(15);
const projected = (): Adaptation => succeed(adaptByProjection(float32)(adaptable()));

const run = async (
  adaptation: Adaptation,
  given: Partial<Plan> = {},
  options: Partial<TrainOptions> = {},
  on: Target = target,
): Promise<Run> =>
  succeed(
    await train(on, adaptation, examples, {
      plan: { ...plan, ...given },
      rate: 0.02,
      ...options,
    }),
  );

const weights = (n: Network): ReadonlyMap<string, readonly number[]> =>
  new Map(
    n.layers.flatMap(({ name, op }) =>
      weightsOf(op).map(([weight, t]) => [`${name}/${weight}`, Array.from(t.data)] as const),
    ),
  );

/** Names of the weights that differ. */
const changed = (a: Network, b: Network): readonly string[] => {
  const other = weights(b);
  return [...weights(a)].flatMap(([name, data]) =>
    data.every((x, i) => Object.is(x, other.get(name)![i])) ? [] : [name],
  );
};

describe("train", () => {
  it("repeats its losses for the same seed, and has others for seeds 0 and 1", async () => {
    const dropout = { augmentation: { flip: true, shift: 1 } };
    const first = await run(projected(), { ...dropout, seed: 0 });
    const again = await run(projected(), { ...dropout, seed: 0 });
    const other = await run(projected(), { ...dropout, seed: 1 });
    expect(again.losses).toEqual(first.losses);
    expect(again.history).toEqual(first.history);
    expect(other.losses).not.toEqual(first.losses);
    expect(first.losses).toHaveLength(9);
  });

  it("starts at ln(classes) with a zero head", async () => {
    const { losses } = await run(projected());
    // one logarithm, three additions over the rows, and the weight 1/4: six roundings at most
    expect(Math.abs(losses[0]! - Math.log(3))).toBeLessThanOrEqual(gamma(6) * Math.log(3));
  });

  it("leaves everything that is not trained bit for bit as it was", async () => {
    for (const adaptation of [projected(), adaptByProbe(adaptable())]) {
      const { network } = await run(adaptation);
      expect([...changed(network, adaptation.network)].sort()).toEqual(
        [...adaptation.trainable].sort(),
      );
    }
  });

  it("a probe trains the head alone, from cached features, with the same losses as without", async () => {
    const probe = adaptByProbe(adaptable());
    const cached = await run(probe);
    const uncached = await run(probe, {}, { budget: 0 });
    expect(cached.frozenPrefix).not.toBeNull();
    expect(uncached.frozenPrefix).toBeNull();
    expect(cached.losses).toEqual(uncached.losses);
    expect(changed(cached.network, uncached.network)).toEqual([]);
    expect(changed(cached.network, probe.network)).toEqual(["head/weights", "head/bias"]);
    expect(cached.trainedParameters).toBe(3 * 3 + 3);
    expect(cached.storedParameters).toBe(3 * 3 + 3);
  });

  it("moves running statistics under batch statistics, and stores them", async () => {
    const adaptation = adaptFully({ statistics: "batch" })(adaptable());
    const { network, storedParameters, trainedParameters } = await run(adaptation, { batch: 5 });
    expect(changed(network, adaptation.network)).toContain("bn1/mean");
    expect(storedParameters).toBe(trainedParameters + 8);
  });

  it("reports every step, epoch and validation", async () => {
    const events: TrainingEvent[] = [];
    const { history, cost } = await run(projected(), {}, { observer: (e) => events.push(e) });
    const count = (kind: TrainingEvent["kind"]) => events.filter((e) => e.kind === kind).length;
    expect([count("start"), count("step"), count("epoch"), count("checkpoint")]).toEqual([
      1, 9, 3, 0,
    ]);
    expect(history.map((h) => h.validation?.examples)).toEqual([3, 3, 3]);
    expect(cost.steps).toBe(9);
    expect(cost.peakResident).toBeGreaterThan(0);
  });

  it("stops early and restores the best epoch", async () => {
    const given = {
      epochs: 12,
      patience: 2,
      rate: 3,
      schedule: { kind: "constant", warmup: 0 },
    } as const;
    const stopped = await run(projected(), { ...given, optimizer: sgd(0) });
    expect(stopped.status).toBe("stopped early");
    const losses = stopped.history.map((h) => h.validation!.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(stopped.restored).toBe(best);
    expect(losses).toHaveLength(best + 3);
    const upToBest = await run(projected(), {
      ...given,
      patience: null,
      epochs: best + 1,
      optimizer: sgd(0),
    });
    expect(changed(stopped.network, upToBest.network)).toEqual([]);
  });
});

describe("a network with dropout and a softmax of its own", () => {
  const own = (): Adaptation => {
    const draft = pipe(
      input([side, side, 1]),
      conv({ filters: 3, kernel: 3, name: "conv" }),
      relu,
      dropout(0.5),
      globalAveragePool,
      dense(3, { name: "top" }),
      softmax,
    );
    return adaptByProbe(succeed(build({ seed: 2 })(draft)));
  };

  it("trains its own classifier, repeats its masks, and validates on the logits", async () => {
    const adaptation = own();
    expect([...adaptation.trainable]).toEqual(["top/weights", "top/bias"]);
    const first = await run(adaptation, { rate: 1e-30 });
    expect((await run(adaptation, { rate: 1e-30 })).losses).toEqual(first.losses);
    // at a rate of nothing, the losses of an epoch differ from the next one's by order and mask alone
    expect(new Set(first.losses.map(String)).size).toBe(9);
    const split = stratifiedSplit(examples.labels, 0.2, 0).validation;
    const validated = succeed(
      await evaluate(target, adaptation.network, examples, { batch: 4, indices: split }),
    );
    expect(first.history[0]!.validation).toEqual(validated);
  });
});

describe("refusals", () => {
  const refusal = async (data: typeof examples, given: Partial<Plan> = {}, n = adaptable()) =>
    refused(await train(target, adaptByProbe(n), data, { plan: { ...plan, ...given }, rate: 0.1 }));

  it("quotes what is wrong with the data", async () => {
    expect(await refusal(stripes(0))).toMatchObject({ found: "no examples" });
    expect(await refusal(stripes(1))).toMatchObject({ found: "1 examples of one class, rows" });
    expect(
      await refusal({ ...examples, labels: Array.from(examples.labels, (l) => l + 1) }),
    ).toMatchObject({
      found: "label 3 for a classifier of 3 classes",
    });
    expect(await refusal({ ...examples, shape: [5, 1, 5] })).toMatchObject({
      found: "examples of shape 5x1x5",
      expected: "the network's input, 5x5x1",
    });
  });

  it("accepts a batch larger than the data", async () => {
    const { losses } = await run(projected(), { batch: 100, validation: 0 });
    expect(losses).toHaveLength(3);
  });
});

describe("checkpoints", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heirloom-train-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const everyStep: Partial<Plan> = {
    checkpointSteps: 1,
    patience: 3,
    augmentation: { flip: true, shift: 1 },
  };

  /** A frozen prefix is computed once only where nothing distorts the examples. */
  const everyStepOf = (stage: "decoding" | "features"): Partial<Plan> =>
    stage === "decoding" ? everyStep : { checkpointSteps: 1 };

  it("continue to bit-identical losses after an interrupt at every step", async () => {
    const checkpointed = { ...everyStep, epochs: 2 };
    const whole = await run(projected(), checkpointed);
    for (let stop = 1; stop < whole.losses.length; stop++) {
      const path = join(folder, `${stop}`);
      const abort = new AbortController();
      const observer = (e: TrainingEvent) => {
        if (e.kind === "step" && e.step === stop - 1) abort.abort();
      };
      const options = { folder: path, observer, signal: abort.signal };
      const head = await run(projected(), checkpointed, options);
      expect(head.status).toBe("interrupted");
      const tail = await run(projected(), checkpointed, { folder: path, resume: true });
      expect([...head.losses, ...tail.losses]).toEqual(whole.losses);
      expect(tail.history).toEqual(whole.history);
      expect(changed(tail.network, whole.network)).toEqual([]);
      const again = await run(projected(), checkpointed, { folder: path, resume: true });
      expect(again.losses).toEqual([]);
      expect(changed(again.network, whole.network)).toEqual([]);
    }
  });

  it("are there after an interrupt while data are prepared, and continue to the same end", async () => {
    const probe = (): Adaptation => adaptByProbe(adaptable());
    for (const [stage, adaptation] of [
      ["decoding", projected],
      ["features", probe],
    ] as const)
      for (const earlier of [0, 2]) {
        const path = join(folder, `${stage}-${earlier}`);
        const whole = await run(adaptation(), everyStepOf(stage));
        const stopAt = async (event: TrainingEvent["kind"], count: number, resume: boolean) => {
          const abort = new AbortController();
          let left = count;
          const observer = (e: TrainingEvent) => {
            if (e.kind === event && --left === 0) abort.abort();
          };
          const options = { folder: path, observer, signal: abort.signal, resume };
          return run(adaptation(), everyStepOf(stage), options);
        };
        const losses: number[] = [];
        if (earlier > 0) losses.push(...(await stopAt("step", earlier, false)).losses);
        const stopped = await stopAt("preparation", 1, earlier > 0);
        expect(stopped).toMatchObject({ status: "interrupted", losses: [], restored: null });
        const tail = await run(adaptation(), everyStepOf(stage), { folder: path, resume: true });
        expect([...losses, ...tail.losses]).toEqual(whole.losses);
        expect(tail.history).toEqual(whole.history);
        expect(changed(tail.network, whole.network)).toEqual([]);
      }
  });

  it("are written where examples are prepared anew each time", async () => {
    const abort = new AbortController();
    const observer = (e: TrainingEvent) => {
      if (e.kind === "step" && e.step === 1) abort.abort();
    };
    const options = { folder, observer, signal: abort.signal, budget: 0 };
    expect(await run(projected(), {}, options)).toMatchObject({ status: "interrupted" });
    const tail = await run(projected(), {}, { folder, resume: true, budget: 0 });
    expect(tail.losses).toEqual((await run(projected())).losses.slice(2));
  });

  it("follow a signal that only another task of the process raises, in the midst of an epoch", async () => {
    const abort = new AbortController();
    const observer = (e: TrainingEvent) => {
      if (e.kind === "start") setImmediate(() => abort.abort());
    };
    const stopped = await run(projected(), {}, { folder, observer, signal: abort.signal });
    expect(stopped.status).toBe("interrupted");
    expect(stopped.losses.length).toBeLessThan(3);
  });

  it("survive a crash at any moment: the newest complete one counts", async () => {
    const whole = await run(projected(), everyStep);
    let steps = 0;
    const crashing: Target = {
      ...target,
      load: async (program, initial) =>
        E.map((executable: Executable): Executable => ({
          ...executable,
          step: async (feed, accept) =>
            "targets" in feed && ++steps > 5
              ? refuse({ where: "power", found: "a cut", expected: "current" })
              : executable.step(feed, accept),
        }))(await target.load(program, initial)),
    };
    const crashed = await train(crashing, projected(), examples, {
      plan: { ...plan, ...everyStep },
      rate: 0.02,
      folder,
    });
    expect(refused(crashed).where).toBe("power");
    // what a kill in the middle of writing leaves behind: half a folder under a hidden name
    await mkdtemp(join(folder, ".step-000000006.new-"));
    const tail = await run(projected(), everyStep, { folder, resume: true });
    expect(tail.losses).toEqual(whole.losses.slice(5));
    expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith("step-"))).toHaveLength(1);
  });

  it("of new parameters continue to bit-identical losses, and to the same weights made of them", async () => {
    const lora = (): Adaptation => succeed(adaptByLora(float32)(adaptable()));
    const whole = await run(lora());
    const abort = new AbortController();
    const observer = (event: TrainingEvent): void => {
      if (event.kind === "step" && event.step === 4) abort.abort();
    };
    const head = await run(lora(), {}, { folder, observer, signal: abort.signal });
    const tail = await run(lora(), {}, { folder, resume: true });
    expect([...head.losses, ...tail.losses]).toEqual(whole.losses);
    expect(tail.parameters).toEqual(whole.parameters);
    expect(Object.keys(whole.parameters)).toContain("conv1/lora_a");
    const made = (r: Run) => succeed(lora().finish(r.network, r.parameters)).merged;
    expect(weights(made(tail))).toEqual(weights(made(whole)));
    expect(weights(made(whole))).not.toEqual(weights(whole.network));
  });

  it("after epochs are left out while the last one is young", async () => {
    await run(projected(), {}, { folder, checkpointSeconds: 3600 });
    expect(await readdir(folder)).toEqual([]);
    await run(projected(), {}, { folder, checkpointSeconds: 0 });
    expect((await readdir(folder)).filter((name) => name.startsWith("step-"))).toHaveLength(1);
  });

  it("are refused for another plan or model, quoting both, and for a fresh run", async () => {
    await run(projected(), {}, { folder });
    const attempt = (given: Partial<Plan>, adaptation: Adaptation, resume: boolean) =>
      train(target, adaptation, examples, {
        plan: { ...plan, ...given },
        rate: 0.02,
        folder,
        resume,
      });
    const seed = refused(await attempt({ seed: 7 }, projected(), true));
    expect(seed.found).toBe("a checkpoint made with plan.seed = 0");
    expect(seed.expected).toBe("plan.seed = 7");
    const model = refused(
      await attempt({}, succeed(adaptByProjection(float32)(adaptable(1))), true),
    );
    expect(model.found).toMatch(/^a checkpoint made with model = "[0-9a-f]{20}/);
    expect(refused(await attempt({}, projected(), false)).advice).toMatch("--resume");
  });
});
