/** Who is measured, each time in a fresh process: our engines, and every PyTorch in every memory layout. */
import { execFile, type ExecFileException } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../../src/algebra/refusal.js";
import type { EngineName } from "./engine.js";
import { readOutcome, type Order, type Outcome } from "./outcome.js";
import type { Setting } from "./setting.js";
import { forms, type Form } from "./form.js";

/** PyTorch's memory layouts; `compiled` is channels_last with torch.compile. */
export const layouts = ["contiguous", "channels_last", "compiled"] as const;
export type Layout = (typeof layouts)[number];

/** A Python that imports torch. */
export interface Python {
  readonly path: string;
  /** `PyTorch 1.13.0`. */
  readonly name: string;
}

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Null for ours, else the name of the PyTorch. */
  readonly peer: string | null;
  readonly variant: string;
  readonly file: string;
  readonly args: readonly string[];
}

/** An outcome, with the milliseconds from the start of the process to the end of its first run. */
export interface TimedOutcome extends Outcome {
  readonly firstRun: number;
  /** Hardware threads that other processes kept busy meanwhile, on average. */
  readonly othersBusy: number;
}

/** Milliseconds that all hardware threads together have been busy since the machine started. */
const busyTime = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

/** The scripts of Python lie beside this file in the sources, which is where npm starts us. */
const peerScript = "test/bench/pytorch/peer.py";
const worker = fileURLToPath(new URL("worker.js", import.meta.url));

export const formName = (form: Form): string => `heirloom ${form}`;

const ours = (engine: EngineName, form: Form): Contender => ({
  name: formName(form),
  peer: null,
  variant: `${engine}:${form}`,
  file: process.execPath,
  args: [worker],
});

const theirs = ({ path, name }: Python, layout: Layout): Contender => ({
  name: `${name} ${layout}`,
  peer: name,
  variant: layout,
  file: path,
  args: [peerScript],
});

/** Everyone who takes part in a setting. */
export const contendersOf = (
  { work }: Setting,
  engine: EngineName,
  pythons: readonly Python[],
  chosen: readonly Layout[],
): readonly Contender[] => [
  ...(work.kind === "step" ? (["original"] as const) : forms).map((form) => ours(engine, form)),
  ...pythons.flatMap((python) => chosen.map((layout) => theirs(python, layout))),
];

/** The environment of both sides: as many threads in every library, and no tuning of one side alone. */
const environment = (threads: number, cache: string): NodeJS.ProcessEnv => {
  const { OPENBLAS_CORETYPE: _coreType, OPENBLAS_L2_SIZE: _l2, ...rest } = process.env;
  return {
    ...rest,
    OMP_NUM_THREADS: `${threads}`,
    OPENBLAS_NUM_THREADS: `${threads}`,
    MKL_NUM_THREADS: `${threads}`,
    // Float32 on both sides: peer.py turns PyTorch's TF32 off.
    NVIDIA_TF32_OVERRIDE: "0",
    // A cache that begins empty with the benchmark: the first process of a setting is a cold one.
    XDG_CACHE_HOME: cache,
    PYTHONPYCACHEPREFIX: cache,
  };
};

const run = (
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  seconds: number,
): Promise<Result<string>> =>
  new Promise((resolve) => {
    const options = { env, timeout: 1000 * seconds, maxBuffer: 2 ** 26 };
    execFile(file, args, options, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) return resolve(E.right(stdout));
      const ended =
        error.killed === true
          ? `no end after ${seconds} seconds`
          : `an end by ${error.signal ?? `code ${error.code}`}`;
      const last = stderr.trimEnd().split("\n").at(-1) ?? "";
      resolve(
        refuse({
          where: file,
          found: last === "" ? ended : `${ended}: ${last}`,
          expected: "an answer",
        }),
      );
    });
  });

/** Run one contender once. */
export const measureOnce = async (
  { file, args, variant }: Contender,
  order: Omit<Order, "variant">,
  cache: string,
): Promise<Result<TimedOutcome>> => {
  const begun = Date.now();
  const busyBefore = busyTime();
  const printed = await run(
    file,
    [...args, JSON.stringify({ ...order, variant } satisfies Order)],
    environment(order.setting.threads, cache),
    900,
  );
  const elapsed = Date.now() - begun;
  const busy = busyTime() - busyBefore;
  return E.map((outcome: Outcome): TimedOutcome => ({
    ...outcome,
    firstRun: outcome.firstEndedAt - begun,
    othersBusy: Math.max(0, (busy - outcome.processorTime) / elapsed),
  }))(E.chain(readOutcome)(printed));
};

/** Ask a Python for its torch. */
export const pythonAt = async (path: string): Promise<Result<Python>> =>
  E.map((version: string): Python => ({ path, name: `PyTorch ${version.trim()}` }))(
    await run(path, ["-c", "import torch; print(torch.__version__)"], process.env, 120),
  );
