/** Running a law: what a failure comes to, and that its seed and path lead to it again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { network } from "../../src/model/network.js";
import { axis } from "../../src/tensor/geometry.js";
import { casesOf, lawAt } from "../../src/laws/law.js";
import { merge } from "../../src/transform/merge.js";
import { sameMeaning } from "../../src/laws/equality.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { lawNamed } from "../../src/laws/registry.js";
import { runLaw } from "../../src/laws/run.js";
import { tensor } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";
import { forgetful, throwing } from "./wrong.js";

describe("a law that does not hold", () => {
  const report = runLaw(forgetful, { runs: 200, seed: 3 });
  const failure = report.failure!;
  it("is found out, and its counterexample is small", () => {
    expect(report.runs).toBeLessThan(200);
    expect(failure.refusal.where).toMatch(/^element \d/);
    expect(failure.over).toBe("rational");
    const layers = failure.counterexample.split("\n").filter((line) => / = /.test(line));
    expect(layers).toHaveLength(2);
    expect(layers[1]).toContain("projected");
  });
  it("fails again, the same way, with the seed and path that were given", () => {
    const again = runLaw(forgetful, { runs: 200, seed: failure.seed, path: failure.path });
    expect(again.runs).toBe(1);
    expect(again.failure).toEqual(failure);
  });
  it("fails elsewhere with another seed", () => {
    expect(runLaw(forgetful, { runs: 200, seed: 4 }).failure).not.toBeNull();
  });
});

it("an exception is a failure of the law, and not of the run", () => {
  const { failure } = runLaw(throwing, { runs: 5, seed: 0 });
  expect(failure?.refusal).toEqual({
    where: "throwing",
    found: "thrown",
    expected: "no exception",
  });
});

it("each run is told", () => {
  let told = 0;
  const { runs } = runLaw(succeed(lawNamed("T4_merge")), {
    runs: 25,
    seed: 0,
    onRun: () => told++,
  });
  expect([runs, told]).toEqual([25, 25]);
});

describe("a network of one's own", () => {
  const own = succeed(
    network([
      { name: "x", op: { kind: "input", shape: [3, 1] }, inputs: [] },
      {
        name: "y",
        op: {
          kind: "projected",
          geometry: [axis({ kernel: 2 })],
          groups: 1,
          kernel: tensor(
            [2, 1, 1],
            [1, 2].map((n) => succeed(rationals.ring.fromNumber(n))),
          ),
          gates: tensor([1, 1], [succeed(rationals.ring.fromNumber(0.5))]),
          bias: null,
        },
        inputs: ["x"],
      },
    ]),
  );
  const batch = tensor(
    [1, 3, 1],
    [1, -1, 2].map((n) => succeed(rationals.ring.fromNumber(n))),
  );
  it("is what a law is asked about", () => {
    succeed(lawAt(succeed(lawNamed("T4_merge")))(rationals)({ network: own, batch }));
    succeed(sameMeaning(rationals.ring)(succeed(merge(rationals.ring)(own)).network, own, batch));
    expect(refused(lawAt(forgetful)(rationals)({ network: own, batch }))).toMatchObject({
      where: "element 0",
    });
  });
  it("is refused by a law that says nothing about it, with what the law needs", () => {
    expect(
      refused(lawAt(succeed(lawNamed("T6_groups")))(rationals)({ network: own, batch })),
    ).toEqual({
      where: "T6_groups",
      found: "a network that it says nothing about",
      expected: "a grouped convolution, gated or not",
    });
  });
});

it("cases of a law are those it applies to", () => {
  const grouped = succeed(lawNamed("T6_groups"));
  fc.assert(
    fc.property(casesOf(grouped)(rationals), (c) => grouped.applies(c.network)),
    { numRuns: 30 },
  );
});
