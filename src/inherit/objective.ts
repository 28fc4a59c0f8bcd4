/**
 * What gradient descent follows here: a loss, and a quadratic anchor that holds parameters where they were.
 *
 *     squared        exampleWeight * sum over examples and outputs of (y - target)^2
 *     crossEntropy   exampleWeight * sum over examples of the cross-entropy of the logits
 *     anchor         strength / 2 * sum over parameters of importance * (w - centre)^2
 *
 * The gradient of the anchor is `strength * importance * (w - centre)`: a pull of each parameter back to where it
 * was, as strong as it mattered there (elastic weight consolidation, see fisher.ts). Both are instructions of the
 * step program, and differentiated with it.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Arithmetic } from "../compile/arithmetic.js";
import { programBuilder, type Builder } from "../compile/builder.js";
import { differentiate } from "../compile/derivative.js";
import { foldConstants } from "../compile/folding.js";
import type { Values } from "../compile/interpret.js";
import { lower } from "../compile/lower.js";
import type { WeightSource } from "../compile/lower/context.js";
import { emitUpdate, type Optimizer } from "../compile/optimizer.js";
import { parametersOf, statisticsOf, type Parameter } from "../compile/parameters.js";
import type { InputRole, NodeId, Program } from "../compile/program.js";
import { initialValues, type StepProgram } from "../compile/step.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";

/** Where parameters were, and how much each mattered there. */
export interface Anchor<A = number> {
  readonly strength: number;
  /** By the name of the parameter; parameters without an entry are free. */
  readonly importance: Values<A>;
  readonly centre: Values<A>;
}

/** A loss over a network's parameters. */
export interface Objective<A = number> {
  readonly batch: number;
  readonly trainable: ReadonlySet<string>;
  readonly loss: "squared" | "crossEntropy";
  readonly anchor?: Anchor<A>;
  readonly weightSource?: WeightSource<A>;
  /** First values of the parameters that a weight source brings along. */
  readonly initial?: Values<A>;
}

type AnyNetwork<A> = Network<ModelClass, Shape, Shape, A>;

interface Emitted {
  readonly loss: NodeId;
  readonly output: NodeId;
  readonly parameters: ReadonlyMap<NodeId, string>;
}

const allAxes = (shape: Shape): readonly number[] => shape.map((_, i) => i);

const sumOfSquares = <A>(b: Builder<A>, x: NodeId): NodeId =>
  b.apply({ op: "sum", axes: allAxes(b.shape(x)) }, b.apply({ op: "multiply" }, x, x));

const lossOf = <A>(
  b: Builder<A>,
  { loss, batch }: Objective<A>,
  output: NodeId,
  logits: NodeId,
  shape: Shape,
): NodeId => {
  const targets = b.input("targets", "batch", [batch, ...shape]);
  const total =
    loss === "squared"
      ? sumOfSquares(b, b.apply({ op: "subtract" }, output, targets))
      : b.apply({ op: "sum", axes: [0] }, b.apply({ op: "crossEntropy" }, logits, targets));
  return b.apply({ op: "scaleBy" }, total, b.input("exampleWeight", "hyper", []));
};

/** `strength / 2 * sum of importance * (w - centre)^2`. */
const pull = <A>(b: Builder<A>, anchor: Anchor<A>, name: string, parameter: NodeId): NodeId[] => {
  const [importance, centre] = [anchor.importance[name], anchor.centre[name]];
  if (importance === undefined || centre === undefined) return [];
  const away = b.apply({ op: "subtract" }, parameter, b.constant(`${name}/centre`, centre));
  const weighed = b.apply({ op: "multiply" }, b.constant(`${name}/importance`, importance), away);
  const sum = b.apply(
    { op: "sum", axes: allAxes(b.shape(parameter)) },
    b.apply({ op: "multiply" }, weighed, away),
  );
  return [b.apply({ op: "scale", factor: anchor.strength / 2 }, sum)];
};

const emit = <A>(b: Builder<A>, network: AnyNetwork<A>, objective: Objective<A>): Emitted => {
  const { output, logits } = lower(b, network, {
    batch: objective.batch,
    trainable: objective.trainable,
    training: false,
    statistics: "constant",
    ...(objective.weightSource === undefined ? {} : { weightSource: objective.weightSource }),
  });
  const parameters = new Map(
    b.nodes.flatMap((node, id) =>
      node.kind === "input" && node.role === "parameter" ? [[id, node.name] as const] : [],
    ),
  );
  const { anchor } = objective;
  const pulls =
    anchor === undefined ? [] : [...parameters].flatMap(([id, name]) => pull(b, anchor, name, id));
  const loss = [lossOf(b, objective, output, logits, network.output), ...pulls].reduce((x, y) =>
    b.apply({ op: "add" }, x, y),
  );
  b.output("loss", loss);
  return { loss, output, parameters };
};

const finished = <A>(
  arithmetic: Arithmetic<A>,
  b: Builder<A>,
  network: AnyNetwork<A>,
  named: readonly Parameter<A>[],
  objective: Objective<A>,
): Result<{ readonly program: Program<A>; readonly initial: Values<A> }> =>
  E.chain((program: Program<A>) =>
    E.map((initial: Values<A>) => ({ program, initial }))(
      initialValues(arithmetic, program, {
        ...Object.fromEntries(named.map((p) => [p.name, p.value])),
        ...statisticsOf(network),
        ...objective.initial,
      }),
    ),
  )(E.chain(foldConstants(arithmetic.folding, arithmetic.store))(b.finish()));

const nothingToTrain: Result<never> = refuse({
  where: "trainable weights",
  found: "none",
  expected: "at least one weight to train",
});

/** The name under which a gradient is given back. */
export const gradientName = (parameter: string): string => `d ${parameter}`;

/** The program of an objective's value, "loss", and of its gradient in each parameter, "d layer/weight". */
export const gradientProgram =
  <A>(arithmetic: Arithmetic<A>) =>
  (
    network: AnyNetwork<A>,
    objective: Objective<A>,
  ): Result<{ readonly program: Program<A>; readonly initial: Values<A> }> => {
    const named = parametersOf(network, objective.trainable);
    if (E.isLeft(named)) return named;
    const b = programBuilder(arithmetic.ring);
    const { loss, parameters } = emit(b, network, objective);
    if (parameters.size === 0) return nothingToTrain;
    const gradients = differentiate(b, loss, [...parameters.keys()]);
    for (const [id, gradient] of gradients) b.output(gradientName(parameters.get(id)!), gradient);
    return finished(arithmetic, b, network, named.right, objective);
  };

/** A step of an optimizer along an objective, without weight decay: what decays is in the anchor. */
export const objectiveStep =
  <A>(arithmetic: Arithmetic<A>) =>
  (
    network: AnyNetwork<A>,
    objective: Objective<A>,
    optimizer: Optimizer,
  ): Result<StepProgram<A>> => {
    const named = parametersOf(network, objective.trainable);
    if (E.isLeft(named)) return named;
    const b = programBuilder(arithmetic.ring);
    const { loss, output, parameters } = emit(b, network, objective);
    if (parameters.size === 0) return nothingToTrain;
    b.output("output", output);
    differentiate(b, loss, [...parameters.keys()], {
      onGradient: (parameter, gradient) =>
        emitUpdate(b, optimizer, () => null, {
          name: parameters.get(parameter)!,
          parameter,
          gradient,
        }),
    });
    const hypers = (role: InputRole) =>
      b.nodes.flatMap((node) => (node.kind === "input" && node.role === role ? [node.name] : []));
    return E.map(({ program, initial }: { program: Program<A>; initial: Values<A> }) => ({
      program,
      initial,
      masks: [],
      parameters: [...parameters.values()],
      hypers: hypers("hyper"),
    }))(finished(arithmetic, b, network, named.right, objective));
  };
