/** Where blocks are used: all programs but those that train kernels of several taps on few examples. */
import { describe, expect, it } from "vitest";
import { suitsBlocks } from "../../../src/compile/onnx/suitability.js";
import { allParameters } from "../../../src/compile/parameters.js";
import { stepProgram } from "../../../src/compile/step.js";
import { inferenceProgram } from "../../../src/compile/inference.js";
import { succeed } from "../../generators/succeed.js";
import { projectedNetwork } from "../projected.js";

const network = projectedNetwork();
const step = (weight: string, batch: number) =>
  succeed(
    stepProgram(network, {
      batch,
      trainable: new Set(
        allParameters(network).flatMap((p) => (p.weight === weight ? [p.name] : [])),
      ),
      optimizer: { kind: "sgd", momentum: 0, weightDecay: 0 },
    }),
  ).program;

describe("blocks suit", () => {
  it.each([1, 3, 4, 7, 8, 16])("gates on %i examples", (batch) => {
    expect(suitsBlocks(step("gates", batch), 16)).toBe(true);
  });

  it.each([1, 3, 7])("no kernels on %i examples, with blocks of 16", (batch) => {
    expect(suitsBlocks(step("kernel", batch), 16)).toBe(false);
  });

  it("kernels on half as many examples as a block has lanes, or more", () => {
    expect(suitsBlocks(step("kernel", 8), 16)).toBe(true);
    expect(suitsBlocks(step("kernel", 4), 8)).toBe(true);
    expect(suitsBlocks(step("kernel", 20), 16)).toBe(true);
  });

  it("what is not trained", () => {
    expect(suitsBlocks(succeed(inferenceProgram(network, 1)).program, 16)).toBe(true);
  });
});
