/**
 * Programs that only compute: the output of a network, or the value of every layer.
 *
 * Dropout is the identity and batch norms use their stored statistics. Weights named `trainable` become
 * parameters, and the statistics of batch norms that follow the batch become states, so that a program which
 * is compiled once can be given new values between runs; without `trainable` everything is a constant.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import { machine, type Arithmetic } from "./arithmetic.js";
import { programBuilder, type Builder } from "./builder.js";
import { foldConstants } from "./folding.js";
import { initialValues } from "./step.js";
import type { Values } from "./interpret.js";
import { lower, type Lowered } from "./lower.js";
import type { WeightSource } from "./lower/context.js";
import { parametersOf, statisticsOf } from "./parameters.js";
import type { Program } from "./program.js";

/** What may be chosen about a program without training. */
export interface InferenceOptions<A = number> {
  /** Weights that stay replaceable, as `layer/weight`. */
  readonly trainable?: ReadonlySet<string>;
  readonly weightSource?: WeightSource<A>;
  readonly initial?: Values<A>;
}

/** A program and the first values of its parameters and states. */
export interface InferenceProgram<A = number> {
  readonly program: Program<A>;
  readonly initial: Values<A>;
}

const compute =
  <A>(arithmetic: Arithmetic<A>, outputs: (b: Builder<A>, lowered: Lowered) => void) =>
  (
    network: Network<ModelClass, Shape, Shape, A>,
    batch: number,
    options: InferenceOptions<A> = {},
  ): Result<InferenceProgram<A>> => {
    if (!Number.isSafeInteger(batch) || batch < 1)
      return refuse({
        where: "batch",
        found: `${batch}`,
        expected: "a whole number of at least 1",
      });
    const named = parametersOf(network, options.trainable ?? new Set());
    if (E.isLeft(named)) return named;
    const b = programBuilder(arithmetic.ring);
    const lowered = lower(b, network, {
      batch,
      trainable: options.trainable ?? new Set(),
      training: false,
      statistics: options.trainable === undefined ? "constant" : "state",
      ...(options.weightSource === undefined ? {} : { weightSource: options.weightSource }),
    });
    outputs(b, lowered);
    const folded = E.chain(foldConstants(arithmetic.folding, arithmetic.store))(b.finish());
    return E.chain((program: Program<A>) =>
      E.map((initial: Values<A>) => ({ program, initial }))(
        initialValues(arithmetic, program, {
          ...Object.fromEntries(named.right.map((p) => [p.name, p.value])),
          ...statisticsOf(network),
          ...options.initial,
        }),
      ),
    )(folded);
  };

/** The program that computes a network's output, under the name "output", over any arithmetic. */
export const inferenceProgramOver = <A>(arithmetic: Arithmetic<A>) =>
  compute(arithmetic, (b, { output }) => b.output("output", output));

/** The program that computes a network's output, final softmax included, from "input" `[batch, ...]`. */
export const inferenceProgram = inferenceProgramOver(machine);

/** The program that computes the value of every layer, under the layer's name, over any arithmetic. */
export const tracedProgramOver = <A>(arithmetic: Arithmetic<A>) =>
  compute(arithmetic, (b, { values }) => {
    for (const [name, node] of values) b.output(name, node);
  });

/** The program that computes every layer: where a value that is no number first appears. */
export const tracedProgram = tracedProgramOver(machine);
