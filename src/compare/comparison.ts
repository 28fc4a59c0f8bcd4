/**
 * A comparison under way. Its folder:
 *
 *     comparison.json   the grid, as it was asked for
 *     results.jsonl     the ledger: a line for each run that is done
 *     pictures/         what the runs of one seed leave to look at, `<id>.json`
 *     checkpoints/      of the runs under way, removed when they are on record
 *     running           the number of the process that keeps the ledger
 *
 * A run is done when its line is on the disk. Kill the process at any moment: what is on the disk is whole, runs
 * that are done are not run again, and long ones go on from their last checkpoint.
 */
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Refusal, type Result } from "../algebra/refusal.js";
import { decodeWith } from "../format/codec.js";
import { makeFolders } from "../format/atomic.js";
import { attempt, kindOf, readText } from "../format/file.js";
import { jsonLimit, parseJson } from "../format/json.js";
import type { TrainingEvent } from "../train/event.js";
import { checkGrid, extended, GridCodec, leftOf, type Grid } from "./grid.js";
import { appendRecord, mendLedger, readLedger } from "./ledger.js";
import type { WorkerSetup } from "./message.js";
import { RunPicturesCodec } from "./pictures.js";
import { runId, type RunRecord, type RunSpec } from "./record.js";
import type { RunResult } from "./run.js";
import { hireWorker, type Worker } from "./team.js";

const owned = [
  "comparison.json",
  "results.jsonl",
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
  const foreign = names.right.filter((name) => !owned.includes(name));
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

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/**
 * Milliseconds in which the workers of a keeper that was killed have noticed and ended. They compute what the next
 * ones would, but must not tidy checkpoints away while those are read.
 */
const orphans = 1000;

/** Take the folder for this process; two ledger keepers would run everything twice. */
const take = async (folder: string): Promise<Result<() => Promise<void>>> => {
  const path = join(folder, "running");
  for (;;) {
    const taken = await attempt(path, async () => {
      try {
        const file = await open(path, "wx");
        await file.writeFile(`${process.pid}\n`);
        await file.close();
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        return Number(await readFile(path, "utf8"));
      }
    });
    if (E.isLeft(taken)) return taken;
    const holder = taken.right;
    if (holder === null) return E.right(() => rm(path, { force: true }));
    if (holder !== process.pid && isAlive(holder))
      return refuse({
        where: folder,
        found: `process ${holder} at work on this comparison`,
        expected: "one process at a time",
        advice: `wait for it, or end it; if it is something else, remove ${path}`,
      });
    await rm(path, { force: true });
    await setTimeout(orphans);
  }
};

const replaceFile = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
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
  /** Who makes the runs; processes of their own unless told. */
  readonly hire?: (setup: WorkerSetup) => Worker;
}

/** What a comparison came to. */
export interface Comparison {
  readonly records: readonly RunRecord[];
  readonly failures: readonly { readonly spec: RunSpec; readonly refusal: Refusal }[];
  readonly interrupted: boolean;
}

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

/** Run what is left of a comparison. */
export const runComparison = async (options: ComparisonOptions): Promise<Result<Comparison>> => {
  const { folder, grid, jobs, setup, observer, signal, hire = hireWorker } = options;
  const ready = await attempt(folder, async () => {
    await makeFolders(resolve(folder));
    for (const part of ["pictures", "checkpoints"])
      await mkdir(join(folder, part), { recursive: true });
  });
  if (E.isLeft(ready)) return ready;
  const taken = await take(folder);
  if (E.isLeft(taken)) return taken;
  const workers: Worker[] = [];
  const stop = (): void => workers.forEach((worker) => worker.stop());
  signal.addEventListener("abort", stop);
  try {
    const path = join(folder, "results.jsonl");
    const ledger = await readLedger(path);
    if (E.isLeft(ledger)) return ledger;
    const mended = await mendLedger(path, ledger.right);
    if (E.isLeft(mended)) return mended;
    const stated = await attempt(folder, () =>
      replaceFile(
        join(folder, "comparison.json"),
        `${JSON.stringify(GridCodec.encode(grid), null, 1)}\n`,
      ),
    );
    if (E.isLeft(stated)) return stated;

    const records = [...ledger.right.records];
    // A kill between a run's line and the end of its checkpoints leaves them behind.
    for (const { id } of records) await forget(join(folder, "checkpoints", id));
    const todo = leftOf(grid, records);
    observer.begun(
      ledger.right.records,
      todo.map(({ spec }) => spec),
    );
    const failures: { readonly spec: RunSpec; readonly refusal: Refusal }[] = [];
    let broken: Refusal | null = null;
    /** Runs that were begun here, done or not. */
    const begun = new Set<string>();
    const claim = (): RunSpec | null => {
      const found = leftOf(grid, records).find(
        ({ spec, ready }) => ready && !begun.has(runId(spec)),
      );
      if (found === undefined) return null;
      begun.add(runId(found.spec));
      return found.spec;
    };

    const from = (path: string): string => resolve(folder, path);
    const located = { ...grid, models: grid.models.map(from), data: grid.data.map(from) };
    const make = async (worker: Worker, index: number, spec: RunSpec): Promise<void> => {
      const checkpoints = join(folder, "checkpoints", runId(spec));
      const pictures = spec.seed === Math.min(...grid.seeds);
      observer.started(spec, index);
      const result = await worker.make({ spec, folder: checkpoints, pictures }, (event) =>
        observer.event(spec, index, event),
      );
      if (E.isLeft(result)) {
        failures.push({ spec, refusal: result.left });
        return observer.failed(spec, result.left);
      }
      if (result.right === null) return;
      const kept = await keep(folder, result.right);
      if (E.isLeft(kept)) {
        broken = kept.left;
        return;
      }
      await forget(checkpoints);
      records.push(result.right.record);
      observer.finished(result.right.record);
    };
    /** What the processes are at. A process without work waits for them: what they find may be its work. */
    const underWay = new Set<Promise<void>>();
    const work = async (index: number): Promise<void> => {
      const worker = hire({ ...setup, grid: located });
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
    await Promise.all(Array.from({ length: Math.min(jobs, todo.length) }, (_, i) => work(i)));
    return broken === null
      ? E.right({ records, failures, interrupted: signal.aborted })
      : E.left(broken);
  } finally {
    signal.removeEventListener("abort", stop);
    workers.forEach((worker) => worker.dismiss());
    await taken.right();
  }
};
