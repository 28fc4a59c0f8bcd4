/** The theorems of proofs/Techniques.v, proofs/Fitting.v and proofs/Symmetries.v, over the rationals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import { mapWeights, type Convolution, type Projected } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { channelsOf } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { mergedOperator } from "../../src/transform/merge.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { sameTensor } from "../../src/laws/equality.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import {
  dropConnect,
  elasticWeights,
  fanInInitialisation,
  groupLasso,
  lasso,
  leastSquares,
  lowRankParametrisation,
  magnitudePruning,
  optimalBrainDamage,
  quantisation,
  weightDecay,
  weightNormalisation,
  alone,
  nodeCount,
  scalarsAt,
  type Technique,
} from "../../src/inherit.js";
import { divide, equal, mul, number, sub } from "../../src/inherit/exact.js";
import { patchesOf, rescalared, type Subject } from "../../src/inherit/subject.js";
import { drawConvolution, drawDense, drawProjected } from "./subject.js";

/** A layer with a scalar per input: dense, a convolution tap by tap, or projected. */
const drawScalarLayer = (t: Tape): Subject => {
  const kind = t.pick(["projected", "projected", "dense", "convolution", "patches"]);
  if (kind === "projected") return drawProjected(t);
  if (kind === "dense") return drawDense(t);
  if (kind === "convolution") return drawConvolution(t);
  return patchesOf(drawConvolution(t, { grouped: false }));
};

/** The law of a technique on random layers that have what it needs. */
const inherited = ({ law }: Technique, runs = 100): void => {
  fc.assert(
    fc.property(tape(), (t) => {
      const s = drawScalarLayer(t);
      succeed(
        law.holds(
          succeed(
            alone(
              s,
              Array.from({ length: 24 }, () => t.below(2 ** 20)),
            ),
          ),
        ),
      );
    }),
    { numRuns: runs },
  );
};

describe("random weights and bounds", () => {
  it("pruning_inherited: a scalar of zero is a connection less, and small ones move the node little", () => {
    inherited(magnitudePruning);
  });
  it("pruning_inherited: after merging the whole kernel of a pruned gate is zero", () => {
    fc.assert(
      fc.property(tape(), (t) => {
        const s = drawProjected(t);
        const keep = Array.from(s.op.gates.data, () => t.below(2) === 0);
        const pairs = keep.length;
        const gate = (j: number, k: number) =>
          keep[k * nodeCount(s.op) + j]! ? scalarsAt(s, j)[k]! : rational.zero;
        const { kernel } = mergedOperator(rational)(rescalared(s, gate).op);
        const full = mergedOperator(rational)(s.op).kernel;
        return Array.from(kernel.data).every((f, i) =>
          equal(f, keep[i % pairs]! ? full.data[i]! : rational.zero),
        );
      }),
      { numRuns: 60 },
    );
  });
  it("quantisation_inherited: rounded scalars move the node by their step times its inputs at most", () => {
    inherited(quantisation);
  });
  it("dropconnect_inherited: mean and variance of the node under random masks", () => {
    inherited(dropConnect, 30);
  });
  it("fan_in_inherited: random scalars of mean square 1 / fan-in keep the mean square", () => {
    inherited(fanInInitialisation, 20);
  });
  it("weight_norm_inherited: length and direction of the scalars separate", () => {
    inherited(weightNormalisation);
  });
  it("low_rank_gates_inherited: gates U V mix each node's own combinations", () => {
    inherited(lowRankParametrisation);
  });
});

describe("penalties and fits", () => {
  it("l2_decay_inherited: the penalised gradient is the gradient plus twice lambda times the scalar", () => {
    inherited(weightDecay);
  });
  it("l2_bound_inherited: the norm of the scalars bounds the node", () => {
    inherited(weightDecay);
  });
  it("lasso_inherited: soft thresholding is minimal and removes connections", () => {
    inherited(lasso);
  });
  it("group_lasso_inherited: the shrunk group is minimal, and a zero group is gone", () => {
    inherited(groupLasso);
  });
  it("fisher_inherited: scores are inner products, and uncorrelated ones make a diagonal form", () => {
    inherited(elasticWeights, 30);
  });
  it("least_squares_inherited: scalars that solve a node's normal equations are minimal", () => {
    inherited(leastSquares);
  });
  it("saliency_inherited: deleting a scalar at the minimum raises the loss by the saliency", () => {
    inherited(optimalBrainDamage);
  });
});

describe("symmetries of two layers", () => {
  type Linear = Convolution<Rational> | Projected<Rational>;

  /** Two layers without groups, each a convolution or projected, with leaky ReLU between them. */
  interface Stack {
    readonly lower: Linear;
    readonly upper: Linear;
    readonly x: Tensor<Rational>;
  }

  const drawStack = (t: Tape): Stack => {
    const draw = t.pick([drawProjected, drawConvolution]);
    const { op, x }: Subject<Linear> = draw(t, { grouped: false });
    const hidden = nodeCount<Rational>(op);
    const middle = succeed(
      network<Rational>([
        { name: "x", op: { kind: "input", shape: x.shape.slice(1) }, inputs: [] },
        { name: "h", op, inputs: ["x"] },
      ]),
    ).output;
    const geometry = drawGeometry(t, middle.slice(0, -1));
    const nodes = t.between(1, 3);
    const drawn = (shape: readonly number[]) => drawTensor(rationals, shape, t.bulk());
    const shared = {
      geometry,
      groups: 1,
      kernel: drawn([...geometry.map((a) => a.kernel), hidden, nodes]),
      bias: drawn([nodes]),
    };
    const upper: Linear =
      t.below(2) === 0
        ? { kind: "projected", ...shared, gates: drawn([hidden, nodes]) }
        : { kind: "convolution", ...shared };
    return { lower: { ...op, bias: drawn([hidden]) }, upper, x };
  };

  const compute = ({ lower, upper, x }: Stack): Tensor<Rational> => {
    const layers: readonly LayerSpec<Rational>[] = [
      { name: "x", op: { kind: "input", shape: x.shape.slice(1) }, inputs: [] },
      { name: "h", op: lower, inputs: ["x"] },
      {
        name: "a",
        op: { kind: "activation", fn: { name: "leakyRelu", slope: 0.25 } },
        inputs: ["h"],
      },
      { name: "y", op: upper, inputs: ["a"] },
    ];
    return succeed(evaluate(rational)(succeed(network(layers)), x));
  };

  /** The last axis of a tensor, taken anew: entry `i` is that of `from[i]`. */
  const gather = (x: Tensor<Rational>, from: readonly number[]): Tensor<Rational> => {
    const old = channelsOf(x.shape);
    return generated(rational)(
      [...x.shape.slice(0, -1), from.length],
      (i) => x.data[Math.floor(i / from.length) * old + from[i % from.length]!]!,
    );
  };
  /** The same for the last axis but one, the input channels of kernels and gates. */
  const gatherInputs = (x: Tensor<Rational>, from: readonly number[]): Tensor<Rational> => {
    const [inputs, nodes] = x.shape.slice(-2) as [number, number];
    return generated(rational)([...x.shape.slice(0, -2), from.length, nodes], (i) => {
      const row = Math.floor(i / nodes);
      const place = Math.floor(row / from.length) * inputs + from[row % from.length]!;
      return x.data[place * nodes + (i % nodes)]!;
    });
  };

  /** The stack whose hidden nodes are those that `from` names, kernels and all. */
  const withHidden = ({ lower, upper, x }: Stack, from: readonly number[]): Stack => ({
    lower: mapWeights<Rational, Rational>(lower, (w) => gather(w, from)) as Linear,
    upper: mapWeights<Rational, Rational>(upper, (w, name) =>
      name === "bias" ? w : gatherInputs(w, from),
    ) as Linear,
    x,
  });

  /** The layer with what it learns for input `k` and node `j`, a gate or a kernel, times `c(k, j)`. */
  const times = (op: Linear, c: (k: number, j: number) => Rational): Linear => {
    const [inputs, nodes] = op.kernel.shape.slice(-2) as [number, number];
    const learnt = op.kind === "projected" ? "gates" : "kernel";
    return mapWeights<Rational, Rational>(op, (w, name) =>
      name === learnt
        ? generated(rational)(w.shape, (i) =>
            mul(c(Math.floor(i / nodes) % inputs, i % nodes), w.data[i]!),
          )
        : w,
    ) as Linear;
  };

  const preserved = (change: (t: Tape, s: Stack) => Stack): void => {
    fc.assert(
      fc.property(tape(), (t) => {
        const s = drawStack(t);
        return sameTensor(rationals, compute(change(t, s)), compute(s));
      }),
      { numRuns: 60 },
    );
  };

  const hiddenOf = (s: Stack): number => channelsOf(s.lower.kernel.shape);
  const positive = (t: Tape): Rational => number(t.between(1, 12) / 4);

  it("net2wider_inherited: copies of hidden nodes whose outgoing weights add up change nothing", () => {
    preserved((t, s) => {
      const hidden = hiddenOf(s);
      const copied = t.below(hidden);
      const from = [...Array.from({ length: hidden }, (_, h) => h), copied];
      // One share for each node that reads them; the copy's kernels are those of the original.
      const share = Array.from({ length: channelsOf(s.upper.kernel.shape) }, () =>
        sub(positive(t), positive(t)),
      );
      const wide = withHidden(s, from);
      const upper = times(wide.upper, (h, j) =>
        h === hidden ? share[j]! : h === copied ? sub(rational.one, share[j]!) : rational.one,
      );
      return { ...wide, upper };
    });
  });

  it("permutation_inherited: hidden nodes may change places, taking their kernels along", () => {
    preserved((t, s) => {
      const rest = Array.from({ length: hiddenOf(s) }, (_, h) => h);
      const order: number[] = [];
      while (rest.length > 0) order.push(...rest.splice(t.below(rest.length), 1));
      return withHidden(s, order);
    });
  });

  it("rescaling_inherited: positive factors move through the activation into the next weights", () => {
    preserved((t, s) => {
      const r = Array.from({ length: hiddenOf(s) }, () => positive(t));
      return {
        ...s,
        lower: {
          ...times(s.lower, (_, h) => r[h]!),
          bias: generated(rational)([r.length], (h) => mul(r[h]!, s.lower.bias!.data[h]!)),
        },
        upper: times(s.upper, (h) => divide(rational.one, r[h]!)),
      };
    });
  });

  it("rescaling_inherited is about positive factors: a negative one is found to change the stack", () => {
    const found = fc.check(
      fc.property(tape(), (t) => {
        const s = drawStack(t);
        const negative = number(-1);
        const flipped = {
          ...s,
          lower: {
            ...times(s.lower, () => negative),
            bias: generated(rational)([hiddenOf(s)], (h) => mul(negative, s.lower.bias!.data[h]!)),
          },
          upper: times(s.upper, () => negative),
        };
        return sameTensor(rationals, compute(flipped), compute(s));
      }),
    );
    expect(found.failed).toBe(true);
  });
});
