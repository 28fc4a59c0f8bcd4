/**
 * How much each scalar matters: the diagonal of the Fisher information.
 *
 * The score of a parameter is the derivative of the log-likelihood, `w -> <G, dy/dw>` with `G` its gradient in the
 * outputs, and one pass of reverse mode with seed `G` gives all scores of one example. The Fisher information is
 * the mean square of the score over the data and over what the model itself would predict:
 *
 *     normal noise of variance 1 on each output    sum over outputs o of (dy_o / dw)^2
 *     a distribution p over classes (softmax)      sum over classes c of p_c (d log p_c / dw)^2,  G = e_c - p
 *
 * For a node of scalars a score is an inner product with its own inputs, `<G_j, z_jk>`, whatever other nodes see:
 * so each scalar has an importance (proofs/Fitting.v, fisher). Elastic weight consolidation (Kirkpatrick et al.,
 * PNAS 2017) holds the parameters that mattered for an old task by the anchor of objective.ts. With normal noise
 * it is also half the second derivative of the squared loss where that is at its minimum, which is what Optimal
 * Brain Damage takes (saliency.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Arithmetic } from "../compile/arithmetic.js";
import { programBuilder } from "../compile/builder.js";
import { differentiate } from "../compile/derivative.js";
import { foldConstants } from "../compile/folding.js";
import { interpret, type Values } from "../compile/interpret.js";
import { lower } from "../compile/lower.js";
import { parametersOf } from "../compile/parameters.js";
import type { Program } from "../compile/program.js";
import type { ModelClass, Network } from "../model/network.js";
import { activate } from "../semantics/activation.js";
import { ratioOf } from "../semantics/capability.js";
import { size, type Shape } from "../tensor/shape.js";
import { filled, generated, type Tensor } from "../tensor/tensor.js";
import { gradientName } from "./objective.js";

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

/** What the network is taken to predict. */
export type Likelihood = "normal" | "classes";

/** What runs a program: the interpreter, or an engine. */
export type Run<A> = (program: Program<A>, feed: Values<A>) => Result<Values<A>>;

/**
 * The program of the scores of one example: from "input" `[1, ...]` and the gradient "seed" at the outputs (the
 * logits, where the network ends in a softmax) to "output" and "d layer/weight" for each of `trainable`.
 */
export const scoreProgram =
  <A>(arithmetic: Arithmetic<A>) =>
  (n: AnyNetwork<A>, trainable: ReadonlySet<string>): Result<Program<A>> => {
    const b = programBuilder(arithmetic.ring);
    const { logits } = lower(b, n, {
      batch: 1,
      trainable,
      training: false,
      statistics: "constant",
    });
    b.output("output", logits);
    const parameters = new Map(
      b.nodes.flatMap((node, id) =>
        node.kind === "input" && node.role === "parameter" ? [[id, node.name] as const] : [],
      ),
    );
    const seed = b.input("seed", "batch", b.shape(logits));
    for (const [id, gradient] of differentiate(b, logits, [...parameters.keys()], { seed }))
      b.output(gradientName(parameters.get(id)!), gradient);
    return E.chain(foldConstants(arithmetic.folding, arithmetic.store))(b.finish());
  };

/** The seeds of an example and how much the square of each score weighs. */
const seedsOf = <A>(
  ring: Ring<A>,
  likelihood: Likelihood,
  output: Tensor<A>,
): Result<readonly { readonly seed: Tensor<A>; readonly weight: A }[]> => {
  const count = size(output.shape);
  const unit = (o: number): Tensor<A> =>
    generated(ring)(output.shape, (i) => (i === o ? ring.one : ring.zero));
  const all = Array.from({ length: count }, (_, o) => o);
  return likelihood === "normal"
    ? E.right(all.map((o) => ({ seed: unit(o), weight: ring.one })))
    : E.map((p: Tensor<A>) =>
        all.map((o) => ({
          seed: generated(ring)(output.shape, (i) => ring.sub(unit(o).data[i]!, p.data[i]!)),
          weight: p.data[o]!,
        })),
      )(activate(ring)({ name: "softmax" }, output));
};

const example = <A>(ring: Ring<A>, batch: Tensor<A>, i: number): Tensor<A> => {
  const each = size(batch.shape.slice(1));
  return generated(ring)([1, ...batch.shape.slice(1)], (at) => batch.data[i * each + at]!);
};

/**
 * The diagonal of the Fisher information in the named weights, the mean over a batch of examples.
 *
 * @example
 * import { network, rational, tensor } from "heirloom"
 * import { exactly, fisherDiagonal } from "heirloom/inherit"
 *
 * const of = (...xs) => xs.map((x) => ({ numerator: BigInt(x), denominator: 1n }))
 * const sum = network([
 *   { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
 *   { name: "y", op: { kind: "dense", weights: tensor([2, 1], of(1, 1)), bias: null }, inputs: ["x"] },
 * ])
 * const importance = E.chain((n) =>
 *   fisherDiagonal(exactly(rational))(n, new Set(["y/weights"]), tensor([1, 2], of(1, 2)), "normal"),
 * )(sum)
 * const squares = E.map((f) => Array.from(f["y/weights"].data, rational.show))(importance)
 * assert.deepStrictEqual(squares, E.right(["1", "4"]))
 */
export const fisherDiagonal =
  <A>(arithmetic: Arithmetic<A>, run: Run<A> = interpret(arithmetic.ring)) =>
  (
    n: AnyNetwork<A>,
    trainable: ReadonlySet<string>,
    batch: Tensor<A>,
    likelihood: Likelihood,
  ): Result<Values<A>> => {
    const { ring } = arithmetic;
    const named = parametersOf(n, trainable);
    if (E.isLeft(named)) return named;
    const program = scoreProgram(arithmetic)(n, trainable);
    if (E.isLeft(program)) return program;
    const count = batch.shape[0]!;
    const share = ratioOf(ring, 1, count);
    if (E.isLeft(share)) return share;
    const parameters = Object.fromEntries(named.right.map((p) => [p.name, p.value]));
    const sums = new Map(
      named.right.map((p) => [p.name, filled(ring)(p.value.shape, ring.zero)] as const),
    );
    for (let i = 0; i < count; i++) {
      const feed = { ...parameters, input: example(ring, batch, i) };
      const blank = outputShape(program.right);
      if (blank === null) return noScores;
      const seedless = run(program.right, { ...feed, seed: filled(ring)(blank, ring.zero) });
      if (E.isLeft(seedless)) return seedless;
      const seeds = seedsOf(ring, likelihood, seedless.right["output"]!);
      if (E.isLeft(seeds)) return seeds;
      for (const { seed, weight } of seeds.right) {
        const scores = run(program.right, { ...feed, seed });
        if (E.isLeft(scores)) return scores;
        for (const [name, sum] of sums) {
          const score = scores.right[gradientName(name)];
          if (score === undefined) continue;
          sums.set(
            name,
            generated(ring)(sum.shape, (at) =>
              ring.add(sum.data[at]!, ring.mul(weight, ring.mul(score.data[at]!, score.data[at]!))),
            ),
          );
        }
      }
    }
    return E.right(
      Object.fromEntries(
        [...sums].map(([name, sum]) => [
          name,
          generated(ring)(sum.shape, (at) => ring.mul(share.right, sum.data[at]!)),
        ]),
      ),
    );
  };

const outputShape = <A>(program: Program<A>): Shape | null => {
  const seed = program.nodes.find((node) => node.kind === "input" && node.name === "seed");
  return seed === undefined ? null : seed.shape;
};

const noScores: Result<never> = refuse({
  where: "Fisher information",
  found: "outputs that no named weight reaches",
  expected: "weights on which the output depends",
});
