/** The parts of a large network: nodes of the network with inputs left out, weights and windows its own. */
import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import {
  batchNorm,
  build,
  conv,
  dense,
  depthwise,
  globalAveragePool,
  input,
  normal,
  relu,
  zeroPad,
} from "../../src/model/builder.js";
import { withStatistics } from "../../src/adapt/statistics.js";
import { fragmentsOf } from "../../src/laws/fragment.js";
import { laws, lawNamed } from "../../src/laws/registry.js";
import { runLaw } from "../../src/laws/run.js";
import { law } from "../../src/laws/law.js";
import * as E from "fp-ts/lib/Either.js";
import { succeed } from "../generators/succeed.js";
import { forgetful } from "./wrong.js";

const large = withStatistics("frozen")(
  succeed(
    pipe(
      input([24, 24, 3]),
      zeroPad([
        [1, 1],
        [1, 1],
      ]),
      conv({
        filters: 16,
        kernel: 3,
        strides: 2,
        padding: "valid",
        name: "first",
        bias: normal(1),
      }),
      batchNorm(),
      relu,
      depthwise({ kernel: 3, name: "deep" }),
      relu,
      conv({ filters: 24, kernel: 3, groups: 2, name: "grouped" }),
      relu,
      globalAveragePool,
      dense(10, { name: "top" }),
      build({ seed: 3 }),
    ),
  ),
);
const fragments = fragmentsOf(large);

/** A law that keeps the networks it is asked about. */
const seen: string[] = [];
const watching = law({
  name: "watching",
  theorems: [],
  statement: "the parts are what they should be",
  holds:
    ({ ring }) =>
    ({ network }) => {
      const [, ...layers] = network.layers;
      seen.push(layers.map(({ name }) => name).join(" "));
      for (const { name, op, shape } of layers) {
        if (op.kind !== "convolution" && op.kind !== "dense") continue;
        const whole = large.layers.find((layer) => layer.name === name)!.op;
        const [own, from] =
          op.kind === "dense" && whole.kind === "dense"
            ? [op.weights, whole.weights]
            : op.kind === "convolution" && whole.kind === "convolution"
              ? [op.kernel, whole.kernel]
              : [null, null];
        // Each column of a part, over its taps and inputs, is a piece of a column of the network's kernel.
        const inField = new Set(
          Array.from(from!.data, (x) => ring.show(succeed(ring.fromNumber(x)))),
        );
        expect(Array.from(own!.data).every((w) => inField.has(ring.show(w)))).toBe(true);
        if (op.kind === "convolution" && whole.kind === "convolution") {
          expect(op.geometry).toEqual(whole.geometry);
          // Two outputs on each axis.
          expect(shape.slice(0, -1)).toEqual([2, 2]);
        }
      }
      return E.right(null);
    },
});

describe("the parts of a network", () => {
  it("are its layers with weights, with what stands before and behind", () => {
    expect([fragments.whole, fragments.count]).toEqual([false, 4]);
    fc.assert(
      fc.property(fragments.trials(watching), (trial) => E.isRight(trial.holds())),
      { numRuns: 80 },
    );
    expect(new Set(seen)).toEqual(
      new Set(["zeroPad1 first batchNorm1 relu1", "deep relu2", "grouped relu3", "top"]),
    );
  });
  it("obey every law that says something about them", () => {
    const run = laws.filter((l) => fragments.applicable(l) > 0);
    expect(run.length).toBeGreaterThan(35);
    for (const l of run) {
      const { failure } = runLaw(l, { runs: 10, seed: 0 }, fragments.trials(l));
      expect([l.name, failure]).toEqual([l.name, null]);
    }
  });
  it("have gates at random for laws about gates, so that a wrong merge is found out", () => {
    const { failure } = runLaw(forgetful, { runs: 50, seed: 0 }, fragments.trials(forgetful));
    expect(failure?.counterexample).toContain("projected");
  });
  it("name the layer where a law fails", () => {
    const grouped = succeed(lawNamed("T6_groups"));
    expect(fragments.applicable(grouped)).toBe(2);
    const never = { ...grouped, holds: () => () => E.left({ where: "", found: "", expected: "" }) };
    const { failure } = runLaw(never, { runs: 1, seed: 0 }, fragments.trials(never));
    expect(failure?.over).toMatch(/, layer (deep|grouped)$/);
  });
});
