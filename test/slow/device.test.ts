/**
 * Backends that most machines do not have: the doctor's word on them, the laws of ONNX Runtime's primitives, steps
 * that are certified instruction by instruction, and training. `HEIRLOOM_BACKENDS` names them, with commas between;
 * without it nothing is tested here.
 *
 *     HEIRLOOM_BACKENDS=onnx-cuda,webgpu npm run test:slow -- test/slow/device.test.ts
 */
import { beforeAll, describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { backendNames, type BackendName } from "../../src/compile/backendName.js";
import { examineHere } from "../../src/compile/doctor.js";
import { openTarget } from "../../src/compile/engine.js";
import { providers } from "../../src/compile/onnx/runtime.js";
import type { Target } from "../../src/compile/target.js";
import { decodeWith } from "../../src/format/codec.js";
import { evaluate } from "../../src/train/evaluate.js";
import { defaultPlan } from "../../src/train/plan.js";
import { runMethod } from "../../src/train/runMethod.js";
import { certifiedStep, dispose, watchAll } from "../compile/onnx/certificate.js";
import { adamw, batchOf, digits, digitsStep, sgd } from "../compile/onnx/digits.js";
import { plain, primitiveLaws } from "../compile/onnx/primitiveLaws.js";
import { executableLaws } from "../compile/tfjs/executableLaws.js";
import { backendNames as tfjsNames } from "../../src/compile/tfjs/backendName.js";
import { succeed } from "../generators/succeed.js";
import { adaptable, stripes } from "../train/task.js";

const wanted = (process.env["HEIRLOOM_BACKENDS"] ?? "").split(",").filter((name) => name !== "");

const known = (name: string): BackendName => {
  const found = backendNames.find((each) => each === name);
  if (found === undefined)
    throw new Error(`HEIRLOOM_BACKENDS names ${name}; expected some of ${backendNames.join(", ")}`);
  return found;
};

const backends = wanted.map(known);

const setups = [
  { method: "projection", fn: { name: "relu" }, optimizer: sgd, rate: 0.01 },
  { method: "full", fn: { name: "swish" }, optimizer: adamw, rate: 1e-3 },
] as const;

const plan = { ...defaultPlan, epochs: 25, batch: 16, rate: 0.03, validation: 0.15 };

it.runIf(backends.length === 0)("no backend: HEIRLOOM_BACKENDS names none", ({ skip }) => skip());

describe.each(backends)("%s", (name) => {
  let target: Target;
  beforeAll(async () => {
    target = succeed(await openTarget(name));
  });

  it("is named by the doctor and passes its self test", async ({ annotate }) => {
    const report = await examineHere(name);
    expect(report).toMatchObject({ present: true, problem: null, selfTest: { passed: true } });
    await annotate(`${report.device}, version ${report.version}`);
  });

  const provider = providers.find((each) => `onnx-${each}` === name);
  if (provider !== undefined) describe("primitives", () => primitiveLaws(plain(provider)));

  const tfjs = tfjsNames.find((each) => each === name);
  if (tfjs !== undefined) describe("an executable", () => executableLaws(tfjs));

  it.each(setups)(
    "$method with $fn.name takes steps that are right up to rounding",
    async ({ method, fn, optimizer, rate }) => {
      const data = await digits();
      const step = digitsStep(method, fn, 8, optimizer);
      const watched = await watchAll(step, [[name, target]]);
      for (let t = 1; t <= 5; t++) {
        const feed = await batchOf(data, step, optimizer, rate, t);
        for (const each of watched) await certifiedStep(step.program, each, feed);
      }
      dispose(watched);
    },
  );

  it.each(["projection", "full"])("%s learns the stripes", async (methodName) => {
    const { choose } = methods.find((method) => method.name === methodName)!;
    const method = succeed(decodeWith(choose, methodName)({}));
    const { outcome } = succeed(
      await runMethod(target, method, adaptable(), stripes(90), { plan }),
    );
    const { accuracy } = succeed(
      await evaluate(target, outcome!.merged, stripes(60, 1), { batch: 16 }),
    );
    expect(accuracy).toBeGreaterThan(0.9);
  });
});
