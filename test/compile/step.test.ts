/** Whole step programs: loss, gradients and statistics, exactly, on random networks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ring } from "../../src/algebra/ring.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { applyPrimitive, interpret, type Values } from "../../src/compile/interpret.js";
import { allParameters } from "../../src/compile/parameters.js";
import { stepProgramOver, type StepProgram } from "../../src/compile/step.js";
import { network, type ModelClass, type Network } from "../../src/model/network.js";
import { moments } from "../../src/semantics/channelwise.js";
import { evaluateLayers } from "../../src/semantics/evaluate.js";
import type { Shape } from "../../src/tensor/shape.js";
import { filled, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, formal, type Sampled } from "../../src/laws/generators/ring.js";
import { cases, type Case } from "../../src/laws/generators/network.js";
import {
  allActivations,
  orderedKinds,
  type NetworkOptions,
} from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { forwardDerivative, inner } from "../../src/laws/differentiation.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** Activations whose derivative is exact over a formal field (see catalogue.ts). */
const exactActivations = allActivations.filter(
  (fn) => fn.name !== "hardSwish" && !(fn.name === "gelu" && !fn.approximate),
);

const everything: Partial<NetworkOptions> = {
  kinds: [
    "convolution",
    "convolution",
    "projected",
    "projected",
    "dense",
    "batchNorm",
    "batchNorm",
    "layerNorm",
    "zeroPad",
    ...orderedKinds,
  ],
  activations: exactActivations,
  statistics: ["frozen", "batch"],
};

/** The network with its output flattened, so that it is one number per class. */
const classifier = <A>(n: AnyNetwork<A>): AnyNetwork<A> =>
  n.output.length === 1
    ? n
    : succeed(
        network([
          ...n.layers,
          { name: "logits", op: { kind: "flatten" }, inputs: [n.layers.at(-1)!.name] },
        ]),
      );

interface Step<A> {
  readonly network: AnyNetwork<A>;
  readonly batch: Tensor<A>;
  readonly step: StepProgram<A>;
  readonly feed: Values<A>;
}

const withoutDecay = { kind: "sgd", momentum: 0, weightDecay: 0 } as const;

/** A step that trains a random part of a random network; null where that has no weights. */
const drawStep = <A>(
  sampled: Sampled<A>,
  c: Case<A>,
  t: Tape,
  masks: "ones" | "drawn",
): Step<A> | null => {
  const { ring } = sampled;
  const uniform = t.bulk();
  const n = classifier(c.network);
  const names = allParameters(n).map((p) => p.name);
  if (names.length === 0) return null;
  const some = names.filter(() => t.below(3) > 0);
  const step = succeed(
    stepProgramOver(exactly(ring))(n, {
      batch: c.batch.shape[0]!,
      trainable: new Set(some.length === 0 ? names : some),
      optimizer: withoutDecay,
    }),
  );
  const feed: Record<string, Tensor<A>> = {
    ...step.initial,
    input: c.batch,
    targets: drawTensor(sampled, [c.batch.shape[0]!, ...n.output], uniform),
    exampleWeight: drawTensor(sampled, [], uniform),
    rate: filled(ring)([], ring.one),
  };
  for (const mask of step.masks)
    feed[mask.name] =
      masks === "ones"
        ? filled(ring)(mask.shape, ring.one)
        : drawTensor(sampled, mask.shape, uniform);
  return { network: n, batch: c.batch, step, feed };
};

/** The loss by its definition, from the evaluator of `semantics/`. */
const referenceLoss = <A>(ring: Ring<A>, { network: n, batch, feed }: Step<A>): A => {
  const values = succeed(evaluateLayers(ring)(n, batch));
  const last = n.layers.at(-1)!;
  const softmax = last.op.kind === "activation" && last.op.fn.name === "softmax";
  const logits = values.get(softmax ? last.inputs[0]! : last.name)!;
  const perExample = succeed(
    applyPrimitive(ring)({ op: "crossEntropy" }, [logits, feed["targets"]!]),
  );
  const sum = Array.from(perExample.data).reduce(ring.add, ring.zero);
  return ring.mul(sum, feed["exampleWeight"]!.data[0]!);
};

describe("a step program", () => {
  it("has the loss of the reference, with projected layers, groups and batch statistics", () => {
    const field = formal("loss");
    fc.assert(
      fc.property(cases(field, everything), tape(40), (c, t) => {
        const drawn = drawStep(field, c, t, "ones");
        if (drawn === null) return;
        const { loss } = succeed(interpret(field.ring)(drawn.step.program, drawn.feed));
        expect(loss!.data[0]).toBe(referenceLoss(field.ring, drawn));
      }),
      { numRuns: 80 },
    );
  });

  it("has the gradients that dual numbers give, in every direction", () => {
    const field = formal("gradients");
    const { ring } = field;
    fc.assert(
      fc.property(cases(field, everything), tape(40), (c, t) => {
        const drawn = drawStep(field, c, t, "drawn");
        if (drawn === null) return;
        const { step, feed } = drawn;
        const uniform = t.bulk();
        const directions = Object.fromEntries(
          step.parameters.map((name) => [name, drawTensor(field, feed[name]!.shape, uniform)]),
        );
        const next = succeed(interpret(ring)(step.program, feed));
        // With rate one, p' = p - g: the step against the directions is the derivative along them.
        const backward = step.parameters.reduce((sum, name) => {
          const direction = directions[name]!;
          const moved = ring.sub(
            inner(ring, feed[name]!, direction),
            inner(ring, next[name]!, direction),
          );
          return ring.add(sum, moved);
        }, ring.zero);
        expect(backward).toBe(
          succeed(forwardDerivative(ring, step.program, feed, directions, "loss")),
        );
      }),
      { numRuns: 80 },
    );
  });

  it("follows the statistics of the batch by 1 - momentum", () => {
    const field = formal("statistics");
    const { ring } = field;
    const uniform = fc.sample(tape(1), { numRuns: 1, seed: 5 })[0]!.bulk();
    const draw = (...shape: number[]) => drawTensor(field, shape, uniform);
    const n = succeed(
      network<bigint>([
        { name: "x", op: { kind: "input", shape: [2, 3, 2] }, inputs: [] },
        {
          name: "bn",
          op: {
            kind: "batchNorm",
            statistics: "batch",
            gamma: draw(2),
            beta: null,
            mean: draw(2),
            variance: draw(2),
            epsilon: 0.5,
            momentum: 0.75,
          },
          inputs: ["x"],
        },
        { name: "flat", op: { kind: "flatten" }, inputs: ["bn"] },
      ]),
    );
    const step = succeed(
      stepProgramOver(exactly(ring))(n, {
        batch: 2,
        trainable: new Set(["bn/gamma"]),
        optimizer: withoutDecay,
      }),
    );
    const input = draw(2, 2, 3, 2);
    const out = succeed(
      interpret(ring)(step.program, {
        ...step.initial,
        input,
        targets: draw(2, 12),
        exampleWeight: draw(),
        rate: draw(),
      }),
    );
    const batch = succeed(moments(ring)(input));
    const quarter = succeed(ring.fromNumber(0.25));
    for (const [name, now] of [
      ["bn/mean", batch.mean],
      ["bn/variance", batch.variance],
    ] as const) {
      const before = step.initial[name]!;
      const expected = before.data[0]! + 0n;
      // stored' - stored = (batch - stored) / 4
      expect(ring.sub(out[name]!.data[0]!, expected)).toBe(
        ring.mul(quarter, ring.sub(now.data[0]!, expected)),
      );
    }
  });
});
