/** What float32 step programs hold, how they train, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { inferenceProgram } from "../../src/compile/inference.js";
import { interpret, type Values } from "../../src/compile/interpret.js";
import { parametersOf, withParameters } from "../../src/compile/parameters.js";
import type { Program } from "../../src/compile/program.js";
import { stepProgram } from "../../src/compile/step.js";
import { network } from "../../src/model/network.js";
import { filled, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, floats32 } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";
import { options, projectedNetwork } from "./projected.js";

const opsOf = (program: Program): readonly string[] =>
  program.nodes.flatMap((node) => (node.kind === "apply" ? [node.primitive.op] : []));

const count = (program: Program, op: string): number =>
  opsOf(program).filter((o) => o === op).length;

describe("what a step program holds", () => {
  const n = projectedNetwork();

  it("of a linear probe: no gradient but the classifier's, and no gate", () => {
    const { program } = succeed(stepProgram(n, options("fc/weights", "fc/bias")));
    expect(count(program, "convInputGrad") + count(program, "convFilterGrad")).toBe(0);
    expect(count(program, "gateWeight") + count(program, "gateGrad")).toBe(0);
    expect(count(program, "channelAffine")).toBe(1);
    expect(opsOf(program)).not.toContain("elementary");
    expect(opsOf(program)).not.toContain("activationGrad");
  });

  it("of a projection: gates and their gradients, one input gradient for two layers", () => {
    const { program } = succeed(stepProgram(n, options("conv1/gates", "conv2/gates")));
    expect(count(program, "gateWeight")).toBe(2);
    expect(count(program, "gateGrad")).toBe(2);
    expect(count(program, "convFilterGrad")).toBe(2);
    expect(count(program, "convInputGrad")).toBe(1);
  });

  it("its parameters, states, masks and scalars by name", () => {
    const step = succeed(stepProgram(n, options("fc/weights", "conv1/gates")));
    expect([...step.parameters].sort()).toEqual(["conv1/gates", "fc/weights"]);
    expect(Object.keys(step.initial).sort()).toEqual([
      "conv1/gates",
      "conv1/gates/momentum",
      "fc/weights",
      "fc/weights/momentum",
    ]);
    expect(step.masks).toEqual([{ name: "drop/mask", shape: [2, 3], rate: 0.25 }]);
    expect([...step.hypers].sort()).toEqual(["exampleWeight", "rate"]);
    const outputs = step.program.outputs.map((o) => o.name);
    expect(outputs.sort()).toEqual([
      "conv1/gates",
      "conv1/gates/momentum",
      "fc/weights",
      "fc/weights/momentum",
      "logits",
      "loss",
    ]);
  });

  it("the update directly behind the gradient: the classifier's before the backbone is differentiated", () => {
    const { program } = succeed(stepProgram(n, options("fc/weights", "conv1/gates")));
    const updated = program.outputs.find((o) => o.name === "fc/weights")!.node;
    const backbone = program.nodes.findIndex(
      (node) => node.kind === "apply" && node.primitive.op === "convFilterGrad",
    );
    expect(updated).toBeLessThan(backbone);
  });

  it("every instruction of forward and backward under its layer's name", () => {
    const { program } = succeed(stepProgram(n, options("conv1/gates")));
    for (const node of program.nodes)
      if (node.kind === "apply" && ["gateGrad", "convFilterGrad"].includes(node.primitive.op))
        expect(node.layer).toBe("conv1");
  });
});

describe("training in float32", () => {
  const n = projectedNetwork();
  const names = ["conv1/gates", "conv2/gates", "fc/weights", "fc/bias"];
  const step = succeed(stepProgram(n, options(...names)));
  const uniform = fc.sample(tape(1), { numRuns: 1, seed: 11 })[0]!.bulk();
  const targets = Float32Array.of(1, 0, 0, 0, 0, 0, 1, 0);
  const scalar = (x: number): Tensor<number> => tensor([], Float32Array.of(x));
  const batch: Values<number> = {
    input: drawTensor(floats32, [2, 4, 4, 2], uniform),
    targets: tensor([2, 4], targets),
    "drop/mask": filled(float32)([2, 3], 1),
    exampleWeight: scalar(0.5),
    rate: scalar(2 ** -8),
  };

  it("a few small steps lower the loss, and the trained values return into the network", () => {
    let state = step.initial;
    const losses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const out = succeed(interpret(float32)(step.program, { ...state, ...batch }));
      losses.push(out["loss"]!.data[0]!);
      state = Object.fromEntries(Object.keys(state).map((name) => [name, out[name]!]));
    }
    expect(losses.every((loss, i) => i === 0 || loss < losses[i - 1]!)).toBe(true);

    const trained = succeed(
      withParameters(n, Object.fromEntries(names.map((name) => [name, state[name]!]))),
    );
    const written = succeed(parametersOf(trained, new Set(names)));
    for (const p of written) expect(p.value).toBe(state[p.name]);

    // A program compiled once and fed the trained values computes what the trained network computes.
    const fixed = succeed(inferenceProgram(trained, 2));
    const live = succeed(inferenceProgram(n, 2, { trainable: new Set(names) }));
    const inputs = { input: batch["input"]! };
    const output = succeed(
      interpret(float32)(live.program, { ...live.initial, ...state, ...inputs }),
    );
    const expected = succeed(interpret(float32)(fixed.program, inputs));
    expect(sameTensor({ ring: float32 }, output["output"]!, expected["output"]!)).toBe(true);
  });

  it("rows whose targets are zero change neither the loss nor any parameter", () => {
    const padded = { ...batch, targets: tensor([2, 4], Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0)) };
    const input = Float32Array.from(batch["input"]!.data);
    input.fill(3, input.length / 2);
    const other = { ...padded, input: tensor([2, 4, 4, 2], input) };
    const run = (feed: Values<number>) =>
      succeed(interpret(float32)(step.program, { ...step.initial, ...feed }));
    const [a, b] = [run(padded), run(other)];
    for (const name of ["loss", ...names])
      expect(sameTensor({ ring: float32 }, a[name]!, b[name]!)).toBe(true);
  });
});

describe("a method's own parameters", () => {
  it("come from the weight source, with gradients and first values of their own", () => {
    const n = projectedNetwork();
    const step = succeed(
      stepProgram(n, {
        batch: 2,
        trainable: new Set(),
        optimizer: { kind: "sgd", momentum: 0, weightDecay: 0 },
        weightSource: (b, layer, weight, value) =>
          layer.name === "fc" && weight === "weights"
            ? b.apply(
                { op: "add" },
                b.constant("fc/weights", value),
                b.apply(
                  { op: "matmul", transposeA: false, transposeB: false },
                  b.input("fc/up", "parameter", [3, 1]),
                  b.input("fc/down", "parameter", [1, 4]),
                ),
              )
            : null,
        initial: {
          "fc/up": filled(float32)([3, 1], 0),
          "fc/down": filled(float32)([1, 4], 1),
        },
      }),
    );
    expect(step.parameters).toEqual(["fc/up", "fc/down"]);
    expect(Object.keys(step.initial)).toEqual(["fc/up", "fc/down"]);
  });
});

describe("refusals", () => {
  const n = projectedNetwork();
  it("names that are no trainable weight", () => {
    expect(refused(stepProgram(n, options("bn1/mean"))).found).toBe("bn1/mean");
    expect(refused(stepProgram(n, options("conv9/kernel"))).where).toBe("trainable weights");
  });
  it("a step that trains nothing", () => {
    expect(refused(stepProgram(n, options())).found).toBe("none");
  });
  it("an output that is not one number per class, and an empty batch", () => {
    const spatial = succeed(network(n.layers.slice(0, 2)));
    expect(refused(stepProgram(spatial, options("conv1/gates"))).found).toBe(
      "an output of shape 4x4x3",
    );
    expect(refused(inferenceProgram(n, 0)).found).toBe("0");
  });
  it("a value for no weight, or of another shape", () => {
    const values = (name: string) => ({ [name]: filled(float32)([7], 1) });
    expect(refused(withParameters(n, values("fc/bias/momentum"))).found).toBe(
      "a value for fc/bias/momentum",
    );
    expect(refused(withParameters(n, values("fc/bias"))).found).toBe("shape 7 with 7 elements");
  });
});
