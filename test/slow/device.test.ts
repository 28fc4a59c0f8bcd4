/**
 * Backends that most machines do not have: the doctor's word on them, the laws of ONNX Runtime's primitives, steps
 * that are certified instruction by instruction, and training. `HEIRLOOM_BACKENDS` names them, with commas between;
 * without it nothing is tested here.
 *
 *     HEIRLOOM_BACKENDS=onnx-cuda,webgpu npm run test:slow -- test/slow/device.test.ts
 */
import { beforeAll, describe, expect, it } from "vitest";
import { backendNames, type BackendName } from "../../src/compile/backendName.js";
import { examineHere } from "../../src/compile/doctor.js";
import { openTarget } from "../../src/compile/engine.js";
import { providers } from "../../src/compile/onnx/runtime.js";
import type { Target } from "../../src/compile/target.js";
import { certifiedStep, dispose, watchAll } from "../compile/onnx/certificate.js";
import { batchOf, digits, digitsStep, setups } from "../compile/onnx/digits.js";
import { plain, primitiveLaws } from "../compile/onnx/primitiveLaws.js";
import { executableLaws } from "../compile/tfjs/executableLaws.js";
import { backendNames as tfjsNames } from "../../src/compile/tfjs/backendName.js";
import { succeed } from "../generators/succeed.js";
import { learnStripes } from "../train/learning.js";

const wanted = (process.env["HEIRLOOM_BACKENDS"] ?? "").split(",").filter((name) => name !== "");

const known = (name: string): BackendName => {
  const found = backendNames.find((each) => each === name);
  if (found === undefined)
    throw new Error(`HEIRLOOM_BACKENDS names ${name}; expected some of ${backendNames.join(", ")}`);
  return found;
};

const backends = wanted.map(known);

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

  it.each(["projection", "full"])("%s learns the stripes", async (method) => {
    expect((await learnStripes(target, method)).accuracy).toBeGreaterThan(0.9);
  });
});
