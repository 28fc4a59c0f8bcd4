import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkIdentity,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from "../../src/train/checkpoint.js";
import { beginning } from "../../src/train/loop.js";
import { refused, succeed } from "../generators/succeed.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "heirloom-checkpoint-"));
});
afterEach(() => rm(folder, { recursive: true }));

const metrics = { examples: 1, loss: NaN, accuracy: 0, topFive: 1, macroF1: 0, confusion: [[1]] };
const checkpoint = (step: number, best: number | null = null): Checkpoint => ({
  identity: { plan: { seed: 0, schedule: { kind: "constant" } }, model: "abc" },
  position: {
    ...beginning,
    step,
    loss: 0.1 + step / 3,
    best,
    history: [
      { epoch: 0, loss: Infinity, accuracy: -0, validation: metrics },
      { epoch: 1, loss: 1 / 3, accuracy: 1, validation: null },
    ],
  },
  state: {
    "a/gates": { shape: [2, 2], data: Float32Array.of(1, -0, 1e-45, 3.4e38) },
    "a/gates/first": { shape: [], data: Float32Array.of(step) },
  },
  best: best === null ? null : { "a/gates": { shape: [1], data: Float32Array.of(best) } },
});

describe("a checkpoint", () => {
  it("comes back to the last bit, infinite losses and negative zeros included", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.double(),
        fc.array(fc.float(), { minLength: 1, maxLength: 5 }),
        async (step, loss, numbers) => {
          const own = await mkdtemp(join(folder, "run-"));
          const made: Checkpoint = {
            ...checkpoint(step, 0),
            position: { ...checkpoint(step, 0).position, loss },
            state: { x: { shape: [numbers.length], data: Float32Array.from(numbers) } },
          };
          succeed(await writeCheckpoint(own, made));
          const read = succeed(await readCheckpoint(own))!;
          expect(read.position.loss === loss || Number.isNaN(loss)).toBe(true);
          expect(read.position.history).toEqual(
            made.position.history.map((h) => ({ ...h, accuracy: h.accuracy + 0 })),
          );
          expect(read.state).toEqual(made.state);
          expect(read.best).toEqual(made.best);
          expect(read.identity).toEqual(made.identity);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("replaces those before it and keeps the best it names", async () => {
    succeed(await writeCheckpoint(folder, checkpoint(1, 0)));
    succeed(await writeCheckpoint(folder, checkpoint(2, 0)));
    expect((await readdir(folder)).sort()).toEqual(["best-000000", "step-000000002"]);
    succeed(await writeCheckpoint(folder, checkpoint(12, 3)));
    expect((await readdir(folder)).sort()).toEqual(["best-000003", "step-000000012"]);
  });

  it("leaves foreign files alone and does not see half-written folders", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    await mkdtemp(join(folder, ".step-000000007.new-"));
    expect(succeed(await readCheckpoint(folder))).toBeNull();
    succeed(await writeCheckpoint(folder, checkpoint(3)));
    expect((await readdir(folder)).sort()).toEqual(["notes.txt", "step-000000003"]);
  });

  it("is refused when damaged", async () => {
    succeed(await writeCheckpoint(folder, checkpoint(3)));
    await writeFile(join(folder, "step-000000003", "checkpoint.json"), '{"format":"other"}');
    expect(refused(await readCheckpoint(folder)).found).toMatch(/format/);
  });

  it("is refused by file where its tensors are cut short or gone", async () => {
    succeed(await writeCheckpoint(folder, checkpoint(3, 1)));
    const state = join(folder, "step-000000003", "state.safetensors");
    const whole = await readFile(state);
    for (const length of [0, 7, 20, whole.length - 1]) {
      await writeFile(state, whole.subarray(0, length));
      expect(refused(await readCheckpoint(folder)).where).toMatch("state.safetensors");
    }
    await writeFile(state, whole);
    succeed(await readCheckpoint(folder));
    await rm(join(folder, "best-000001"), { recursive: true });
    expect(refused(await readCheckpoint(folder)).where).toMatch("best-000001");
  });

  it("is refused under another identity, quoting every difference", () => {
    const other = { plan: { seed: 1, schedule: { kind: "cosine" } }, model: "abc" };
    expect(refused(checkIdentity("run", other)(checkpoint(1)))).toMatchObject({
      found: 'a checkpoint made with plan.seed = 0, plan.schedule.kind = "constant"',
      expected: 'plan.seed = 1, plan.schedule.kind = "cosine"',
    });
    succeed(checkIdentity("run", checkpoint(1).identity)(checkpoint(1)));
  });
});
