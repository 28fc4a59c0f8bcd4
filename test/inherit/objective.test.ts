/** The objective as a step program, the Fisher information of classifiers, and factors of less than full rank. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { interpret } from "../../src/compile/interpret.js";
import { matmul } from "../../src/compile/interpret/matrix.js";
import { applyAt } from "../../src/inherit/apply.js";
import { classes } from "../../src/inherit/class.js";
import { drawLayerPlace, drawSmall } from "../../src/inherit/draw.js";
import { atMost, dot, minus, mul, number } from "../../src/inherit/exact.js";
import { fisherDiagonal } from "../../src/inherit/fisher.js";
import { fitLayer, fitted } from "../../src/inherit/leastSquares.js";
import { factorsOf } from "../../src/inherit/lowRank.js";
import { objectiveStep } from "../../src/inherit/objective.js";
import { subjectAt, type Place } from "../../src/inherit/place.js";
import { fractions, singles } from "../../src/inherit/reals.js";
import { scalarName, scalarsOf } from "../../src/inherit/scalars.js";
import { channel, outputs, transformed } from "../../src/inherit/subject.js";
import { leastSquares } from "../../src/inherit/techniques/leastSquares.js";
import { lowRankFactoring } from "../../src/inherit/techniques/lowRankFactoring.js";
import { whitening } from "../../src/inherit/techniques/whitening.js";
import { network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, formal } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

const drawPlace = (t: Tape): Place => succeed(drawLayerPlace(t, t.pick(classes).draw));
const scalar = (x: Rational): Tensor<Rational> => tensor([], [x]);

describe("a step along the squared loss", () => {
  it("of plain gradient descent moves each scalar by the rate times twice the residual on its own input", () => {
    fc.assert(
      fc.property(tape().map(drawPlace), tape(), (p, t) => {
        const s = succeed(subjectAt(p));
        const name = `${p.layer}/${scalarName(s.op)}`;
        const targets = drawSmall(t, [p.batch.shape[0]!, ...p.network.output]);
        const { program, initial } = succeed(
          objectiveStep(exactly(rational))(
            p.network,
            { batch: p.batch.shape[0]!, trainable: new Set([name]), loss: "squared" },
            { kind: "sgd", momentum: 0, weightDecay: 0 },
          ),
        );
        const rate = number(0.25);
        const values = succeed(
          interpret(rational)(program, {
            ...initial,
            input: p.batch,
            targets,
            exampleWeight: scalar(rational.one),
            rate: scalar(rate),
          }),
        );
        const [y, z] = [outputs(s), transformed(s)];
        const nodes = y.length;
        return Array.from(scalarsOf(s.op).data).every((w, i) => {
          const [r, j] = [Math.floor(i / nodes), i % nodes];
          const slope = dot(minus(y[j]!, channel(targets, j)), z[j]![r]!);
          const moved = rational.sub(w, mul(rate, mul(number(2), slope)));
          return rational.equals(values[name]!.data[i]!, moved);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("comes nearer to least squares, and never below it", () => {
    const op = {
      kind: "dense",
      weights: tensor([2, 1], [0, 0].map(number)),
      bias: null,
    } as const;
    const n = succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
        { name: "y", op, inputs: ["x"] },
      ]),
    );
    const [x, y] = [
      tensor([3, 2], [1, 0, 1, 1, 0, 2].map(number)),
      tensor([3, 1], [1, 3, 1].map(number)),
    ];
    const lossOf = (w: Tensor<Rational>): Rational => {
      const made = matmul(rational)(x, w, false, false);
      const residual = minus(Array.from(made.data), Array.from(y.data));
      return dot(residual, residual);
    };
    const solved = succeed(
      fitLayer(rational, fitted(fractions))(n, "y", [{ inputs: x, targets: y }]),
    ).layers[1]!.op;
    const least = lossOf((solved as typeof op).weights);
    const { program, initial } = succeed(
      objectiveStep(exactly(rational))(
        n,
        { batch: 3, trainable: new Set(["y/weights"]), loss: "squared" },
        { kind: "sgd", momentum: 0, weightDecay: 0 },
      ),
    );
    let w = initial["y/weights"]!;
    const losses = [lossOf(w)];
    for (let step = 0; step < 6; step++) {
      const values = succeed(
        interpret(rational)(program, {
          "y/weights": w,
          input: x,
          targets: y,
          exampleWeight: scalar(rational.one),
          rate: scalar(number(1 / 16)),
        }),
      );
      w = values["y/weights"]!;
      losses.push(lossOf(w));
    }
    expect(losses.every((loss, i) => i === 0 || !atMost(losses[i - 1]!, loss))).toBe(true);
    expect(losses.every((loss) => atMost(least, loss))).toBe(true);
  });

  it("refuses names that are no weights", () => {
    const p = fc.sample(tape().map(drawPlace), { numRuns: 1, seed: 2 })[0]!;
    const objective = { batch: 1, trainable: new Set(["z/weights"]), loss: "squared" } as const;
    const step = objectiveStep(exactly(rational))(p.network, objective, {
      kind: "sgd",
      momentum: 0,
      weightDecay: 0,
    });
    expect(showRefusal(refused(step))).toMatch(/trainable weights: found z\/weights/);
  });
});

describe("the Fisher information of a classifier", () => {
  it("of a dense layer is p_j (1 - p_j) x_k^2, for every exponential function", () => {
    const over = formal("fisher");
    const { ring } = over;
    fc.assert(
      fc.property(tape(), (t) => {
        const [features, labels] = [t.between(1, 3), t.between(2, 3)];
        const uniform = t.bulk();
        const weights = drawTensor(over, [features, labels], uniform);
        const x = drawTensor(over, [1, features], uniform);
        const n = succeed(
          network<bigint>([
            { name: "x", op: { kind: "input", shape: [features] }, inputs: [] },
            { name: "y", op: { kind: "dense", weights, bias: null }, inputs: ["x"] },
            { name: "p", op: { kind: "activation", fn: { name: "softmax" } }, inputs: ["y"] },
          ]),
        );
        const found = succeed(
          fisherDiagonal(exactly(ring))(n, new Set(["y/weights"]), x, "classes"),
        )["y/weights"]!;
        const p = succeed(evaluate(ring)(n, x));
        return Array.from(found.data).every((f, i) => {
          const [k, j] = [Math.floor(i / labels), i % labels];
          const variance = ring.mul(p.data[j]!, ring.sub(ring.one, p.data[j]!));
          return ring.equals(f, ring.mul(variance, ring.mul(x.data[k]!, x.data[k]!)));
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe("factors of less than full rank", () => {
  const drawMatrix = (t: Tape): Tensor<Rational> =>
    drawSmall(t, [t.between(1, 4), t.between(1, 4)]);
  const column = (m: Tensor<Rational>, j: number): readonly Rational[] =>
    Array.from({ length: m.shape[0]! }, (_, i) => m.data[i * m.shape[1]! + j]!);

  it("leave of each column only what is orthogonal to the columns that were taken", () => {
    fc.assert(
      fc.property(tape().map(drawMatrix), tape(), (w, t) => {
        const rank = t.between(1, 3);
        const { left, right } = succeed(factorsOf(fractions)(w, rank));
        const near = matmul(rational)(left, right, false, false);
        return (
          left.shape[1]! <= rank &&
          Array.from({ length: w.shape[1]! }, (_, j) => j).every((j) => {
            const rest = minus(column(w, j), column(near, j));
            return Array.from({ length: left.shape[1]! }, (_, r) => column(left, r)).every((leg) =>
              rational.equals(dot(rest, leg), rational.zero),
            );
          })
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("networks of float32", () => {
  it("stay so: what is summed in binary64 is stored in binary32", () => {
    const n = succeed(
      network<number>([
        { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
        {
          name: "y",
          op: {
            kind: "dense",
            weights: tensor([2, 2], Float32Array.of(1, 2, 3, 4)),
            bias: tensor([2], new Float32Array(2)),
          },
          inputs: ["x"],
        },
      ]),
    );
    const batch = tensor([3, 2], Float32Array.of(1, 0, 0, 1, 1, 1));
    const wanted = new Map([["y", tensor([3, 2], Float32Array.of(2, 1, 3, 2, 4, 2))]]);
    const data = { batch, wanted };
    for (const made of [
      applyAt(singles)(leastSquares)(n, data),
      applyAt(singles)(lowRankFactoring, { rank: 2 })(n),
      applyAt(singles)(whitening)(n, data),
    ]) {
      const { layers } = succeed(made).network;
      const weights = layers.flatMap(({ op }) => (op.kind === "dense" ? [op.weights.data] : []));
      expect(weights.length).toBeGreaterThan(0);
      expect(weights.every((w) => w instanceof Float32Array)).toBe(true);
    }
  });
});
