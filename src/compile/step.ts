/**
 * The step program: forward pass, loss, gradients and update in one program.
 *
 *     inputs   "input" [n, ...], "targets" [n, classes], masks of dropout layers      role batch
 *              "exampleWeight", "rate", "correction1", "correction2" (scalars)        role hyper
 *              "layer/weight" of what is trained                                      role parameter
 *              running statistics, "layer/weight/momentum" and the like               role state
 *     outputs  "loss" = exampleWeight * sum over examples of the cross-entropy, "logits" [n, classes],
 *              and the next value of every parameter and state under its own name
 *
 * `exampleWeight` is one over the number of real examples. A last batch that is too small is filled up with
 * rows whose targets are zero: they add nothing to the loss nor to any gradient. (They do take part in batch
 * statistics, so with those a last batch that is too small is better left out.)
 *
 * A parameter's update stands directly behind its gradient, so that at no time all gradients are alive.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { ModelClass, Network } from "../model/network.js";
import { showShape, type Shape } from "../tensor/shape.js";
import { filled, type Tensor } from "../tensor/tensor.js";
import { machine, type Arithmetic } from "./arithmetic.js";
import { programBuilder } from "./builder.js";
import { differentiate } from "./derivative.js";
import { foldConstants } from "./folding.js";
import type { Values } from "./interpret.js";
import { lower } from "./lower.js";
import type { Mask, WeightSource } from "./lower/context.js";
import {
  emitUpdate,
  usualDecay,
  type DecayTarget,
  type Optimizer,
  type Penalised,
} from "./optimizer.js";
import { parametersOf, statisticsOf } from "./parameters.js";
import type { Program } from "./program.js";

/** What a training step is. */
export interface StepOptions<A = number> {
  /** Examples in a batch. */
  readonly batch: number;
  /** The network's weights that are trained, as `layer/weight`. */
  readonly trainable: ReadonlySet<string>;
  readonly optimizer: Optimizer;
  /** Which parameters decay, and towards what; `usualDecay` unless told. */
  readonly decay?: DecayTarget;
  readonly penalised?: Penalised;
  /** For methods that make weights of parameters of their own, whose first values are `initial`. */
  readonly weightSource?: WeightSource<A>;
  readonly initial?: Values<A>;
}

/** A step program with what is needed to run it. */
export interface StepProgram<A = number> {
  readonly program: Program<A>;
  /** First values of every parameter and state. */
  readonly initial: Values<A>;
  /** The dropout masks that each batch brings along. */
  readonly masks: readonly Mask[];
  /** The names of the parameters that are trained. */
  readonly parameters: readonly string[];
  /** The names of the scalars that each batch brings along. */
  readonly hypers: readonly string[];
}

/** The first values of every parameter and state of a program; states that nobody knows start at zero. */
export const initialValues = <A>(
  arithmetic: Arithmetic<A>,
  program: Program<A>,
  known: Values<A>,
): Result<Values<A>> => {
  const values: Record<string, Tensor<A>> = {};
  const { ring } = arithmetic;
  for (const node of program.nodes) {
    if (node.kind !== "input" || (node.role !== "parameter" && node.role !== "state")) continue;
    const value =
      known[node.name] ?? (node.role === "state" ? filled(ring)(node.shape, ring.zero) : undefined);
    if (value === undefined)
      return refuse({
        where: `parameter ${node.name}`,
        found: "no first value",
        expected: `a tensor of shape ${showShape(node.shape)}`,
      });
    values[node.name] = value;
  }
  return E.right(values);
};

const checkClassifier = (output: Shape, batch: number): Result<null> =>
  output.length !== 1
    ? refuse({
        where: "network",
        found: `an output of shape ${showShape(output)}`,
        expected: "one number per class",
        advice: "end the network with a global pooling or a flatten, and a dense layer",
      })
    : !Number.isSafeInteger(batch) || batch < 1
      ? refuse({ where: "batch", found: `${batch}`, expected: "a whole number of at least 1" })
      : E.right(null);

/**
 * The step program of a network over any arithmetic.
 *
 * Refuses names that are no weight of the network, a step that trains nothing, and a network whose output
 * is not one number per class.
 */
export const stepProgramOver =
  <A>(arithmetic: Arithmetic<A>) =>
  (
    network: Network<ModelClass, Shape, Shape, A>,
    options: StepOptions<A>,
  ): Result<StepProgram<A>> => {
    const { batch, trainable, optimizer } = options;
    const checked = checkClassifier(network.output, batch);
    if (E.isLeft(checked)) return checked;
    const named = parametersOf(network, trainable);
    if (E.isLeft(named)) return named;

    const b = programBuilder(arithmetic.ring);
    const { logits, masks, statistics } = lower(b, network, {
      batch,
      trainable,
      training: true,
      statistics: "state",
      ...(options.weightSource === undefined ? {} : { weightSource: options.weightSource }),
    });
    const parameters = new Map(
      b.nodes.flatMap((node, id) =>
        node.kind === "input" && node.role === "parameter" ? [[id, node.name] as const] : [],
      ),
    );
    if (parameters.size === 0)
      return refuse({
        where: "trainable weights",
        found: "none",
        expected: "at least one weight to train",
      });
    const perExample = b.apply(
      { op: "crossEntropy" },
      logits,
      b.input("targets", "batch", [batch, ...network.output]),
    );
    const loss = b.apply(
      { op: "scaleBy" },
      b.apply({ op: "sum", axes: [0] }, perExample),
      b.input("exampleWeight", "hyper", []),
    );
    b.output("loss", loss);
    b.output("logits", logits);
    const gradients = differentiate(b, loss, [...parameters.keys()], {
      onGradient: (parameter, gradient) =>
        emitUpdate(
          b,
          optimizer,
          options.decay ?? usualDecay,
          { name: parameters.get(parameter)!, parameter, gradient },
          options.penalised,
        ),
    });
    for (const [id, name] of parameters)
      if (!gradients.has(id))
        b.refuse({
          where: `parameter ${name}`,
          found: "a parameter on which the loss does not depend",
          expected: "parameters whose layers the output reads",
        });
    for (const statistic of statistics) b.output(statistic.name, statistic.next);

    const folded = E.chain(foldConstants(arithmetic.folding, arithmetic.store))(b.finish());
    if (E.isLeft(folded)) return folded;
    const program = folded.right;
    const initial = initialValues(arithmetic, program, {
      ...Object.fromEntries(named.right.map((p) => [p.name, p.value])),
      ...statisticsOf(network),
      ...options.initial,
    });
    return E.map((values: Values<A>) => ({
      program,
      initial: values,
      masks,
      parameters: [...parameters.values()],
      hypers: program.nodes.flatMap((node) =>
        node.kind === "input" && node.role === "hyper" ? [node.name] : [],
      ),
    }))(initial);
  };

/**
 * The step program of a float32 network.
 *
 * @example
 * import { network, stepProgram, tensor } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const weights = tensor([2, 3], new Float32Array(6))
 * const step = E.chain((n) =>
 *   stepProgram(n, {
 *     batch: 32,
 *     trainable: new Set(["fc/weights"]),
 *     optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 1e-4 },
 *   }),
 * )(
 *   network([
 *     { name: "x", op: { kind: "input", shape: [2] }, inputs: [] },
 *     { name: "fc", op: { kind: "dense", weights, bias: null }, inputs: ["x"] },
 *   ]),
 * )
 * const names = E.map((s) => s.program.outputs.map((o) => o.name))(step)
 * assert.deepStrictEqual(names, E.right(["loss", "logits", "fc/weights/momentum", "fc/weights"]))
 */
export const stepProgram = stepProgramOver(machine);
