import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChosenMethod } from "../../src/adapt/method.js";
import { methods } from "../../src/adapt/methods.js";
import type { TrainingEvent } from "../../src/train/event.js";
import { decodeWith } from "../../src/format/codec.js";
import { defaultPlan } from "../../src/train/plan.js";
import { runMethod, type MethodOptions, type MethodRun } from "../../src/train/runMethod.js";
import { refused, succeed } from "../generators/succeed.js";
import { interpretTarget } from "./interpretTarget.js";
import { adaptable, stripes } from "./task.js";

const chosen = (name: string, options: object = {}): ChosenMethod =>
  succeed(decodeWith(methods.find((m) => m.name === name)!.choose, name)(options));

const plan = { ...defaultPlan, epochs: 2, batch: 4 };
const run = async (
  method: ChosenMethod,
  options: Partial<MethodOptions> = {},
): Promise<MethodRun> =>
  succeed(
    await runMethod(interpretTarget(), method, adaptable(), stripes(12), { plan, ...options }),
  );

describe("methods", () => {
  it("have names, sources and defaults that their own codecs read", () => {
    const names = methods.map((m) => m.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
    for (const { name, source, summary, defaults } of methods) {
      expect(source).toMatch(/\b(19|20)\d\d\b/);
      expect(summary.length).toBeGreaterThan(10);
      expect(chosen(name, defaults as object).options).toEqual(defaults);
    }
  });

  it("refuse options that are not theirs to read", () => {
    const read = decodeWith(methods[1]!.choose, "method projection")({ pointwise: "gates" });
    expect(refused(read).found).toMatch(/pointwise: "gates"/);
    const misspelt = decodeWith(methods[1]!.choose, "method projection")({ biasses: true });
    expect(refused(misspelt).found).toMatch(
      /biasses.* where options of projection: pointwise, biases/,
    );
  });
});

describe("runMethod", () => {
  it("runs two phases, the second on what the first merged", async () => {
    const events: TrainingEvent[] = [];
    const { phases, outcome } = await run(chosen("projection-then-full"), {
      observer: (e) => events.push(e),
    });
    expect(phases.map((p) => p.name)).toEqual(["projection", "full"]);
    expect(events.filter((e) => e.kind === "phase")).toHaveLength(2);
    expect(outcome!.merged.class).toBe("GCNN");
    const [first, second] = phases;
    expect(second!.run.trainedParameters).toBeGreaterThan(first!.run.trainedParameters);
    // the second phase goes on where the first stopped, not at ln 3
    expect(second!.run.losses[0]).toBeLessThan(Math.log(3) - 0.01);
  });

  it("multiplies the rate of each phase, its own or the plan's, by the factor", async () => {
    const rates = async (rate: number | null, rateFactor: number) => {
      const options = { plan: { ...plan, epochs: 1, rate }, rateFactor };
      return (await run(chosen("projection-then-full"), options)).phases.map((p) => p.run.rate);
    };
    expect(await rates(null, 1)).toEqual([1e-2, 3e-4]);
    expect(await rates(null, 0.5)).toEqual([5e-3, 1.5e-4]);
    expect(await rates(0.25, 0.5)).toEqual([0.125, 0.125]);
  });

  it("resumes in the phase where it was interrupted, to the same end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heirloom-method-"));
    const method = chosen("projection-then-full");
    const whole = await run(method);
    const abort = new AbortController();
    let phase = 0;
    const observer = (e: TrainingEvent): void => {
      if (e.kind === "phase") phase = e.index;
      if (e.kind === "step" && phase === 1 && e.step === 1) abort.abort();
    };
    const head = await run(method, { folder, observer, signal: abort.signal });
    expect(head.outcome).toBeNull();
    const tail = await run(method, { folder, resume: true });
    expect(tail.phases[0]!.run.losses).toEqual([]);
    expect([...head.phases[1]!.run.losses, ...tail.phases[1]!.run.losses]).toEqual(
      whole.phases[1]!.run.losses,
    );
    expect(tail.outcome!.merged).toEqual(whole.outcome!.merged);
    await rm(folder, { recursive: true });
  });

  it("names method and phase in a refusal, and a folder with nothing to resume", async () => {
    const gated = await runMethod(interpretTarget(), chosen("probe"), adaptable(), stripes(0), {
      plan,
    });
    expect(refused(gated).where).toBe("method probe, phase probe: data stripes");
    const nothing = await runMethod(interpretTarget(), chosen("probe"), adaptable(), stripes(9), {
      plan,
      folder: join(tmpdir(), "heirloom-nothing-here"),
      resume: true,
    });
    expect(refused(nothing)).toMatchObject({ found: "no checkpoint" });
  });
});
