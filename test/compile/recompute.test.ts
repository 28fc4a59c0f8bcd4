/** Recomputation: the same outputs exactly, the limit kept, little work, and refusals that tell the truth. */
import fc from "fast-check";
import { isLeft } from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { programBuilder, type Builder } from "../../src/compile/builder.js";
import { programCost } from "../../src/compile/cost.js";
import { differentiate } from "../../src/compile/derivative.js";
import { footprint, peakBytes } from "../../src/compile/footprint.js";
import { interpret, type Values } from "../../src/compile/interpret.js";
import { lower } from "../../src/compile/lower.js";
import { emitUpdate, usualDecay, type Optimizer } from "../../src/compile/optimizer.js";
import { allParameters } from "../../src/compile/parameters.js";
import type { NodeId, Program } from "../../src/compile/program.js";
import { prune } from "../../src/compile/prune.js";
import { recompute, recomputeWithin } from "../../src/compile/recompute.js";
import { forgetArguments } from "../../src/compile/recompute/kink.js";
import {
  factsOf,
  inOrder,
  inserted,
  link,
  needed,
  programOf,
} from "../../src/compile/recompute/sequence.js";
import { excessOf, meterOf } from "../../src/compile/recompute/meter.js";
import { stepProgramOver } from "../../src/compile/step.js";
import type { ActivationFunction } from "../../src/model/activation.js";
import { network } from "../../src/model/network.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { cases, type Case } from "../../src/laws/generators/network.js";
import {
  allActivations,
  orderedKinds,
  type NetworkOptions,
} from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

const momentum: Optimizer = { kind: "sgd", momentum: 0.5, weightDecay: 0.25 };
const convolutions = ["convolution", "convolution", "projected", "dense"] as const;

/** All names, or the first: with few trained weights, activations are what memory goes to. */
const some = (names: readonly string[], t: Tape): readonly string[] =>
  t.below(3) === 0 ? names : names.slice(0, 1);

/** A training step with the sum of squares as its loss, which rationals can do. */
const squares = <A>({ ring }: Sampled<A>, c: Case<A>, t: Tape): Program<A> | null => {
  const names = some(
    allParameters(c.network).map((p) => p.name),
    t,
  );
  if (names.length === 0) return null;
  const b = programBuilder(ring);
  const { output } = lower(b, c.network, {
    batch: c.batch.shape[0]!,
    trainable: new Set(names),
    training: true,
    statistics: "state",
  });
  const axes = b.shape(output).map((_, axis) => axis);
  const loss = b.apply({ op: "sum", axes }, b.apply({ op: "multiply" }, output, output));
  b.output("loss", loss);
  const parameters = new Map<NodeId, string>();
  for (const [id, node] of b.nodes.entries())
    if (node.kind === "input" && node.role === "parameter") parameters.set(id, node.name);
  differentiate(b, loss, [...parameters.keys()], {
    onGradient: (parameter, gradient) =>
      emitUpdate(b, momentum, usualDecay, {
        name: parameters.get(parameter)!,
        parameter,
        gradient,
      }),
  });
  return prune(succeed(b.finish()));
};

/** Values for every input of a program. */
const feedFor = <A>(sampled: Sampled<A>, program: Program<A>, t: Tape): Values<A> => {
  const uniform = t.bulk();
  const feed: Record<string, Tensor<A>> = {};
  for (const node of program.nodes)
    if (node.kind === "input") feed[node.name] = drawTensor(sampled, node.shape, uniform);
  return feed;
};

/** The least limit that a refusal quotes; the peak where nothing is refused. */
const leastOf = <A>(program: Program<A>): number => {
  const made = recompute(program, 0);
  return isLeft(made)
    ? Number(/at least (\d+) bytes/.exec(made.left.expected)![1])
    : made.right.peak;
};

/**
 * Run the program and what recomputation makes of it, and compare every output. The limit lies the given
 * share of the way from the least that is quoted to the peak. Answers how many instructions were repeated.
 */
const repeatedIn = <A>(
  sampled: Sampled<A>,
  program: Program<A>,
  share: number,
  t: Tape,
): number => {
  const before = peakBytes(program);
  const least = leastOf(program);
  const limit = Math.floor(least + share * (before - least));
  const result = succeed(recompute(program, limit));
  expect(result.peakBefore).toBe(before);
  expect(peakBytes(result.program)).toBe(result.peak);
  expect(result.peak).toBeLessThanOrEqual(limit);
  for (const [id, node] of result.program.nodes.entries())
    if (node.kind === "apply") expect(node.args.every((arg) => arg >= 0 && arg < id)).toBe(true);
  expect(programCost(result.program).total).toBe(result.costBefore + result.added);
  const feed = feedFor(sampled, program, t);
  const expected = succeed(interpret(sampled.ring)(program, feed));
  const found = succeed(interpret(sampled.ring)(result.program, feed));
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected))
    expect(sameTensor(sampled, found[name]!, value)).toBe(true);
  return result.repeated;
};

describe("a sequence with nodes computed again at random", () => {
  it("computes the outputs of the program, and the meter weighs it as its links do", () => {
    fc.assert(
      fc.property(cases(rationals), tape(200), (c, t) => {
        const program = squares(rationals, c, t);
        if (program === null) return;
        const facts = factsOf(program);
        let sequence = inOrder([...program.nodes.keys()]);
        for (let i = 0; i < 20; i++) {
          const before = t.between(1, sequence.nodes.length);
          const node = sequence.nodes[t.below(before)]!;
          if (program.nodes[node]!.kind === "apply")
            sequence = inserted(sequence, before, [node], 1 + i);
        }
        const linked = link(facts, sequence);
        const again = programOf(facts, linked);
        const feed = feedFor(rationals, program, t);
        const expected = succeed(interpret(rationals.ring)(program, feed));
        const found = succeed(interpret(rationals.ring)(again, feed));
        for (const [name, value] of Object.entries(expected))
          expect(sameTensor(rationals, found[name]!, value)).toBe(true);
        // The meter leaves out what nothing reads.
        const kept = link(facts, needed(facts, sequence));
        const limit = t.below(kept.peak);
        expect(meterOf(facts).excess(sequence, limit)).toBe(excessOf(kept, limit));
        expect(peakBytes(programOf(facts, kept))).toBe(kept.peak);
      }),
      { numRuns: 60 },
    );
  });
});

describe("recomputed programs", () => {
  it("have the outputs of the originals, over the rationals, within the limit", () => {
    let repeated = 0;
    const kinds: NetworkOptions["kinds"] = [...convolutions, ...orderedKinds];
    fc.assert(
      fc.property(
        cases(rationals, { kinds }),
        tape(4),
        fc.constantFrom(0, 0.1, 0.3),
        (c, t, share) => {
          const program = squares(rationals, c, t);
          if (program === null) return;
          repeated += repeatedIn(rationals, program, share, t);
        },
      ),
      { numRuns: 120 },
    );
    expect(repeated).toBeGreaterThan(20);
  });

  it("also with batch statistics, smooth activations and the cross-entropy, over a formal field", () => {
    const field = formal("recompute");
    const activations = allActivations.filter(
      ({ name }) => name !== "relu" && name !== "leakyRelu",
    );
    const kinds: NetworkOptions["kinds"] = [
      ...convolutions,
      "batchNorm",
      "batchNorm",
      ...orderedKinds,
    ];
    let repeated = 0;
    fc.assert(
      fc.property(
        cases(field, { kinds, activations, statistics: ["frozen", "batch"] }),
        tape(4),
        fc.constantFrom(0, 0.1, 0.3),
        (c, t, share) => {
          const n =
            c.network.output.length === 1
              ? c.network
              : succeed(
                  network([
                    ...c.network.layers,
                    {
                      name: "flat",
                      op: { kind: "flatten" },
                      inputs: [c.network.layers.at(-1)!.name],
                    },
                  ]),
                );
          const trainable = new Set(
            some(
              allParameters(n).map((p) => p.name),
              t,
            ),
          );
          if (trainable.size === 0) return;
          const { program } = succeed(
            stepProgramOver(exactly(field.ring))(n, {
              batch: c.batch.shape[0]!,
              trainable,
              optimizer: momentum,
            }),
          );
          repeated += repeatedIn(field, program, share, t);
        },
      ),
      { numRuns: 80 },
    );
    expect(repeated).toBeGreaterThan(20);
  });
});

/** A chain of `n` products, each followed by a tanh, with the weights' updates. */
const chain = (n: number): Program => {
  const b = programBuilder(float32);
  const inputs: NodeId[] = [];
  let x = b.input("x", "batch", [64, 16]);
  for (let i = 0; i < n; i++)
    b.inLayer(`dense${i}`, () => {
      inputs.push(b.input(`dense${i}/weights`, "parameter", [16, 16]));
      const product = b.apply(
        { op: "matmul", transposeA: false, transposeB: false },
        x,
        inputs[i]!,
      );
      x = b.apply({ op: "activation", fn: { name: "relu" } }, product);
    });
  const loss = b.apply({ op: "sum", axes: [0, 1] }, b.apply({ op: "multiply" }, x, x));
  b.output("loss", loss);
  const optimizer: Optimizer = { kind: "sgd", momentum: 0, weightDecay: 0 };
  differentiate(b, loss, inputs, {
    onGradient: (parameter, gradient) =>
      emitUpdate(b, optimizer, usualDecay, {
        name: `dense${inputs.indexOf(parameter)}/weights`,
        parameter,
        gradient,
      }),
  });
  return prune(succeed(b.finish()));
};

describe("the price", () => {
  const n = 36;
  const program = chain(n);
  const value = 4 * 64 * 16;
  const forward = n * (64 * 16 * 16 + 64 * 16);

  it("is nothing while forgetting the arguments of ReLU suffices", () => {
    const peak = peakBytes(program);
    expect(peak).toBeGreaterThan(2 * n * value);
    const { peak: reached, added, repeated } = succeed(recompute(program, 0.7 * peak));
    expect(reached).toBeLessThan(0.7 * peak);
    expect([added, repeated]).toEqual([0, 0]);
  });

  it("of a chain in the square root of its memory is less than one more forward pass", () => {
    // Segments of k values: n / k checkpoints and k values of one segment are alive, 2 sqrt(n) at best;
    // beside them the cotangents, the new weights (a quarter of a value each) and one product.
    const limit = (2 * Math.sqrt(n) + 4 + n / 4) * value;
    const { peak, added } = succeed(recompute(program, limit));
    expect(peak).toBeLessThanOrEqual(limit);
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(forward);
  });

  it("falls with the limit's rise", () => {
    const peak = peakBytes(program);
    const prices = [0.2, 0.25, 0.3, 0.35, 0.4].map(
      (share) => succeed(recompute(program, share * peak)).added,
    );
    expect(prices).toEqual([...prices].sort((a, b) => b - a));
    expect(prices[0]).toBeGreaterThan(prices.at(-1)!);
  });
});

const built = (emit: (b: Builder) => void): Program => {
  const b = programBuilder(float32);
  emit(b);
  return succeed(b.finish());
};

describe("the footprint", () => {
  it("counts residents apart, a reshape as another name, and outputs to the end", () => {
    const program = built((b) => {
      const x = b.input("x", "batch", [4, 3]);
      const p = b.input("p", "parameter", [12]);
      const c = b.fill("c", [12], 1);
      const flat = b.apply({ op: "reshape", shape: [12] }, x);
      const y = b.apply({ op: "multiply" }, flat, p);
      const z = b.apply({ op: "add" }, y, c);
      b.output("z", z);
      b.output("again", b.apply({ op: "reshape", shape: [3, 4] }, z));
    });
    // x and y; then, x being dead, y and z.
    expect(footprint(program)).toEqual({ resident: 96, peak: 96, at: 4 });
  });

  it("keeps what a reshape names alive", () => {
    const program = built((b) => {
      const x = b.input("x", "batch", [4]);
      const flat = b.apply({ op: "reshape", shape: [2, 2] }, x);
      const y = b.apply({ op: "scale", factor: 2 }, x);
      const z = b.apply({ op: "scale", factor: 2 }, y);
      b.output("w", b.apply({ op: "add" }, b.apply({ op: "reshape", shape: [2, 2] }, z), flat));
    });
    expect(footprint(program)).toEqual({ resident: 0, peak: 48, at: 3 });
  });
});

describe("updates", () => {
  it("that stand at the end are brought behind their gradients", () => {
    // Two large gradients, each with a small update that the program computes last.
    const program = built((b) => {
      const x = b.input("x", "batch", [100, 2]);
      const sums = [2, 3].map((factor) => b.apply({ op: "scale", factor }, x));
      for (const [i, y] of sums.entries()) {
        const p = b.input(`p${i}`, "parameter", [2]);
        b.output(`p${i}`, b.apply({ op: "subtract" }, p, b.apply({ op: "channelSum" }, y)));
      }
    });
    expect(peakBytes(program)).toBe(2400);
    const { program: moved, added, peak } = succeed(recompute(program, 1700));
    expect(added).toBe(0);
    expect(peak).toBe(1608);
    expect(moved.nodes).toHaveLength(program.nodes.length);
  });
});

describe("refusals", () => {
  const program = chain(8);
  it("quote the limit, the least one and the place, and advise", () => {
    const refusal = refused(recompute(program, 5000));
    expect(refusal.where).toBe("memory limit");
    expect(refusal.found).toContain("5000 bytes");
    expect(refusal.expected).toMatch(
      /^at least \d+ bytes, .* layer dense\d+, \w+ needs \(position \d+ of \d+/,
    );
    expect(refusal.advice).toContain("smaller batch");
    const quoted = Number(/at least (\d+)/.exec(refusal.expected)![1]);
    expect(succeed(recompute(program, quoted)).peak).toBeLessThanOrEqual(quoted);
  });
  it("count what is resident where the limit is for everything", () => {
    const { resident } = footprint(program);
    expect(resident).toBe(8 * 1024 + 4);
    expect(refused(recomputeWithin(program, resident)).expected).toContain(`${resident} bytes`);
    const { peak } = succeed(recomputeWithin(program, resident + 40_000));
    expect(peak).toBeLessThanOrEqual(40_000);
    const refusal = refused(recomputeWithin(program, resident + 100));
    expect(refusal.found).toBe(
      `a limit of ${resident + 100} bytes, of which ${resident} bytes hold weights and optimizer states`,
    );
    // What is quoted is a limit that is kept, all counted.
    const quoted = Number(/^at least (\d+) bytes/.exec(refusal.expected)![1]);
    expect(succeed(recomputeWithin(program, quoted)).peak).toBeLessThanOrEqual(quoted - resident);
  });
  it("nothing within the limit: the program comes back as it is", () => {
    expect(succeed(recompute(program, peakBytes(program))).program).toBe(program);
  });
});

describe("forgetting the argument of an activation", () => {
  const gradient = (fn: ActivationFunction): Program =>
    built((b) => {
      const x = b.input("x", "batch", [49]);
      const y = b.apply({ op: "activation", fn }, x);
      const dy = b.apply({ op: "offset", by: 3 }, y);
      b.output("dx", b.apply({ op: "activationGrad", fn }, x, y, dy));
    });
  const x = tensor(
    [49],
    Float32Array.from({ length: 49 }, (_, i) => (i - 20) / 4),
  );
  const slopes = [0, 0.25, -0.25].map((slope) => ({ name: "leakyRelu", slope }) as const);

  it.each([...allActivations, ...slopes])("changes no gradient: %o", (fn) => {
    const program = gradient(fn);
    const run = (p: Program) => succeed(interpret(float32)(p, { x }))["dx"]!.data;
    expect(run(forgetArguments(program))).toEqual(run(program));
  });
  it("happens for ReLU, and not for relu6, whose upper kink the value forgets", () => {
    const reads = (name: "relu" | "relu6") => {
      const node = forgetArguments(gradient({ name })).nodes[3]!;
      return node.kind === "apply" ? node.args : [];
    };
    expect([reads("relu"), reads("relu6")]).toEqual([
      [1, 1, 2],
      [0, 1, 2],
    ]);
  });
});
