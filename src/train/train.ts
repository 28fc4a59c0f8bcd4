/** One phase from beginning to end: checks, split, caches, session, loop, and the trained network. */
import { rm } from "node:fs/promises";
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../algebra/float32.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { countTrained, type Adaptation } from "../adapt/method.js";
import { countNew } from "../adapt/reparametrisation.js";
import { joinPrefix } from "../adapt/frozenPrefix.js";
import { mixesRows } from "../adapt/statistics.js";
import { countScalars } from "../adapt/trainable.js";
import { withParameters } from "../compile/parameters.js";
import type { Feed, Target } from "../compile/target.js";
import { attempt } from "../format/file.js";
import type { Network } from "../model/network.js";
import { sameShape, showShape, size } from "../tensor/shape.js";
import { digestOf } from "../transform/digest.js";
import { isIdentity } from "./augmentation.js";
import { batching } from "./batches.js";
import {
  checkIdentity,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type Identity,
} from "./checkpoint.js";
import { digestOfExamples } from "./digest.js";
import { silent, type EpochRecord, type Observer } from "./event.js";
import { cached, checkExamples, defaultBudget, until, type Examples } from "./examples.js";
import { cacheFeatures, worthwhilePrefix } from "./featureCache.js";
import { beginning, runLoop, type LoopEnd, type LoopStatus } from "./loop.js";
import { startMeter, type RunCost } from "./meter.js";
import type { Plan } from "./plan.js";
import { keptIn, newIn, openSession, weightsIn, type Trainee } from "./session.js";
import { stratifiedSplit } from "./split.js";

/** How to run a phase. */
export interface TrainOptions {
  readonly plan: Plan;
  /** The peak rate where the plan leaves it to the method. */
  readonly rate: number;
  readonly observer?: Observer;
  /** Ends the run after the present step, or while data are prepared, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Where checkpoints go; none are written without it. */
  readonly folder?: string;
  /** Leave the checkpoints after epochs out while the last one is younger than so many seconds; 0 unless told. */
  readonly checkpointSeconds?: number;
  /**
   * Continue from the folder's newest checkpoint, where there is one. A whole method asks that its first phase
   * has one, so that a wrong folder is noticed, unless it is to be resumed "where possible": then one of another
   * plan, model or data, or one that is damaged, is removed and the run begins anew.
   */
  readonly resume?: boolean | "where possible";
  /** Bytes that prepared examples or features may take in memory. */
  readonly budget?: number;
  /** The most bytes that the tensors of a training step may take; null, as by default, sets no limit. */
  readonly memoryLimit?: number | null;
}

/** A phase that was run. */
export interface Run {
  readonly status: LoopStatus;
  /** The peak learning rate. */
  readonly rate: number;
  /** The trained network in the method's parameters: the best epoch's with patience, else the last. */
  readonly network: Network;
  /** The new parameters of a reparametrisation, trained likewise. */
  readonly parameters: Feed;
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights were restored, or null where they are the last. */
  readonly restored: number | null;
  /** The loss of each step this call took, as the device gave it. */
  readonly losses: readonly number[];
  readonly cost: RunCost;
  readonly trainedParameters: number;
  /** What must be kept beside the base: the trained weights, and statistics that moved. */
  readonly storedParameters: number;
  /** The layer up to which features were computed once, or null. */
  readonly frozenPrefix: string | null;
}

/** Where examples lie that stand for all of them in the digest. */
const sampled = (count: number): readonly number[] => {
  const taken = Math.min(16, count);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
};

const checkFit = ({ network }: Adaptation, examples: Examples): Result<Examples> =>
  sameShape(network.input, examples.shape)
    ? checkExamples(examples, size(network.output))
    : refuse({
        where: `data ${examples.name}`,
        found: `examples of shape ${showShape(examples.shape)}`,
        expected: `the network's input, ${showShape(network.input)}`,
      });

/** The checkpoint to continue, null for a fresh run, or why neither is possible. */
const checkpointFor = async (
  identity: Identity,
  { folder, resume = false }: TrainOptions,
): Promise<Result<Checkpoint | null>> => {
  if (folder === undefined) return E.right(null);
  const found = await readCheckpoint(folder);
  if (E.isRight(found) && found.right === null) return E.right(null);
  if (resume === "where possible") {
    const usable = E.chain((c: Checkpoint | null) => checkIdentity(folder, identity)(c!))(found);
    if (E.isRight(usable)) return usable;
    // Of another plan, model or data, or damaged: nothing of it may mix with the run that begins.
    return attempt(folder, async () => {
      await rm(folder, { recursive: true, force: true });
      return null;
    });
  }
  if (E.isLeft(found) || found.right === null) return found;
  return resume
    ? checkIdentity(folder, identity)(found.right)
    : refuse({
        where: folder,
        found: `a checkpoint at step ${found.right.position.step}`,
        expected: "a folder without one",
        advice: "continue it with --resume, or train into another folder",
      });
};

/** Train one adaptation. */
export const train = async (
  target: Target,
  adaptation: Adaptation,
  examples: Examples,
  options: TrainOptions,
): Promise<Result<Run>> => {
  const { plan, observer = silent, budget = defaultBudget } = options;
  const { network, trainable, reparametrisation } = adaptation;
  const checked = checkFit(adaptation, examples);
  if (E.isLeft(checked)) return checked;
  const data = await digestOfExamples(examples, sampled(examples.size));
  if (E.isLeft(data)) return data;
  const rate = plan.rate ?? options.rate;
  const identity: Identity = {
    plan: { ...plan, rate },
    phase: adaptation.name,
    trained: trainable.size,
    ...(reparametrisation.size === 0 ? {} : { newParameters: countNew(reparametrisation) }),
    model: digestOf(float32)(network),
    data: { name: examples.name, examples: examples.size, sha256: data.right },
  };
  const checkpoint = await checkpointFor(identity, options);
  if (E.isLeft(checkpoint)) return checkpoint;

  const meter = startMeter();
  const split = stratifiedSplit(examples.labels, plan.validation, plan.seed);
  const trainedParameters = countTrained(adaptation);
  const prefix = isIdentity(plan.augmentation)
    ? worthwhilePrefix(adaptation, examples.size, budget)
    : E.right(null);
  if (E.isLeft(prefix)) return prefix;
  const trained = prefix.right?.rest ?? network;
  const trainee: Trainee = { ...adaptation, network: trained };

  const runOf = (end: LoopEnd, values: Feed): Result<Run> => {
    const isRestored = end.position.finished && end.best !== null;
    const kept = isRestored ? end.best : keptIn(trainee, values);
    const rest = withParameters(trained, weightsIn(trained, kept));
    const whole =
      prefix.right === null ? rest : E.chain((n: Network) => joinPrefix(prefix.right!, n))(rest);
    return E.map((result: Network): Run => ({
      status: end.status,
      rate,
      network: { ...result, class: network.class },
      parameters: newIn(reparametrisation, kept),
      history: end.position.history,
      restored: isRestored ? end.position.best : null,
      losses: end.losses,
      cost: meter.read(),
      trainedParameters,
      storedParameters: Object.values(kept).reduce((n, { data: d }) => n + d.length, 0),
      frozenPrefix: prefix.right?.cut ?? null,
    }))(whole);
  };

  /** A run that was interrupted before its first step: what is not in a checkpoint is as it begins. */
  const interruptedAt = async (from: Checkpoint | null): Promise<Result<Run>> => {
    const position = from?.position ?? beginning;
    if (options.folder !== undefined && from === null) {
      const first = { identity, position, state: {}, best: null };
      const written = await writeCheckpoint(options.folder, first);
      if (E.isLeft(written)) return written;
      observer({ kind: "checkpoint", directory: options.folder, step: position.step });
    }
    observer({ kind: "interrupted", step: position.step });
    const end: LoopEnd = { position, best: from?.best ?? null, status: "interrupted", losses: [] };
    return runOf(end, from?.state ?? {});
  };

  const done = checkpoint.right;
  if (done !== null && done.position.finished) {
    const status = done.position.epoch < plan.epochs ? "stopped early" : "finished";
    return runOf({ position: done.position, best: done.best, status, losses: [] }, done.state);
  }

  const progress = (stage: "decoding" | "features", finished: number, total: number): void =>
    observer({ kind: "preparation", stage, done: finished, total });
  const source = options.signal === undefined ? examples : until(options.signal, examples);
  const prepared =
    prefix.right === null
      ? await cached(source, budget, progress)
      : await cacheFeatures(target, prefix.right, source, plan.batch, progress);
  if (E.isLeft(prepared)) return options.signal?.aborted === true ? interruptedAt(done) : prepared;
  // The loop watches the signal itself, and finishes its step.
  const ready = prepared.right === source ? examples : prepared.right;
  const batches = batching(
    split.training.length,
    plan.batch,
    mixesRows(network) ? "dropped" : "padded",
  );
  const session = await openSession(target, {
    trainee,
    optimizer: plan.optimizer,
    batch: batches.size,
    examples: ready,
    validation: split.validation,
    memoryLimit: options.memoryLimit ?? null,
  });
  if (E.isLeft(session)) return session;
  try {
    const restored = done === null ? E.right(undefined) : session.right.write(done.state);
    if (E.isLeft(restored)) return restored;
    observer({
      kind: "start",
      trainedParameters,
      allParameters: countScalars(network, () => true) + countNew(reparametrisation),
      examples: split.training.length,
      validation: split.validation.length,
      batch: batches.size,
      steps: plan.epochs * batches.count,
      frozenPrefix: prefix.right?.cut ?? null,
      resumedAt: done?.position.step ?? 0,
    });
    const end = await runLoop(
      {
        target,
        session: session.right,
        trainee,
        examples: ready,
        training: split.training,
        batches,
        plan,
        rate,
        observer,
        meter,
        signal: options.signal ?? null,
        checkpoints:
          options.folder === undefined
            ? null
            : { folder: options.folder, identity, seconds: options.checkpointSeconds ?? 0 },
      },
      { position: done?.position ?? beginning, best: done?.best ?? null },
    );
    if (E.isLeft(end)) return end;
    const values = await session.right.read();
    return E.isLeft(values) ? values : runOf(end.right, values.right);
  } finally {
    session.right.dispose();
  }
};
