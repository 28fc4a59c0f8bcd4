/**
 * The training loop of one phase.
 *
 * Everything random is a pure function of the plan's seed and a position (epoch, step, example), so the
 * loop's only state is its position, the device's parameters and the sums of the present epoch. That is
 * what a checkpoint holds, and why a resumed run repeats the losses of an uninterrupted one bit for bit.
 */
import { setImmediate } from "node:timers/promises";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Feed, Target } from "../compile/target.js";
import { gatherBatch, type Batch } from "./batch.js";
import { batchAt, epochOrder, type Batching } from "./batches.js";
import { writeCheckpoint, type Identity, type Position } from "./checkpoint.js";
import { diagnoseLoss, firstNonFinite, nonFiniteIn, spoiltParameter } from "./diagnosis.js";
import { bestOf, improves, isExhausted, type Score } from "./earlyStopping.js";
import type { EpochRecord, Observer } from "./event.js";
import type { Examples } from "./examples.js";
import type { Meter } from "./meter.js";
import { predictionOf } from "./metrics.js";
import type { Plan } from "./plan.js";
import { rateAt } from "./schedule.js";
import { keptIn, wasTaken, type Session, type Trainee } from "./session.js";

/** Everything the loop works with. */
export interface LoopContext {
  readonly target: Target;
  readonly session: Session;
  readonly trainee: Trainee;
  readonly examples: Examples;
  /** The examples to train on. */
  readonly training: readonly number[];
  readonly batches: Batching;
  readonly plan: Plan;
  /** The peak learning rate. */
  readonly rate: number;
  readonly observer: Observer;
  readonly meter: Meter;
  readonly signal: AbortSignal | null;
  readonly checkpoints: {
    readonly folder: string;
    readonly identity: Identity;
    /** How old the last checkpoint must be for that of an epoch to be written. */
    readonly seconds: number;
  } | null;
}

/** How a loop came to its end. */
export type LoopStatus = "finished" | "stopped early" | "interrupted";

/** Where the loop stands, and the weights of the best epoch so far. */
export interface LoopState {
  readonly position: Position;
  readonly best: Feed | null;
}

/** The end of a loop. */
export interface LoopEnd extends LoopState {
  readonly status: LoopStatus;
  /** The loss of every step that this call took. */
  readonly losses: readonly number[];
}

/** The position before the first step. */
export const beginning: Position = {
  step: 0,
  epoch: 0,
  batch: 0,
  loss: 0,
  correct: 0,
  seen: 0,
  history: [],
  best: null,
  finished: false,
};

const scoresOf = (history: readonly EpochRecord[]): readonly Score[] =>
  history.flatMap(({ epoch, validation }) =>
    validation === null ? [] : [{ epoch, loss: validation.loss }],
  );

/** Everything on the device after so many steps, or the refusal that an update has spoilt it. */
const readFinite = async (c: LoopContext, steps: number): Promise<Result<Feed>> =>
  E.chain((values: Feed): Result<Feed> => {
    const spoilt = nonFiniteIn(values);
    if (spoilt === null) return E.right(values);
    const value = values[spoilt]!;
    return spoiltParameter(spoilt, steps - 1, value.data[firstNonFinite(value)]!, c.rate);
  })(await c.session.read());

const save = async (c: LoopContext, state: LoopState): Promise<Result<void>> => {
  if (c.checkpoints === null) return E.right(undefined);
  const { step } = state.position;
  const values = await readFinite(c, step);
  if (E.isLeft(values)) return values;
  const written = await writeCheckpoint(c.checkpoints.folder, {
    identity: c.checkpoints.identity,
    position: state.position,
    state: values.right,
    best: state.best,
  });
  if (E.isRight(written)) c.observer({ kind: "checkpoint", directory: c.checkpoints.folder, step });
  return written;
};

/** One step: the loss, and how many of the batch's examples the logits before the update got right. */
const takeStep = async (
  c: LoopContext,
  batch: Batch,
  examples: readonly number[],
  step: number,
): Promise<Result<{ readonly loss: number; readonly correct: number }>> => {
  const { plan, meter, batches } = c;
  const steps = plan.epochs * batches.count;
  const rate = rateAt(plan.schedule, c.rate, { steps, stepsPerEpoch: batches.count })(step);
  const settings = { step, rate, seed: plan.seed, labelSmoothing: plan.labelSmoothing };
  const start = performance.now();
  const result = await c.session.step(batch, settings);
  if (E.isLeft(result)) return result;
  const milliseconds = performance.now() - start;
  meter.step(milliseconds);
  const loss = result.right["loss"]!.data[0]!;
  if (!wasTaken(result.right)) {
    const state = await c.session.read();
    return E.isLeft(state)
      ? state
      : diagnoseLoss(c.target, c.trainee, {
          step,
          loss,
          rate,
          batch,
          examples,
          state: state.right,
        });
  }
  const logits = result.right["logits"]!;
  const classes = logits.shape[1]!;
  const correct = batch.labels.filter(
    (label, row) => predictionOf(logits.data, row * classes, classes) === label,
  ).length;
  const epoch = Math.floor(step / batches.count);
  c.observer({ kind: "step", step, steps, epoch, loss, rate, milliseconds });
  return E.right({ loss, correct });
};

/** Close an epoch: validate, record, and keep the weights where they are the best so far. */
const closeEpoch = async (c: LoopContext, state: LoopState): Promise<Result<LoopState>> => {
  const { position } = state;
  const values = await readFinite(c, position.step);
  if (E.isLeft(values)) return values;
  const validation = await c.session.validate();
  if (E.isLeft(validation)) return validation;
  c.meter.sample();
  const record: EpochRecord = {
    epoch: position.epoch,
    loss: position.loss / position.seen,
    accuracy: position.correct / position.seen,
    validation: validation.right,
  };
  c.observer({ kind: "epoch", record, epochs: c.plan.epochs });
  const isBest =
    c.plan.patience !== null &&
    record.validation !== null &&
    improves(bestOf(scoresOf(position.history)), {
      epoch: record.epoch,
      loss: record.validation.loss,
    });
  const history = [...position.history, record];
  return E.right({
    position: {
      ...beginning,
      step: position.step,
      epoch: position.epoch + 1,
      history,
      best: isBest ? record.epoch : position.best,
      finished:
        position.epoch + 1 === c.plan.epochs || isExhausted(scoresOf(history), c.plan.patience),
    },
    best: isBest ? keptIn(c.trainee, values.right) : state.best,
  });
};

/** Run from a position to the end of the plan, to the end of patience, or until the signal. */
export const runLoop = async (c: LoopContext, from: LoopState): Promise<Result<LoopEnd>> => {
  const { plan, batches, examples } = c;
  const losses: number[] = [];
  const isAborted = (): boolean => c.signal?.aborted ?? false;
  let state = from;
  let savedAt = performance.now();
  /** The checkpoint after an epoch, unless the last one is young: it is there to lose little, not nothing. */
  const saveInTime = async (): Promise<Result<void>> => {
    const age = (performance.now() - savedAt) / 1000;
    if (c.checkpoints === null || age < c.checkpoints.seconds) return E.right(undefined);
    savedAt = performance.now();
    return save(c, state);
  };

  const interrupted = async (): Promise<Result<LoopEnd>> => {
    const saved = await save(c, state);
    if (E.isLeft(saved)) return saved;
    c.observer({ kind: "interrupted", step: state.position.step });
    return E.right({ ...state, status: "interrupted", losses });
  };

  while (!state.position.finished) {
    const { epoch } = state.position;
    const order = epochOrder(c.training, plan.seed, epoch);
    const distorting = { augmentation: plan.augmentation, seed: plan.seed, epoch };
    const gather = (k: number): Promise<Result<Batch>> =>
      gatherBatch(examples, batchAt(order, batches, k), batches.size, distorting);
    let next = gather(state.position.batch);
    for (let k = state.position.batch; k < batches.count; k++) {
      const batch = await next;
      if (E.isLeft(batch)) return batch;
      if (k + 1 < batches.count) next = gather(k + 1);
      const { position } = state;
      const taken = await takeStep(c, batch.right, batchAt(order, batches, k), position.step);
      if (E.isLeft(taken)) return taken;
      const { loss, correct } = taken.right;
      losses.push(loss);
      const { rows } = batch.right;
      state = {
        ...state,
        position: {
          ...position,
          step: position.step + 1,
          batch: k + 1,
          loss: position.loss + loss * rows,
          correct: position.correct + correct,
          seen: position.seen + rows,
        },
      };
      // After the last batch the epoch is closed first, and its own checkpoint follows.
      if (k + 1 === batches.count) break;
      // Examples from memory and a backend on this thread never leave the process a turn to hear signals.
      await setImmediate();
      if (isAborted()) return interrupted();
      if (plan.checkpointSteps !== null && state.position.step % plan.checkpointSteps === 0) {
        const saved = await save(c, state);
        if (E.isLeft(saved)) return saved;
      }
    }
    const closed = await closeEpoch(c, state);
    if (E.isLeft(closed)) return closed;
    state = closed.right;
    if (isAborted() && !state.position.finished) return interrupted();
    const saved = await saveInTime();
    if (E.isLeft(saved)) return saved;
  }
  const { epoch, best } = state.position;
  if (epoch === plan.epochs) return E.right({ ...state, status: "finished", losses });
  c.observer({
    kind: "stopped",
    epoch: epoch - 1,
    best,
    patience: plan.patience ?? 0,
  });
  return E.right({ ...state, status: "stopped early", losses });
};
