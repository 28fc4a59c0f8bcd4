/**
 * A comparison under way. Its folder:
 *
 *     comparison.json   the grid, as it was asked for
 *     results.jsonl     the ledger: a line for each run that is done
 *     failures.jsonl    runs that were refused, such as those that diverged
 *     pictures/         what the runs of one seed leave to look at, `<id>.json`
 *     checkpoints/      of the runs under way, removed when they are on record
 *     running           the number of the process that keeps the ledger
 *
 * A run is done when its line is on the disk. Kill the process at any moment: what is on the disk is whole, runs
 * that are done are not run again, and long ones go on from their last checkpoint.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Refusal, type Result } from "../algebra/refusal.js";
import { decodeWith } from "../format/codec.js";
import { makeFolders, replaceFile } from "../format/atomic.js";
import { attempt, kindOf, readText } from "../format/file.js";
import { jsonLimit, parseJson } from "../format/json.js";
import type { TrainingEvent } from "../train/event.js";
import { appendFailure, mendFailures, readFailures, type Failure } from "./failures.js";
import { checkGrid, extended, GridCodec, leftOf, type Grid, type PlannedRun } from "./grid.js";
import { appendRecord, mendLedger, readLedger } from "./ledger.js";
import { takeLock, type Lock } from "./lock.js";
import type { WorkerSetup } from "./message.js";
import { RunPicturesCodec } from "./pictures.js";
import { runId, type RunRecord, type RunSpec } from "./record.js";
import { checkRecords } from "./results.js";
import type { RunResult } from "./run.js";
import { hireWorker, type Worker } from "./team.js";

const owned = [
  "comparison.json",
  "comparison.json.new",
  "results.jsonl",
  "failures.jsonl",
  "pictures",
  "checkpoints",
  "running",
  "report.html",
];

/** The grid of a folder; null where there is no comparison yet. */
export const readGrid = async (folder: string): Promise<Result<Grid | null>> => {
  const path = join(folder, "comparison.json");
  if ((await kindOf(path)) === "nothing") return E.right(null);
  const text = await readText(path, jsonLimit);
  if (E.isLeft(text)) return text;
  return E.chain(decodeWith(GridCodec, path))(parseJson(text.right, path));
};

/**
 * The grid to run in a folder: what stands there, extended by what is asked for. Refuses a folder of other
 * things, and a grid that makes its runs in another way. Changes nothing.
 */
export const gridFor = async (folder: string, asked: Grid | null): Promise<Result<Grid>> => {
  const kind = await kindOf(folder);
  if (kind !== "nothing" && kind !== "folder")
    return refuse({ where: folder, found: `a ${kind}`, expected: "a folder, or nothing yet" });
  const names = kind === "nothing" ? E.right([]) : await attempt(folder, () => readdir(folder));
  if (E.isLeft(names)) return names;
  const earlier = await readGrid(folder);
  if (E.isLeft(earlier)) return earlier;
  if (earlier.right !== null)
    return asked === null ? checkGrid(earlier.right) : extended(folder, earlier.right)(asked);
  const foreign = names.right.filter(
    (name) => !owned.includes(name) && !/^running\.\d+$/.test(name),
  );
  if (foreign.length > 0)
    return refuse({
      where: folder,
      found: `${foreign.slice(0, 3).join(", ")} in the folder`,
      expected: "a folder that holds nothing but a comparison, or nothing yet",
    });
  return asked === null
    ? refuse({
        where: folder,
        found: "no comparison to go on with",
        expected: "--model, --data and what else makes a comparison",
      })
    : checkGrid(asked);
};

/** Who is told how a comparison goes. */
export interface ComparisonObserver {
  /** Before the first run: what is done already, and what is to do. */
  readonly begun: (done: readonly RunRecord[], todo: readonly RunSpec[]) => void;
  readonly started: (spec: RunSpec, worker: number) => void;
  readonly event: (spec: RunSpec, worker: number, event: TrainingEvent) => void;
  readonly finished: (record: RunRecord) => void;
  readonly failed: (spec: RunSpec, refusal: Refusal) => void;
}

/** How to run a comparison. */
export interface ComparisonOptions {
  readonly folder: string;
  readonly grid: Grid;
  readonly jobs: number;
  readonly setup: Omit<WorkerSetup, "grid">;
  readonly observer: ComparisonObserver;
  readonly signal: AbortSignal;
  /** Try runs again that were refused. */
  readonly retry?: boolean;
  /** Who makes the runs; processes of their own unless told. */
  readonly hire?: (setup: WorkerSetup, onHired: (pid: number) => void) => Worker;
}

/** What a comparison came to. */
export interface Comparison {
  readonly records: readonly RunRecord[];
  /** Runs that were refused, now or before, and runs whose process died. */
  readonly failures: readonly { readonly spec: RunSpec; readonly refusal: Refusal }[];
  readonly interrupted: boolean;
}

/** The grid as the workers see it: every path whole. Refuses one where nothing stands. */
const located = async (folder: string, grid: Grid): Promise<Result<Grid>> => {
  const from = (path: string): string => resolve(folder, path);
  const whole = { ...grid, models: grid.models.map(from), data: grid.data.map(from) };
  for (const path of [...whole.models, ...whole.data])
    if ((await kindOf(path)) === "nothing")
      return refuse({
        where: path,
        found: "nothing there",
        expected: "a model or a data set of the comparison",
        advice: `put it back, or take it out of ${join(folder, "comparison.json")}`,
      });
  return E.right(whole);
};

/** What is on the disk when a comparison begins or goes on. */
interface Standing {
  readonly records: readonly RunRecord[];
  readonly failures: readonly Failure[];
}

/** Read and mend the files, and put the grid down. */
const prepare = async ({
  folder,
  grid,
  retry = false,
}: ComparisonOptions): Promise<Result<Standing>> => {
  const results = join(folder, "results.jsonl");
  const ledger = await readLedger(results);
  if (E.isLeft(ledger)) return ledger;
  const records = checkRecords(results, ledger.right.records);
  if (E.isLeft(records)) return records;
  const mended = await mendLedger(results, ledger.right);
  if (E.isLeft(mended)) return mended;
  const path = join(folder, "failures.jsonl");
  const failures = await readFailures(path);
  if (E.isLeft(failures)) return failures;
  const sound = await mendFailures(path);
  if (E.isLeft(sound)) return sound;
  const stated = await attempt(folder, () =>
    replaceFile(
      join(folder, "comparison.json"),
      `${JSON.stringify(GridCodec.encode(grid), null, 1)}\n`,
    ),
  );
  if (E.isLeft(stated)) return stated;
  const done = new Set(records.right.map(({ id }) => id));
  // A kill between a run's line and the end of its checkpoints leaves them behind.
  for (const id of done) await forget(join(folder, "checkpoints", id));
  return E.right({
    records: records.right,
    failures: retry ? [] : failures.right.filter(({ id }) => !done.has(id)),
  });
};

/** Put a run on record: its pictures first, so that a run which is done has them, then its line. */
const keep = async (folder: string, { record, pictures }: RunResult): Promise<Result<void>> => {
  if (pictures !== null) {
    const path = join(folder, "pictures", `${record.id}.json`);
    const written = await attempt(path, () =>
      replaceFile(path, JSON.stringify(RunPicturesCodec.encode(pictures))),
    );
    if (E.isLeft(written)) return written;
  }
  return appendRecord(join(folder, "results.jsonl"), record);
};

const forget = (folder: string): Promise<Result<void>> =>
  attempt(folder, () => rm(folder, { recursive: true, force: true }));

/** Tasks one after another, whoever asks. */
const inTurn = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <A>(task: () => Promise<A>): Promise<A> => {
    const turn = last.then(task, task);
    last = turn;
    return turn;
  };
};

/** Make what is left of a comparison, on a folder that belongs to this process. */
const makeRuns = async (
  options: ComparisonOptions,
  grid: Grid,
  standing: Standing,
  lock: Lock,
): Promise<Result<Comparison>> => {
  const { folder, jobs, setup, observer, signal, hire = hireWorker } = options;
  const records = [...standing.records];
  const failures = standing.failures.map(({ run, refusal }) => ({ spec: run, refusal }));
  const refused = new Set(standing.failures.map(({ id }) => id));
  const left = (): readonly PlannedRun[] => leftOf(grid, { records, refused });
  const todo = left();
  observer.begun(
    standing.records,
    todo.map(({ spec }) => spec),
  );
  let broken: Refusal | null = null;
  const write = inTurn();
  /** Write, unless writing has failed before: behind a line that is torn nothing may stand. */
  const put = (line: () => Promise<Result<void>>): Promise<boolean> =>
    write(async () => {
      if (broken !== null) return false;
      const written = await line();
      if (E.isLeft(written)) broken = written.left;
      return E.isRight(written);
    });
  /** Runs that were begun here, done or not. */
  const begun = new Set<string>();
  const claim = (): RunSpec | null => {
    const found = left().find(({ spec, ready }) => ready && !begun.has(runId(spec)));
    if (found === undefined) return null;
    begun.add(runId(found.spec));
    return found.spec;
  };

  const make = async (worker: Worker, index: number, spec: RunSpec): Promise<void> => {
    const checkpoints = join(folder, "checkpoints", runId(spec));
    const pictures = spec.seed === Math.min(...grid.seeds);
    observer.started(spec, index);
    const made = await worker.make({ spec, folder: checkpoints, pictures }, (event) =>
      observer.event(spec, index, event),
    );
    switch (made.kind) {
      case "interrupted":
        return;
      case "died":
        failures.push({ spec, refusal: made.refusal });
        return observer.failed(spec, made.refusal);
      case "refused": {
        const { refusal } = made;
        if (!(await put(() => appendFailure(join(folder, "failures.jsonl"), spec, refusal))))
          return;
        refused.add(runId(spec));
        failures.push({ spec, refusal });
        await forget(checkpoints);
        return observer.failed(spec, refusal);
      }
      case "done": {
        const { result } = made;
        // A model or images that were exchanged since the first run end the comparison, before they are mixed in.
        const fitting = checkRecords(folder, [...records, result.record]);
        if (E.isLeft(fitting)) {
          broken ??= fitting.left;
          return;
        }
        if (!(await put(() => keep(folder, result)))) return;
        await forget(checkpoints);
        records.push(result.record);
        return observer.finished(result.record);
      }
    }
  };
  const workers: Worker[] = [];
  /** What the processes are at. A process without work waits for them: what they find may be its work. */
  const underWay = new Set<Promise<void>>();
  const work = async (index: number): Promise<void> => {
    const worker = hire({ ...setup, grid }, (pid) => void lock.note(pid));
    workers.push(worker);
    while (!signal.aborted && broken === null) {
      const spec = claim();
      if (spec === null && underWay.size === 0) return;
      if (spec === null) {
        await Promise.race(underWay);
        continue;
      }
      const run = make(worker, index, spec);
      underWay.add(run);
      await run;
      underWay.delete(run);
    }
  };
  const stop = (): void => workers.forEach((worker) => worker.stop());
  signal.addEventListener("abort", stop);
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, todo.length) }, (_, i) => work(i)));
  } finally {
    signal.removeEventListener("abort", stop);
    workers.forEach((worker) => worker.dismiss());
  }
  return broken === null
    ? E.right({ records, failures, interrupted: signal.aborted })
    : E.left(broken);
};

/** Run what is left of a comparison. */
export const runComparison = async (options: ComparisonOptions): Promise<Result<Comparison>> => {
  const { folder } = options;
  const grid = await located(folder, options.grid);
  if (E.isLeft(grid)) return grid;
  const ready = await attempt(folder, async () => {
    await makeFolders(resolve(folder));
    for (const part of ["pictures", "checkpoints"])
      await mkdir(join(folder, part), { recursive: true });
  });
  if (E.isLeft(ready)) return ready;
  const lock = await takeLock(folder);
  if (E.isLeft(lock)) return lock;
  try {
    const standing = await prepare(options);
    return E.isLeft(standing)
      ? standing
      : await makeRuns(options, grid.right, standing.right, lock.right);
  } finally {
    await lock.right.release();
  }
};
