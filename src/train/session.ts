/**
 * A session: the step program of one phase and, where there are validation examples, its inference
 * program, loaded on a target. What is trained lives on the device; a session reads and writes it.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Adaptation } from "../adapt/method.js";
import {
  newParameters,
  startOf,
  weightSourceOf,
  type Reparametrisation,
} from "../adapt/reparametrisation.js";
import { inferenceProgram } from "../compile/inference.js";
import { hyperValues, usualDecay, type DecayTarget, type Optimizer } from "../compile/optimizer.js";
import { recomputeWithin, type Recomputed } from "../compile/recompute.js";
import { stepProgram, type StepProgram } from "../compile/step.js";
import type { Executable, Feed, Target } from "../compile/target.js";
import type { Network } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import { size } from "../tensor/shape.js";
import { dropoutMask, scalar, targetsOf, type Batch } from "./batch.js";
import { outputsOf, upToLogits } from "./evaluate.js";
import type { Examples } from "./examples.js";
import { metricsOf, tallyOf, type Metrics } from "./metrics.js";

/** What one step is told besides the batch. */
export interface StepSettings {
  /** Steps done before this one. */
  readonly step: number;
  readonly rate: number;
  readonly seed: number;
  readonly labelSmoothing: number;
}

/** A network being trained on a target. */
export interface Session {
  /** Run one step; the step is undone where its loss or logits are not finite. */
  readonly step: (batch: Batch, settings: StepSettings) => Promise<Result<Feed>>;
  /** Metrics under the present parameters, statistics frozen and without dropout. */
  readonly validate: () => Promise<Result<Metrics | null>>;
  /** Every parameter and state. */
  readonly read: () => Promise<Result<Feed>>;
  readonly write: (values: Feed) => Result<void>;
  readonly dispose: () => void;
}

/** What a session trains: an adaptation, or the part of it behind its frozen prefix. */
export type Trainee = Pick<Adaptation, "network" | "trainable" | "reparametrisation" | "penalised">;

/** What a session is made for. */
export interface SessionOptions {
  readonly trainee: Trainee;
  readonly optimizer: Optimizer;
  /** The compiled batch size. */
  readonly batch: number;
  readonly examples: Examples;
  /** The examples to validate on, possibly none. */
  readonly validation: readonly number[];
  /** What the tensors of a step may take together, in bytes; null for no limit. */
  readonly memoryLimit: number | null;
}

/** The step program within the memory limit: values are computed again where storing them takes too much. */
const withinLimit = (made: StepProgram, limit: number | null): Result<StepProgram> =>
  limit === null
    ? E.right(made)
    : E.map(({ program }: Recomputed): StepProgram => ({ ...made, program }))(
        recomputeWithin(made.program, limit),
      );

/** Whether a step's loss and logits are finite, so that it was taken. */
export const wasTaken = (outputs: Feed): boolean =>
  ["loss", "logits"].every((name) => {
    const { data } = outputs[name]!;
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return false;
    return true;
  });

const only = (names: ReadonlySet<string>, values: Feed): Feed =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));

/** The values that belong to the network: its weights and running statistics, no optimizer states. */
export const weightsIn = (n: Network, values: Feed): Feed =>
  only(
    new Set(
      n.layers.flatMap(({ name, op }) => weightsOf(op).map(([weight]) => `${name}/${weight}`)),
    ),
    values,
  );

/** The values of the new parameters, of which weights are made. */
export const newIn = (r: Reparametrisation<number>, values: Feed): Feed =>
  only(new Set(newParameters(r).map(([name]) => name)), values);

/** All that a network under training needs to be itself again: its own values and the new parameters. */
export const keptIn = ({ network, reparametrisation }: Trainee, values: Feed): Feed => ({
  ...weightsIn(network, values),
  ...newIn(reparametrisation, values),
});

/** What both programs, of training and of validation, are told about how weights are made. */
const makingOf = ({ trainable, reparametrisation }: Trainee) => ({
  trainable,
  weightSource: weightSourceOf(reparametrisation),
  initial: startOf(reparametrisation),
});

/** Where weight decay pulls a new parameter is its own affair; all others have the usual aim. */
const decayOf = ({ reparametrisation }: Trainee): DecayTarget => {
  const own = new Map(newParameters(reparametrisation));
  return (name) => (own.has(name) ? own.get(name)!.towards : usualDecay(name));
};

const feedOf = (
  program: StepProgram,
  optimizer: Optimizer,
  classes: number,
  batch: Batch,
  settings: StepSettings,
): Feed => {
  const rows = batch.inputs.shape[0]!;
  const hypers: Readonly<Record<string, number>> = {
    ...hyperValues(optimizer, settings.rate, settings.step + 1),
    exampleWeight: 1 / batch.rows,
  };
  return {
    input: batch.inputs,
    targets: targetsOf(batch.labels, rows, classes, settings.labelSmoothing),
    ...Object.fromEntries(program.hypers.map((name) => [name, scalar(hypers[name]!)])),
    ...Object.fromEntries(
      program.masks.map(({ name, shape, rate }) => [
        name,
        dropoutMask(shape, rate, settings.seed, settings.step, name),
      ]),
    ),
  };
};

/** The inference program of a network under training: its weights are written before every use. */
const loadValidation = async (
  target: Target,
  { trainee, batch }: SessionOptions,
): Promise<Result<{ readonly executable: Executable; readonly names: readonly string[] }>> => {
  const made = E.chain((n: Network) => inferenceProgram(n, batch, makingOf(trainee)))(
    upToLogits(trainee.network),
  );
  if (E.isLeft(made)) return made;
  const { program, initial } = made.right;
  return E.map((executable: Executable) => ({ executable, names: Object.keys(initial) }))(
    await target.load(program, initial),
  );
};

/** Compile and load. The caller disposes of the session. */
export const openSession = async (
  target: Target,
  options: SessionOptions,
): Promise<Result<Session>> => {
  const { trainee, optimizer, batch, examples, validation, memoryLimit } = options;
  const { network, penalised } = trainee;
  const classes = size(network.output);
  const made = E.chain((step: StepProgram) => withinLimit(step, memoryLimit))(
    stepProgram(network, {
      batch,
      optimizer,
      ...makingOf(trainee),
      decay: decayOf(trainee),
      ...(penalised === undefined ? {} : { penalised }),
    }),
  );
  if (E.isLeft(made)) return made;
  const program = made.right;
  const training = await target.load(program.program, program.initial);
  if (E.isLeft(training)) return training;
  const step = training.right;
  const loaded = validation.length === 0 ? null : await loadValidation(target, options);
  if (loaded !== null && E.isLeft(loaded)) {
    step.dispose();
    return loaded;
  }
  const watched = loaded?.right ?? null;

  const validate = async (): Promise<Result<Metrics | null>> => {
    if (watched === null) return E.right(null);
    const values = await step.read(watched.names);
    const written = E.chain(watched.executable.write)(values);
    if (E.isLeft(written)) return written;
    const logits = await outputsOf(watched.executable, examples, validation, batch, classes);
    return E.map((rows: Float32Array) =>
      metricsOf(
        tallyOf(
          classes,
          rows,
          validation.map((i) => examples.labels[i]!),
        ),
      ),
    )(logits);
  };

  return E.right({
    step: (given, settings) =>
      step.step(feedOf(program, optimizer, classes, given, settings), wasTaken),
    validate,
    read: () => step.read(),
    write: step.write,
    dispose: () => {
      step.dispose();
      watched?.executable.dispose();
    },
  });
};
