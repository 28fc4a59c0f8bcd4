/** Lowering and interpretation mean what `semantics/` says, exactly, on random networks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { inferenceProgramOver, tracedProgramOver } from "../../src/compile/inference.js";
import { interpret } from "../../src/compile/interpret.js";
import { network, type ModelClass, type Network } from "../../src/model/network.js";
import { evaluate, evaluateLayers } from "../../src/semantics/evaluate.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { drawTensor, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { cases, type Case } from "../../src/laws/generators/network.js";
import {
  allActivations,
  orderedKinds,
  type NetworkOptions,
} from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

const everyKind: NetworkOptions["kinds"] = [
  "convolution",
  "convolution",
  "projected",
  "projected",
  "dense",
  "batchNorm",
  "layerNorm",
  "zeroPad",
  "zeroPad",
  ...orderedKinds,
];

/** Whether the compiled network gives the reference's output. */
const agrees = <A>(sampled: Sampled<A>, { network: n, batch }: Case<A>): boolean => {
  const { ring } = sampled;
  const reference = succeed(evaluate(ring)(n, batch));
  const { program } = succeed(inferenceProgramOver(exactly(ring))(n, batch.shape[0]!));
  const { output } = succeed(interpret(ring)(program, { input: batch }));
  return sameTensor(sampled, output!, reference);
};

describe("a compiled network equals its reference", () => {
  it("over the rationals, all operators but those that divide by a root", () => {
    const rooted: ReadonlySet<string> = new Set(["batchNorm", "layerNorm"]);
    fc.assert(
      fc.property(cases(rationals, { kinds: everyKind.filter((kind) => !rooted.has(kind)) }), (c) =>
        agrees(rationals, c),
      ),
      { numRuns: 150 },
    );
  });

  it("over formal fields, all operators and activations", () => {
    fc.assert(
      fc.property(
        cases(formal("symbols"), { kinds: everyKind, activations: allActivations }),
        (c) => agrees(formal("symbols"), c),
      ),
      { numRuns: 150 },
    );
  });

  it("layer by layer", () => {
    const field = formal("layers");
    fc.assert(
      fc.property(cases(field, { kinds: everyKind, activations: allActivations }), (c) => {
        const reference = succeed(evaluateLayers(field.ring)(c.network, c.batch));
        const { program } = succeed(
          tracedProgramOver(exactly(field.ring))(c.network, c.batch.shape[0]!),
        );
        const values = succeed(interpret(field.ring)(program, { input: c.batch }));
        return [...reference].every(([name, value]) => sameTensor(field, values[name]!, value));
      }),
      { numRuns: 60 },
    );
  });
});

describe("zero padding", () => {
  const uniform = fc.sample(tape(1), { numRuns: 1, seed: 3 })[0]!.bulk();
  const padded = (
    reader: "convolution" | "maxPool" | "averagePool",
  ): Network<ModelClass, Shape, Shape, Rational> => {
    const geometry = [axis({ kernel: 2, low: 1, stride: 2 }), axis({ kernel: 2 })];
    return succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: [4, 4, 1] }, inputs: [] },
        {
          name: "pad",
          op: {
            kind: "zeroPad",
            padding: [
              [1, 2],
              [0, 1],
            ],
          },
          inputs: ["x"],
        },
        {
          name: "read",
          op:
            reader === "convolution"
              ? {
                  kind: "convolution",
                  geometry,
                  groups: 1,
                  kernel: drawTensor(rationals, [2, 2, 1, 2], uniform),
                  bias: null,
                }
              : reader === "maxPool"
                ? { kind: "maxPool", geometry }
                : { kind: "averagePool", geometry, divisor: "valid" },
          inputs: ["pad"],
        },
      ]),
    );
  };
  const opsOf = (n: Network<ModelClass, Shape, Shape, Rational>): readonly string[] =>
    succeed(inferenceProgramOver(exactly(rational))(n, 2)).program.nodes.flatMap((node) =>
      node.kind === "apply" ? [node.primitive.op] : [],
    );

  it("is absorbed by a convolution", () => {
    expect(opsOf(padded("convolution"))).toEqual(["conv"]);
  });

  it("is not absorbed by pooling, for which padding is no zero", () => {
    expect(opsOf(padded("maxPool"))).toEqual(["pad", "maxPool"]);
    expect(opsOf(padded("averagePool"))).toEqual(["pad", "averagePool"]);
  });

  it("means the same either way", () => {
    for (const reader of ["convolution", "maxPool", "averagePool"] as const) {
      const batch = drawTensor(rationals, [2, 4, 4, 1], uniform);
      expect(agrees(rationals, { network: padded(reader), batch })).toBe(true);
    }
  });
});
