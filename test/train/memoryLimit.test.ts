/** A memory limit: a step that cannot keep to it is refused, one that can is the same as without. */
import { describe, expect, it } from "vitest";
import type { Result } from "../../src/algebra/refusal.js";
import { methods } from "../../src/adapt/methods.js";
import { decodeWith } from "../../src/format/codec.js";
import { defaultPlan } from "../../src/train/plan.js";
import { runMethod, type MethodRun } from "../../src/train/runMethod.js";
import { refused, succeed } from "../generators/succeed.js";
import { interpretTarget } from "./interpretTarget.js";
import { adaptable, stripes } from "./task.js";

const projection = succeed(
  decodeWith(methods.find((m) => m.name === "projection")!.choose, "projection")({}),
);
const plan = { ...defaultPlan, epochs: 1, batch: 4 };

const run = (memoryLimit: number | null): Promise<Result<MethodRun>> =>
  runMethod(interpretTarget(), projection, adaptable(), stripes(12), { plan, memoryLimit });

describe("a memory limit", () => {
  it("below what the parameters alone take is refused, with what the step needs", async () => {
    const refusal = refused(await run(64));
    expect(refusal.where).toBe("method projection, phase projection: memory limit");
    expect(refusal.found).toBe("a limit of 64 bytes");
    expect(refusal.expected).toMatch(/^more than the \d+ bytes of weights and optimizer states$/);
  });

  it("above what the step needs changes nothing", async () => {
    const [free, within] = [succeed(await run(null)), succeed(await run(2 ** 20))];
    expect(within.phases[0]!.run.losses).toEqual(free.phases[0]!.run.losses);
  });
});
