/** The ladder of `auto`: the highest rung without an objection, and a reason for every rung above it. */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BackendReport } from "../../src/compile/backendReport.js";
import type { BackendName } from "../../src/compile/backendName.js";
import type { Surroundings } from "../../src/compile/glance.js";
import {
  choiceAmong,
  chooseBackend,
  decide,
  needsGpu,
  objectionTo,
  rungs,
  showChoice,
  type Rung,
} from "../../src/compile/ladder.js";
import { refused, succeed } from "../generators/succeed.js";

type Report = BackendReport<BackendName>;

const works = (name: BackendName): Report => ({
  name,
  present: true,
  version: "1.2.3",
  device: needsGpu(name) ? "a real GPU" : "a CPU",
  kind: needsGpu(name) ? "gpu" : "cpu",
  selfTest: { passed: true, milliseconds: 1, found: null },
  problem: null,
  install: null,
});

const problem = { where: "here", found: "some\n  trouble", expected: "none" };

/** What may be wrong with a backend, and the words that must stand in the line. */
const faults: Readonly<Record<string, readonly [(good: Report) => Report, string]>> = {
  absent: [
    (r) => ({ ...r, present: false, device: null, kind: null, selfTest: null, problem }),
    "some trouble",
  ],
  "does not run": [(r) => ({ ...r, selfTest: null, problem }), "does not run: some trouble"],
  "wrong result": [
    (r) => ({ ...r, selfTest: { passed: false, milliseconds: 1, found: "7 instead of 8" } }),
    "fails its self test: 7 instead of 8",
  ],
};

/** What is wrong with a GPU backend only. */
const gpuFaults: typeof faults = {
  ...faults,
  "software adapter": [
    (r) => ({ ...r, kind: "software", device: "SwiftShader" }),
    "no GPU: it computes on SwiftShader",
  ],
  "fallback to the CPU": [
    (r) => ({ ...r, kind: "cpu", device: "this CPU" }),
    "no GPU: it computes on this CPU",
  ],
  "unnamed device": [
    (r) => ({ ...r, kind: null, device: null }),
    "does not say whether it computes on a GPU",
  ],
};

const faultsOf = (name: Rung): typeof faults => (needsGpu(name) ? gpuFaults : faults);

/** Everything a GPU backend may ask for is there. */
const plenty: Surroundings = {
  platform: "linux",
  arch: "x64",
  isInstalled: () => true,
  hasGpuDevice: true,
  hasCudaLibraries: true,
};

/** A fault or none for every rung. */
const conditions = fc.record(
  Object.fromEntries(
    rungs.map((name) => [name, fc.constantFrom(null, null, ...Object.keys(faultsOf(name)))]),
  ) as Record<Rung, fc.Arbitrary<string | null>>,
);

describe("a choice", () => {
  it("is the highest rung without an objection, for each of the 2^7 cases", () => {
    for (let bits = 0; bits < 2 ** rungs.length; bits++) {
      const findings = rungs.map((name, i) => ({
        name,
        objection: (bits >> i) % 2 === 1 ? null : `objection ${i}`,
      }));
      const choice = decide(findings);
      const best = findings.findIndex((f) => f.objection === null);
      if (best < 0) {
        for (const { name, objection } of findings)
          expect(refused(choice).found).toContain(`${name} (${objection})`);
        continue;
      }
      expect(succeed(choice)).toEqual({
        name: rungs[best],
        passedOver: findings
          .slice(0, best)
          .map(({ name, objection }) => ({ name, reason: objection })),
      });
    }
  });

  it("among reports names every rung above it with what is wrong there, in one line", () => {
    fc.assert(
      fc.property(conditions, (fault) => {
        const reports = rungs.map((name) => {
          const key = fault[name];
          return key === null ? works(name) : faultsOf(name)[key]![0](works(name));
        });
        const choice = choiceAmong(reports, plenty);
        const best = rungs.findIndex((name) => fault[name] === null);
        const said = E.isRight(choice) ? showChoice(choice.right) : choice.left.found;
        expect(said).not.toContain("\n");
        for (const name of best < 0 ? rungs : rungs.slice(0, best))
          expect(said).toContain(`${name} (${faultsOf(name)[fault[name]!]![1]}`);
        expect(E.isRight(choice) ? choice.right.name : undefined).toBe(rungs[best]);
      }),
    );
  });

  it("never takes a GPU backend whose device is no GPU", () => {
    for (const name of rungs.filter(needsGpu))
      for (const [fault] of Object.values(gpuFaults))
        expect(objectionTo(fault(works(name)))).not.toBeNull();
  });

  it("counts no GPU where the machine shows none, whatever the reports say", () => {
    const { name, passedOver } = succeed(
      choiceAmong(rungs.map(works), { ...plenty, hasGpuDevice: false }),
    );
    expect(name).toBe("onnx");
    expect(passedOver.map((p) => p.reason)).toEqual(Array(3).fill("the machine shows no GPU"));
  });

  it("names a package that is not installed, on rungs without a GPU too", () => {
    const without = { ...plenty, isInstalled: (name: string) => !name.startsWith("onnx") };
    const { name, passedOver } = succeed(
      choiceAmong(
        rungs.map((rung) => (needsGpu(rung) ? faults["absent"]![0](works(rung)) : works(rung))),
        without,
      ),
    );
    expect(name).toBe("wasm");
    expect(passedOver.at(-1)).toEqual({
      name: "onnx",
      reason: "onnxruntime-node is not installed",
    });
  });

  it("cuts a driver's long message short", () => {
    const long = { ...problem, found: "x".repeat(10_000) };
    const report: Report = { ...works("onnx"), selfTest: null, problem: long };
    expect(objectionTo(report)!.length).toBeLessThanOrEqual(160);
  });
});

describe("choosing", () => {
  it("looks at no rung below the chosen one, and decides as with all of them known", async () => {
    await fc.assert(
      fc.asyncProperty(conditions, async (fault) => {
        const looked: Rung[] = [];
        const choice = await chooseBackend((name) => {
          looked.push(name);
          return Promise.resolve(fault[name]);
        });
        const findings = rungs.map((name) => ({ name, objection: fault[name] }));
        expect(choice).toEqual(decide(findings));
        if (E.isRight(choice)) expect(looked.at(-1)).toBe(choice.right.name);
        expect(looked).toEqual(rungs.slice(0, looked.length));
      }),
    );
  });

  it("finds a backend on this machine, and says why it is not a higher one", async () => {
    const choice = succeed(await chooseBackend());
    const place = rungs.indexOf(choice.name);
    expect(choice.passedOver.map((p) => p.name)).toEqual(rungs.slice(0, place));
    for (const { reason } of choice.passedOver) expect(reason).not.toBe("");
    // Its package is a dependency: where it works, nothing below it is taken.
    expect(place).toBeLessThanOrEqual(rungs.indexOf("onnx"));
  });
});
